"""`audsync export`: the clients of one segment as a CSV file, for people or for an upload."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audsync.cli.segments import SegmentArgument, find
from audsync.cli.session import (
    AsOfOption,
    ForceOption,
    Session,
    ShopOption,
    check_free,
    command,
    write_result,
)


class Use(StrEnum):
    """What an export is for."""

    SPREADSHEET = "spreadsheet"
    UPLOAD = "upload"


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "export")(export)


def export(
    session: Session,
    segment: SegmentArgument,
    *,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")],
    shop: ShopOption = None,
    as_of: AsOfOption = None,
    use: Annotated[
        Use, typer.Option("--for", help="Formulas defused for people, or digests alone.")
    ] = Use.SPREADSHEET,
    force: ForceOption = False,
) -> None:
    """Write the consenting clients of a segment to a CSV file."""
    from audsync.cli.sync import moment
    from audsync.report import counted
    from audsync.report.table import spreadsheet, upload
    from audsync.run.questions import segment_clients

    chosen, found = session.shop(shop), find(session, segment)
    check_free(out, force=force)
    clients = segment_clients(
        session.config(),
        session.segments(),
        chosen,
        found,
        as_of=moment(as_of, chosen.timezone),
    )
    data = spreadsheet(clients) if use is Use.SPREADSHEET else upload(clients)
    write_result(out, data)
    rows = data.count(b"\n") - 1 if use is Use.UPLOAD else clients.num_rows
    count = {"file": str(out), "segment": found.id, "clients": rows, "for": use}
    session.output.document("export", count)
    session.output.text(f"{out}: {counted(rows, 'client')}")
