"""The embedded SQL engine: DuckDB, shut off from files and network, with the shared functions.

The functions are defined anew for each connection and never kept in a file, so that a shop that
moves to another time zone is not answered by yesterday's definition.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from audsync.errors import AudsyncError, StateError
from audsync.sql_text import identifier, literal

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_HANDED_OVER = "audsync_handed_over"


class DuckEngine:
    """`audsync.engine.Engine` on one DuckDB connection; temporary tables end with it.

    A failed statement raises AudsyncError, or StateError where the file itself is damaged or
    the disk is full; no message holds a value from a row.
    """

    def __init__(self, connection: "duckdb.DuckDBPyConnection", *, timezone: str) -> None:
        self.connection = connection
        for statement in _functions(timezone):
            self.execute(statement)

    @classmethod
    def in_memory(cls, timezone: str = "UTC") -> "DuckEngine":
        """An engine of its own that leaves nothing on disk."""
        return cls(connect(":memory:"), timezone=timezone)

    def execute(self, sql: str) -> None:
        """Run one statement."""
        with _without_values():
            self.connection.execute(sql)

    def fetch(self, sql: str) -> "pa.Table":
        """The rows of one SELECT."""
        with _without_values():
            rows = self.connection.sql(sql).to_arrow_table()
        if rows is None:
            raise AudsyncError("the engine was asked for rows and the statement has none")
        return rows

    def store(self, name: str, sql: str) -> None:
        """Keep a SELECT's rows as the temporary table `name`, replacing one of that name."""
        self.execute(f"CREATE OR REPLACE TEMPORARY TABLE {identifier(name)} AS {sql}")

    def register(self, name: str, rows: "pa.Table") -> None:
        """Keep Arrow rows as the temporary table `name`, replacing one of that name.

        A time with a zone becomes a UTC time without one, as in the normalised tables.
        """
        import pyarrow as pa

        zoned = [
            f"CAST({identifier(field.name)} AS TIMESTAMP) AS {identifier(field.name)}"
            for field in rows.schema
            if pa.types.is_timestamp(field.type) and field.type.tz is not None
        ]
        replaced = f" REPLACE ({', '.join(zoned)})" if zoned else ""
        self.connection.register(_HANDED_OVER, rows)
        try:
            self.store(name, f"SELECT *{replaced} FROM {_HANDED_OVER}")
        finally:
            self.connection.unregister(_HANDED_OVER)

    def drop(self, name: str) -> None:
        """Forget the temporary table `name`; nothing happens where there is none."""
        self.execute(f"DROP TABLE IF EXISTS temp.main.{identifier(name)}")


def connect(
    place: str, *, memory_limit: str | None = None, spill_folder: Path | None = None
) -> "duckdb.DuckDBPyConnection":
    """A DuckDB connection in UTC that reads and writes no file but its own and its spill.

    Extensions are neither downloaded nor loaded: what the functions need is built in. Raises
    what DuckDB raises.
    """
    import duckdb

    connection = duckdb.connect(
        place,
        config={
            "threads": str(os.cpu_count() or 1),
            "memory_limit": memory_limit or f"{_half_of_the_memory()}B",
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": "" if spill_folder is None else str(spill_folder),
        },
    )
    # Only now: the temporary folder cannot be set once access is shut off.
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


def _functions(timezone: str) -> Iterator[str]:
    utc = "timezone('UTC', t)"
    bodies = {
        "days_to(a, b)": "CAST(b AS DATE) - CAST(a AS DATE)",
        "int_div(a, b)": "a // b",
        "local_date(t)": f"CAST(timezone({literal(timezone)}, {utc}) AS DATE)",
        "sha256_hex(t)": "sha256(CAST(t AS VARCHAR))",
    }
    for head, body in bodies.items():
        yield f"CREATE OR REPLACE TEMPORARY MACRO {head} AS ({body})"


def _half_of_the_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


@contextmanager
def _without_values() -> Iterator[None]:
    """DuckDB quotes cells in its messages: say what kind of error it was, and no more."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise AudsyncError(
            "the engine ran out of memory; give it more, or room on disk to spill to"
        ) from None
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
        # These speak of the statement, not of rows; later lines quote its text.
        raise AudsyncError(f"the engine refused a statement: {_first_line(error)}") from None
    except (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException) as error:
        raise StateError(
            f"the warehouse could not be read or written ({type(error).__name__}): "
            "see that the disk has room; else bring the file back from a backup, or remove it "
            "and pull again"
        ) from None
    except duckdb.Error as error:
        raise AudsyncError(f"the engine failed: {type(error).__name__}") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
