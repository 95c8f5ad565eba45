"""How the panel is told who asks: the API key, or a token that a login is exchanged for."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NoReturn

from audsync.contracts import Context
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.http import CONNECT_SECONDS, LATER, READ_SECONDS, header_text, retry_after
from audsync_source_idosell.answers import NAME

if TYPE_CHECKING:
    import requests

_EARLY_SECONDS: Final = 60.0
Headers = dict[str, str]


class KeyAccess:
    """The header `X-API-KEY`."""

    refused = (
        "the key is refused; set the secret idosell_api_key to a key made in the panel under "
        "Administration → API → Access keys to Admin API"
    )

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key: str | None = None

    def headers(self, _session: "requests.Session") -> Headers:
        """The header with the key; CredentialError where no place has it."""
        if self._key is None:
            key = self._context.secret("idosell_api_key").reveal()
            self._key = header_text(key, connector=NAME, secret="idosell_api_key")  # noqa: S106 -- its name
        return {"X-API-KEY": self._key}

    def forget(self) -> bool:
        """Whether asking again could help after a refusal."""
        return False


class BearerAccess:
    """A token for an hour, for which login and password are given."""

    refused = "the login is refused; set the secrets idosell_login and idosell_password anew"

    def __init__(
        self, context: Context, base: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._context = context
        self._url = f"{base}/api/authorize/1/authorize/accessToken"
        self._clock = clock
        self._token: str | None = None
        self._until = 0.0

    def headers(self, session: "requests.Session") -> Headers:
        """The header with a token that is still good."""
        if self._token is None or self._clock() >= self._until:
            self._token = self._fetched(session)
        return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> bool:
        """Whether asking again could help after a refusal: with a new token, once."""
        had, self._token = self._token is not None, None
        return had

    def _fetched(self, session: "requests.Session") -> str:
        from requests.auth import HTTPBasicAuth

        login = self._context.secret("idosell_login").reveal().encode()
        password = self._context.secret("idosell_password").reveal().encode()
        self._context.calls.take()
        answer = session.post(
            self._url,
            auth=HTTPBasicAuth(login, password),
            json={"grant_type": "client_credentials", "scope": ["admin"]},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
        body = _given(answer)
        token = body.get("access_token")
        if not isinstance(token, str) or not (token.isascii() and token.isprintable()):
            self._raise_for(answer)
        lasts = body.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int) else 0.0
        self._until = self._clock() + max(seconds - _EARLY_SECONDS, 0.0)
        return token

    def _raise_for(self, answer: "requests.Response") -> NoReturn:
        status = answer.status_code
        if status in (401, 403):
            raise CredentialError(f"idosell: {self.refused}")
        shown = f"idosell: no token was given ({status})"
        is_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.OK
        if is_fault or status in LATER:
            wait = retry_after(answer.headers.get("Retry-After"))
            raise TransientError(shown, connector=NAME, retry_after=wait)
        remedy = "see that `url` is the panel's, and that it gives tokens for a login"
        raise RejectedError(f"{shown}; {remedy}", connector=NAME, remedy=remedy)


def _given(answer: "requests.Response") -> dict[str, Any]:
    """What a token is given with; nothing where none is."""
    try:
        body = answer.json() if answer.status_code == HTTPStatus.OK else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


Access = KeyAccess | BearerAccess
