"""`state.sqlite`: opened, migrated, and every change to it in one durable transaction."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from audsync.errors import StateError
from audsync.files import disk_trouble
from audsync.state.migrations import MIGRATIONS

DATABASE: Final = "state.sqlite"
_BUSY_SECONDS: Final = 10.0

Value = str | int | None
Row = sqlite3.Row


def has_begun(folder: Path) -> bool:
    """Whether a shop has a state there; StateError where this user may not look."""
    with disk_trouble(folder):
        return (folder / "state.sqlite").exists()


class Store:
    """The connection to one shop's `state.sqlite`; a context manager.

    A transaction is on disk when `transaction` returns (WAL, synchronous=FULL). Raises
    StateError when the file is damaged, cannot be written, or was made by a newer audsync.
    `found_version` is the schema version that the file had before it was opened.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / DATABASE
        with disk_trouble(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            # SQLite would make it readable for all; its -wal and -shm files follow its mode.
            self.file.touch(mode=0o600)
            self.file.chmod(0o600)
        with self._explained():
            self._connection = sqlite3.connect(
                self.file, isolation_level=None, timeout=_BUSY_SECONDS
            )
            self._connection.row_factory = sqlite3.Row
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        with self._explained():
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
        self.found_version = version = self.version
        if version > len(MIGRATIONS):
            raise StateError(
                f"{self.file} was written by a newer audsync (state version {version}, this one"
                f" knows {len(MIGRATIONS)}); use that version again"
            )
        self._look_over()
        for number, migrate in enumerate(MIGRATIONS[version:], start=version + 1):
            with self._explained(), self.transaction():
                migrate(self._connection)
                self.change(
                    "INSERT INTO migrations (number, name) VALUES (:number, :name)",
                    {"number": number, "name": migrate.__name__},
                )
                self._connection.execute(f"PRAGMA user_version = {number}")

    @property
    def version(self) -> int:
        """The schema version of the file: the number of migrations applied to it."""
        with self._explained():
            return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside become durable together or not at all; nested, with the outer."""
        if self._connection.in_transaction:
            yield
            return
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._explained():
                self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def change(self, sql: str, values: Mapping[str, Value]) -> int:
        """Run one INSERT, UPDATE or DELETE; returns the id of an inserted row."""
        with self._explained():
            return int(self._connection.execute(sql, values).lastrowid or 0)

    def rows(self, sql: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        """The rows of one SELECT."""
        with self._explained():
            return self._connection.execute(sql, values or {}).fetchall()

    def _look_over(self) -> None:
        """Find a damaged page before anything is built on it."""
        if self.rows("PRAGMA quick_check(1)")[0][0] != "ok":
            raise StateError(
                f"{self.file} is damaged; restore the folder {self.file.parent} from a backup:"
                " without it audsync cannot know whom to remove"
            )

    def check(self) -> None:
        """Prove that the file is whole, in all that points from one row to another."""
        problems = [row for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
        problems += self.rows("PRAGMA foreign_key_check")
        if problems:
            raise StateError(
                f"{self.file} is damaged ({len(problems)} faults); restore the folder"
                f" {self.file.parent} from a backup"
            )

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns SQLite's own errors into one that says what to do."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StateError(
                f"{self.file} cannot be used ({error}); check the disk, its free space and the"
                " owner of the folder, then run again"
            ) from None
        except sqlite3.DatabaseError as error:
            raise StateError(
                f"{self.file} is damaged ({error}); restore the folder {self.file.parent} from"
                " a backup: without it audsync cannot know whom to remove"
            ) from None
