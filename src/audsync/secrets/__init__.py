"""Where a secret may come from, and the message when it is nowhere."""

from audsync.secrets.desktop import keyring_name
from audsync.secrets.places import MOST_BYTES
from audsync.secrets.secret import Found, Secret
from audsync.secrets.vault import Vault, with_secrets_of, without_secrets

__all__ = [
    "MOST_BYTES",
    "Found",
    "Secret",
    "Vault",
    "keyring_name",
    "with_secrets_of",
    "without_secrets",
]
