"""`audsync config migrate`: are the files of the configuration of today's form?"""

import os
from pathlib import Path
from typing import Annotated

import typer

from audsync.cli.session import Session, command

config = typer.Typer(help="The files of the configuration.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(config, name="config")


@command(config, "migrate")
def migrate(
    session: Session,
    *,
    write: Annotated[  # noqa: ARG001 -- of every version there has been, nothing is to write
        bool, typer.Option("--write", help="Change the files; without, only show how.")
    ] = False,
) -> None:
    """Show what the files of an earlier version need to become today's.

    There has been one version so far, so that nothing is ever changed yet.
    """
    from audsync.config import VERSION, find_config, read_version

    file = find_config(session.config_file, environ=os.environ, cwd=Path.cwd())
    version = read_version(file, shown_from=Path.cwd())
    output = session.output
    told = {"file": str(file), "version": version, "newest": VERSION, "changes": []}
    output.document("config", told)
    output.text(f"{file}: version {version} is today's; nothing is to be changed")
