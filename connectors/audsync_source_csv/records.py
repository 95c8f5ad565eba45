"""Where the rows of delimited text begin and end, and on which lines of the file they stand.

Quotation marks count at the start of a cell only (RFC 4180, as Arrow's reader has it): inside
an unquoted cell they are letters, such as in `5" nail`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from audsync.errors import SourceDataError

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Bytes, Index, Mask


BLOCK_BYTES: Final = 16 << 20
ROW_BYTES: Final = 16 << 20  # a longer row is a quotation mark that nobody closed
_LF, _CR, _QUOTE = b'\n\r"'


class Readable(Protocol):
    """What is read of a file: `read` as of a binary stream."""

    def read(self, size: int, /) -> bytes:
        """At most about `size` bytes; empty at the end."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of a block: where each starts and ends (the line break included), and its line."""

    starts: "Index"
    ends: "Index"
    lines: "Index"
    marks: "Index"  # quotation marks that open or close a cell, in turn

    def __len__(self) -> int:
        """Rows, blank lines not counted."""
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows of a file."""

    data: bytes
    line: int
    layout: Layout


def blocks(
    stream: Readable, delimiter: bytes, *, shown: str, line: int = 1, size: int = BLOCK_BYTES
) -> Iterator[Block]:
    """The rest of a stream as blocks of whole rows; `line` is that of its first byte."""
    rest = b""
    while True:
        chunk = stream.read(size)
        data = rest + chunk
        layout, whole, breaks = _scanned(data, delimiter, line=line, final=not chunk)
        if not chunk and len(layout.marks) % 2 == 1:
            raise _unclosed(shown, line, data[: int(layout.marks[-1])])
        if len(layout):
            yield Block(data[:whole], line, layout)
        if not chunk:
            return
        rest, line = data[whole:], line + breaks
        if len(rest) > ROW_BYTES:
            raise SourceDataError(
                f"{shown}:{line}: the row that begins here is longer than "
                f"{ROW_BYTES >> 20} MB; look for a quotation mark that is not closed"
            )


def rows_of(data: bytes, delimiter: bytes, *, line: int) -> Layout:
    """The rows of text that begins with a row and ends with one."""
    return _scanned(data, delimiter, line=line, final=True)[0]


def _scanned(
    data: bytes, delimiter: bytes, *, line: int, final: bool
) -> tuple[Layout, int, int]:
    """The whole rows of `data`, how many bytes they have, and how many line breaks."""
    import numpy as np

    array = np.frombuffer(data, np.uint8)
    # A CR that ends the data may be the first half of CR LF.
    breaks = _breaks(array[:-1] if not final and data.endswith(b"\r") else array)
    marks = _marks(array, delimiter[0])
    ends = _outside(breaks, marks) + 1
    if final and len(data) and (not len(ends) or ends[-1] < len(data)):
        ends = np.append(ends, len(data))
    whole = int(ends[-1]) if len(ends) else 0
    starts = np.concatenate((ends[:0], [0], ends[:-1])).astype(np.int64)[: len(ends)]
    lines = line + np.searchsorted(breaks, starts)
    if not final:
        marks = marks[: np.searchsorted(marks, whole)]
    text = ~_is_blank(array, starts, ends)
    layout = Layout(starts[text], ends[text], lines[text], marks)
    return layout, whole, int(np.searchsorted(breaks, whole))


def cell_counts(data: bytes, delimiter: bytes, layout: Layout) -> "Index":
    """How many cells each row has."""
    import numpy as np

    found = np.flatnonzero(np.frombuffer(data, np.uint8) == delimiter[0])
    found = _outside(found, layout.marks)
    return (
        np.searchsorted(found, layout.ends) - np.searchsorted(found, layout.starts) + 1
    ).astype(np.int64)


def rows_with(data: bytes, byte: int, layout: Layout) -> "Mask":
    """The rows that hold a certain byte."""
    import numpy as np

    found = np.flatnonzero(np.frombuffer(data, np.uint8) == byte)
    rows = np.zeros(len(layout), np.bool_)
    rows[np.searchsorted(layout.starts, found, side="right") - 1] = True
    return rows


def without(data: bytes, layout: Layout, bad: "Mask") -> bytes:
    """The rows that are not bad."""
    kept = zip(layout.starts[~bad].tolist(), layout.ends[~bad].tolist(), strict=True)
    return b"".join(data[start:end] for start, end in kept)


def _breaks(array: "Bytes") -> "Index":
    """Ends of lines: LF, CR LF by its LF, and a CR that stands alone."""
    import numpy as np

    found = np.flatnonzero(array == _LF)
    returns = np.flatnonzero(array == _CR)
    if not len(returns):
        return found
    followed = np.zeros(len(returns), np.bool_)
    inner = returns < len(array) - 1
    followed[inner] = array[returns[inner] + 1] == _LF
    alone = returns[~followed]
    return np.sort(np.concatenate((found, alone))) if len(alone) else found


def _marks(array: "Bytes", delimiter: int) -> "Index":
    """Quotation marks that open or close a cell, in turn; a doubled one does both."""
    import numpy as np

    quotes = np.flatnonzero(array == _QUOTE)
    if not len(quotes) or _in_turn(array, quotes, delimiter):
        return quotes
    return np.array(_told_apart(array, quotes.tolist(), delimiter), np.int64)


def _in_turn(array: "Bytes", quotes: "Index", delimiter: int) -> bool:
    """Whether every other mark opens a cell and the marks between close one."""
    import numpy as np

    opening, closing = quotes[::2], quotes[1::2]
    before = array[np.maximum(opening - 1, 0)]
    after = array[np.minimum(closing + 1, len(array) - 1)]
    edges = np.array([delimiter, _LF, _CR, _QUOTE], np.uint8)
    # A mark behind a mark is the second half of a doubled one, inside a cell.
    opens = np.isin(before, edges) | (opening == 0)
    closes = np.isin(after, edges) | (closing == len(array) - 1)
    return bool(opens.all() and closes.all())


def _told_apart(array: "Bytes", quotes: list[int], delimiter: int) -> list[int]:
    edges = {delimiter, _LF, _CR}
    marks: list[int] = []
    skip = -1
    for place in quotes:
        if place == skip:
            continue
        if len(marks) % 2 == 0:
            if place == 0 or int(array[place - 1]) in edges:
                marks.append(place)
        elif place + 1 < len(array) and array[place + 1] == _QUOTE:
            skip = place + 1
        else:
            marks.append(place)
    return marks


def _outside(places: "Index", marks: "Index") -> "Index":
    """The places that lie in no quoted cell."""
    import numpy as np

    if not len(marks):
        return places
    inside: Mask = np.searchsorted(marks, places) % 2 == 1
    return places[~inside]


def _is_blank(array: "Bytes", starts: "Index", ends: "Index") -> "Mask":
    first = array[starts]
    blank: Mask = ((first == _LF) | (first == _CR)) & (ends - starts <= len(b"\r\n"))
    return blank


def _unclosed(shown: str, line: int, before: bytes) -> SourceDataError:
    import numpy as np

    opened = line + len(_breaks(np.frombuffer(before, np.uint8)))
    return SourceDataError(
        f"{shown}:{opened}: the quotation mark that opens a cell here is never closed"
    )
