"""`audsync status`."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import typer

from audsync.audience_keys import AudienceKey
from audsync.cli.session import Session, ShopOption, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audsync.state import Audience, JournalBatch

_HEADERS = (
    *("segment", "sink", "members", "at work", "uncertain"),
    *("platform", "usable", "size", "match rate", "unanswered", "lookalike"),
)
# A platform may keep for days what it was sent and did not answer.
_UNANSWERED_FOR: Final = timedelta(days=7)


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status")(status)


def status(session: Session, *, shop: ShopOption = None) -> None:
    """Show each audience of a shop: its members, and what its platform said of it last.

    Members are those that the platform confirmed. What it took and is still at work on stands
    beside them: how many it is to add, to remove, or to have in place of all others.
    """
    from audsync.cli.runs import open_state

    chosen = session.shop(shop)
    since = datetime.now(UTC) - _UNANSWERED_FOR
    with open_state(session, chosen) as state:
        audiences = [
            _document(
                one,
                requests=_requests(state.journal.told(one.audience)),
                at_work=_sent(state.journal.received(one.audience)),
                unanswered=_sent(state.journal.unanswered(one.audience, since=since)),
            )
            for one in state.audiences.list()
        ]
    session.output.document("status", {"shop": chosen.id, "audiences": audiences})
    session.output.table(_HEADERS, [_row(one) for one in audiences])


def _requests(told: "Sequence[tuple[str, JournalBatch]]") -> list[dict[str, Any]]:
    """What a platform told of the batches of a run, besides their outcome."""
    return [
        _batch(run, batch) | dict(batch.outcome.told if batch.outcome else {})
        for run, batch in told
    ]


def _sent(left: "Sequence[tuple[str, JournalBatch]]") -> list[dict[str, Any]]:
    """Batches whose outcome is not known, with when each left."""
    return [
        _batch(run, batch) | {"sent_at": batch.sent_at and batch.sent_at.isoformat()}
        for run, batch in left
    ]


def _batch(run: str, batch: "JournalBatch") -> dict[str, Any]:
    return {
        "run": run,
        "operation": str(batch.range.operation),
        "members": batch.range.stop - batch.range.start,
    }


def _document(one: "Audience", **batches: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "audience": one.audience,
        "segment": AudienceKey.of(one.audience).segment,
        "sink": one.sink,
        "name": one.name,
        "remote_id": one.remote_id,
        "members": one.members,
        "uncertain": one.uncertain,
        "changed_by": one.changed_by,
        "status": dict(one.status),
        **batches,
    }


def _row(one: dict[str, Any]) -> list[object]:
    told = one["status"]
    size = "" if told.get("size_from") is None else f"{told['size_from']}-{told.get('size_to')}"
    return [
        *(one[name] for name in ("segment", "sink", "members")),
        _at_work(one),
        one["uncertain"],
        told.get("operation", ""),
        told.get("delivery", ""),
        size,
        _match_rate(one),
        len(one["unanswered"]) or "",
        told.get("lookalike", ""),
    ]


def _at_work(one: dict[str, Any]) -> str:
    """Members that a platform is at work on, by what it is to do with them."""
    totals: Counter[str] = Counter()
    for batch in one["at_work"]:
        totals[batch["operation"]] += batch["members"]
    return ", ".join(f"{operation} {count}" for operation, count in sorted(totals.items()))


def _match_rate(one: dict[str, Any]) -> str:
    """That of the whole audience, else of what was sent last."""
    if "match_rate_percent" in one["status"]:
        return f"{one['status']['match_rate_percent']} %"
    rates = [request["match_rate"] for request in one["requests"] if "match_rate" in request]
    return ", ".join(dict.fromkeys(rates))
