"""Where the shop's tables lie for Spark to read: files in a shared folder, or a catalog."""

import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from audsync.errors import ConfigError
from audsync.files import write_whole
from audsync.spark.arrow import sent
from audsync.spark.faults import plainly
from audsync.sql_text import identifier

if TYPE_CHECKING:
    import pyarrow as pa

_GLOB: Final = frozenset("*?[]{}\\")
_PRIVATE: Final = 0o770  # of the location's mode; nobody but owner and group
_SUFFIX: Final = ".parquet"
_PIECE_ROWS: Final = 1_000_000


class Shelf(Protocol):
    """Immutable tables of one shop, each under a name that says what is in it."""

    def names(self) -> Collection[str]:
        """What lies there, the remains of killed writers too."""

    def write(self, name: str, batches: Iterable["pa.RecordBatch"]) -> None:
        """Put a table there, whole or not at all."""

    def frame(self, session: Any, name: str) -> Any:
        """The table for the session to read."""

    def remove(self, name: str) -> None:
        """Take a table away."""


def check_location(location: Path) -> None:
    """Raise ConfigError for a folder that cannot be one of Spark's tables."""
    if not location.is_dir():
        raise ConfigError(
            f"engine.location: there is no folder {location}; make it, where this "
            "machine and all of the cluster see it under that path"
        )
    if not _GLOB.isdisjoint(str(location)):
        raise ConfigError(
            f"engine.location: {location} holds one of * ? [ ] {{ }} \\, which Spark "
            "takes for a pattern; name another folder"
        )


@dataclass(frozen=True, slots=True)
class FolderShelf:
    """One Parquet file per table, in the shop's folder below a location that is there.

    Folder and files are as open to the location's group as the location is, and to nobody else.
    """

    location: Path
    shop: str

    def __post_init__(self) -> None:
        """Make the shop's folder; raises ConfigError for a location that cannot be used."""
        check_location(self.location)
        try:
            self.folder.mkdir(exist_ok=True)
            self.folder.chmod(self._mode)
        except OSError as error:
            raise ConfigError(
                f"engine.location: {self.location} cannot be written to "
                f"({type(error).__name__}); see who owns it"
            ) from None

    @property
    def folder(self) -> Path:
        """Where the shop's files are."""
        return self.location / self.shop

    @property
    def _mode(self) -> int:
        return stat.S_IRWXU | stat.S_IMODE(self.location.stat().st_mode) & _PRIVATE

    def names(self) -> set[str]:
        """What lies there, the remains of killed writers too."""
        return {path.name.removesuffix(_SUFFIX) for path in self.folder.iterdir()}

    def write(self, name: str, batches: Iterable["pa.RecordBatch"]) -> None:
        """Put a table there, whole or not at all."""

        def fill(file: BinaryIO) -> None:
            import pyarrow.parquet as pq

            pieces = iter(batches)
            first = next(pieces)
            with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
                writer.write_batch(first)
                for piece in pieces:
                    writer.write_batch(piece)

        path = self.folder / f"{name}{_SUFFIX}"
        write_whole(path, fill, mode=self._mode & ~0o111)

    def frame(self, session: Any, name: str) -> Any:
        """The table for the session to read."""
        # Named as a file, since a cluster's own file system is mostly another one.
        with plainly():
            return session.read.parquet(f"file:{self.folder / name}{_SUFFIX}")

    def remove(self, name: str) -> None:
        """Take a table away."""
        path = self.folder / f"{name}{_SUFFIX}"
        (path if path.exists() else self.folder / name).unlink()


@dataclass(frozen=True, slots=True)
class CatalogShelf:
    """Tables `<shop>__<name>` in a schema of one of Spark's catalogs, which is there."""

    session: Any
    schema: str
    shop: str

    def names(self) -> set[str]:
        """What lies there, the remains of killed writers too."""
        with plainly():
            rows = self.session.sql(f"SHOW TABLES IN {self._quoted()}").toArrow()
        return {
            str(name).removeprefix(self._prefix)
            for name in rows["tableName"].to_pylist()
            if str(name).startswith(self._prefix)
        }

    def write(self, name: str, batches: Iterable["pa.RecordBatch"]) -> None:
        """Put a table there, whole or not at all."""
        unfinished = f"{name}_unfinished"
        self.remove(unfinished)
        place = self._quoted(unfinished)
        for piece in _pieces(batches):
            with plainly():
                frame = sent(self.session, piece)
                frame.write.mode("append").saveAsTable(place.replace('"', "`"))
        with plainly():
            # The new name alone, since Spark's own catalog takes no longer one.
            new = identifier(self._prefix + name)
            self.session.sql(f"ALTER TABLE {place} RENAME TO {new}")

    def frame(self, session: Any, name: str) -> Any:
        """The table for the session to read."""
        with plainly():
            return session.sql(f"SELECT * FROM {self._quoted(name)}")

    def remove(self, name: str) -> None:
        """Take a table away."""
        with plainly():
            self.session.sql(f"DROP TABLE IF EXISTS {self._quoted(name)}")

    @property
    def _prefix(self) -> str:
        return f"{self.shop.replace('-', '_')}__"

    def _quoted(self, name: str | None = None) -> str:
        parts = self.schema.split(".")
        if name is not None:
            parts.append(self._prefix + name)
        return ".".join(map(identifier, parts))


def _pieces(batches: Iterable["pa.RecordBatch"]) -> Iterator["pa.Table"]:
    """Tables of about a million rows each, so that no large one lies whole in memory."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= _PIECE_ROWS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
