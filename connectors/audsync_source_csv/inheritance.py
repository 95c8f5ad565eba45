"""Cells that stand only on the first row of an order hold for its other rows too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audsync_source_csv.arrays import distinct
from audsync_source_csv.cells import Cells, fold
from audsync_source_csv.numbering import firsts

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Index, Texts


@dataclass(frozen=True, slots=True)
class Family:
    """Rows of a block, and for each the first row of its order."""

    cells: Cells
    parents: Cells
    first: "Index"

    def rows(self, index: "Index", headers: Sequence[str]) -> Cells:
        """Rows of the block, their blank cells under `headers` filled from the first row."""
        rows = self.cells.take(index)
        names = [fold(header) for header in headers]
        blank = [name for name in names if rows.columns[name].null_count]
        if not blank:
            return rows
        return rows.filled_from(self.parents.take(self.first[index]), blank)


class Inheritance:
    """Remembers the order that a block ended in, whose rows the next block may go on with."""

    def __init__(self) -> None:
        self._order: str | None = None
        self._texts: dict[str, str | None] = {}

    def family(self, ids: "Texts", cells: Cells, headers: Sequence[str]) -> Family:
        """The block's rows joined to the first row of their order, by order id."""
        import numpy as np

        names = {fold(header) for header in headers}
        own = np.arange(len(cells), dtype=np.int64)
        if not names or not len(cells):
            return Family(cells, cells, own)
        keys = ids.dictionary_decode().dictionary_encode()
        codes = keys.indices.fill_null(-1).to_numpy().astype(np.int64)
        orders = distinct(keys)
        known = codes >= 0
        first_of = np.append(firsts(np.where(known, codes, len(orders)), len(orders) + 1), 0)
        parents = cells.extended({name: self._texts.get(name) for name in names})
        if self._order in orders:
            first_of[orders.index(self._order)] = len(cells)
        first = np.where(known, first_of[codes], own)
        self._remember(orders, codes, first, parents)
        return Family(cells, parents, first)

    def _remember(
        self, orders: list[str], codes: "Index", first: "Index", parents: Cells
    ) -> None:
        last = len(codes) - 1
        if codes[last] < 0:
            return
        self._order = orders[codes[last]]
        self._texts = {
            name: column[int(first[last])].as_py() for name, column in parents.columns.items()
        }
