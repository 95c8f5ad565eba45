"""`audsync doctor`: can a shop be run on this machine as it is set up?"""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from audsync.cli.session import Session, ShopOption, command
from audsync.contracts import Finding, Level
from audsync.errors import ExitCode


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "doctor")(doctor)


def doctor(
    session: Session,
    *,
    shop: ShopOption = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask source and sinks, with harmless calls.")
    ] = False,
    credentials: Annotated[
        Path | None,
        typer.Option(
            "--credentials",
            help="Look for secrets as a service of systemd does: in this folder of files.",
            show_default=False,
        ),
    ] = None,
) -> ExitCode:
    """Tell what is wrong with a shop, its secrets, machine, source, sinks. Exit 12 if any is.

    A mistake in a segment is a warning: the others go on without it. Changes nothing. Without
    --shop of every shop; with --quiet only what is wrong.
    """
    from audsync.run.doctor import examine

    if credentials is not None:
        _look_as_a_service_does(credentials)
    config = session.config()
    shops = [*config.shops.values()] if shop is None else [session.shop(shop)]
    segments = session.all_segments()
    told = [
        (one.id, found)
        for one in shops
        for found in examine(config, segments, one, is_online=online, credentials=credentials)
    ]
    named = shops[0].id if len(shops) == 1 else None
    rows = [_row(name, one) for name, one in told]
    session.output.document("doctor", {"shop": named, "findings": rows})
    for name, one in told:
        _tell(session, f"{name}: " if len(shops) > 1 else "", one)
    is_wrong = any(one.level is Level.ERROR for _, one in told)
    return ExitCode.REFUSED if is_wrong else ExitCode.DONE


def _look_as_a_service_does(credentials: Path) -> None:
    """A service is given the folder, and nothing of what this shell has in its environment."""
    from audsync.secrets import without_secrets

    for name in os.environ.keys() - without_secrets(os.environ).keys():
        del os.environ[name]
    os.environ["CREDENTIALS_DIRECTORY"] = str(credentials.absolute())


def _row(shop: str, one: Finding) -> dict[str, Any]:
    from audsync.redaction import redact

    return {"shop": shop, **asdict(one), "message": redact(one.message)}


def _tell(session: Session, shop: str, one: Finding) -> None:
    """Print a finding; with --quiet what is right is left out."""
    from audsync.redaction import redact

    if session.output.quiet and one.level is Level.OK:
        return
    session.output.text(redact(f"{shop}{one.level}: {one.message}"))
    if one.remedy and not one.message.endswith(one.remedy):
        session.output.text(f"      = {one.remedy}")
