"""The first row of a file: which sign separates its cells, and what its columns are called."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from audsync.errors import SourceDataError
from audsync_source_csv.cells import fold
from audsync_source_csv.targets import nearest

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
HEADER_BYTES: Final = 1 << 20
_SEPARATOR_LINE: Final = re.compile(rb"sep=(.)\r?\n")  # what Excel writes above the header
_QUOTED: Final = re.compile(r'"[^"]*"')
# A cell of a header has letters, and is neither an address nor a date nor a number.
_VALUE: Final = re.compile(r"[^@]*@|[^A-Za-z]*\d[^A-Za-z]*\Z|.{61,}")


@dataclass(frozen=True, slots=True)
class Header:
    """Names of the columns as written, the delimiter, and where the rows begin."""

    names: tuple[str, ...]
    delimiter: str
    length: int  # bytes before the first row
    line: int  # line of the first row
    shown: str

    def places(self, headers: Iterable[str]) -> dict[str, int]:
        """Folded header → position, for mapped headers; raises where one is not there."""
        folded = [fold(name) for name in self.names]
        wanted = {fold(header): header for header in headers}
        missing = [header for name, header in wanted.items() if name not in folded]
        if missing:
            raise self._lacks(missing, len(wanted))
        twice = [header for name, header in wanted.items() if folded.count(name) > 1]
        if twice:
            raise SourceDataError(
                f'{self.shown}: two columns are called "{twice[0]}"; rename one'
            )
        return {name: folded.index(name) for name in wanted}

    def _lacks(self, missing: list[str], wanted: int) -> SourceDataError:
        sign = DELIMITERS.get(self.delimiter, "delimiter")
        counted = f"{len(self.names)} columns separated by {sign}"
        if len(self.names) == 1:
            return SourceDataError(
                f"{self.shown}: the first line is one cell; no comma, semicolon, tab or bar "
                "separates it. Is it the header? Set `delimiter` if it is another sign"
            )
        # Names are shown only when some were right: otherwise the line may be of a person.
        if len(missing) == wanted or any(map(_VALUE.match, self.names)):
            return SourceDataError(
                f"{self.shown}: no column {_quoted(missing)} among {counted}; the first line "
                "does not look like the header of this mapping; correct whichever is wrong"
            )
        hint = nearest(missing[0], self.names)
        return SourceDataError(
            f"{self.shown}: no column {_quoted(missing)}{hint} among {counted}: "
            f"{', '.join(self.names)}. Correct the mapping, or the file"
        )


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def read_header(data: bytes, *, delimiter: str | None, shown: str) -> Header:
    """The header at the start of a file's text; `data` holds it whole."""
    start, line = 0, 1
    if match := _SEPARATOR_LINE.match(data):
        delimiter = delimiter or match[1].decode("latin-1")
        start, line = match.end(), 2
    while data[start : start + 1] in (b"\r", b"\n", b" "):
        line += data[start : start + 1] == b"\n"
        start += 1
    if data[start : start + 1] == b"<":
        raise SourceDataError(
            f"{shown}: begins with <, so it is XML or a web page; for XML `row` says which "
            "elements are rows"
        )
    end = _end_of_row(data, start)
    if end == start:
        raise SourceDataError(f"{shown}: the file is empty; fetch it again")
    if b"\0" in data[start:end]:
        raise has_nul(shown, line)
    if end == HEADER_BYTES:
        raise SourceDataError(
            f"{shown}:{line}: the first line is longer than 1 MB, so it is no header"
        )
    text = _decoded(data[start:end])
    sign = delimiter or find_delimiter(text)
    names = _cells(text, sign, f"{shown}:{line}")
    rows_from = line + max(data[start:end].count(b"\n"), 1)
    return Header(tuple(name.strip() for name in names), sign, end, rows_from, shown)


def _cells(text: str, sign: str, place: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    except csv.Error:
        raise SourceDataError(
            f"{place}: the first line holds a cell too long for a header; is it the header?"
        ) from None


def has_nul(shown: str, line: int) -> SourceDataError:
    """The error of a file that is not text."""
    return SourceDataError(
        f"{shown}:{line}: a NUL byte, so this is no text; if it is UTF-16, set `encoding`"
    )


def find_delimiter(header: str) -> str:
    """The sign that separates the cells of a header: the most frequent outside quotes."""
    bare = _QUOTED.sub("", header)
    return max(DELIMITERS, key=bare.count)


def _end_of_row(data: bytes, start: int) -> int:
    is_quoted = False
    for place in range(start, len(data)):
        byte = data[place : place + 1]
        if byte == b'"':
            is_quoted = not is_quoted
        elif byte in (b"\n", b"\r") and not is_quoted:
            return place + (2 if data[place : place + 2] == b"\r\n" else 1)
    return len(data)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1250", errors="replace")
