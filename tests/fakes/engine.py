"""An engine in memory, for tests of what is written against `audsync.engine.Engine`."""

from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from audsync.engine import Engine

_FUNCTIONS = (
    "CREATE MACRO days_to(a, b) AS CAST(b - a AS BIGINT)",
    "CREATE MACRO int_div(a, b) AS a // b",
    "CREATE MACRO sha256_hex(t) AS sha256(t)",
    "CREATE MACRO explode(l) AS unnest(l)",
)


class MemoryEngine:
    """DuckDB in memory, with the shared functions; `timezone` is the shop's zone."""

    def __init__(self, timezone: str = "Europe/Prague") -> None:
        self.connection = duckdb.connect(":memory:", config={"threads": 1})
        self.connection.execute("SET TimeZone = 'UTC'")
        for function in _FUNCTIONS:
            self.connection.execute(function)
        self.connection.execute(
            "CREATE MACRO local_date(t) AS CAST(timezone("
            f"'{timezone}', timezone('UTC', CAST(t AS TIMESTAMP))) AS DATE)"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()

    def execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def fetch(self, sql: str) -> pa.Table:
        rows: pa.Table = self.connection.sql(sql).to_arrow_table()
        return rows

    def store(self, name: str, sql: str) -> None:
        self.connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')

    def register(self, name: str, rows: pa.Table) -> None:
        self.connection.register("arriving_rows", rows)
        self.store(name, "SELECT * FROM arriving_rows")
        self.connection.unregister("arriving_rows")

    def drop(self, name: str) -> None:
        self.connection.execute(f'DROP TABLE IF EXISTS "{name}"')


_: type[Engine] = MemoryEngine
