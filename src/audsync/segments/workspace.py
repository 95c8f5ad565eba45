"""Temporary tables and looked-up values of one evaluation."""

from collections.abc import Mapping
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from audsync.errors import ConfigError
from audsync.model.settings import LeapDay
from audsync.segments.fields import Form
from audsync.segments.texts import canonical

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine

_PREFIX = "segment_part_"
_MOST_KEPT = 100_000


def numbers_sql(rows: str) -> str:
    """A SELECT of the `client`, the number, of the clients of a SELECT of `client_id`."""
    return f"SELECT n.client FROM ({rows}) k JOIN client_numbers n ON n.client_id = k.client_id"


class Workspace:
    """What the lines of one evaluation share; leaving it drops its temporary tables.

    Equal lines of different segments find each other's tables in `found`. `answers` has, by the
    text of a query, the `client_id` of those it holds for, each once.
    """

    def __init__(
        self,
        engine: "Engine",
        *,
        as_of: date,
        currency: str,
        leap_day: LeapDay = LeapDay.FEBRUARY_28,
        answers: "Mapping[str, pa.Table] | None" = None,
    ) -> None:
        self.engine = engine
        self.as_of = as_of
        self.currency = currency
        self.leap_day = leap_day
        self._answers = answers or {}
        self.found: dict[object, Any] = {}
        self._tables: list[str] = []

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop every table that was made."""
        for name in self._tables:
            self.engine.drop(name)

    def register(self, rows: "pa.Table") -> str:
        """Keep the rows; the name of their table."""
        name = self._new_name()
        self.engine.register(name, rows)
        return name

    def store(self, sql: str) -> str:
        """Keep the rows of a SELECT; the name of their table."""
        name = self._new_name()
        self.engine.store(name, sql)
        return name

    def answer(self, sql: str) -> str:
        """The name of the table of those that a query of a segment holds for."""
        key = "answer", sql
        if key not in self.found:
            if sql not in self._answers:
                raise ConfigError("a query in SQL was not answered, so its segment cannot be")
            rows = self.register(self._answers[sql])
            self.found[key] = self.store(numbers_sql(f"SELECT a.client_id FROM {rows} a"))
        name: str = self.found[key]
        return name

    def columns(self, table: str) -> Mapping[str, "pa.DataType"]:
        """The columns of a table of the model and their types."""
        key = "columns", table
        if key not in self.found:
            schema = self.engine.fetch(f"SELECT * FROM {table} LIMIT 0").schema
            self.found[key] = dict(zip(schema.names, schema.types, strict=True))
        columns: Mapping[str, pa.DataType] = self.found[key]
        return columns

    def distinct(self, value: str, table: str) -> "pa.Array[Any]":
        """The distinct values of an SQL expression over a table, nulls left out."""
        rows = self.engine.fetch(
            f"SELECT DISTINCT {value} AS value FROM {table} WHERE {value} IS NOT NULL"
        )
        return rows.column("value").combine_chunks()

    def values(self, value: str, table: str) -> list[Any]:
        """The same as Python values."""
        found: list[Any] = self.distinct(value, table).to_pylist()
        return found

    def texts(
        self, value: str, table: str, form: Form, *, exact: bool
    ) -> list[tuple[str, str]]:
        """Distinct texts, each with the form in which it is compared."""
        key = "texts", value, table, form, exact
        if key in self.found:
            known: list[tuple[str, str]] = self.found[key]
            return known
        pairs = [
            (text, canonical(text, form, exact=exact)) for text in self.values(value, table)
        ]
        # Cities are asked of often and are few; addresses would fill the memory.
        if len(pairs) <= _MOST_KEPT:
            self.found[key] = pairs
        return pairs

    def _new_name(self) -> str:
        name = f"{_PREFIX}{len(self._tables) + 1}"
        self._tables.append(name)
        return name
