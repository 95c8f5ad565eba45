"""Rows of one table while they are made of records, and what had to be refused."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from audsync.contracts import Loss, Page, Rejection
from audsync.tables import PARAM_PREFIX, TABLES, arrow_schema
from audsync_source_idosell.cells import BadCellError

if TYPE_CHECKING:
    import pyarrow as pa


@cache
def _required(table: str) -> frozenset[str]:
    """Columns that must not be null."""
    return frozenset(column.name for column in TABLES[table].columns if column.required)


class Row:
    """One row; `place` says of which record it is."""

    def __init__(self, table: str, place: str) -> None:
        self.values: dict[str, Any] = {}
        self.rejected: list[Rejection] = []
        self.is_lost = False
        self._table = TABLES[table]
        self._place = place

    def put(self, column: str, read: Callable[..., Any], value: Any, *more: Any) -> Any:
        """Read a value into a column; what is none of its kind is null and is noted.

        The row is lost where the column must not be null.
        """
        required = column in _required(self._table.name)
        try:
            found = read(value, *more)
        except BadCellError as error:
            self.refuse(column, str(error), value, loses_row=required)
            found = None
        else:
            if found is None and required:
                reason = "missing_key" if column in self._table.key else "missing_value"
                self.refuse(column, reason, None, loses_row=True)
        self.values[column] = found
        return found

    def refuse(self, column: str, reason: str, value: Any, *, loses_row: bool) -> None:
        """Note that a value, or the whole row, is lost; of a lost row no more is said."""
        if self.is_lost:
            return
        self.is_lost = loses_row
        told = value if isinstance(value, str) else None
        loss = Loss.ROW if loses_row else Loss.VALUE
        self.rejected.append(
            Rejection(self._table.name, self._place, column, reason, loss, told)
        )


class Draft:
    """The rows of one table of a page, of which each owner's are all there are."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.rows: list[dict[str, Any]] = []
        self.rejected: list[Rejection] = []
        self.owners: dict[str, None] = {}

    def own(self, owner: str) -> None:
        """Say that the rows of this value of the first key column are all in this page."""
        self.owners[owner] = None

    def add(self, row: Row, *, owner: str | None = None) -> bool:
        """Take a row, unless it is lost; whether it was taken.

        Of the owner of a lost row nothing is said, so that what is held stays.
        """
        self.rejected += row.rejected
        if row.is_lost and owner is not None:
            self.owners.pop(owner, None)
        if not row.is_lost:
            self.rows.append(row.values)
        return not row.is_lost

    def page(self, columns: Sequence[str], *, expected: int | None = None) -> Page:
        """The page, with the columns that the source fills."""
        return Page(
            self.table,
            table_of(self.table, self.rows, columns),
            tuple(self.rejected),
            whole_of=tuple(self.owners),
            expected=expected,
        )


def table_of(table: str, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> "pa.Table":
    """Rows as Arrow columns of the declared types; parameters are text."""
    import pyarrow as pa

    schema = arrow_schema(table)
    fields = [
        pa.field(name, pa.string()) if name.startswith(PARAM_PREFIX) else schema.field(name)
        for name in columns
    ]
    arrays = [pa.array([row.get(one.name) for row in rows], one.type) for one in fields]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
