"""Keeps `<folder>/<segment>.csv` equal to the audience of each segment."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar, Final

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Capabilities,
    Context,
    Finding,
    Finds,
    KeyRule,
    Level,
    Match,
    Operation,
    Outcome,
    Purpose,
    Receipt,
    Sink,
)
from audsync.errors import RejectedError
from audsync.files import drop_unfinished, write_whole
from audsync_sink_files.layouts import layout_of
from audsync_sink_files.options import FilesOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

_NAME: Final = "files"


class FilesSink:
    """A CSV file per audience: a header, then one line per member, sorted.

    UTF-8 with line feeds, readable by its owner only. A file is replaced as a whole or stays as
    it was; members that are there already change nothing. The same members give the same bytes.
    """

    Options: ClassVar[type] = FilesOptions

    def __init__(self, options: FilesOptions, context: Context) -> None:
        self._layout = layout_of(options.layout, options.keys, per_person=options.per_person)
        self._folder = context.resolve(options.folder)
        self._shown = PurePath(options.folder)
        self._header = _line(self._layout.titles)
        self._capabilities = Capabilities(
            max_batch=options.max_batch,
            match=Match.ROW,
            erase_everywhere=True,
            stays_local=True,
            purposes=frozenset(Purpose),
        )

    @property
    def capabilities(self) -> Capabilities:
        """Members are found by the whole row, and what was written is known at once."""
        return self._capabilities

    @property
    def key_rules(self) -> Mapping[str, KeyRule]:
        """The columns of the layout."""
        return self._layout.rules

    def check(self) -> list[Finding]:
        """Whether the folder can be used, and which files in it are in the way."""
        if not self._folder.exists():
            return [Finding(Level.OK, f"{self._folder} is made by the first run")]
        if not self._folder.is_dir():
            return [
                Finding(Level.ERROR, f"{self._folder} is no folder", "set another `folder`")
            ]
        strange = [path for path in self._files() if not self._is_ours(path)]
        return [
            Finding(Level.WARNING, f"{path} was not written by this sink", _MOVE_IT)
            for path in strange
        ] or [Finding(Level.OK, f"{self._folder} is there")]

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The file of a segment, made with its header when it is missing.

        `remote_id` is the file's name, and the audience is called by the path to it. Raises
        RejectedError for a file with another header.
        """
        name = remote_id or f"{spec.key.rpartition('.')[2]}.csv"
        path, shown = self._folder / name, str(self._shown / name)
        with _explained(path):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            drop_unfinished(path)
            found = self.find(name)
            if found is not None:
                return found
            self._write(path, ())
        return AudienceInfo(name, shown, created=True, size=0)

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The file of that name; None where it is gone."""
        path = self._folder / remote_id
        with _explained(path):
            if not path.exists():
                return None
            size = len(self._members(path))
        return AudienceInfo(remote_id, str(self._shown / remote_id), size=size)

    def send(self, batch: Batch) -> Receipt:
        """Bring members into the file or take them out."""
        sent = set(self._lines(batch.rows))
        for audience in batch.audiences:
            path = self._folder / audience.remote_id
            with _explained(path):
                before = self._members(path)
                match batch.operation:
                    case Operation.ADD:
                        after = before | sent
                    case Operation.REMOVE:
                        after = before - sent
                    case Operation.REPLACE:
                        after = sent
                if after != before:
                    self._write(path, after)
        return Receipt(batch.key, {"rows": len(batch)})

    def settle(self, receipt: Receipt) -> Outcome | None:
        """All of the batch: a file takes every row."""
        rows = receipt.payload["rows"]
        return Outcome(accepted=rows if isinstance(rows, int) else 0)

    def erase(self, keys: "pa.Table") -> Receipt:
        """Take out of every file of this layout the members who share a key that identifies."""
        titles = dict(zip(self.key_rules, self._layout.titles, strict=True))
        wanted = {
            (titles[name], text)
            for name, rule in self.key_rules.items()
            if rule.identifies
            for text in self._layout.cells(keys[name].to_pylist())
            if text is not None
        }
        for path in self._files():
            if not self._is_ours(path):
                continue
            with _explained(path):
                before = self._members(path)
                after = {line for line in before if wanted.isdisjoint(self._titled(line))}
                if after != before:
                    self._write(path, after)
        return Receipt("erase", {"rows": keys.num_rows})

    def _lines(self, rows: "pa.Table") -> Iterable[str]:
        columns = [self._layout.cells(column.to_pylist()) for column in rows.columns]
        return map(_line, zip(*columns, strict=True))

    def _titled(self, line: str) -> "Iterator[tuple[str, str]]":
        """The cells of a line, each with the title of its column."""
        return zip(self._layout.titles, _cells(line), strict=True)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.csv"))

    def _is_ours(self, path: Path) -> bool:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            return self._is_header(file.readline().removesuffix("\n"))

    def _is_header(self, line: str) -> bool:
        """Whether a file begins as one of this layout, however many columns a title has."""
        titles = _cells(line)
        wanted = list(dict.fromkeys(self._layout.titles))
        return list(dict.fromkeys(titles)) == wanted and _line(titles) == line

    def _members(self, path: Path) -> set[str]:
        """The lines of a file but its header; RejectedError for a file that is not ours."""
        data = path.read_bytes()
        with suppress(UnicodeDecodeError):
            header, _, body = data.decode().partition("\n")
            if self._is_header(header) and data.endswith(b"\n"):
                lines = body.split("\n")[:-1]
                return set(lines if header == self._header else self._relaid(header, lines))
        raise RejectedError(
            f"{path} was not written by this sink: its first line is not that of the layout, or"
            " it is cut off",
            connector=_NAME,
            remedy=_MOVE_IT,
        )

    def _relaid(self, header: str, lines: Iterable[str]) -> "Iterator[str]":
        """Lines that were written with another number of columns of one title."""
        before = _numbered(_cells(header))
        for line in lines:
            cells = dict(zip(before, _cells(line), strict=True))
            yield _line(cells.get(one) for one in _numbered(self._layout.titles))

    def _write(self, path: Path, lines: Iterable[str]) -> None:
        write_whole(path, "".join(f"{line}\n" for line in (self._header, *sorted(lines))))


_MOVE_IT: Final = "move the file away, or set another `folder` for this sink"


def _line(cells: Iterable[str | None]) -> str:
    """One line of CSV without its end; a null is an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _cells(line: str) -> list[str]:
    return next(csv.reader([line]), [])


def _numbered(titles: Sequence[str]) -> list[tuple[str, int]]:
    """Titles of columns, each with how many of its kind stand before it."""
    return [(title, titles[:place].count(title)) for place, title in enumerate(titles)]


@contextmanager
def _explained(path: Path) -> "Iterator[None]":
    try:
        yield
    except OSError as error:
        raise RejectedError(
            f"{path} cannot be written ({error.strerror})",
            connector=_NAME,
            remedy="check the owner of the folder and the space on the disk, then run again",
        ) from None


_: type[Sink] = FilesSink
_finds: type[Finds] = FilesSink
