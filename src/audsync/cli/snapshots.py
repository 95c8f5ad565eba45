"""`audsync snapshot create | list | show | export | delete | diff`."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from audsync.config import Shop
    from audsync.snapshots import Snapshot, Snapshots

snapshots = typer.Typer(
    help="Who was in a segment at one moment, kept as it was.", no_args_is_help=True
)

SnapshotArgument = Annotated[
    str, typer.Argument(help="Id of a snapshot, as `snapshot list` shows it, or latest.")
]


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(snapshots, name="snapshot")


@command(snapshots, "create")
def create_snapshot(
    session: Session,
    segment: SegmentArgument,
    shop: ShopOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Keep who is in a segment now: its consenting members as a list of customers."""
    from datetime import UTC, datetime

    from audsync.cli.sync import moment
    from audsync.report.table import customer_list
    from audsync.run.connectors import state_folder
    from audsync.run.questions import segment_snapshot
    from audsync.run.snapshots import expire_snapshots, remember
    from audsync.state import State, lock

    chosen, found = session.shop(shop), find(session, segment)
    config, now = session.config(), datetime.now(UTC)
    day = moment(as_of, chosen.timezone)
    folder = state_folder(config, chosen)
    with lock(folder, now=now), State(folder) as state:
        for warning in expire_snapshots(config, chosen, state, now=now):
            session.output.warn(warning)
        clients, candidates = segment_snapshot(
            config, session.segments(), chosen, found, as_of=day
        )
        made = _kept(session, chosen).create(
            shop=chosen.id,
            segment=found,
            now=now,
            as_of=day.date(),
            keep_days=chosen.snapshot_days,
            members=customer_list(clients),
            candidates=candidates,
        )
        remember(state, made, "snapshot_created", now=now)
    _tell(session, made)
    session.output.note(
        f"Next: audsync snapshot export {made.id} --shop {chosen.id} -o {found.id}.csv"
    )


@command(snapshots, "list")
def list_snapshots(session: Session, shop: ShopOption = None) -> None:
    """List the snapshots of a shop, the latest first."""
    found = _kept(session, session.shop(shop)).list()
    names = ("id", "segment", "name", "as_of", "created_at", "expires_on", "members")
    rows = [
        {**{name: getattr(one, name) for name in names}, "is_kept": one.is_whole}
        for one in found
    ]
    session.output.document("snapshots", {"snapshots": rows})
    headers = ("snapshot", "segment", "as_of", "members", "kept until")
    table = [
        [one.id, one.segment, one.as_of, one.members, one.expires_on if one.is_whole else None]
        for one in found
    ]
    session.output.table(headers, table)


@command(snapshots, "show")
def show_snapshot(
    session: Session, snapshot: SnapshotArgument, shop: ShopOption = None
) -> None:
    """Show what a snapshot says of itself, and prove its files."""
    kept = _kept(session, session.shop(shop))
    found = kept.find(snapshot)
    for name in found.files if found.is_whole else ():
        kept.file(found, name)
    _tell(session, found)


@command(snapshots, "export")
def export_snapshot(
    session: Session,
    snapshot: SnapshotArgument,
    *,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")],
    shop: ShopOption = None,
    force: ForceOption = False,
) -> None:
    """Write the members of a snapshot to a CSV file, byte for byte as they were kept."""
    from audsync.report import counted
    from audsync.snapshots import MEMBERS

    kept = _kept(session, session.shop(shop))
    found = kept.find(snapshot)
    check_free(out, force=force)
    write_result(out, kept.file(found, MEMBERS))
    told = {"file": str(out), "segment": found.segment, "clients": found.members}
    session.output.document("export", {**told, "for": "spreadsheet"})
    session.output.text(f"{out}: {counted(found.members, 'client')}")


@command(snapshots, "diff")
def diff_snapshots(
    session: Session,
    before: SnapshotArgument,
    after: SnapshotArgument,
    *,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write who it is, by client id.", show_default=False),
    ] = None,
    shop: ShopOption = None,
    force: ForceOption = False,
) -> None:
    """Show how many entered and left between two snapshots, and why."""
    from audsync.report.listing import difference_text
    from audsync.report.table import changes

    kept = _kept(session, session.shop(shop))
    first, second = kept.find(before), kept.find(after)
    found = kept.difference(first, second)
    if out is not None:
        check_free(out, force=force)
        write_result(out, changes(found.changes))
    told = {
        "before": first.id,
        "after": second.id,
        "rule_changed": first.segment_hash != second.segment_hash,
        "stayed": found.stayed,
        "entered": dict(found.entered),
        "left": dict(found.left),
    }
    session.output.document("snapshot-diff", told)
    session.output.text(difference_text(told))


@command(snapshots, "delete")
def delete_snapshot(
    session: Session,
    snapshot: SnapshotArgument,
    *,
    shop: ShopOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> None:
    """Delete a snapshot with all that it holds."""
    from datetime import UTC, datetime

    from audsync.run.connectors import state_folder
    from audsync.run.snapshots import remember
    from audsync.state import State, lock

    chosen = session.shop(shop)
    kept = _kept(session, chosen)
    found = kept.find(snapshot)
    if not yes:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise typer.BadParameter("nobody can be asked here; say --yes")
        typer.confirm(f"Delete {found.id} with {found.members} members?", abort=True, err=True)
    folder, now = state_folder(session.config(), chosen), datetime.now(UTC)
    with lock(folder, now=now), State(folder) as state:
        kept.delete(found)
        remember(state, found, "snapshot_deleted", now=now)
    session.output.document("snapshot", asdict(found))
    session.output.text(f"deleted: {found.id}")


def _kept(session: Session, shop: "Shop") -> "Snapshots":
    from audsync.run.snapshots import snapshots_of

    return snapshots_of(session.config(), shop)


def _tell(session: Session, found: "Snapshot") -> None:
    from audsync.report.listing import snapshot_text

    data: dict[str, Any] = asdict(found)
    session.output.document("snapshot", data)
    session.output.text(snapshot_text(data))
