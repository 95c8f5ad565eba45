"""A source that holds its shop in memory, and fails on request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from audsync.contracts import Context, Cursor, Finding, Level, Page, Rejection, Source
from audsync.errors import SourceDataError
from audsync.tables import PARAM_PREFIX, TABLES, Kind, arrow_type

if TYPE_CHECKING:
    import pyarrow as pa

# What a test plants in every personal value, to find it again where it must not be.
CANARIES = ("canary.person@example.com", "+447700900123", "Canaryne", "Canaryson")


def table_rows(
    table: str,
    *records: Mapping[str, object],
    params: Mapping[str, Kind] | None = None,
) -> "pa.Table":
    """Records as rows of a normalised table, with the columns that occur in any record.

    Required columns are always there. Times and dates may be ISO 8601 text, a time without an
    offset is UTC; quantities and numbers may be whole numbers or text. `params` are as in
    `Source.params`.
    """
    import pyarrow as pa

    declared = TABLES[table]
    kinds = {column.name: column.kind for column in declared.columns} | {
        name.removeprefix(f"{table}."): kind
        for name, kind in (params or {}).items()
        if name.startswith(f"{table}.{PARAM_PREFIX}")
    }
    named = {name for record in records for name in record}
    named |= {column.name for column in declared.columns if column.required}
    if unknown := named - set(kinds):
        raise ValueError(f"{table} has no columns {', '.join(sorted(unknown))}")
    schema = pa.schema(
        [(name, arrow_type(kind)) for name, kind in kinds.items() if name in named]
    )
    made = [
        {name: _typed(value, kinds[name]) for name, value in record.items()}
        for record in records
    ]
    return pa.Table.from_pylist(made, schema=schema)


def _typed(value: object, kind: Kind) -> object:
    match kind, value:
        case Kind.TIME, str():
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case Kind.DATE, str():
            return date.fromisoformat(value)
        case ((Kind.QUANTITY | Kind.NUMBER), (int() | str())):
            return Decimal(value)
        case _:
            return value


@dataclass(frozen=True, slots=True)
class MemoryOptions:
    """A source in memory has no keys in the config."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Rows that came into the shop, and what was wrong with some."""

    table: str
    rows: "pa.Table" = field(repr=False)
    replaces: bool
    rejected: tuple[Rejection, ...]


class MemorySource:
    """Yields the changes that were put into it, as a source that knows what is new.

    A cursor counts the changes seen. Each change is sent in pages of `page_rows` rows, the last
    of which has the cursor; of changes before one that replaces the same table nothing is sent.
    """

    Options: ClassVar[type] = MemoryOptions

    def __init__(
        self,
        options: MemoryOptions | None = None,
        context: Context | None = None,
        *,
        params: Mapping[str, Kind] | None = None,
        page_rows: int = 1_000,
    ) -> None:
        del options, context
        self.params: Mapping[str, Kind] = dict(params or {})
        self._page_rows = page_rows
        self._changes: list[_Change] = []
        self._failure: tuple[Exception, int] | None = None

    @property
    def provides(self) -> frozenset[str]:
        """The columns that any change had."""
        return frozenset(
            f"{change.table}.{name}"
            for change in self._changes
            for name in change.rows.schema.names
        )

    def put(
        self,
        table: str,
        rows: "pa.Table | Sequence[Mapping[str, object]]",
        *,
        replaces: bool = False,
        rejected: Sequence[Rejection] = (),
    ) -> None:
        """Let rows come into the shop; with `replaces` the table holds nothing else then."""
        import pyarrow as pa

        made = (
            rows if isinstance(rows, pa.Table) else table_rows(table, *rows, params=self.params)
        )
        self._changes.append(_Change(table, made, replaces, tuple(rejected)))

    def fail_next(self, error: Exception, *, after_pages: int = 0) -> None:
        """Raise `error` in the next pull, once so many pages have been yielded."""
        self._failure = (error, after_pages)

    def check(self) -> list[Finding]:
        """All is well with a shop in memory, unless its next pull is to fail."""
        if self._failure is not None:
            return [Finding(Level.ERROR, "the shop does not answer")]
        return [Finding(Level.OK, "the shop is in memory")]

    def pull(
        self,
        cursor: Cursor | None,
        until: datetime,  # noqa: ARG002 -- all that was put in is of the past
    ) -> Iterator[Page]:
        """The changes that came after `cursor`, in order; `until` is not looked at."""
        failure, self._failure = self._failure, None
        seen = 0 if cursor is None else cursor.get("changes")
        if not isinstance(seen, int):
            raise SourceDataError("the cursor is not one of a source in memory")
        for number, page in enumerate(self._pages(seen)):
            if failure is not None and number == failure[1]:
                raise failure[0]
            yield page
        if failure is not None:
            raise failure[0]

    def _pages(self, seen: int) -> Iterator[Page]:
        for number, change in enumerate(self._changes[seen:], start=seen + 1):
            later = self._changes[number:]
            if any(other.replaces and other.table == change.table for other in later):
                continue
            yield from self._pages_of(change, {"changes": number})

    def _pages_of(self, change: _Change, cursor: Cursor) -> Iterator[Page]:
        starts = range(0, max(change.rows.num_rows, 1), self._page_rows)
        for start in starts:
            is_last = start == starts[-1]
            yield Page(
                change.table,
                change.rows.slice(start, self._page_rows),
                rejected=change.rejected if is_last else (),
                cursor=cursor if is_last else None,
                replaces=change.replaces,
            )


_: type[Source] = MemorySource
