"""Signing in as a person, in a browser of this machine: a refresh token comes of it."""

import webbrowser
from typing import TYPE_CHECKING, Any, Final

from audsync.contracts import Context
from audsync.errors import CredentialError
from audsync_sink_google.access import scopes
from audsync_sink_google.errors import NAME
from audsync_sink_google.options import GoogleOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

REFRESH_TOKEN: Final = "google_refresh_token"  # noqa: S105 -- the name of a secret
_PAGE: Final = "https://accounts.google.com/o/oauth2/auth"
_SECONDS: Final = 300
_DONE: Final = "audsync may use this account now; close this window."


def sign_in(options: GoogleOptions, context: Context) -> "Mapping[str, str]":
    """The secrets that a sign-in gives, by name; CredentialError where there was none."""
    if options.credentials != "user":
        raise CredentialError(
            f'{NAME}: only credentials = "user" are signed in for; this sink has '
            f'"{options.credentials}", which needs no sign-in'
        )
    try:
        webbrowser.get()
    except webbrowser.Error:
        raise CredentialError(
            f"{NAME}: this machine has no browser; run the same on one that has, with this "
            f"config, and bring {REFRESH_TOKEN} here (docs/how-to/connect-google.md), or use a "
            "service account"
        ) from None
    secret = context.secret("google_client_secret").reveal()
    token = _asked(_flow(options, secret))
    if not isinstance(token, str) or not token:
        raise CredentialError(
            f"{NAME}: Google gave no refresh token; take audsync's access away at "
            "https://myaccount.google.com/connections, then sign in again"
        )
    return {REFRESH_TOKEN: token}


def _flow(options: GoogleOptions, secret: str) -> Any:
    from google_auth_oauthlib.flow import InstalledAppFlow

    client = {
        "client_id": options.client_id,
        "client_secret": secret,
        "auth_uri": _PAGE,
        "token_uri": options.login_url,
    }
    return InstalledAppFlow.from_client_config({"installed": client}, scopes=scopes(options))


def _asked(flow: Any) -> object:
    """The refresh token that a person agreed to in the browser."""
    try:
        made = flow.run_local_server(
            port=0,
            authorization_prompt_message=None,
            success_message=_DONE,
            timeout_seconds=_SECONDS,
            access_type="offline",
            prompt="consent",
        )
    except Exception as error:  # noqa: BLE001 -- of three libraries
        kind = type(error).__name__
        raise CredentialError(
            f"{NAME}: nobody signed in ({kind}); check `client_id` and the secret "
            "google_client_secret, and try again"
        ) from None
    found: object = made.refresh_token
    return found
