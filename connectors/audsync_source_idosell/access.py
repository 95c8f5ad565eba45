"""How the panel is told who asks: the API key, or a token that a login is exchanged for."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from audsync.contracts import Context
from audsync.errors import CredentialError, TransientError
from audsync.http import CONNECT_SECONDS, READ_SECONDS
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
            self._key = self._context.secret("idosell_api_key").reveal()
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
        import requests

        login = self._context.secret("idosell_login").reveal()
        password = self._context.secret("idosell_password").reveal()
        self._context.calls.take()
        try:
            answer = session.post(
                self._url,
                auth=(login, password),
                json={"grant_type": "client_credentials", "scope": ["admin"]},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
            status = answer.status_code
            body: Any = answer.json() if status == requests.codes.ok else {}
        except (requests.RequestException, ValueError):
            raise TransientError("idosell: no token was given", connector=NAME) from None
        if status in (401, 403):
            raise CredentialError(f"idosell: {self.refused}")
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str):
            raise TransientError(f"idosell: no token was given ({status})", connector=NAME)
        lasts = body.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int) else 0.0
        self._until = self._clock() + max(seconds - _EARLY_SECONDS, 0.0)
        return token


Access = KeyAccess | BearerAccess
