"""`audsync status`."""

from typing import TYPE_CHECKING, Any

import typer

from audsync.cli.session import Session, ShopOption, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audsync.state import Audience, JournalBatch

_HEADERS = (
    *("segment", "sink", "members", "uncertain"),
    *("platform", "usable", "size", "match rate"),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status")(status)


def status(session: Session, *, shop: ShopOption = None) -> None:
    """Show each audience of a shop: its members, and what its platform said of it last."""
    from audsync.cli.runs import open_state

    chosen = session.shop(shop)
    with open_state(session, chosen) as state:
        audiences = [
            _document(one, _requests(state.journal.told(one.audience)))
            for one in state.audiences.list()
        ]
    if session.output.as_json:
        session.output.document("status", {"shop": chosen.id, "audiences": audiences})
        return
    session.output.table(_HEADERS, [_row(one) for one in audiences])


def _requests(told: "Sequence[tuple[str, JournalBatch]]") -> list[dict[str, Any]]:
    """What a platform told of the batches of a run, besides their outcome."""
    return [
        {
            "run": run,
            "operation": str(batch.range.operation),
            "members": batch.range.stop - batch.range.start,
            **(batch.outcome.told if batch.outcome else {}),
        }
        for run, batch in told
    ]


def _document(one: "Audience", requests: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "audience": one.audience,
        "segment": one.audience.split(".")[1],
        "sink": one.sink,
        "name": one.name,
        "remote_id": one.remote_id,
        "members": one.members,
        "uncertain": one.uncertain,
        "changed_by": one.changed_by,
        "status": dict(one.status),
        "requests": requests,
    }


def _row(one: dict[str, Any]) -> list[object]:
    told = one["status"]
    size = "" if told.get("size_from") is None else f"{told['size_from']}-{told.get('size_to')}"
    return [
        *(one[name] for name in ("segment", "sink", "members", "uncertain")),
        told.get("operation", ""),
        told.get("delivery", ""),
        size,
        _match_rate(one),
    ]


def _match_rate(one: dict[str, Any]) -> str:
    """That of the whole audience, else of what was sent last."""
    if "match_rate_percent" in one["status"]:
        return f"{one['status']['match_rate_percent']} %"
    rates = [request["match_rate"] for request in one["requests"] if "match_rate" in request]
    return ", ".join(dict.fromkeys(rates))
