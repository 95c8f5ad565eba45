"""`audsync status`."""

from typing import TYPE_CHECKING, Any

import typer

from audsync.cli.session import Session, ShopOption, command

if TYPE_CHECKING:
    from audsync.state import Audience

_HEADERS = ("segment", "sink", "members", "uncertain", "platform", "usable", "size")


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status")(status)


def status(session: Session, *, shop: ShopOption = None) -> None:
    """Show each audience of a shop: its members, and what its platform said of it last."""
    from audsync.cli.runs import open_state

    chosen = session.shop(shop)
    with open_state(session, chosen) as state:
        audiences = state.audiences.list()
    if session.output.as_json:
        rows = [_document(one) for one in audiences]
        session.output.document("status", {"shop": chosen.id, "audiences": rows})
        return
    session.output.table(_HEADERS, [_row(one) for one in audiences])


def _document(one: "Audience") -> dict[str, Any]:
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
    }


def _row(one: "Audience") -> list[object]:
    told = one.status
    size = "" if told.get("size_from") is None else f"{told['size_from']}-{told.get('size_to')}"
    return [
        one.audience.split(".")[1],
        one.sink,
        one.members,
        one.uncertain,
        told.get("operation", ""),
        told.get("delivery", ""),
        size,
    ]
