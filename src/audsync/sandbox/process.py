"""The process that answers one query: it has the tables of it, no file, network or secret.

`python -I -m audsync.sandbox.process` reads a line of JSON from stdin, then the tables as Arrow
streams, first their forms and then their rows. It writes a line of JSON to stdout, and then the
answer as an Arrow stream. Whatever it does ends with it.
"""

import json
import resource
import sys
from contextlib import suppress
from datetime import date
from io import IOBase
from typing import TYPE_CHECKING, Any, Final

from audsync.sandbox.engine import engine_alone, shut

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

CLIENT: Final = "client_id"
# What a function may take that the engine's own limit does not see, and the process itself.
_BESIDES: Final = 1 << 30  # bytes
_WHOLE: Final = frozenset({"INTEGER", "BIGINT"})


class _Wrong(Exception):  # noqa: N818 -- told to the other process, never raised further
    """What is wrong with a query, in the form in which it is told."""

    def __init__(self, **told: Any) -> None:
        super().__init__()
        self.told = told


def main() -> None:
    """Answer the query on stdin."""
    with (
        open(sys.stdin.fileno(), "rb", closefd=False) as tables,
        open(sys.stdout.fileno(), "wb", closefd=False) as answer,
    ):
        asked = json.loads(tables.readline())
        _bound(asked["memory_bytes"], asked["cpu_seconds"])
        answer_to(asked, tables, answer)


def answer_to(asked: dict[str, Any], tables: IOBase, answer: IOBase) -> None:
    """Write the answer to a query, or what is wrong with it."""
    import pyarrow as pa

    try:
        found = _found(asked, tables)
    except _Wrong as wrong:
        answer.write(json.dumps(wrong.told).encode() + b"\n")
        return
    answer.write(b"{}\n")
    with pa.ipc.new_stream(answer, found.schema) as stream:
        stream.write_table(found)


def _bound(memory_bytes: int, cpu_seconds: int) -> None:
    """Let the system end this process where neither the engine nor the other process does."""
    with suppress(ValueError, OSError):  # a system that knows no such limit
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes + _BESIDES,) * 2)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold people's data


def _found(asked: dict[str, Any], tables: IOBase) -> "pa.Table":
    import duckdb

    query = asked["sql"]
    bound = {"as_of": date.fromisoformat(asked["as_of"])} if asked["takes_as_of"] else {}
    try:
        connection = engine_alone(asked["memory_bytes"])
        connection.execute("SET errors_as_json = true")
        shut(connection)
        # First without rows and with every column, so that the engine knows the right names.
        _fill(connection, asked["tables"], tables)
        _check_columns(connection, query, bound)
        _fill(connection, asked["tables"], tables)
        connection.execute(f"CREATE TABLE query_answer AS\n{query}", bound or None)
        found: pa.Table = connection.sql(
            f"SELECT DISTINCT {CLIENT} FROM query_answer WHERE {CLIENT} IS NOT NULL"
        ).to_arrow_table()
    except (duckdb.OutOfMemoryException, MemoryError):
        raise _Wrong(kind="memory") from None
    except duckdb.Error as error:
        # What is said of values names them; only the kind of the mistake is told.
        raise _Wrong(kind="value", name=type(error).__name__) from None
    return found


def _fill(connection: "duckdb.DuckDBPyConnection", names: list[str], tables: IOBase) -> None:
    """Make the tables of the rows that come in."""
    import pyarrow as pa

    for name in names:
        with pa.ipc.open_stream(tables) as rows:
            connection.register("arriving", rows)
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM arriving")
            connection.unregister("arriving")


def _check_columns(
    connection: "duckdb.DuckDBPyConnection", query: str, bound: dict[str, date]
) -> None:
    """Bind the query without running it; what is told of its text holds no value of a row."""
    import duckdb

    prefix = "DESCRIBE\n"
    try:
        rows = connection.execute(prefix + query, bound or None).fetchall()
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
        told = json.loads(str(error).partition(": ")[2])
        position = str(told.get("position", ""))
        at = int(position) - len(prefix) if position.isdigit() else None
        raise _Wrong(kind="text", message=told["exception_message"], at=at) from None
    columns = [(str(row[0]), str(row[1])) for row in rows]
    if [name for name, _ in columns] != [CLIENT]:
        raise _Wrong(kind="columns", names=[name for name, _ in columns])
    if columns[0][1] not in _WHOLE:
        raise _Wrong(kind="type", name=columns[0][1])


if __name__ == "__main__":
    main()
