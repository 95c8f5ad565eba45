"""`audsync rfm`: keep the limits of RFM scores as they are, or let them move again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from audsync.cli.session import AsOfOption, Session, ShopOption, command

if TYPE_CHECKING:
    from audsync.config import Change

rfm = typer.Typer(help="RFM scores: keep their limits, or let them move.", no_args_is_help=True)
WriteOption = Annotated[
    bool, typer.Option("--write", help="Write the file; what it was stays in a .bak beside it.")
]


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(rfm, name="rfm")


@command(rfm, "freeze")
def freeze(
    session: Session,
    *,
    shop: ShopOption = None,
    as_of: AsOfOption = None,
    write: WriteOption = False,
) -> None:
    """Keep the limits of RFM scores as they are today, in the shop's settings.

    Clients then change their scores by what they do, and not because others buy. Without
    --write shows what would be written. Limits that a person stated are left as they are, those
    of an earlier freeze give way to today's.
    """
    from audsync.cli.sync import moment
    from audsync.config import rfm_limits
    from audsync.report.rfm import limits_as_settings
    from audsync.run.rfm import ranked_limits

    chosen = session.shop(shop)
    day = moment(as_of, chosen.timezone)
    limits = rfm_limits(session.config(), chosen)
    found = ranked_limits(session.config(), session.segments(), chosen, limits, as_of=day)
    settings = {
        measure: text
        for measure, text in limits_as_settings(found.cut_points, chosen.currency).items()
        if measure not in limits.stated
    }
    about = {
        "shop": chosen.id,
        "as_of": day.date().isoformat(),
        "scored": found.scored,
        "limits": {measure: list(found.cut_points[measure]) for measure in settings},
        "stated": list(limits.stated),
    }
    told = f"{chosen.id}: limits of {about['as_of']}, from {found.scored:,} clients"
    if limits.stated:
        told += f"; stated by hand and left as they are: {', '.join(limits.stated)}"
    _finish(session, limits.freeze(settings, day.date()), about, told, write=write)


@command(rfm, "thaw")
def thaw(session: Session, *, shop: ShopOption = None, write: WriteOption = False) -> None:
    """Let the limits that `rfm freeze` wrote move again with the shop's clients."""
    from audsync.config import rfm_limits

    chosen = session.shop(shop)
    limits = rfm_limits(session.config(), chosen)
    about = {
        "shop": chosen.id,
        "frozen": {measure: day.isoformat() for measure, day in limits.frozen.items()},
        "stated": list(limits.stated),
    }
    days = ", ".join(f"{measure} of {day}" for measure, day in limits.frozen.items())
    told = f"{chosen.id}: " + (
        f"limits that move again: {days}" if days else "nothing is frozen"
    )
    _finish(session, limits.thaw(), about, told, write=write)


def _finish(
    session: Session, change: "Change", about: Mapping[str, object], told: str, *, write: bool
) -> None:
    """Show what changes in the file, or write it."""
    lines = list(change.difference)
    kept = change.write() if write and lines else None
    output = session.output
    written = {"file": change.file.shown, "changes": bool(lines), "written": kept is not None}
    output.document("rfm", {**about, **written})
    output.text(told)
    for line in lines:
        output.text(line)
    if kept is not None:
        output.note(f"{change.file.shown} is written; {kept.name} is what it was")
        output.note(f"Next: audsync plan --shop {about['shop']}")
    elif lines:
        output.note("nothing is written yet; to do it: --write")
