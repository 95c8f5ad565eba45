"""Rows of one table while they are made: typed columns, and what had to be refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from audsync.contracts import Loss, Rejection
from audsync.tables import PARAM_PREFIX, TABLES
from audsync_source_csv.arrays import mask

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync_source_csv.arrays import Index, Mask, Texts, Values
    from audsync_source_csv.cells import Cells


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed column, and where the text was no such value: reason → rows."""

    values: "Values"
    texts: "Texts"
    wrong: Mapping[str, "Mask"] = field(default_factory=dict)


class Draft:
    """Rows of `table` made from `cells`, of one length until `finish` drops refused ones."""

    def __init__(self, table: str, cells: "Cells") -> None:
        import numpy as np

        self.table = TABLES[table]
        self.cells = cells
        self.columns: dict[str, Values] = {}
        self.dropped: Mask = np.zeros(len(cells), np.bool_)
        self.rejected: list[Rejection] = []

    def add(self, name: str, typed: Typed) -> None:
        """Take a column; wrong values become null, and cost the row where it is required."""
        column = self.table.column(name)
        required = column is not None and column.required
        loss = Loss.ROW if required else Loss.VALUE
        self.refuse_all(name, typed, loss=loss)
        if required:
            reason = "missing_key" if name in self.table.key else "missing_value"
            self.refuse(name, mask(typed.values.is_null()), reason, loss=Loss.ROW)
        self.columns[name] = typed.values

    def add_numbers(self, numbers: "Index") -> None:
        """Take the numbers of the lines."""
        import pyarrow as pa

        self.columns["line_number"] = pa.array(numbers)

    def refuse_all(self, name: str, typed: Typed, *, loss: Loss) -> None:
        """Note every wrong value of a column."""
        for reason, rows in typed.wrong.items():
            self.refuse(name, rows, reason, loss=loss, texts=typed.texts)

    def refuse(
        self,
        column: str,
        rows: "Mask",
        reason: str,
        *,
        loss: Loss,
        texts: "Texts | None" = None,
    ) -> None:
        """Note refused rows or values; of a row that is dropped already no more is said."""
        import numpy as np

        where = np.flatnonzero(rows & ~self.dropped)
        if not len(where):
            return
        values = (
            [None] * len(where)
            if texts is None
            else texts.take(where).dictionary_decode().to_pylist()
        )
        lines = self.cells.lines[where].tolist()
        self.rejected += [
            Rejection(
                self.table.name, f"{self.cells.shown}:{line}", column, reason, loss, value
            )
            for line, value in zip(lines, values, strict=True)
        ]
        if loss is Loss.ROW:
            self.dropped = self.dropped | rows

    def finish(self) -> "pa.Table":
        """The rows that are left, with the columns of the table and its parameters."""
        import pyarrow as pa

        names = [column.name for column in self.table.columns if column.name in self.columns]
        names += [name for name in self.columns if name.startswith(PARAM_PREFIX)]
        rows = pa.table({name: self.columns[name] for name in names})
        return rows.filter(pa.array(~self.dropped)) if self.dropped.any() else rows
