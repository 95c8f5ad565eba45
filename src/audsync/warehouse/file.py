"""The shop's database file: made private, opened, and its faults said in plain words."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audsync.errors import LockedError, StateError
from audsync.files import OF_THE_DISK, disk_trouble, replace_whole
from audsync.sql_text import literal
from audsync.warehouse.engine import connect, no_memory

if TYPE_CHECKING:
    import duckdb

_LOOK_AT_THE_DISK: Final = (
    "check the disk, its free space and the owner of the folder, then run again"
)
# The name of a file while it is made.
NEW: Final = ".duckdb.new"
_COPYING: Final[Mapping[str, str | bool | int | float | list[str]]] = {
    "temp_directory": "",
    "preserve_insertion_order": "false",
}


def open_file(
    file: Path, *, memory_limit: str | None, threads: int | None
) -> "duckdb.DuckDBPyConnection":
    """A connection to the shop's file, which is made with its folder when it is not there.

    The file has mode 0600, a folder made here 0700. Raises LockedError while another process
    has the file open, and StateError for one that cannot be read.
    """
    import duckdb

    spill = file.with_suffix(".spill")
    with disk_trouble(file.parent):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        spill.mkdir(mode=0o700, exist_ok=True)
        _forget_unfinished(file)
    _make_whole(file)
    try:
        connection = connect(
            str(file), memory_limit=memory_limit, threads=threads, spill_folder=spill
        )
    except duckdb.OutOfMemoryException:
        raise no_memory() from None
    except duckdb.Error as error:
        raise _fault(file, str(error).replace(str(file), "").lower()) from None
    # The file is ours alone from here on: what lies here was left by a process that was killed.
    with disk_trouble(spill):
        for left in spill.iterdir():
            left.unlink(missing_ok=True)
    make_private(file)
    return connection


def open_to_read(file: Path) -> "duckdb.DuckDBPyConnection":
    """A connection that changes nothing; raises StateError for a file that cannot be read."""
    import duckdb

    try:
        return connect(str(file), is_read_only=True)
    except duckdb.OutOfMemoryException:
        raise no_memory() from None
    except duckdb.Error as error:
        raise _fault(file, str(error).replace(str(file), "").lower()) from None


def make_private(file: Path) -> None:
    """Give the file and its log mode 0600; DuckDB makes them as the process's mask says."""
    with disk_trouble(file):
        for path in (file, Path(f"{file}.wal")):
            if path.exists():
                path.chmod(0o600)


def _make_whole(file: Path) -> None:
    """Make a file that is not there, or has no bytes: it appears whole or not at all.

    DuckDB takes one that was cut off while it was made for a damaged one.
    """
    import duckdb

    with disk_trouble(file.parent):
        if file.exists() and file.stat().st_size:
            return
        try:
            connect(str(_new(file))).close()
        except duckdb.Error:
            raise StateError(f"{file} cannot be made; {_LOOK_AT_THE_DISK}") from None
        make_private(_new(file))
        replace_whole(_new(file), file)


def rewrite_file(file: Path) -> None:
    """Put a copy of what the tables hold in the place of the file, which nobody has open.

    What was deleted or changed stays in a database file until its pages are used again; in the
    copy nothing of it is left. The old or the new file is there at every moment.
    """
    import duckdb

    if Path(f"{file}.wal").exists():
        raise StateError(
            f"{file}: its log could not be brought into it; see that the disk has room"
        )
    _forget_unfinished(file)
    try:
        with duckdb.connect(":memory:", config=dict(_COPYING)) as engine:
            engine.execute(f"ATTACH {literal(str(file))} AS old (READ_ONLY)")
            engine.execute(f"ATTACH {literal(str(_new(file)))} AS new")
            make_private(_new(file))
            engine.execute("COPY FROM DATABASE old TO new")
            engine.execute("DETACH new")
        make_private(_new(file))
        replace_whole(_new(file), file)
    except (duckdb.Error, OSError) as error:
        _forget_unfinished(file)
        raise StateError(
            f"{file}: it could not be written anew ({type(error).__name__}); see that the disk "
            "has as much room again as the file takes, then run again"
        ) from None


def _new(file: Path) -> Path:
    return file.with_suffix(NEW)


def _forget_unfinished(file: Path) -> None:
    for left in (_new(file), Path(f"{_new(file)}.wal")):
        left.unlink(missing_ok=True)


def _fault(file: Path, message: str) -> LockedError | StateError:
    if "set lock" in message:
        return LockedError(
            f"{file}: another process has the shop's data open; wait until it has ended"
        )
    if "version number" in message:
        return StateError(
            f"{file}: the file was written by a newer release of DuckDB; update audsync"
        )
    if any(os.strerror(code).lower() in message for code in OF_THE_DISK):
        return StateError(f"{file} cannot be used; {_LOOK_AT_THE_DISK}")
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):
        return StateError(
            f"{file}: this user may not read and write the file; run audsync as its owner"
        )
    return StateError(
        f"{file}: the file is damaged; bring it back from a backup, or remove it with its .wal "
        "file and run again, which pulls everything from the shop anew"
    )
