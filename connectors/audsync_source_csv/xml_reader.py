"""An XML file as blocks of cells, read as it comes: one record of it is held at a time.

The parser is expat, since it tells the line of each element, and since it lets entities be
refused where they are declared: a file of a few of them may unfold into gigabytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from xml.parsers import expat

from audsync.errors import SourceDataError
from audsync_source_csv.cells import Cells, Wanted, blank_to_null, fold, saying_something
from audsync_source_csv.records import BLOCK_BYTES, ROW_BYTES, Readable
from audsync_source_csv.targets import nearest
from audsync_source_csv.text_encoding import Recoded, is_utf8
from audsync_source_csv.xml_paths import Record, RowPath, ValuePath, records, value_path

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Texts

_CHUNK: Final = 1 << 18
_DEEPEST: Final = 100  # elements in one another
_MOST_NAMES: Final = 100  # that a message may choose from


class _Element:
    """An element of the record that is being read; its children by their folded names."""

    __slots__ = ("attributes", "children", "line", "parent", "text")

    def __init__(self, parent: "_Element | None", line: int) -> None:
        self.parent = parent
        self.line = line
        self.text = ""
        self.attributes: Mapping[str, str] = {}
        self.children: dict[str, list[_Element]] = {}


@dataclass(slots=True)
class XmlText:
    """An XML file opened for reading; `rows` are the paths of the elements that are rows."""

    stream: Readable
    rows: Sequence[RowPath]
    encoding: str | None
    shown: str
    assumed: bool = False
    lacking: Sequence[str] = ()  # wanted paths that no row has, known at the end

    @property
    def described(self) -> str:
        """What the file is, in words."""
        return "XML"

    def blocks(self, wanted: Sequence[Wanted], size: int = BLOCK_BYTES) -> Iterator[Cells]:
        """The rows with the wanted values, by about `size` bytes; raises SourceDataError."""
        stream, encoding = self.stream, self.encoding
        if encoding and not is_utf8(encoding):
            stream, encoding = Recoded(stream, encoding, self.shown), "utf-8"
        reading = _Reading(self.rows, wanted, self.shown)
        parser = Parser(reading, encoding)
        fed = 0
        while chunk := stream.read(min(_CHUNK, size)):
            parser.feed(chunk)
            fed += len(chunk)
            if fed >= size:
                yield reading.cells()
                fed = 0
        parser.end()
        yield reading.cells()
        reading.check()
        self.lacking = reading.absent


class Handler(Protocol):
    """What is told of the elements of a file."""

    shown: str

    @property
    def has_begun(self) -> bool:
        """Whether any element was seen; how the file is encoded is known before."""

    def start(self, name: str, attributes: Mapping[str, str], line: int, /) -> None:
        """An element begins."""

    def add(self, text: str, /) -> None:
        """Text of the element that is open."""

    def end(self, name: str, /) -> None:
        """An element ends."""

    def too_long(self, line: int, /) -> SourceDataError:
        """The error of a part of the file that cannot be held."""


class Parser:
    """The parser with its limits; its errors as ours, without any text of the file."""

    def __init__(self, reading: Handler, encoding: str | None) -> None:
        self._reading = reading
        self._fed = 0
        self._parser = expat.ParserCreate(encoding)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = reading.end
        self._parser.CharacterDataHandler = reading.add
        self._parser.EntityDeclHandler = self._refuse
        self._parser.SkippedEntityHandler = self._refuse

    def feed(self, data: bytes) -> None:
        """Read on."""
        self._parse(data, is_last=False)
        self._fed += len(data)
        # What is not parsed yet is one tag or comment, which is looked at again and again.
        if self._fed - max(self._parser.CurrentByteIndex, 0) > ROW_BYTES:
            raise self._reading.too_long(self._parser.CurrentLineNumber)

    def end(self) -> None:
        """Say that this was all."""
        self._parse(b"", is_last=True)

    def _parse(self, data: bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(data, is_last)
        except expat.ExpatError as error:
            place = f"{self._reading.shown}:{error.lineno}:{error.offset + 1}"
            raise SourceDataError(f"{place}: {_why(error.code)}") from None
        except (LookupError, ValueError):
            if self._reading.has_begun:
                raise
            raise SourceDataError(
                f"{self._reading.shown}:1: in an encoding that is not known; set `encoding`"
            ) from None

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._reading.start(name, attributes, self._parser.CurrentLineNumber)

    def _refuse(self, *_: Any) -> None:
        place = f"{self._reading.shown}:{self._parser.CurrentLineNumber}"
        raise SourceDataError(
            f"{place}: entities of the file's own, which are never read; let the shop write "
            "plain XML"
        )


class _Reading:
    """What was read since the last block: the values of rows, column by column."""

    def __init__(self, rows: Sequence[RowPath], wanted: Sequence[Wanted], shown: str) -> None:
        self.shown = shown
        self._wanted = wanted
        self._paths = [value_path(one.header) for one in wanted]
        self._records: dict[RowPath, Record] = {
            record.path: record for record in records(rows, self._paths)
        }
        self._depth = len(next(iter(self._records)))
        self._around: list[str] = []  # open elements outside of records
        self._element: _Element | None = None
        self._size = 0
        self._deep = 0
        self._folded: dict[str, str] = {}
        self._number = 0
        self._present = [False] * len(wanted)
        self._names: set[str] = set()  # of elements inside rows
        self._outside: set[str] = set()  # paths where rows could be
        self._clear()

    def _clear(self) -> None:
        self._lines: list[int] = []
        self._numbers: list[int] = []
        self._columns: list[list[str | None]] = [[] for _ in self._wanted]

    @property
    def has_begun(self) -> bool:
        """Whether any element was seen; how it is encoded is known before."""
        return bool(self._folded)

    def start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        """An element begins."""
        name = self._folded.get(name) or self._folded.setdefault(name, fold(name))
        self._deep += 1
        if self._deep > _DEEPEST:
            raise SourceDataError(
                f"{self.shown}:{line}: elements are nested deeper than {_DEEPEST}; let the "
                "shop write another feed"
            )
        parent = self._element
        if parent is None:
            self._around.append(name)
            if len(self._around) <= self._depth and len(self._outside) < _MOST_NAMES:
                self._outside.add("/".join(self._around))
            if len(self._around) != self._depth or tuple(self._around) not in self._records:
                return
            self._size = 0
            self._element = element = _Element(None, line)
        else:
            self._element = element = _Element(parent, line)
            parent.children.setdefault(name, []).append(element)
        self._size += 1 + len(attributes)
        if self._size > ROW_BYTES:
            raise self.too_long(line)
        if attributes:
            element.attributes = {fold(key): text for key, text in attributes.items()}

    def add(self, text: str) -> None:
        """Text of the element that is open."""
        element = self._element
        if element is not None:
            element.text += text
            self._size += len(text)
            if self._size > ROW_BYTES:
                raise self.too_long(element.line)

    def end(self, _: str) -> None:
        """An element ends; with that of a record its rows are known."""
        self._deep -= 1
        element = self._element
        if element is None:
            self._around.pop()
            return
        self._element = element.parent
        if element.parent is None:
            record = self._records[tuple(self._around)]
            self._around.pop()
            for path in record.rows:
                self._take(element, path)

    def too_long(self, line: int) -> SourceDataError:
        """The error of a record that cannot be held."""
        return SourceDataError(
            f"{self.shown}:{line}: the element that begins about here is longer than "
            f"{ROW_BYTES >> 20} MB; is `row` the path of a row?"
        )

    def _take(self, element: _Element, path: RowPath) -> None:
        if path:
            for child in element.children.get(path[0], ()):
                self._take(child, path[1:])
            return
        self._number += 1
        self._lines.append(element.line)
        self._numbers.append(self._number)
        if len(self._names) < _MOST_NAMES:
            self._names |= element.children.keys()
        for place, value in enumerate(self._paths):
            texts = _texts(element, value)
            if texts is None:
                self._columns[place].append(None)
                continue
            self._present[place] = True
            one = texts[0] if len(texts) == 1 else self._wanted[place].split.join(texts)
            self._columns[place].append(one)

    def cells(self) -> Cells:
        """The rows that were read since the last time."""
        import numpy as np

        columns = {
            fold(one.header): _encoded(column)
            for one, column in zip(self._wanted, self._columns, strict=True)
        }
        numbers, lines = np.array(self._numbers, np.int64), np.array(self._lines, np.int64)
        self._clear()
        return saying_something(Cells(self.shown, columns, lines, numbers=numbers))

    @property
    def absent(self) -> list[str]:
        """The paths that no row had."""
        told = zip(self._wanted, self._present, strict=True)
        return [one.header for one, is_there in told if not is_there]

    def check(self) -> None:
        """Raise SourceDataError where the file has other elements than rows, or none mapped."""
        paths = [
            "/".join((*record.path, *row))
            for record in self._records.values()
            for row in record.rows
        ]
        if not self._number:
            others = sorted(path for path in self._outside if "/" in path)
            if others:
                raise SourceDataError(
                    f"{self.shown}: no element {' or '.join(paths)}; there are: "
                    f"{', '.join(others[:10])}"
                )
            return
        missing = [
            one.header for one in self._wanted if not one.may_lack and one.header in self.absent
        ]
        if missing:
            quoted = ", ".join(f'"{header}"' for header in missing)
            raise SourceDataError(
                f"{self.shown}: none of {self._number:,} rows has {quoted}"
                f"{nearest(fold(missing[0]), self._names)}; where that may be so, write "
                f'{{ column = "{missing[0]}", optional = true }}'
            )


def _why(code: int) -> str:
    """What a parser's error means; none of its sentences holds anything of the file."""
    match expat.ErrorString(code):
        case expat.errors.XML_ERROR_NO_ELEMENTS | expat.errors.XML_ERROR_UNCLOSED_TOKEN:
            return "the file ends before its last element does; is it cut off?"
        case expat.errors.XML_ERROR_INVALID_TOKEN as words:
            return (
                f"no well-formed XML ({words}); if it is a letter of another encoding than the "
                "file says, set `encoding`"
            )
        case words:
            return f"no well-formed XML ({words}); let the shop mend its feed"


def _texts(element: _Element, path: ValuePath) -> list[str] | None:
    """The texts at a path, at least one; None where there is no such element or attribute."""
    at: _Element | None = element
    for _ in range(path.up):
        at = at and at.parent
    if at is None:
        return None
    found = [at]
    for step in path.steps:
        found = [
            child
            for one in found
            for child in one.children.get(step.name, ())
            if not step.child or step.text in _own(child, step.child)
        ]
    key = path.attribute
    if key is None:
        texts = [one.text.strip() for one in found]
    else:
        texts = [one.attributes[key].strip() for one in found if key in one.attributes]
    return [text for text in texts if text] or [""] if texts else None


def _own(element: _Element, name: str) -> list[str]:
    """The folded texts of an attribute or of the children of that name."""
    if name.startswith("@"):
        return [fold(element.attributes.get(name[1:], ""))]
    return [fold(child.text) for child in element.children.get(name, ())]


def _encoded(column: list[str | None]) -> "Texts":
    import pyarrow as pa

    return blank_to_null(pa.array(column, pa.string()).dictionary_encode())
