"""Snapshots of a shop: where they are, what the ledger says of them, when they go."""

from datetime import datetime

from audsync.config import Config, Shop
from audsync.snapshots import Snapshot, Snapshots
from audsync.state import State


def snapshots_of(config: Config, shop: Shop) -> Snapshots:
    """The snapshots of a shop."""
    return Snapshots(config.snapshots_folder / shop.id)


def expire_snapshots(config: Config, shop: Shop, state: State, *, now: datetime) -> list[str]:
    """Delete the people of snapshots whose time is over; what a person should know of it.

    A damaged snapshot keeps nothing else from being done.
    """
    gone, damaged = snapshots_of(config, shop).expire(now)
    for snapshot in gone:
        facts = {"snapshot": snapshot, "why": "retention"}
        state.ledger.append("snapshot_deleted", at=now, facts=facts)
    return [*damaged]


def remember(state: State, snapshot: Snapshot, event: str, *, now: datetime) -> None:
    """Say in the ledger that a snapshot was made or deleted: counts and hashes, nobody."""
    facts = {
        "snapshot": snapshot.id,
        "segment": snapshot.segment,
        "segment_hash": snapshot.segment_hash,
        "members": snapshot.members,
        "files": dict(snapshot.files),
    }
    state.ledger.append(event, at=now, facts=facts)
