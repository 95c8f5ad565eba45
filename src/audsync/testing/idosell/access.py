"""Who may call what: keys with scopes, and tokens for a login."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from audsync.testing.idosell.clock import Clock

SCOPES: Final = frozenset({"system", "cms", "crm", "oms", "pim", "wms"})
KEY: Final = "aW52ZW50ZWQta2V5LWZvci10ZXN0cw=="
LOGIN, PASSWORD = "integration", "invented-for-tests"
TOKEN_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a call is refused, in the panel's words."""

    status: int
    text: str


@dataclass(slots=True)
class Access:
    """Keys of the panel with the scopes each may read, and tokens that were given out."""

    keys: dict[str, frozenset[str]] = field(default_factory=lambda: {KEY: SCOPES})
    logins: dict[str, str] = field(default_factory=lambda: {LOGIN: PASSWORD})
    other_hosts_only: bool = False
    _tokens: dict[str, int] = field(default_factory=dict)

    def token(self, authorization: str, clock: Clock) -> str | None:
        """A new token for `Basic …`; None for a wrong login."""
        expected = {
            "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()
            for login, password in self.logins.items()
        }
        if authorization not in expected:
            return None
        token = f"invented-token-{len(self._tokens) + 1}"
        self._tokens[token] = clock.now + TOKEN_SECONDS
        return token

    def denial(
        self, headers: Mapping[str, str], scope: str | None, clock: Clock
    ) -> Denial | None:
        """What forbids a call that reads `scope` (None: any module); None if it may be made."""
        scopes = self._scopes(headers, clock)
        if scopes is None:
            return Denial(401, "Nieprawidłowy klucz API")
        if self.other_hosts_only:
            return Denial(403, "Klucz nie może być używany z tego adresu IP")
        if scope is not None and scope not in scopes:
            return Denial(403, f"Brak uprawnień. Scope: {scope}, level: r")
        return None

    def _scopes(self, headers: Mapping[str, str], clock: Clock) -> frozenset[str] | None:
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(bearer, 0) > clock.now:
            return SCOPES
        return self.keys.get(headers.get("x-api-key", ""))
