"""`audsync segments list | show | explain | new`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audsync.cli.session import (
    Session,
    ShopOption,
    command,
    complete_segment,
    write_result,
)
from audsync.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from audsync.segments import Segment

segments = typer.Typer(help="The rules that marketers write.", no_args_is_help=True)

SegmentArgument = Annotated[
    str, typer.Argument(help="Id of a segment.", autocompletion=complete_segment)
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Day to evaluate.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(segments, name="segments")


def find(session: Session, name: str) -> "Segment":
    """The segment of that id; NotFoundError names those that are there."""
    known = session.segments().segments
    if name not in known:
        raise NotFoundError(f'there is no segment "{name}"; there are: {", ".join(known)}')
    return known[name]


@command(segments, "list")
def list_segments(session: Session) -> None:
    """List the segments: id, name, whether active, where they go."""
    rows: list[dict[str, Any]] = [
        {
            "segment": segment.id,
            "name": segment.name,
            "active": segment.active,
            "sinks": list(segment.sinks),
            "shops": None if segment.shops is None else list(segment.shops),
        }
        for segment in session.segments().segments.values()
    ]
    if session.output.as_json:
        session.output.document("segments", {"segments": rows})
        return
    headers = ("segment", "name", "active", "sinks")
    table = [
        [row["segment"], row["name"], row["active"], ", ".join(row["sinks"])] for row in rows
    ]
    session.output.table(headers, table)


@command(segments, "show")
def show_segment(session: Session, segment: SegmentArgument) -> None:
    """Show the rule of one segment as it is written."""
    found = find(session, segment)
    if session.output.as_json:
        data = {"segment": found.id, "name": found.name, "rule": found.file.data}
        session.output.document("segment", data)
        return
    session.output.text(found.file.text.rstrip("\n"))


@command(segments, "explain")
def explain_segment(
    session: Session,
    segment: SegmentArgument,
    shop: ShopOption = None,
    as_of: AsOfOption = None,
    customer_id: Annotated[
        str | None,
        typer.Option("--customer-id", help="Explain it for this customer.", show_default=False),
    ] = None,
) -> None:
    """Show how many clients each line holds for, down to those that can be used."""
    from audsync.cli.sync import moment
    from audsync.report import explanation_text
    from audsync.run.questions import explain_segment as explain

    chosen, found = session.shop(shop), find(session, segment)
    explanation = explain(
        session.config(),
        session.segments(),
        chosen,
        found,
        as_of=moment(as_of, chosen.timezone),
        customer_id=customer_id,
    )
    if session.output.as_json:
        session.output.document("explanation", explanation)
        return
    session.output.text(explanation_text(explanation))


@command(segments, "new")
def new_segment(
    session: Session,
    name: Annotated[str, typer.Argument(help="Id of the new segment: a-z, 0-9 and hyphens.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a commented segment file to start from."""
    from audsync.segments import template
    from audsync.segments.ids import HINT, is_id

    if not is_id(name):
        raise typer.BadParameter(f"an id has {HINT}; such as slipping-champions")
    folder: Path = session.config().segments_folder
    file = folder / f"{name}.toml"
    text = template(name)
    if file.exists() and not force:
        raise ConfigError(f"{file} is there already; choose another name, or --force")
    write_result(file, text.encode(), makes_folder=True)
    if session.output.as_json:
        session.output.document("files", {"files": [str(file)]})
        return
    session.output.text(str(file))
    session.output.note("Next: audsync check")
