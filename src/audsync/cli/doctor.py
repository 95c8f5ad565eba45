"""`audsync doctor`: can a shop be run on this machine as it is set up?"""

from dataclasses import asdict
from typing import Annotated

import typer

from audsync.cli.session import Session, ShopOption, command
from audsync.contracts import Level
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
) -> ExitCode:
    """Tell what is wrong with a shop, its secrets, machine, source, sinks. Exit 12 if any is.

    Changes nothing.
    """
    from audsync.redaction import redact
    from audsync.run.doctor import examine

    chosen = session.shop(shop)
    findings = [*examine(session.config(), chosen, is_online=online)]
    if session.output.as_json:
        told = [asdict(one) | {"message": redact(one.message)} for one in findings]
        session.output.document("doctor", {"shop": chosen.id, "findings": told})
    for one in findings:
        session.output.text(redact(f"{one.level}: {one.message}"))
        if one.remedy:
            session.output.text(f"      = {one.remedy}")
    is_wrong = any(one.level is Level.ERROR for one in findings)
    return ExitCode.REFUSED if is_wrong else ExitCode.DONE
