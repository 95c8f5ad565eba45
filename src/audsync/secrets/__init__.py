"""Where a secret may come from, and the message when it is nowhere."""

from audsync.secrets.secret import Found, Secret
from audsync.secrets.vault import Vault, without_secrets

__all__ = ["Found", "Secret", "Vault", "without_secrets"]
