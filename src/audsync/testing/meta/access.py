"""Whether a call may be made at all: its version, its token, its proof."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from audsync.testing.meta import errors
from audsync.testing.meta.errors import Refused
from audsync.testing.meta.graph import Access


def is_dead(segment: str, oldest: tuple[int, ...]) -> bool:
    """Whether a path starts with a version that lives no more; Refused where it has none."""
    parts = segment.removeprefix("v").split(".")
    is_version = segment.startswith("v") and len(parts) == len(oldest)
    if not is_version or not all(map(str.isdigit, parts)):
        raise Refused(errors.UNKNOWN_PATH)
    return tuple(map(int, parts)) < oldest


def check_version(segment: str, oldest: tuple[int, ...], *, upgrades: bool) -> None:
    """Refused for a version that lives no more, unless a newer one answers in its place."""
    if is_dead(segment, oldest) and not upgrades:
        raise Refused(errors.RETIRED_VERSION)


def proof_of(token: str, secret: str) -> str:
    """The `appsecret_proof` of a token."""
    return hmac.new(secret.encode(), token.encode(), sha256).hexdigest()


def admit(access: Access, params: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Refused unless the call has a token that is good, and a proof that fits it."""
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    token = bearer or str(params.get("access_token", ""))
    if not token:
        raise Refused(errors.NO_TOKEN)
    dead = access.tokens.get(token, errors.dead_token(467))
    if dead is not None:
        raise Refused(dead)
    proof = params.get("appsecret_proof")
    expected = proof_of(token, access.app_secret)
    if (proof is None and access.needs_proof) or proof not in (None, expected):
        raise Refused(errors.WRONG_PROOF)
