"""The beginning of a file: its header, and what its columns hold."""

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audsync.errors import SourceDataError
from audsync_source_csv.arrays import distinct
from audsync_source_csv.cells import fold
from audsync_source_csv.files import local_file, opened
from audsync_source_csv.reader import open_text
from audsync_source_csv.values import numbers, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audsync_source_csv.arrays import Texts

MAX_BYTES: Final = 4 << 30
_WHOLE: Final = re.compile(r"\d+\.0\Z")
_CANCELLING: Final = re.compile(r"([A-Z])\d+\Z")


@dataclass(frozen=True, slots=True)
class Sample:
    """What the first block of a file shows; columns are by folded names."""

    path: Path
    names: tuple[str, ...]
    delimiter: str
    encoding: str
    assumed: bool
    columns: "Mapping[str, Texts]"
    row: str | None = None  # of XML: path of the rows
    headers: "Mapping[str, str]" = field(default_factory=dict)  # where a mapping finds a name

    def header(self, name: str) -> str:
        """What a mapping writes for that name."""
        return self.headers.get(name, name)

    def has(self, header: str) -> bool:
        """Whether the file has a column of that name."""
        return fold(header) in self.columns

    def words(self, header: str) -> list[str]:
        """Distinct texts of a column; none where it is not there."""
        found = self.columns.get(fold(header))
        return [] if found is None else distinct(found)

    def frequent(self, header: str | None) -> list[str]:
        """Distinct texts of a column, the most frequent first, then by name."""
        found = self.columns.get(fold(header or ""))
        if found is None:
            return []
        counted = Counter(str(word) for word in found if word.is_valid)
        return sorted(counted, key=lambda word: (-counted[word], word))

    def is_whole(self, header: str) -> bool:
        """Whether every id is a number that a spreadsheet wrote with `.0`."""
        words = self.words(header)
        return bool(words) and all(map(_WHOLE.match, words))

    def cancelling_prefix(self, header: str) -> str | None:
        """The one capital before some of the otherwise plain numbers; None without."""
        words = self.words(header)
        letters = {match[1] for word in words if (match := _CANCELLING.match(word))}
        plain = sum(word.isdigit() for word in words)
        return letters.pop() if len(letters) == 1 and plain > len(words) / 2 else None

    def has_open_decimals(self, header: str) -> bool:
        """Whether the decimal sign of a column cannot be told."""
        found = self.columns[fold(header)]
        return numbers.decimal_sign(found.dictionary) == "?"

    def has_open_days(self, header: str) -> bool:
        """Whether day and month of a column cannot be told apart."""
        try:
            times.day_first(self.words(header))
        except ValueError:
            return True
        return False


def look(path: Path) -> Sample:
    """The sample of a file; raises SourceDataError where it cannot be read."""
    file = local_file(path, path.name)
    with opened(file, max_bytes=MAX_BYTES) as stream:
        text = open_text(stream, delimiter=None, encoding=None, shown=path.name)
        names = text.header.names
        if len(names) == 1:
            raise SourceDataError(
                f"{path.name}: one column only, with no delimiter in it; export it as CSV"
            )
        places = {fold(name): place for place, name in reversed(list(enumerate(names)))}
        cells = next(text.cells(places), None)
        columns = cells.columns if cells else {}
        encoding, assumed = text.encoding, text.detection.assumed
    if not columns:
        raise SourceDataError(
            f"{path.name}: a header and no rows; export it with some, which show what is in it"
        )
    return Sample(path, names, text.header.delimiter, encoding, assumed, columns)


def is_xml(path: Path) -> bool:
    """Whether a file, unpacked, begins as XML does."""
    with opened(local_file(path, path.name), max_bytes=MAX_BYTES) as stream:
        return stream.read(4).removeprefix(codecs.BOM_UTF8).startswith(b"<")
