"""`audsync fake-server …`: platforms on 127.0.0.1 to try things out against."""

import gc
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from audsync.cli.process import Stopped
from audsync.cli.session import Session, command
from audsync.errors import ConfigError

if TYPE_CHECKING:
    from audsync.cli.output import Output
    from audsync.testing.console import Console

fake_server = typer.Typer(
    help="Fake platforms on 127.0.0.1 to try things out against.", no_args_is_help=True
)

_LAST_PORT: Final = 65_535


def _shop_id(text: str) -> str:
    from audsync.segments.ids import HINT, is_id

    if not is_id(text):
        raise typer.BadParameter(f"an id has {HINT}; such as demo")
    return text


PortOption = Annotated[
    int, typer.Option("--port", help="Port; 0 is one that is free.", min=0, max=_LAST_PORT)
]
ForOption = Annotated[
    str, typer.Option("--for-shop", help="Shop that the config is for.", callback=_shop_id)
]


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(fake_server, name="fake-server")


@command(fake_server, "idosell")
def idosell(
    session: Session,
    *,
    port: PortOption = 0,
    for_shop: ForOption = "demo",
    orders: Annotated[int, typer.Option("--orders", help="Orders of its past.", min=0)] = 1000,
    clients: Annotated[int, typer.Option("--clients", help="Registered clients.", min=0)] = 400,
    products: Annotated[int, typer.Option("--products", help="Products on sale.", min=0)] = 300,
    seed: Annotated[int, typer.Option("--seed", help="The same seed, the same shop.")] = 1,
) -> None:
    """Serve a fake IdoSell panel with an invented shop until the input ends, or Ctrl-C."""
    from audsync.testing.idosell.console import IdoSellConsole

    with _free(port):
        console = IdoSellConsole(
            port=port, orders=orders, clients=clients, products=products, seed=seed
        )
    _serve(session.output, console, for_shop)


@command(fake_server, "meta")
def meta(session: Session, *, port: PortOption = 0, for_shop: ForOption = "demo") -> None:
    """Serve a fake of Meta's Graph API for Custom Audiences until the input ends, or Ctrl-C."""
    from audsync.testing.meta.console import MetaConsole

    with _free(port):
        console = MetaConsole(port=port)
    _serve(session.output, console, for_shop)


@command(fake_server, "google")
def google(
    session: Session,
    *,
    port: PortOption = 0,
    grpc_port: Annotated[
        int, typer.Option("--grpc-port", help="Port of gRPC; 0: any.", min=0, max=_LAST_PORT)
    ] = 0,
    authority: Annotated[
        Path | None,
        typer.Option(
            "--authority", help="File to write the certificate to that gRPC has to trust."
        ),
    ] = None,
    for_shop: ForOption = "demo",
) -> None:
    """Serve a fake of Google's Customer Match until the input ends, or Ctrl-C.

    The config is for Data Manager as REST; with --authority it is for gRPC, which the Google
    Ads API needs.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its core writes to stderr
    from audsync.testing.google.console import GoogleConsole

    with _free(port, grpc_port):
        console = GoogleConsole(port=port, grpc_port=grpc_port)
    if authority is not None:
        try:
            console.speak_grpc(authority)
        except OSError:
            raise ConfigError(
                f"{authority} cannot be written; name a file in a folder that is there"
            ) from None
    _serve(session.output, console, for_shop)


@contextmanager
def _free(*ports: int) -> Iterator[None]:
    try:
        yield
    except OSError:
        named = " or ".join(str(port) for port in ports if port)
        raise ConfigError(
            f"port {named} of 127.0.0.1 cannot be had; choose another, or leave --port out"
        ) from None


def _serve(output: "Output", console: "Console", shop: str) -> None:
    """Tell how to reach the fake, then obey line by line."""
    # What a fake holds stays: to look for garbage among it took a third of its time.
    gc.set_threshold(1_000_000)
    with suppress(Stopped), console.fake:
        _introduce(output, console, shop)
        for line in sys.stdin:
            words = line.split()
            is_known = not words or console.obey(words)
            _answer(output, console, is_known=is_known)


def _introduce(output: "Output", console: "Console", shop: str) -> None:
    from audsync.secrets.places import variable

    about = {"url": console.fake.url, "config": console.config(shop)}
    output.document("fake-server", {**about, "secrets": dict(console.secrets)})
    output.text(f"{console.name} serves at {console.fake.url}\n\n{console.config(shop)}")
    for name, value in console.secrets.items():
        output.text(f"export {variable(name, shop)}={value}")
    output.text(f"\norders: {', '.join(console.orders)}, or an empty line; Ctrl-C ends it")
    sys.stdout.flush()


def _answer(output: "Output", console: "Console", *, is_known: bool) -> None:
    state = {**console.state(), "cpu_seconds": round(time.process_time(), 2)}
    error = None if is_known else f"orders are {', '.join(console.orders)}"
    output.document("fake-answer", {"error": error, **state})
    lines = [f"{name}: {json.dumps(value)}" for name, value in state.items()]
    output.text("\n".join(lines) if error is None else error)
    sys.stdout.flush()
