"""The tree of commands."""

from typing import Annotated

import typer

import audsync
from audsync.cli import (
    clients,
    config_files,
    connectors,
    daemon,
    doctor,
    fake_server,
    forget,
    ledger,
    rfm,
    runs,
    schedule,
    secrets,
    segments,
    setup,
    snapshots,
    state,
    status,
    sync,
    where,
)

app = typer.Typer(
    help="Keep a shop's audiences equal to its data and its customers' consents.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 -- the form of a typer callback
    if wanted:
        typer.echo(f"audsync {audsync.__version__}")
        raise typer.Exit


@app.callback()
def audsync_command(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell it.")
    ] = False,
) -> None:
    """Keep a shop's audiences equal to its data and its customers' consents."""


setup.register(app)
config_files.register(app)
sync.register(app)
clients.register(app)
segments.register(app)
rfm.register(app)
snapshots.register(app)
runs.register(app)
ledger.register(app)
status.register(app)
state.register(app)
connectors.register(app)
doctor.register(app)
forget.register(app)
where.register(app)
schedule.register(app)
daemon.register(app)
secrets.register(app)
fake_server.register(app)
