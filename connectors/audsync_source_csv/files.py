"""The files of a feed: found by pattern or fetched, hashed, and opened whatever packs them."""

import gzip
import hashlib
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from audsync.errors import SourceDataError, TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audsync.contracts import Context
    from audsync_source_csv.records import Readable

CONNECTOR: Final = "csv"
_GZIP = b"\x1f\x8b"
_ZIPS: Final = (b"PK\x03\x04", b"PK\x05\x06")  # the second is one without files
_PATTERN: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine and what it held when it was hashed."""

    shown: str
    path: Path
    sha256: str
    size: int
    modified: int


def is_address(pattern: str) -> bool:
    """Whether a feed's `files` entry is an address and not a path."""
    return "://" in pattern


def local_file(path: Path, shown: str) -> LocalFile:
    """The file at `path`, hashed; raises SourceDataError where it cannot be read."""
    if path.is_dir():
        raise SourceDataError(f'{shown}: a folder, not a file; did you mean "{shown}/*.csv"?')
    try:
        stat = path.stat()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceDataError(
            f"{shown}: cannot be read ({_why(error)}); correct its name, or bring it there"
        ) from None
    if stat.st_size == 0:
        raise SourceDataError(f"{shown}: the file is empty; fetch it again")
    return LocalFile(shown, path, digest, stat.st_size, stat.st_mtime_ns)


def matching(pattern: str, context: "Context") -> list[tuple[str, Path]]:
    """Names and paths of the files of a pattern, sorted by name; at least one."""
    if not _PATTERN & set(pattern):
        return [(pattern, context.resolve(pattern))]
    base = Path(pattern).expanduser()
    steps = base.parts[1:] if base.is_absolute() else base.parts
    root = Path(base.anchor) if base.is_absolute() else context.folder
    found = sorted(path for path in root.glob(str(Path(*steps))) if not path.is_dir())
    if not found:
        raise SourceDataError(
            f"{pattern}: no file matches; correct the pattern, or bring one there"
        )
    names = [str(path if base.is_absolute() else path.relative_to(root)) for path in found]
    return [(name, context.resolve(name)) for name in names]


@contextmanager
def opened(file: LocalFile, *, max_bytes: int) -> "Iterator[Readable]":
    """The file's text as bytes, unpacked; raises SourceDataError where it is damaged."""
    try:
        with file.path.open("rb") as raw:
            start = raw.read(4)
            raw.seek(0)
            if start.startswith(_GZIP):
                packed: BinaryIO = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]  # it reads alike
                yield _Limited(packed, max_bytes, file.shown)
            elif start in _ZIPS:
                yield _Limited(_only_member(raw, file.shown), max_bytes, file.shown)
            else:
                yield _Limited(raw, max_bytes, file.shown)
    except OSError as error:
        raise SourceDataError(
            f"{file.shown}: cannot be read ({_why(error)}); see the disk, or fetch it again"
        ) from None


def unchanged(file: LocalFile) -> None:
    """Raise TransientError where the file was written to since it was hashed."""
    stat = file.path.stat()
    if (stat.st_size, stat.st_mtime_ns) != (file.size, file.modified):
        raise TransientError(
            f"{file.shown}: changed while it was read; run again", connector=CONNECTOR
        )


class _Limited:
    """A stream that may be unpacking, with a limit to what comes out of it."""

    def __init__(self, stream: BinaryIO, limit: int, shown: str) -> None:
        self._stream = stream
        self._limit = limit
        self._left = limit
        self._shown = shown

    def read(self, size: int, /) -> bytes:
        """The next bytes, unpacked."""
        try:
            data = self._stream.read(size)
        except EOFError:
            raise self._damaged("cut off before its end") from None
        except (gzip.BadGzipFile, zlib.error, zipfile.BadZipFile):
            raise self._damaged("damaged") from None
        self._left -= len(data)
        if self._left < 0:
            raise SourceDataError(
                f"{self._shown}: more than {self._limit >> 20} MB unpacked; raise `max_size_mb`"
            )
        return data

    def _damaged(self, how: str) -> SourceDataError:
        return SourceDataError(f"{self._shown}: the packed file is {how}; fetch it again")


def _only_member(raw: BinaryIO, shown: str) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(raw)
    except zipfile.BadZipFile:
        raise SourceDataError(f"{shown}: the packed file is damaged; fetch it again") from None
    names = [
        info.filename
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    if "[Content_Types].xml" in names:
        raise SourceDataError(f"{shown}: a spreadsheet, not CSV; save it as CSV UTF-8")
    if len(names) != 1:
        raise SourceDataError(f"{shown}: holds {len(names)} files; pack one file in a zip")
    try:
        return archive.open(names[0])  # type: ignore[return-value]  # it reads alike
    except (RuntimeError, NotImplementedError, zipfile.BadZipFile):
        raise SourceDataError(
            f"{shown}: cannot be unpacked: it has a password or is packed in a rare way; "
            "pack it as a plain zip or gzip"
        ) from None


def _why(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
