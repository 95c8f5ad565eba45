"""A release after this one: each store has one migration more, which rewrites rows."""

import sqlite3
from importlib import import_module
from typing import Final

from audsync.state import migrations as of_the_state
from audsync.warehouse import schema
from audsync.warehouse.engine import DuckEngine

_WAREHOUSE: Final = schema.MIGRATIONS


def noted_runs(connection: sqlite3.Connection) -> None:
    """Runs get a note, and batches stand in a table made anew."""
    connection.execute("ALTER TABLE runs ADD COLUMN note TEXT")
    connection.execute("UPDATE runs SET note = 'from before'")
    connection.execute("CREATE TABLE copied AS SELECT * FROM facts")
    connection.execute("DELETE FROM facts")
    connection.execute("INSERT INTO facts SELECT * FROM copied")
    connection.execute("DROP TABLE copied")


def noted_orders(engine: DuckEngine) -> None:
    """Orders get a note."""
    engine.execute("ALTER TABLE main.orders ADD COLUMN note VARCHAR")
    engine.execute("UPDATE main.orders SET note = 'from before'")


def take_over() -> None:
    """Be that release in this process."""
    for module in ("store", "checks"):
        _replace(f"audsync.state.{module}", (*of_the_state.MIGRATIONS, noted_runs))
    for module in ("schema", "checks"):
        _replace(f"audsync.warehouse.{module}", (*_WAREHOUSE, noted_orders))


def _replace(module: str, migrations: tuple[object, ...]) -> None:
    vars(import_module(module))["MIGRATIONS"] = migrations
