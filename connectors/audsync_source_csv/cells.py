"""A block of rows as columns of text, each with its distinct values and the file's lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from audsync_source_csv.arrays import mask, strings
from audsync_source_csv.values import times

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Index, Texts, Values
    from audsync_source_csv.options import Cell

BLANK_WORDS: Final = ("", "NULL", "\\N")  # what databases write for "nothing"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be split into cells: its line, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A header that a mapping reads.

    `split` separates its values where a row has several, `may_lack` says that a file without
    it is right all the same.
    """

    header: str
    split: str = ","
    may_lack: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows of one file: folded header → dictionary-encoded text, trimmed, blank is null.

    `lines` has the physical line on which each row begins, `numbers` the number of the row
    where several may begin on one line. `bad` are rows between these that could not be split.
    """

    shown: str
    columns: Mapping[str, "Texts"]
    lines: "Index"
    bad: Sequence[BadRow] = ()
    numbers: "Index | None" = None

    def __len__(self) -> int:
        """Rows that could be split into cells."""
        return len(self.lines)

    def take(self, rows: "Index") -> "Cells":
        """The rows at these positions."""
        import pyarrow as pa

        index = pa.array(rows)
        columns = {name: _taken(column, index) for name, column in self.columns.items()}
        numbers = None if self.numbers is None else self.numbers[rows]
        return Cells(self.shown, columns, self.lines[rows], numbers=numbers)

    def names(self) -> list[str]:
        """For each row what no other row of the files of a feed is called."""
        if self.numbers is None:
            return [f"{self.shown}:{line}" for line in self.lines.tolist()]
        return [f"{self.shown}#{number}" for number in self.numbers.tolist()]

    def having(self, headers: Sequence[str]) -> "Cells":
        """These rows with more columns, in which nothing stands."""
        import pyarrow as pa

        blank = pa.nulls(len(self), pa.string()).dictionary_encode()
        more = {fold(header): blank for header in headers}
        return replace(self, columns={**self.columns, **more})

    def filled_from(self, other: "Cells", names: Sequence[str]) -> "Cells":
        """These rows, blank cells of the named columns filled from the same row of `other`."""
        filled = {name: _coalesce([self.columns[name], other.columns[name]]) for name in names}
        return replace(self, columns={**self.columns, **filled}, bad=())

    def extended(self, row: Mapping[str, str | None]) -> "Cells":
        """The named columns alone, with one more row at the end."""
        import numpy as np

        columns = {name: _extended(self.columns[name], text) for name, text in row.items()}
        return Cells(self.shown, columns, np.append(self.lines, 0))

    def text(self, cell: "Cell") -> "Texts":
        """The texts that a mapping makes of these rows, null where there is none."""
        texts = self.source(cell)
        if cell.strip_prefix or cell.strip_suffix:
            texts = changed(texts, lambda values: _stripped(values, cell))
        if cell.dated is not None:
            texts = changed(texts, lambda values: _dated(values, cell))
        if cell.map:
            words = {word.strip().casefold(): plain(value) for word, value in cell.map.items()}
            texts = changed(texts, lambda values: _mapped(values, words))
        if cell.default is not None:
            texts = _coalesce([texts, _constant(plain(cell.default), len(self))])
        return texts

    def source(self, cell: "Cell") -> "Texts":
        """The texts of the mapped headers as they stand in the file."""
        import pyarrow.compute as pc

        if cell.value is not None:
            return _constant(plain(cell.value), len(self))
        columns = [self.columns[fold(header)] for header in cell.headers()]
        if len(columns) == 1:
            return columns[0]
        if cell.first:
            return _coalesce(columns)
        texts: list[Any] = [column.dictionary_decode() for column in columns]
        # A row of nulls alone would be left out of the result.
        texts[0] = pc.if_else(pc.is_null(pc.coalesce(*texts)), "", texts[0])
        joined = pc.binary_join_element_wise(*texts, cell.by, null_handling="skip")
        return blank_to_null(joined.dictionary_encode())


def saying_something(cells: Cells) -> Cells:
    """Without the rows that are blank in every wanted column, as spreadsheets leave them."""
    import numpy as np

    if any(not column.null_count for column in cells.columns.values()):
        return cells
    said = np.zeros(len(cells), np.bool_)
    for column in cells.columns.values():
        said |= mask(column.is_valid())
    if said.all():
        return cells
    return replace(cells.take(np.flatnonzero(said)), bad=cells.bad)


def _taken(column: "Texts", index: "Values") -> "Texts":
    taken = column.take(index)
    # Few rows of many values: only those that are left are worth reading.
    few = len(taken) < len(taken.dictionary)
    return taken.dictionary_decode().dictionary_encode() if few else taken


def fold(header: str) -> str:
    """A header as it is compared: outer spaces and case do not count."""
    return header.strip().casefold()


def plain(value: str | float | bool) -> str:  # noqa: FBT001 -- a value, not a switch
    """A value of the config as the text a cell would hold."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def changed(texts: "Texts", change: "Callable[[Values], Values]") -> "Texts":
    """The column with a change made to its distinct values; blank results become null."""
    import pyarrow as pa

    values = change(texts.dictionary)
    return blank_to_null(pa.DictionaryArray.from_arrays(texts.indices, values))


def blank_to_null(texts: "Texts") -> "Texts":
    """The column trimmed, with null for blank values, and distinct values without blanks."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(texts.dictionary)
    blank = pc.is_in(trimmed, value_set=pa.array([*BLANK_WORDS, None]))
    if not pc.any(blank).as_py():
        return pa.DictionaryArray.from_arrays(texts.indices, trimmed)
    kept = pc.if_else(blank, None, trimmed)
    encoded = kept.dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        encoded.indices.take(texts.indices), encoded.dictionary
    )


def _stripped(values: "Values", cell: "Cell") -> "Values":
    import pyarrow as pa

    texts = strings(values)
    return pa.array(
        [
            text.removeprefix(cell.strip_prefix).removesuffix(cell.strip_suffix)
            for text in texts
        ],
        pa.string(),
    )


def _dated(values: "Values", cell: "Cell") -> "Values":
    """What a date stands for in place of each; no date is blank, other texts stay."""
    import pyarrow as pa

    texts = strings(values)
    forms = (cell.date_format,) if isinstance(cell.date_format, str) else cell.date_format
    readings = [
        times.days(texts, times.parser(forms, day_before_month=is_first))
        for is_first in (True, False)
    ]
    made = []
    for number, text in enumerate(texts):
        is_day = any(days[number] is not None for days, _ in readings)
        is_text = all(wrong[number] for _, wrong in readings)
        made.append(cell.dated if is_day else (text if is_text else ""))
    return pa.array(made, pa.string())


def _mapped(values: "Values", words: Mapping[str, str]) -> "Values":
    import pyarrow as pa

    texts = strings(values)
    return pa.array([words.get(text.casefold(), text) for text in texts], pa.string())


def _constant(text: str, length: int) -> "Texts":
    import numpy as np
    import pyarrow as pa

    one = pa.array([text], pa.string())
    return blank_to_null(pa.DictionaryArray.from_arrays(np.zeros(length, np.int32), one))


def _coalesce(columns: "Sequence[Texts]") -> "Texts":
    import pyarrow.compute as pc

    texts = [column.dictionary_decode() for column in columns]
    return pc.coalesce(*texts).dictionary_encode()


def _extended(column: "Texts", text: str | None) -> "Texts":
    import pyarrow as pa

    index = pa.array([None if text is None else len(column.dictionary)], column.indices.type)
    return pa.DictionaryArray.from_arrays(
        pa.concat_arrays([column.indices, index]),
        pa.concat_arrays([column.dictionary, pa.array([text or ""], pa.string())]),
    )
