"""The embedded SQL engine: DuckDB, shut off from files and network, with the shared functions.

The functions are defined anew for each connection and never kept in a file, so that a shop that
moves to another time zone is not answered by yesterday's definition.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audsync.engine import MAILBOX
from audsync.errors import AudsyncError, StateError
from audsync.sql_text import identifier, literal

_CONTROL_GROUP: Final = Path("/sys/fs/cgroup/memory.max")
_USUAL_MOST: Final = 2_000_000_000  # bytes
_BATCH_ROWS: Final = 122_880  # a row group of the engine

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


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
            rows: pa.Table | None = self.connection.sql(sql).to_arrow_table()
        if rows is None:
            raise AudsyncError("the engine was asked for rows and the statement has none")
        return rows

    def batches(self, sql: str) -> Iterator["pa.RecordBatch"]:
        """The rows of one SELECT, a piece at a time, the last without rows."""
        import pyarrow as pa

        with _without_values():
            pieces = self.connection.sql(sql).to_arrow_reader(_BATCH_ROWS)
            yield from pieces
            yield pa.RecordBatch.from_pylist([], schema=pieces.schema)

    def store(self, name: str, sql: str) -> None:
        """Keep a SELECT's rows as the temporary table `name`, replacing one of that name."""
        self.execute(f"CREATE OR REPLACE TEMPORARY TABLE {identifier(name)} AS {sql}")

    def register(self, name: str, rows: "pa.Table") -> None:
        """Keep Arrow rows as the temporary table `name`, replacing one of that name.

        A time with a zone becomes a UTC time without one, as in the normalised tables. A
        dictionary column becomes an ENUM: small codes that sort as their texts do.
        """
        import pyarrow as pa

        types: dict[str, str] = {}
        with self.handed_over("audsync_rows", rows):
            for field in rows.schema:
                if pa.types.is_timestamp(field.type) and field.type.tz is not None:
                    types[field.name] = "TIMESTAMP"
                elif pa.types.is_dictionary(field.type):
                    types[field.name] = self._words(f"{name}_{field.name}", field.name)
            cast = [
                f"CAST({identifier(column)} AS {kind}) AS {identifier(column)}"
                for column, kind in types.items()
            ]
            replaced = f" REPLACE ({', '.join(cast)})" if cast else ""
            self.store(name, f"SELECT *{replaced} FROM audsync_rows")

    def _words(self, name: str, column: str) -> str:
        """An ENUM type of the texts in a column of the rows that are handed over."""
        text = identifier(column)
        self.execute(
            f"CREATE OR REPLACE TEMPORARY TYPE {identifier(name)} AS ENUM "
            f"(SELECT DISTINCT {text} FROM audsync_rows WHERE {text} IS NOT NULL "
            f"ORDER BY {text})"
        )
        return identifier(name)

    def drop(self, name: str) -> None:
        """Forget the temporary table `name`; nothing happens where there is none."""
        self.execute(f"DROP TABLE IF EXISTS temp.main.{identifier(name)}")

    def change(self, sql: str) -> int:
        """Run one INSERT, UPDATE or DELETE; the number of rows it touched."""
        with _without_values():
            (touched,) = self.connection.execute(sql).fetchone() or (0,)
        return int(touched)

    def rows(self, name: str) -> int:
        """How many rows a table has."""
        return int(self.fetch(f"SELECT count(*) FROM {name}").column(0)[0].as_py())

    @contextmanager
    def handed_over(self, name: str, rows: "pa.Table") -> Iterator[None]:
        """Within the block statements may read the Arrow rows as `name`, without a copy."""
        self.connection.register(name, rows)
        try:
            yield
        finally:
            self.connection.unregister(name)


def connect(
    place: str,
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
    spill_folder: Path | None = None,
    is_read_only: bool = False,
) -> "duckdb.DuckDBPyConnection":
    """A DuckDB connection in UTC that reads and writes no file but its own and its spill.

    Unless told otherwise it uses every core and `usual_memory`. Extensions are neither
    downloaded nor loaded: what the functions need is built in. Raises what DuckDB raises.
    """
    import duckdb

    _leave_pandas_alone()
    connection = duckdb.connect(
        place,
        read_only=is_read_only,
        config={
            "memory_limit": memory_limit or f"{usual_memory()}B",
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": "" if spill_folder is None else str(spill_folder),
            **({} if threads is None else {"threads": str(threads)}),
        },
    )
    # Only now: the temporary folder cannot be set once access is shut off.
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


def _leave_pandas_alone() -> None:
    """Keep pyarrow from importing pandas, which takes longer than many a run.

    It looks for pandas once, at its first conversion, to recognise a Series; here it does not
    find it. Tables can still be turned into frames: that imports pandas when it is asked for.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """A finder of the import system that does not find pandas."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Nothing for every module; ImportError for pandas."""
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def _functions(timezone: str) -> Iterator[str]:
    # Half the time of timezone('UTC', t), which asks a calendar for what is only another type.
    utc = "make_timestamptz(epoch_us(t))"
    bodies = {
        "days_to(a, b)": "CAST(b AS DATE) - CAST(a AS DATE)",
        "int_div(a, b)": "a // b",
        "local_date(t)": f"CAST(timezone({literal(timezone)}, {utc}) AS DATE)",
        "local_hour(t)": f"extract('hour' FROM timezone({literal(timezone)}, {utc}))",
        "sha256_hex(t)": "sha256(CAST(t AS VARCHAR))",
        "plain_texts(l)": "CAST(l AS VARCHAR[])",
        "texts_at(l, p)": "list_select(l, p)",
        "numbers_at(l, p)": "list_sort(list_distinct(flatten(list_select(l, p))))",
        "list_of(t)": "[t]",
        "explode(l)": "unnest(l)",
        "mailbox(t)": MAILBOX,
    }
    for head, body in bodies.items():
        yield f"CREATE OR REPLACE TEMPORARY MACRO {head} AS ({body})"


def usual_memory() -> int:
    """The bytes that the engine takes unless told otherwise: 2 GB, or half where that is less.

    What does not fit is put aside on disk, so a large shop leaves room for its neighbours.
    """
    return min(_USUAL_MOST, half_of_the_memory())


def half_of_the_memory(control_group: Path = _CONTROL_GROUP) -> int:
    """Half of the bytes this process may use, those of its container if it is in one."""
    usable = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # none, or the text `max`
        usable = min(usable, int(control_group.read_text()))
    return usable // 2


@contextmanager
def _without_values() -> Iterator[None]:
    """DuckDB quotes cells in its messages: say what kind of error it was, and no more."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise no_memory() from None
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
        # These speak of the statement, not of rows; later lines quote its text.
        raise AudsyncError(f"the engine refused a statement: {_first_line(error)}") from None
    except (
        duckdb.IOException,
        duckdb.FatalException,
        duckdb.SerializationException,
        duckdb.TransactionException,  # a commit that the disk refuses
    ) as error:
        raise StateError(
            f"the warehouse could not be read or written ({type(error).__name__}): "
            "see that the disk has room and run again; if that does not help bring the file "
            "back from a backup, or remove it and pull again"
        ) from None
    except duckdb.Error as error:
        raise AudsyncError(f"the engine failed: {type(error).__name__}") from None


def no_memory() -> AudsyncError:
    """The error of an engine that has too little memory for what it is asked."""
    return AudsyncError(
        "the engine ran out of memory; raise memory_limit in [engine] of config.toml, or see "
        "that the disk has room to spill to, then run again"
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
