"""Who asks: credentials made of secrets, with a token that is good before a call is made."""

import json
import logging
from typing import TYPE_CHECKING, Any, Final

import google.auth
import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import credentials as user
from google.oauth2 import service_account

from audsync.contracts import Context
from audsync.errors import CredentialError
from audsync.http import Clocks, address_fault, listen
from audsync_sink_google.errors import NAME, login_error
from audsync_sink_google.options import GoogleOptions

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

ADS_SCOPE: Final = "https://www.googleapis.com/auth/adwords"
DATA_MANAGER_SCOPE: Final = "https://www.googleapis.com/auth/datamanager"
_CLOUD_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"  # wanted by gcloud
_SERVICE_ACCOUNT: Final = "google_service_account"
# Google's clients write requests, digests included, to these and to loggers below them.
_LOUD: Final = ("google", "grpc")


def hush() -> None:
    """Keep what Google's clients would log of a request to themselves, whoever switched it on.

    They obey `GOOGLE_SDK_PYTHON_LOGGING_SCOPE` when the first of them is made: this is for
    after that.
    """
    for name in (*_LOUD, *logging.root.manager.loggerDict):
        if name.partition(".")[0] in _LOUD:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def scopes(options: GoogleOptions) -> list[str]:
    """What the login is to be good for."""
    return [DATA_MANAGER_SCOPE if options.api == "data_manager" else ADS_SCOPE]


class Access:
    """The credentials of a sink; `ready` first asks for a token, so that a refusal is told.

    The answer says what time it is at Google as well.
    """

    def __init__(self, options: GoogleOptions, context: Context) -> None:
        self._timeout_seconds = options.timeout_seconds
        self._session = requests.Session()
        self._session.trust_env = False  # no password from ~/.netrc
        self._clocks = Clocks()
        for listener in (context.answered, self._clocks.heard):
            listen(self._session, listener)
        self.credentials = _made(options, context)

    @property
    def ahead_seconds(self) -> float:
        """How far this machine's clock is ahead of Google's; 0 where nobody said so."""
        return max([0.0, *(one.total_seconds() for one in self._clocks.ahead.values())])

    def ready(self) -> None:
        """Have a token that lasts for a call; CredentialError where none is given."""
        if not self.credentials.valid:
            try:
                self.credentials.refresh(self._asked)
            except GoogleAuthError as error:
                raise login_error(error) from None

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _asked(self, url: str, *args: Any, **kwargs: Any) -> Any:
        # A key, or the machine, may say that tokens are made elsewhere than the options say.
        kwargs["proxies"] = requests.utils.get_environ_proxies(url)
        return Request(self._session)(
            url, *args, **{**kwargs, "timeout": self._timeout_seconds}
        )


def _made(options: GoogleOptions, context: Context) -> "Credentials":
    wanted = scopes(options)
    match options.credentials:
        case "user":
            return user.Credentials(
                None,
                refresh_token=context.secret("google_refresh_token").reveal(),
                client_id=options.client_id,
                client_secret=context.secret("google_client_secret").reveal(),
                token_uri=options.login_url,
                scopes=wanted,
            )
        case "service_account":
            return _service_account(context.secret(_SERVICE_ACCOUNT).reveal(), wanted)
        case "application_default":
            try:
                made, _ = google.auth.default(scopes=wanted)
            except GoogleAuthError:
                asked = ",".join((*wanted, _CLOUD_SCOPE))
                raise CredentialError(
                    f"{NAME}: this machine has no application default credentials; run: gcloud "
                    f"auth application-default login --scopes={asked}; or set another "
                    "`credentials`"
                ) from None
            return made


def _service_account(text: str, wanted: list[str]) -> "Credentials":
    """The credentials of a key file's text; CredentialError for any other text."""
    try:
        info = json.loads(text)
        if address_fault(info["token_uri"]) is None:
            kind: Any = service_account.Credentials
            made: Credentials = kind.from_service_account_info(info, scopes=wanted)
            return made
    except (ValueError, KeyError, TypeError, GoogleAuthError):
        pass
    raise CredentialError(
        f'{NAME}: the secret "{_SERVICE_ACCOUNT}" is no key of a service account; set it to '
        "the whole text of the JSON file that the Cloud console gave"
    )
