"""The warehouse's own tables, and how a file of yesterday becomes one of today.

A declared column that a file lacks is added when the file is opened; anything else that changes
between releases is a migration. A file of a newer release is refused and left as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from audsync.errors import StateError
from audsync.identity.facts import FACT_COLUMNS
from audsync.identity.normal import NORMAL_COLUMNS
from audsync.sql_text import identifier, literal
from audsync.tables import (
    CONSENTS,
    MESSAGES,
    RATES,
    SQL_TYPES,
    TABLES,
    VISITS,
    Table,
    has_people,
)
from audsync.warehouse.engine import DuckEngine

if TYPE_CHECKING:
    import pyarrow as pa

# Tables whose rows carry e-mail, phone and names, and so their normal forms.
WITH_PEOPLE: Final = tuple(table.name for table in TABLES.values() if has_people(table))

# Tables of audsync itself, by their text columns.
TEXT_TABLES: Final = {
    "about": ("item", "value"),
    "account_clients": ("customer_id", "client_id"),
    "order_clients": ("order_id", "client_id"),
}

# The table of facts about values of people.
FACTS: Final = "identity_facts"

# Tables that came with the third migration.
EVENTS: Final = (VISITS.name, MESSAGES.name)


def source_columns(table: Table) -> dict[str, str]:
    """SQL types of the columns that a source fills, parameters left out."""
    return {column.name: SQL_TYPES[column.kind] for column in table.columns}


def stored_columns(table: Table) -> dict[str, str]:
    """SQL types of all declared columns of a table as it is stored."""
    normal = NORMAL_COLUMNS if table.name in WITH_PEOPLE else ()
    return source_columns(table) | dict.fromkeys(normal, "VARCHAR")


def columns_of(engine: DuckEngine, table: str) -> dict[str, str]:
    """SQL types of the columns that the file's table has now."""
    rows = engine.fetch(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' "
        f"AND database_name = current_database() AND table_name = {literal(table)} "
        "ORDER BY column_index"
    )
    return text_pairs(rows)


def text_pairs(rows: "pa.Table") -> dict[str, str]:
    """A table of two text columns as a mapping from the first to the second."""
    keys, values = (column.to_pylist() for column in rows.columns)
    return {str(key): str(value) for key, value in zip(keys, values, strict=True)}


def fit_columns(engine: DuckEngine, table: str, wanted: Mapping[str, str]) -> None:
    """Add the columns the table lacks and change those of another type.

    A value that cannot be read as the new type becomes null until the source sends it again.
    Names that differ in case only are one column, as the engine sees them.
    """
    present = {name.lower(): kind for name, kind in columns_of(engine, table).items()}
    alter = f"ALTER TABLE main.{identifier(table)}"
    for name, kind in wanted.items():
        column = identifier(name)
        if name.lower() not in present:
            engine.execute(f"{alter} ADD COLUMN {column} {kind}")
        elif present[name.lower()] != kind:
            engine.execute(
                f"{alter} ALTER COLUMN {column} SET DATA TYPE {kind} "
                f"USING TRY_CAST(CAST({column} AS VARCHAR) AS {kind})"
            )


def migrate(engine: DuckEngine, file: str) -> None:
    """Bring the file to this release's tables, one transaction per step.

    Raises StateError for a file of a newer release.
    """
    done = version_of(engine)
    if done > len(MIGRATIONS):
        raise StateError(
            f"{file}: the file was written by a newer audsync (its version is {done}, this one "
            f"knows {len(MIGRATIONS)}); update audsync"
        )
    for number, step in enumerate(MIGRATIONS[done:], start=done + 1):
        engine.execute("BEGIN TRANSACTION")
        step(engine)
        engine.execute("DELETE FROM main.about WHERE item = 'schema_version'")
        engine.execute(f"INSERT INTO main.about VALUES ('schema_version', '{number}')")
        engine.execute("COMMIT")
    for table in TABLES.values():
        fit_columns(engine, table.name, stored_columns(table))


def tables_of(version: int) -> list[str]:
    """The tables that a file of that version has."""
    later = {FACTS: 2, **dict.fromkeys(EVENTS, 3), RATES.name: 4, CONSENTS.name: 5}
    return [name for name in (*TEXT_TABLES, *TABLES, FACTS) if version >= later.get(name, 1)]


def version_of(engine: DuckEngine) -> int:
    """How many migrations were applied to the file."""
    if not columns_of(engine, "about"):
        return 0
    rows = engine.fetch("SELECT value FROM main.about WHERE item = 'schema_version'")
    return int(rows.column(0)[0].as_py()) if rows.num_rows else 0


def _make_tables(engine: DuckEngine) -> None:
    """The first tables; declared columns that came later are added by `fit_columns`."""
    for name, columns in TEXT_TABLES.items():
        _make(engine, name, ((column, "VARCHAR") for column in columns))
    for table in TABLES.values():
        if table.name not in (*EVENTS, RATES.name, CONSENTS.name):
            _make(engine, table.name, stored_columns(table).items())


def _make_facts(engine: DuckEngine) -> None:
    """Facts about values of people: `identity_facts`."""
    _make(engine, FACTS, ((column, "VARCHAR") for column in FACT_COLUMNS))


def _make_events(engine: DuckEngine) -> None:
    """What customers look at and are written: `visits`, `messages`."""
    for name in EVENTS:
        _make(engine, name, stored_columns(TABLES[name]).items())


def _make_rates(engine: DuckEngine) -> None:
    """What currencies cost: `rates`."""
    _make(engine, RATES.name, stored_columns(RATES).items())


def _make_consents(engine: DuckEngine) -> None:
    """What people decided about the use of their data: `consents`."""
    _make(engine, CONSENTS.name, stored_columns(CONSENTS).items())


def _make(engine: DuckEngine, name: str, columns: Iterable[tuple[str, str]]) -> None:
    listed = ", ".join(f"{identifier(column)} {kind}" for column, kind in columns)
    engine.execute(f"CREATE TABLE main.{identifier(name)} ({listed})")


MIGRATIONS: Final[tuple[Callable[[DuckEngine], None], ...]] = (
    _make_tables,
    _make_facts,
    _make_events,
    _make_rates,
    _make_consents,
)
