"""`audsync segments list | show | explain | overlap | new`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audsync.cli.session import (
    AsOfOption,
    ForceOption,
    Session,
    ShopOption,
    check_free,
    command,
    complete_segment,
    write_result,
)
from audsync.errors import ExitCode, NotFoundError

if TYPE_CHECKING:
    from audsync.config import Shop
    from audsync.segments import Segment
    from audsync.state import State

segments = typer.Typer(help="The rules that marketers write.", no_args_is_help=True)

SegmentArgument = Annotated[
    str, typer.Argument(help="Id of a segment.", autocompletion=complete_segment)
]


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(segments, name="segments")


def find(session: Session, name: str) -> "Segment":
    """The segment of that id; NotFoundError names those that are there."""
    from audsync.run.asked import check_there

    known = session.segments()
    check_there(known, [name])
    return known.segments[name]


@contextmanager
def state_of(session: Session, shop: "Shop | None") -> "Iterator[State | None]":
    """The state of a shop that has had a run; None of others."""
    from audsync.cli.runs import open_state

    try:
        opened = None if shop is None else open_state(session, shop)
    except NotFoundError:
        opened = None
    if opened is None:
        yield None
        return
    with opened as state:
        yield state


@command(segments, "list")
def list_segments(session: Session, shop: ShopOption = None) -> None:
    """List the segments: active or not, when last refreshed, their sizes, and who is where.

    Sizes are those of the last run; with several shops say which.
    """
    from datetime import UTC, datetime

    from audsync.report.listing import HEADERS, listing_rows
    from audsync.run.overview import listed

    shops = session.config().shops
    chosen = session.shop(shop) if shop is not None or len(shops) == 1 else None
    with state_of(session, chosen) as state:
        rows = listed(session.segments(), chosen, state)
    session.output.document(
        "segments", {"shop": None if chosen is None else chosen.id, "segments": rows}
    )
    session.output.table(HEADERS, listing_rows(rows, now=datetime.now(UTC)))
    if chosen is None:
        session.output.note(f"for sizes say which shop: --shop {'|'.join(sorted(shops))}")


@command(segments, "overlap")
def overlap_segments(
    session: Session,
    segment: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of segments; all if absent.", autocompletion=complete_segment),
    ] = None,
    *,
    shop: ShopOption = None,
    as_of: AsOfOption = None,
) -> ExitCode:
    """Show how many clients each two segments share, before any consent."""
    from audsync.cli.sync import moment
    from audsync.report.listing import overlap_table
    from audsync.run.overview import overlap

    chosen = session.shop(shop)
    names = [find(session, name).id for name in segment or ()]
    found = overlap(
        session.config(),
        session.segments(),
        chosen,
        names,
        as_of=moment(as_of, chosen.timezone),
    )
    for error in found["errors"].values():
        session.output.warn(error)
    session.output.document("overlap", found)
    session.output.table(*overlap_table(found))
    return ExitCode.INCOMPLETE if found["errors"] else ExitCode.DONE


@command(segments, "show")
def show_segment(session: Session, segment: SegmentArgument) -> None:
    """Show the rule of one segment as it is written."""
    found = find(session, segment)
    data = {"segment": found.id, "name": found.name, "rule": found.file.data}
    session.output.document("segment", data)
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
    until: Annotated[
        str | None,
        typer.Option(
            "--until", help="Follow the members of --as-of to this day; today if absent."
        ),
    ] = None,
) -> None:
    """Show how many clients each line holds for, down to those that can be used.

    Of an earlier day also what its members have ordered since, beside the others.
    """
    from audsync.cli.sync import moment
    from audsync.report import explanation_text
    from audsync.run.questions import explain_segment as explain

    chosen, found = session.shop(shop), find(session, segment)
    day = moment(as_of, chosen.timezone)
    followed_to = moment(until, chosen.timezone, option="--until").date()
    if until is not None and followed_to < day.date():
        raise typer.BadParameter("--until takes a day that is not before that of --as-of")
    explanation = explain(
        session.config(),
        session.segments(),
        chosen,
        found,
        as_of=day,
        customer_id=customer_id,
        until=followed_to,
    )
    session.output.document("explanation", explanation)
    session.output.text(explanation_text(explanation))


@command(segments, "new")
def new_segment(
    session: Session,
    name: Annotated[str, typer.Argument(help="Id of the new segment: a-z, 0-9 and hyphens.")],
    *,
    force: ForceOption = False,
) -> None:
    """Write a commented segment file to start from."""
    from audsync.segments import template
    from audsync.segments.ids import HINT, is_id

    if not is_id(name):
        raise typer.BadParameter(f"an id has {HINT}; such as slipping-champions")
    folder: Path = session.config().segments_folder
    file = folder / f"{name}.toml"
    text = template(name)
    check_free(file, force=force)
    write_result(file, text.encode(), makes_folder=True)
    session.output.document("files", {"files": [str(file)]})
    session.output.text(str(file))
    session.output.note("Next: audsync check")
