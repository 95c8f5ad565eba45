"""Snapshots of a shop: where they are, what the ledger says of them, when they go."""

from datetime import datetime
from typing import TYPE_CHECKING

from audsync.config import Config, Shop
from audsync.errors import StateError
from audsync.identity.suppression import Suppression, Trace
from audsync.run.connectors import state_folder
from audsync.snapshots import Snapshot, Snapshots
from audsync.state import State

if TYPE_CHECKING:
    import pyarrow as pa


def snapshots_of(config: Config, shop: Shop) -> Snapshots:
    """The snapshots of a shop."""
    return Snapshots(config.snapshots_folder / shop.id)


def expire_snapshots(config: Config, shop: Shop, *, now: datetime) -> None:
    """Delete the people of snapshots whose time is over. The shop is held by the caller."""
    gone = snapshots_of(config, shop).expire(now)
    if gone:
        with State(state_folder(config, shop)) as state:
            for snapshot in gone:
                facts = {"snapshot": snapshot, "why": "retention"}
                state.ledger.append("snapshot_deleted", at=now, facts=facts)


def erase_from_snapshots(
    snapshots: Snapshots, suppression: Suppression, *, now: datetime
) -> int:
    """Take the people who are marked out of all snapshots; how many held one.

    One whose files were changed, or that a kill cut off, loses all its people.
    """
    changed = 0
    for snapshot in snapshots.list():
        if not snapshot.is_whole:
            continue
        try:
            gone = _marked(snapshots.people(snapshot), suppression)
        except StateError:
            snapshots.abandon(snapshot, now)
            changed += 1
            continue
        if gone:
            snapshots.take_out(snapshot, gone, now)
            changed += 1
    return changed


def _marked(people: "pa.Table", suppression: Suppression) -> set[str]:
    ids = {*suppression.marked(Trace.CUSTOMER, people["client_id"])}
    emails = {*suppression.marked_forms(Trace.EMAIL, people["email"])}
    return ids | {row["client_id"] for row in people.to_pylist() if row["email"] in emails}


def remember(
    config: Config, shop: Shop, snapshot: Snapshot, event: str, *, now: datetime
) -> None:
    """Say in the ledger that a snapshot was made or deleted: counts and hashes, nobody."""
    facts = {
        "snapshot": snapshot.id,
        "segment": snapshot.segment,
        "segment_hash": snapshot.segment_hash,
        "members": snapshot.members,
        "files": dict(snapshot.files),
    }
    with State(state_folder(config, shop)) as state:
        state.ledger.append(event, at=now, facts=facts)
