"""The beginning of an XML file: which of its elements may be rows, and what stands in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audsync.errors import SourceDataError
from audsync_source_csv.cells import Wanted, fold
from audsync_source_csv.files import local_file, opened
from audsync_source_csv.guess.sample import MAX_BYTES, Sample
from audsync_source_csv.xml_paths import row_path
from audsync_source_csv.xml_reader import Parser, XmlText

_LOOK_BYTES: Final = 1 << 20
_LEAST_NAMES: Final = 2  # an element of fewer values is no row
Path_ = tuple[str, ...]


@dataclass(slots=True)
class _Shape:
    """The elements of a file by their paths: names of values in each, in their order."""

    shown: str
    has_begun: bool = False
    values: dict[Path_, dict[str, str]] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _is_leaf: bool = False

    def start(self, name: str, attributes: Mapping[str, str], _: int) -> None:
        """An element begins."""
        self.has_begun = True
        self._open.append(name)
        self._is_leaf = not attributes
        inside = self.values.setdefault(tuple(self._open), {})
        for key in attributes:
            inside.setdefault(key, f"@{key}")

    def add(self, text: str) -> None:
        """Text, which is not looked at here."""

    def end(self, name: str) -> None:
        """An element ends."""
        path = tuple(self._open)
        self._open.pop()
        if self._is_leaf:
            self.values.setdefault(path[:-1], {}).setdefault(name, name)
        self._is_leaf = False

    def too_long(self, line: int) -> SourceDataError:
        """The error of a tag that has no end."""
        return SourceDataError(f"{self.shown}:{line}: a tag or comment without an end")


def xml_samples(path: Path) -> Iterator[Sample]:
    """A sample for each element that may be a row, the innermost first."""
    file = local_file(path, path.name)
    shape = _Shape(path.name)
    with opened(file, max_bytes=MAX_BYTES) as stream:
        Parser(shape, None).feed(stream.read(_LOOK_BYTES))
    rows = [
        one
        for one, inside in shape.values.items()
        if len(one) > 1 and len(inside) >= _LEAST_NAMES
    ]
    for row in sorted(rows, key=len, reverse=True):
        headers = _headers(shape, row)
        wanted = [Wanted(header, may_lack=True) for header in headers.values()]
        with opened(file, max_bytes=MAX_BYTES) as stream:
            text = XmlText(stream, [row_path("/".join(row))], None, path.name)
            cells = next(text.blocks(wanted, _LOOK_BYTES))
        columns = {fold(name): cells.columns[fold(header)] for name, header in headers.items()}
        yield Sample(
            path,
            tuple(headers),
            "",
            "",
            assumed=False,
            columns=columns,
            row="/".join(row),
            headers=headers,
        )


def _headers(shape: _Shape, row: Path_) -> dict[str, str]:
    """Names of the values of a row, and of those around it, and their paths from the row."""
    found = dict(shape.values[row])
    for up in range(1, len(row) - 1):
        for name, header in shape.values.get(row[:-up], {}).items():
            found.setdefault(name, "../" * up + header)
    return found
