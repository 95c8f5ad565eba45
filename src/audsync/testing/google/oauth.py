"""The token endpoint of OAuth: access tokens for refresh tokens and service accounts."""

import json
from typing import Final
from urllib.parse import parse_qs

from audsync.testing.google.access import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    SERVICE_ACCOUNT,
    Access,
    claims,
    is_signed_by_service_account,
)

_SECONDS: Final = 3599
_JWT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def answer(access: Access, body: bytes) -> tuple[int, bytes]:
    """Status and JSON body of the answer to a form."""
    form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
    if form.get("grant_type") == "refresh_token":
        return _refreshed(access, form)
    if form.get("grant_type") == _JWT:
        return _for_service_account(access, form.get("assertion", ""))
    return _refusal(400, "unsupported_grant_type")


def _refreshed(access: Access, form: dict[str, str]) -> tuple[int, bytes]:
    client = (form.get("client_id"), form.get("client_secret"))
    if client != (CLIENT_ID, CLIENT_SECRET):
        return _refusal(401, "invalid_client")
    if access.is_revoked or form.get("refresh_token") != REFRESH_TOKEN:
        return _refusal(400, "invalid_grant", "Token has been expired or revoked.")
    wanted = frozenset(form["scope"].split()) if "scope" in form else access.granted
    if not wanted <= access.granted:
        return _refusal(400, "invalid_scope")
    return _given(access, frozenset(wanted))


def _for_service_account(access: Access, assertion: str) -> tuple[int, bytes]:
    if access.is_revoked or not is_signed_by_service_account(assertion):
        return _refusal(400, "invalid_grant", "Invalid JWT Signature.")
    told = claims(assertion)
    if told.get("iss") != SERVICE_ACCOUNT:
        return _refusal(400, "invalid_grant", "Invalid grant: account not found")
    wanted = frozenset(str(told.get("scope", "")).split())
    return _given(access, wanted) if wanted else _refusal(400, "invalid_scope")


def _given(access: Access, scopes: frozenset[str]) -> tuple[int, bytes]:
    told = {
        "access_token": access.give(scopes),
        "expires_in": _SECONDS,
        "scope": " ".join(sorted(scopes)),
        "token_type": "Bearer",
    }
    return 200, json.dumps(told).encode()


def _refusal(status: int, error: str, description: str = "") -> tuple[int, bytes]:
    told = {"error": error, "error_description": description or error}
    return status, json.dumps(told).encode()
