"""Proof that a shop's warehouse can be read, and holds what the model relies on."""

import json
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from audsync.contracts import Finding, Level
from audsync.errors import AudsyncError, LockedError
from audsync.sql_text import identifier
from audsync.tables import TABLES
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.file import open_to_read
from audsync.warehouse.schema import (
    MIGRATIONS,
    columns_of,
    tables_of,
    version_of,
)

_ANEW: Final = (
    "bring it back from a backup, or remove it with its .wal file and run again, which pulls"
    " everything from the shop anew"
)
_BY_THE_NEXT: Final = "nothing; the next run does it"
# Tables whose rows each belong to one of another table. An account that is gone is still known
# by its orders, so that `account_clients` may have more than `customers`; an order that names
# nobody is nobody's.
_SOMEBODYS: Final = (
    "(SELECT * FROM main.orders WHERE coalesce(nullif(customer_id, ''), "
    "nullif(email_normal, ''), nullif(phone_e164, '')) IS NOT NULL)"
)
_OWNERS: Final = (
    ("customers", "main.customers", "account_clients", "customer_id"),
    ("order_clients", "main.order_clients", "orders", "order_id"),
    ("orders", _SOMEBODYS, "order_clients", "order_id"),
)


def check_warehouse(file: Path) -> Iterator[Finding]:
    """What is wrong with a warehouse that no process has open; nothing where all is well.

    Reads every row, so that a damaged block is found, and changes nothing.
    """
    if not file.exists():
        yield Finding(Level.WARNING, f"{file} is not there yet", "start with: audsync pull")
        return
    if not file.stat().st_size:
        yield Finding(Level.WARNING, f"{file} was being made when a run ended", _BY_THE_NEXT)
        return
    try:
        connection = open_to_read(file)
    except LockedError as error:
        yield Finding(Level.WARNING, str(error), "verify again when it has ended")
        return
    except AudsyncError as error:  # says itself what to do: not everything is damage
        what, _, remedy = str(error).partition("; ")
        yield Finding(Level.ERROR, what, remedy or None)
        return
    try:
        with closing(connection):
            yield from _contradictions(DuckEngine(connection, timezone="UTC"), file)
    except AudsyncError as error:
        yield Finding(Level.ERROR, f"{file}: {error}", _ANEW)


def _contradictions(engine: DuckEngine, file: Path) -> Iterator[Finding]:
    version = version_of(engine)
    if version < len(MIGRATIONS):
        yield Finding(
            Level.WARNING,
            f"{file} was written by an earlier audsync (version {version}, this one writes"
            f" {len(MIGRATIONS)})",
            _BY_THE_NEXT,
        )
        if not version:
            return
    tables = tables_of(version)  # one of before lacks what a migration will make
    missing = [name for name in tables if not columns_of(engine, name)]
    if missing:
        yield Finding(Level.ERROR, f"{file} has no table {', '.join(missing)}", _ANEW)
        return
    for name in tables:
        engine.fetch(f"SELECT bit_xor(hash(t)) FROM main.{identifier(name)} AS t")
    for sentence in (*_repeated_keys(engine, tables), *_unreadable_items(engine)):
        yield Finding(Level.ERROR, f"{file}: {sentence}", _ANEW)
    yield from _without_owner(engine, file)


def _repeated_keys(engine: DuckEngine, there: Collection[str]) -> Iterator[str]:
    for table in (one for one in TABLES.values() if one.name in there):
        key = ", ".join(identifier(name) for name in table.key)
        repeated = engine.rows(
            f"(SELECT {key} FROM main.{table.name} GROUP BY {key} HAVING count(*) > 1)"
        )
        if repeated:
            yield f"{repeated} rows of {table.name} are there more than once"


def _unreadable_items(engine: DuckEngine) -> Iterator[str]:
    """What the warehouse remembers beside its rows, the cursor first of all."""
    for row in engine.fetch("SELECT item, value FROM main.about ORDER BY item").to_pylist():
        try:
            value = json.loads(row["value"])
        except ValueError:
            yield f"what it remembers as {row['item']} cannot be read"
            continue
        if row["item"] == "cursor" and not isinstance(value, dict):
            yield "its cursor is none, so that the source cannot continue from it"


def _without_owner(engine: DuckEngine, file: Path) -> Iterator[Finding]:
    for table, rows, owner, column in _OWNERS:
        alone = _count_without(engine, rows, owner, column)
        if alone:
            yield Finding(
                Level.WARNING,
                f"{file}: {alone} rows of {table} have none in {owner}: a run ended before it"
                " had worked out who is one person",
                _BY_THE_NEXT,
            )
    lines = _count_without(engine, "main.order_lines", "orders", "order_id")
    if lines:
        yield Finding(
            Level.WARNING,
            f"{file}: {lines} order lines have no order, and count for nobody",
            "see that the source sends the orders of these lines",
        )


def _count_without(engine: DuckEngine, rows: str, owner: str, column: str) -> int:
    return engine.rows(
        f"(SELECT 1 FROM {rows} AS t WHERE NOT EXISTS"
        f" (SELECT 1 FROM main.{owner} AS o WHERE o.{column} = t.{column}))"
    )
