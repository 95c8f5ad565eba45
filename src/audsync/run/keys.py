"""Keys of a shop that are made once and kept: secrets that others must not guess."""

import os
from typing import Final

from audsync.config import Config, Shop
from audsync.errors import CredentialError
from audsync.secrets import Found, Vault

IDENTITY_KEY: Final = "identity_key"
SUPPRESSION_KEY: Final = "suppression_key"
_KEYS: Final = frozenset({IDENTITY_KEY, SUPPRESSION_KEY})
_SHORTEST: Final = 32  # characters; as many hex digits hold 128 bits


def shop_key(config: Config, shop: Shop, name: str, warnings: list[str]) -> bytes:
    """The key of that name; what is wrong with its place is added to `warnings`.

    Raises MissingSecretError where it is nowhere, CredentialError for one that is too short.
    """
    found = Vault(os.environ, config.secret_command).get(name, shop=shop.id)
    if found.warning is not None and found.warning not in warnings:
        warnings.append(found.warning)
    refuse_short(found, shop, name)
    return found.secret.reveal().encode()


def refuse_short(found: Found, shop: Shop, name: str) -> None:
    """CredentialError where what was found for one of these keys could be guessed."""
    if name in _KEYS and len(found.secret.reveal()) < _SHORTEST:
        raise CredentialError(
            f'secret "{name}" for shop "{shop.id}" ({found.place}) is shorter than {_SHORTEST} '
            "characters, so that it could be guessed; make one with: openssl rand -hex 32"
        )
