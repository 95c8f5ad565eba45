"""Who may call: tokens, and the credentials that they are made of."""

import json
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Final

ADS_SCOPE: Final = "https://www.googleapis.com/auth/adwords"
DATA_MANAGER_SCOPE: Final = "https://www.googleapis.com/auth/datamanager"

TOKEN: Final = "fake-token"  # noqa: S105 -- an access token that always works
REFRESH_TOKEN: Final = "fake-refresh-token"  # noqa: S105 -- of an invented person
CLIENT_ID: Final = "fake-client.apps.example.com"
CLIENT_SECRET: Final = "fake-client-secret"  # noqa: S105 -- of an invented client
SERVICE_ACCOUNT: Final = "robot@fake-project.example.com"

_DOTS_OF_A_JWT: Final = 2
_BOTH: Final = frozenset({ADS_SCOPE, DATA_MANAGER_SCOPE})


@dataclass(slots=True)
class Access:
    """Tokens that were given out, and what may be had for a refresh token.

    `granted` are the scopes that the person agreed to. A service account may sign a token of
    its own, as the client of Data Manager lets it; one that names no scopes is refused.
    """

    granted: set[str] = field(default_factory=lambda: set(_BOTH))
    is_revoked: bool = False
    tokens: dict[str, frozenset[str]] = field(default_factory=lambda: {TOKEN: _BOTH})
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def give(self, scopes: frozenset[str]) -> str:
        """A new access token for these scopes."""
        token = f"fake-token-{next(self._numbers)}"
        self.tokens[token] = scopes
        return token

    def expire_tokens(self) -> None:
        """End all access tokens; new ones may be had."""
        self.tokens.clear()

    def revoke(self) -> None:
        """End all access tokens and the right to have new ones."""
        self.expire_tokens()
        self.is_revoked = True

    def scopes_of(self, authorization: str) -> frozenset[str] | None:
        """What the bearer of this header may do; None if he is unknown."""
        kind, _, token = authorization.partition(" ")
        if kind != "Bearer":
            return None
        if token.count(".") == _DOTS_OF_A_JWT:
            return self._signed_scopes(token)
        return self.tokens.get(token)

    def _signed_scopes(self, token: str) -> frozenset[str] | None:
        if self.is_revoked or not is_signed_by_service_account(token):
            return None
        return frozenset(str(claims(token).get("scope", "")).split()) or None


@cache
def _service_account_key() -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account_json(token_uri: str) -> str:
    """The key file of the invented service account, as text."""
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "fake-project",
            "private_key_id": "1",
            "private_key": _service_account_key(),
            "client_email": SERVICE_ACCOUNT,
            "client_id": "1",
            "token_uri": token_uri,
        }
    )


def is_signed_by_service_account(assertion: str) -> bool:
    """Whether a JWT was signed with the key of the invented service account."""
    import base64

    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    signed, _, signature = assertion.rpartition(".")
    key = load_pem_private_key(_service_account_key().encode(), None)
    assert isinstance(key, RSAPrivateKey)
    try:
        key.public_key().verify(
            base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)),
            signed.encode(),
            PKCS1v15(),
            SHA256(),
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def claims(assertion: str) -> dict[str, object]:
    """What a JWT says."""
    import base64

    body = assertion.split(".")[1]
    told: dict[str, object] = json.loads(
        base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    )
    return told
