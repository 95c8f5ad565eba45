"""Numbers 1, 2, … of the lines within an order or return, over all blocks and files."""

from typing import TYPE_CHECKING

from audsync_source_csv.arrays import distinct

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Index
    from audsync_source_csv.draft import Draft


class Numbering:
    """How many lines each order has had so far; about 100 MB for a million orders.

    `spread` counts the orders whose lines lie in more than one file. One with which a file
    begins is not counted: where a list was cut into files, it goes on with the last order.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.spread = 0
        self._files = 0
        self._file = ""
        self._here: set[str] = set()

    def number(self, draft: "Draft", key: str) -> "Index":
        """Numbers of a draft's rows in the order of the file; 0 for rows that are dropped."""
        import numpy as np

        self._begin(draft.cells.shown)
        keys = draft.columns[key].dictionary_encode()
        kept = np.flatnonzero(~draft.dropped)
        codes = keys.indices.fill_null(0).to_numpy()[kept]
        numbers = np.zeros(len(draft.cells), np.int64)
        before = self._before(distinct(keys), codes)
        numbers[kept] = places(codes) + before[codes]
        return numbers

    def _before(self, keys: list[str], codes: "Index") -> "Index":
        import numpy as np

        before = np.zeros(len(keys), np.int64)
        counts = np.bincount(codes, minlength=len(keys)).tolist()
        for code, key in enumerate(keys):
            if counts[code]:
                before[code] = self.counts.get(key, 0)
                if self._files > 1:
                    self._see(key, is_known=before[code] > 0)
                self.counts[key] = int(before[code]) + counts[code]
        return before

    def _begin(self, file: str) -> None:
        """Take note of a file, unless it is the one at hand."""
        if file != self._file:
            self._files += 1
            self._file = file
            self._here.clear()

    def _see(self, key: str, *, is_known: bool) -> None:
        """Take note of an order of a file that is not the first."""
        if is_known and self._here and key not in self._here:
            self.spread += 1
        self._here.add(key)


def places(codes: "Index") -> "Index":
    """For each row its place, from 1, among the rows of the same code."""
    import numpy as np

    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    lengths = np.diff(np.append(starts, len(codes)))
    result = np.empty(len(codes), np.int64)
    result[order] = np.arange(len(codes)) - np.repeat(starts, lengths) + 1
    return result


def firsts(codes: "Index", size: int) -> "Index":
    """For each code from 0 to `size` - 1 the first row that has it, -1 where none has."""
    import numpy as np

    result = np.full(size, -1, np.int64)
    # Written from the last row to the first, so that the first one stays.
    result[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return result
