"""Looking for a secret in its places, in their order; the first one found wins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audsync.errors import CredentialError, MissingSecretError
from audsync.redaction import hide
from audsync.secrets import desktop, places
from audsync.secrets.places import Looked, variable
from audsync.secrets.secret import Found, Secret


@dataclass(frozen=True, slots=True)
class Vault:
    """The places of secrets, as one environment and one configuration have them.

    `command` is that of `[secrets]`, which stands in the place of the keyring.
    """

    environ: Mapping[str, str]
    command: Sequence[str] | None = None

    def get(self, name: str, *, shop: str, to_keep: str | None = None) -> Found:
        """The secret of that name; MissingSecretError, which says where it was looked for.

        It names `to_keep` as the command that keeps it, which is `secrets set` otherwise.
        CredentialError where it is in a place that cannot be read.
        """
        missed = []
        for looked in self._looked(name, shop):
            if isinstance(looked, Found):
                hide(looked.secret.reveal())
                return looked
            missed.append(looked.place)
        raise MissingSecretError(_nowhere(name, shop, missed, to_keep))

    def put(self, secret: Secret, name: str, *, shop: str) -> None:
        """Keep a secret in the keyring; CredentialError where that cannot be done."""
        self._check_keyring(name, shop)
        try:
            desktop.put_in_keyring(secret, name, shop)
        except CredentialError as error:
            raise CredentialError(f"{error}\n{_on_a_server(name, shop)}") from None

    def drop(self, name: str, *, shop: str) -> bool:
        """Delete a secret from the keyring; whether it was there."""
        self._check_keyring(name, shop)
        return desktop.drop_from_keyring(name, shop)

    def _check_keyring(self, name: str, shop: str) -> None:
        """Raise CredentialError where the keyring is not looked at."""
        if self.command is not None:
            raise CredentialError(
                f'secret "{name}" for shop "{shop}": a command stands in the place of the '
                f"keyring; keep it where {self.command[0]} finds it"
            )

    def _looked(self, name: str, shop: str) -> Iterator[Looked]:
        yield places.in_variable(self.environ, name, shop)
        yield places.in_named_file(self.environ, name, shop)
        yield places.in_credentials(self.environ, name, shop)
        yield places.in_container(self.environ, name, shop)
        if self.command is None:
            yield desktop.in_keyring(name, shop)
        else:
            yield places.of_command(self.command, without_secrets(self.environ), name, shop)


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment as another program may see it."""
    return {key: value for key, value in environ.items() if not key.startswith(places.PREFIX)}


def with_secrets_of(environ: Mapping[str, str], shop: str) -> dict[str, str]:
    """The environment as a process that works for one shop may see it."""
    own = places.variable("", shop).casefold()
    return {
        key: value
        for key, value in environ.items()
        if not key.startswith(places.PREFIX) or key.casefold().startswith(own)
    }


def _nowhere(name: str, shop: str, missed: Sequence[str], to_keep: str | None) -> str:
    command = to_keep or f"audsync secrets set {name} --shop {shop}"
    looked = "".join(f"\n  - {place}" for place in missed)
    return (
        f'secret "{name}" for shop "{shop}" is not set. Looked in:{looked}\n'
        f"On a desktop:  {command}\n"
        f"{_on_a_server(name, shop)}"
    )


def _on_a_server(name: str, shop: str) -> str:
    return (
        f"On a server:   put it in a file and point {variable(name, shop)}_FILE at it, or use "
        "systemd LoadCredential="
    )
