"""A copy of `state.sqlite` that may be opened, migrated and thrown away."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from audsync.files import disk_trouble
from audsync.state.store import DATABASE


@contextmanager
def snapshot(folder: Path, *, is_active: bool) -> Iterator[Path]:
    """A folder with the database of `folder` as it stands; what is not committed is not in it.

    Changes nothing in `folder`. `is_active` says that a run may be writing meanwhile; else the
    caller keeps runs away.
    """
    with TemporaryDirectory(prefix="audsync-") as text:
        target = Path(text)
        with disk_trouble(folder):
            if is_active:
                _copy_while_written(folder / DATABASE, target / DATABASE)
            else:
                for path in folder.glob(f"{DATABASE}*"):
                    # The index of the log is made anew from the log.
                    if not path.name.endswith("-shm"):
                        shutil.copy(path, target)
        yield target


def _copy_while_written(file: Path, target: Path) -> None:
    # The files of the log are there while a run is active, so that reading makes none.
    uri = f"{file.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
