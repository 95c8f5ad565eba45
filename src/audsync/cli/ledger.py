"""`audsync ledger verify | export`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audsync.cli.runs import open_state
from audsync.cli.session import (
    ForceOption,
    Session,
    ShopOption,
    check_free,
    command,
    fitting,
    write_result,
)

if TYPE_CHECKING:
    from audsync.state.ledger import Entry

ledger = typer.Typer(
    help="What was done, in a chain that shows any change.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    app.add_typer(ledger, name="ledger")


@command(ledger, "verify")
def verify(
    session: Session,
    *,
    shop: ShopOption = None,
    expect: Annotated[
        str | None,
        typer.Option(
            "--expect",
            help="A hash noted earlier that must be in it.",
            callback=fitting("[0-9a-f]{64}", "a hash has 64 digits and letters from a to f"),
        ),
    ] = None,
) -> None:
    """Prove that no entry was changed, left out or put in; tell the last hash. Else exit 13."""
    chosen = session.shop(shop)
    with open_state(session, chosen) as state:
        last = state.ledger.verify(expect=expect)
        count = len(state.ledger.entries())
    told = {"shop": chosen.id, "entries": count, "hash": last, "expected": expect}
    session.output.document("ledger-proof", told)
    session.output.text(f"{count} entries, none changed; the last hash is {last}")
    # Without the hash: digests are taken out of every log line.
    again = f"audsync ledger verify --shop {chosen.id} --expect HASH"
    session.output.note(f"Note that hash elsewhere; later: {again}")


@command(ledger, "export")
def export(
    session: Session,
    *,
    shop: ShopOption = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File to write; else stdout.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write every entry as a line of JSON, with its hash and the one before; after a proof."""
    if out is not None:
        check_free(out, force=force)
    with open_state(session, session.shop(shop)) as state:
        state.ledger.verify()
        lines = [
            json.dumps(_line(entry), ensure_ascii=False) for entry in state.ledger.entries()
        ]
    text = "".join(f"{line}\n" for line in lines)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_result(out, text.encode())
    session.output.document("files", {"files": [str(out)]})
    session.output.text(f"{out}: {len(lines)} entries")


def _line(entry: "Entry") -> dict[str, Any]:
    return {
        "schema": "audsync.ledger/1",
        "entry": entry.number,
        "previous": entry.previous,
        "hash": entry.hash,
        "body": dict(entry.body),
    }
