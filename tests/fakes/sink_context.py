"""What a sink of the tests is told: an invented shop, and secrets from a mapping."""

from collections.abc import Callable, Mapping
from pathlib import Path

from audsync.contracts import Context, Secret
from audsync.errors import MissingSecretError
from audsync.secrets import Secret as Text


def secrets_of(known: Mapping[str, str]) -> Callable[[str], Secret]:
    """What looks a secret up among these."""

    def secret(name: str) -> Secret:
        if name not in known:
            raise MissingSecretError(f'secret "{name}" is not set')
        return Text(known[name])

    return secret


def context_with(known: Mapping[str, str]) -> Context:
    """The context of a shop that has these secrets and no folder."""
    folder = Path("/nowhere")
    return Context(
        *("shop", "Europe/Warsaw", "PL", "PLN", folder),
        lambda text: folder / text,
        secret=secrets_of(known),
    )
