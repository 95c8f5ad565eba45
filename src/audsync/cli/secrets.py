"""`audsync secrets`: which secrets a shop asks for, where they are, and how they get there.

A secret is never an argument of a command, since lists of processes show those, and is never
printed.
"""

import os
import sys
from contextlib import suppress
from getpass import getpass
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Final

import typer

from audsync.cli.session import Session, ShopOption, command
from audsync.errors import CredentialError, MissingSecretError, NotFoundError

if TYPE_CHECKING:
    from audsync.secrets import Secret, Vault

secrets = typer.Typer(help="Secrets: set, list, delete, login.", no_args_is_help=True)

_GENERATED_BYTES: Final = 32
_ALLOWED: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def _name(text: str) -> str:
    if not text or not _ALLOWED.issuperset(text):
        raise typer.BadParameter("a name has small letters, digits and _")
    return text


NameArgument = Annotated[
    str, typer.Argument(help="Name of the secret, such as idosell_api_key.", callback=_name)
]


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(secrets, name="secrets")


@command(secrets, "set")
def set_secret(
    session: Session,
    name: NameArgument,
    *,
    shop: ShopOption = None,
    generate: Annotated[
        bool, typer.Option("--generate", help="Make one up, unless there is one.")
    ] = False,
) -> None:
    """Keep a secret in the desktop's keyring: from a hidden prompt, stdin, or made up."""
    from audsync.run.secrets import secret_names

    chosen = session.shop(shop)
    asked = secret_names(chosen, session.config().notify)
    if asked and name not in asked:
        session.output.warn(
            f"{chosen.id} asks for no secret {name}; it asks for: {', '.join(asked)}"
        )
    vault = _vault(session)
    secret = _made_up(vault, name, chosen.id) if generate else _given(name)
    _put(vault, secret, name, chosen.id, is_made_up=generate)
    place = vault.get(name, shop=chosen.id).place
    if place != "keyring":
        session.output.warn(f"the {place} is looked at first, and has another; remove it")
    session.output.document("secrets", {"shop": chosen.id, "set": name})
    session.output.text(f"{name} of {chosen.id} is kept in the keyring")
    if generate:
        session.output.note("keep a copy of it where this machine cannot lose it")
    session.output.note(f"Next: audsync doctor --shop {chosen.id} --online")


@command(secrets, "list")
def list_secrets(session: Session, *, shop: ShopOption = None) -> None:
    """Tell which secrets a shop's source and sinks ask for, and the place of each."""
    from audsync.run.secrets import secret_names

    chosen, vault = session.shop(shop), _vault(session)
    rows = []
    for name in secret_names(chosen, session.config().notify):
        try:
            found = vault.get(name, shop=chosen.id)
        except CredentialError as error:
            rows.append({"name": name, "place": None})
            if not isinstance(error, MissingSecretError):
                session.output.warn(str(error))
            continue
        rows.append({"name": name, "place": found.place})
        if found.warning is not None:
            session.output.warn(found.warning)
    session.output.document("secrets", {"shop": chosen.id, "secrets": rows})
    table = [(row["name"], row["place"] or "not set") for row in rows]
    session.output.table(("secret", "place"), table)


@command(secrets, "delete")
def delete_secret(session: Session, name: NameArgument, *, shop: ShopOption = None) -> None:
    """Delete a secret from the desktop's keyring; other places are not touched."""
    chosen = session.shop(shop)
    if not _vault(session).drop(name, shop=chosen.id):
        raise NotFoundError(
            f"the keyring has no {name} of {chosen.id}; see: audsync secrets list"
        )
    session.output.document("secrets", {"shop": chosen.id, "deleted": name})
    session.output.text(f"{name} of {chosen.id} is deleted from the keyring")


@command(secrets, "login")
def login(
    session: Session,
    sink: Annotated[str, typer.Argument(help="Sink of the shop, such as google.")],
    *,
    shop: ShopOption = None,
) -> None:
    """Sign in to a sink's platform with the browser; what that gives is kept in the keyring."""
    from audsync.contracts import SignsIn
    from audsync.run.connectors import sinks_of
    from audsync.secrets import Secret

    chosen = session.shop(shop)
    found = sinks_of(session.config(), chosen).get(sink)
    if not isinstance(found, SignsIn):
        raise NotFoundError(
            f"{chosen.id} has no sink {sink} that anybody signs in to; see: "
            "audsync connectors list"
        )
    vault = _vault(session)
    given = found.sign_in()
    for name, text in given.items():
        vault.put(Secret(text), name, shop=chosen.id)
    session.output.document("secrets", {"shop": chosen.id, "kept": sorted(given)})
    session.output.text(f"{', '.join(sorted(given))} of {chosen.id} is kept in the keyring")
    session.output.note(f"Next: audsync doctor --shop {chosen.id} --online")


def _vault(session: Session) -> "Vault":
    from audsync.secrets import Vault

    return Vault(os.environ, session.config().secret_command)


def _made_up(vault: "Vault", name: str, shop: str) -> "Secret":
    """A new secret; CredentialError where there is one, which something may depend on."""
    from audsync.secrets import Secret

    with suppress(MissingSecretError):
        place = vault.get(name, shop=shop).place
        raise CredentialError(
            f"{name} of {shop} is there already ({place}), and what was made with it needs it; "
            "nothing was changed"
        )
    return Secret(token_hex(_GENERATED_BYTES))


def _put(vault: "Vault", secret: "Secret", name: str, shop: str, *, is_made_up: bool) -> None:
    """Keep a secret; CredentialError, which says how to make one up where no keyring is."""
    try:
        vault.put(secret, name, shop=shop)
    except CredentialError as error:
        if not is_made_up:
            raise
        how = "To make it there: umask 077; openssl rand -hex 32 > FILE"
        raise CredentialError(f"{error}\n{how}") from None


def _given(name: str) -> "Secret":
    """The secret, from a hidden prompt or from stdin; CredentialError for none."""
    from audsync.secrets import MOST_BYTES, Secret

    if sys.stdin.isatty():
        if not sys.stderr.isatty():
            raise typer.BadParameter("there is no terminal to ask on: hand it over on stdin")
        text = getpass(f"{name}: ", stream=sys.stderr)
    else:
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise CredentialError("what came on stdin is longer than 64 kB, so it is no secret")
        try:
            text = data.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise CredentialError("what came on stdin is no text in UTF-8") from None
    if not text:
        raise CredentialError(f"nothing was given for {name}; it is as it was")
    return Secret(text)
