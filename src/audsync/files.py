"""Files that appear whole or not at all, readable by their owner only."""

import errno
import glob
import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from audsync.errors import StateError

# What a crash may leave behind; nothing reads such a file and it may always be deleted.
UNFINISHED: Final = ".tmp"
# What makes a spreadsheet take text for a formula (conventions: CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
# What the disk refuses, and not the place on it.
OF_THE_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


def write_whole(
    path: Path, data: bytes | str | Callable[[BinaryIO], None], *, mode: int = 0o600
) -> None:
    """Write `path` so that every reader, also after a power cut, sees the old or the new file.

    Text is written as UTF-8; a callable is given the open file. The folder must exist. When
    writing fails the file of before stays as it was.
    """
    with _unfinished(path.parent, f".{path.name}.") as (file, name):
        _fill(file, data)
        os.fchmod(file.fileno(), mode)
        _settle(file)
        name.replace(path)
    sync_folder(path.parent)


def defused(text: str) -> str:
    """A cell's text, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def replace_whole(new: Path, path: Path) -> None:
    """Put a finished file of the same folder in the place of `path`, durably."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def drop_unfinished(path: Path) -> None:
    """Delete what killed writers of `path` left behind; nobody may be writing it now."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{UNFINISHED}"):
        left.unlink()


def drop_all_unfinished(folder: Path) -> int:
    """Delete what killed writers left in a folder that nobody writes to; returns how many."""
    left = list(folder.glob(f".*{UNFINISHED}"))
    for path in left:
        path.unlink()
    return len(left)


def write_by_content(folder: Path, suffix: str, write: Callable[[BinaryIO], None]) -> str:
    """Write an immutable file named by the SHA-256 of its bytes; returns `<64 hex><suffix>`."""
    with _unfinished(folder, ".") as (file, name):
        _fill(file, write)
        _settle(file)
        final = content_hash(name) + suffix
        name.replace(folder / final)
    sync_folder(folder)
    return final


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def disk_trouble(place: Path, *, only: Collection[int] | None = None) -> Iterator[None]:
    """Within the block, what the system refuses to do at `place` is a StateError.

    With `only`, just these numbers of errors are.
    """
    try:
        yield
    except OSError as error:
        if only is not None and error.errno not in only:
            raise
        reason = error.strerror or type(error).__name__
        raise StateError(
            f"{place} cannot be used ({reason}); check the disk, its free space and the owner"
            " of the folder, then run again: nothing is lost"
        ) from None


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _unfinished(folder: Path, prefix: str) -> Iterator[tuple[BinaryIO, Path]]:
    handle, text = tempfile.mkstemp(dir=folder, prefix=prefix, suffix=UNFINISHED)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, Path(text)
    except BaseException:
        with suppress(OSError):  # the first error says more
            Path(text).unlink()
        raise


def _fill(file: BinaryIO, data: bytes | str | Callable[[BinaryIO], None]) -> None:
    if callable(data):
        data(file)
    else:
        file.write(data.encode() if isinstance(data, str) else data)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
