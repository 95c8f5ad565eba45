"""One file as blocks of cells, with every row that does not fit noted by its line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from audsync.errors import SourceDataError
from audsync_source_csv import records
from audsync_source_csv.cells import (
    BadRow,
    Cells,
    Wanted,
    blank_to_null,
    fold,
    saying_something,
)
from audsync_source_csv.header import DELIMITERS, HEADER_BYTES, Header, has_nul, read_header
from audsync_source_csv.text_encoding import (
    Detection,
    Recoded,
    is_utf8,
    marked_encoding,
)

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Index, Mask, Texts, Values
    from audsync_source_csv.records import Block, Readable

_MOST_WRONG: Final = 0.2  # of the rows; more is not a few bad rows but another shape
_ENOUGH: Final = 10  # rows of which a share says something


@dataclass(slots=True)
class Text:
    """A file opened for reading: its header, and the stream behind it."""

    header: Header
    stream: "Readable"
    detection: Detection
    shown: str
    rows: int = 0  # read so far
    lacking: Sequence[str] = ()  # wanted headers that the file is without
    unfit: int = 0  # of these, how many could not be split into the header's cells

    @property
    def encoding(self) -> str:
        """What the text was taken for so far."""
        return self.detection.encoding or "utf-8"

    @property
    def assumed(self) -> bool:
        """Whether the encoding was taken for lack of another."""
        return self.detection.assumed

    @property
    def described(self) -> str:
        """What the file is, in words."""
        sign = DELIMITERS.get(self.header.delimiter, "its own delimiter")
        return f"{len(self.header.names)} columns, {sign}, {self.encoding}"

    def blocks(
        self, wanted: Sequence[Wanted], size: int = records.BLOCK_BYTES
    ) -> Iterator[Cells]:
        """Blocks of rows with the wanted columns; raises SourceDataError."""
        known = {fold(name) for name in self.header.names}
        lacking = self.lacking = [
            one.header for one in wanted if one.may_lack and fold(one.header) not in known
        ]
        places = self.header.places(one.header for one in wanted if one.header not in lacking)
        for cells in self.cells(places, size):
            yield cells.having(lacking) if lacking else cells

    def cells(
        self, places: Mapping[str, int], size: int = records.BLOCK_BYTES
    ) -> Iterator[Cells]:
        """Blocks of rows with the columns at these positions; raises SourceDataError."""
        delimiter = self.header.delimiter.encode()
        found = records.blocks(
            self.stream, delimiter, shown=self.shown, line=self.header.line, size=size
        )
        for raw in found:
            block, foreign = self.detection.utf8(raw, delimiter, self.shown)
            yield _split(block, foreign, places, self)


def open_text(
    stream: "Readable", *, delimiter: str | None, encoding: str | None, shown: str
) -> Text:
    """Read the header of a file; raises SourceDataError where there is none."""
    start = stream.read(4) or b""
    marked, length = marked_encoding(start)
    known = marked or encoding
    stream = _Joined(start[length:], stream)
    if known and not is_utf8(known):
        stream = Recoded(stream, known, shown)
    data = _start(stream)
    header = read_header(data, delimiter=delimiter, shown=shown)
    detection = Detection("utf-8" if known else None)
    return Text(header, _Joined(data[header.length :], stream), detection, shown)


def _start(stream: "Readable") -> bytes:
    data = b""
    while len(data) < HEADER_BYTES and (chunk := stream.read(HEADER_BYTES - len(data))):
        data += chunk
    return data[:HEADER_BYTES] if len(data) <= HEADER_BYTES else data


class _Joined:
    """Bytes that were read ahead, then the rest of the stream."""

    def __init__(self, ahead: bytes, stream: "Readable") -> None:
        self._ahead = ahead
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """The bytes read ahead first."""
        if not self._ahead:
            return self._stream.read(size)
        chunk, self._ahead = self._ahead[:size], self._ahead[size:]
        return chunk


def _split(block: "Block", foreign: "Mask", places: Mapping[str, int], text: Text) -> Cells:
    header, shown = text.header, text.shown
    text.rows += len(block.layout)
    bad: dict[str, Mask] = {"wrong_encoding": foreign} if foreign.any() else {}
    if b"\0" in block.data:
        bad["nul_character"] = records.rows_with(block.data, 0, block.layout)
        if _is_too_many(bad["nul_character"], text):
            raise has_nul(shown, int(block.layout.lines[bad["nul_character"].argmax()]))
    refused = _any(bad.values(), len(block.layout))
    columns = None if refused.any() else _parsed(block.data, header, places)
    if columns is None or _length(columns) != len(block.layout):
        counts = records.cell_counts(block.data, header.delimiter.encode(), block.layout)
        bad["wrong_cell_count"] = (counts != len(header.names)) & ~refused
        _judge(bad["wrong_cell_count"], counts, block, text)
        refused = _any(bad.values(), len(block.layout))
        columns = _parsed(records.without(block.data, block.layout, refused), header, places)
    lines = block.layout.lines[~refused]
    if columns is None or _length(columns) != len(lines):
        raise SourceDataError(
            f"{shown}: the rows from line {block.line} on cannot be told apart; look there "
            "for a quotation mark that is not closed"
        )
    rows = [
        BadRow(int(line), reason)
        for reason, where in bad.items()
        for line in block.layout.lines[where]
    ]
    cells = Cells(shown, columns, lines, tuple(sorted(rows, key=lambda row: row.line)))
    return saying_something(cells)


def _length(columns: "Mapping[str, Texts]") -> int:
    return len(next(iter(columns.values())))


def _parsed(
    data: bytes, header: Header, places: Mapping[str, int]
) -> "dict[str, Texts] | None":
    """The columns that are wanted; None where a row has another number of cells."""
    import pyarrow as pa
    from pyarrow import csv

    if not data:
        return {name: pa.array([], pa.string()).dictionary_encode() for name in places}
    names = [str(number) for number in range(len(header.names))]
    wanted = sorted({str(place) for place in places.values()})
    source: Any = pa.BufferReader(data)
    try:
        table = csv.read_csv(
            source,
            csv.ReadOptions(column_names=names, block_size=len(data) + 1),
            csv.ParseOptions(delimiter=header.delimiter, newlines_in_values=True),
            csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    read = {place: _column(table.column(place).chunks) for place in wanted}
    return {name: read[str(place)] for name, place in places.items()}


def _column(chunks: "list[Values]") -> "Texts":
    import pyarrow as pa

    whole = pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
    return blank_to_null(whole.dictionary_encode())


def _is_too_many(wrong: "Mask", text: Text) -> bool:
    text.unfit += int(wrong.sum())
    return text.unfit > max(_MOST_WRONG * text.rows, min(_ENOUGH, text.rows / 2))


def _judge(wrong: "Mask", counts: "Index", block: "Block", text: Text) -> None:
    if not _is_too_many(wrong, text):
        return
    first = int(wrong.argmax())
    sign = DELIMITERS.get(text.header.delimiter, "delimiter")
    raise SourceDataError(
        f"{text.shown}:{int(block.layout.lines[first])}: {int(counts[first])} cells separated "
        f"by {sign} where the header has {len(text.header.names)}, and so in {text.unfit} of "
        f"{text.rows} rows; is the delimiter right?"
    )


def _any(masks: "Iterable[Mask]", length: int) -> "Mask":
    import numpy as np

    result = np.zeros(length, np.bool_)
    for one in masks:
        result |= one
    return result
