"""Member and plan files: immutable Parquet, named by content, that `state.sqlite` points at.

A member file holds what a platform may hold of an audience: `client_id`, `confirmed_on`, and
one text column per key rule. `confirmed_on` is the day the platform confirmed the row, and null
where it is *uncertain* whether the platform holds it, because an addition or a removal was
never answered. So a person who is wanted is to be added again where the row is uncertain, and
one who is not wanted is removed, certain or not. A client has several rows only while keys that
were replaced are not confirmed as removed; rows are unique by client and keys.

A plan file holds the operations of one audience in the order they are sent, and after them the
rows that leave without anything to send (`SILENT`). `wanted_as` is the client id under which
the person is wanted, null for who leaves.
"""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from audsync.columns import whole
from audsync.errors import StateError
from audsync.files import (
    UNFINISHED,
    content_hash,
    disk_trouble,
    sync_folder,
    write_by_content,
)

if TYPE_CHECKING:
    import pyarrow as pa

CLIENT: Final = "client_id"
CONFIRMED: Final = "confirmed_on"
RULES: Final = b"audsync.rules"
SILENT: Final = "silent"
WANTED: Final = "wanted_as"
_SUFFIX: Final = ".parquet"


class Files:
    """The Parquet files of one kind (`members`, `plans`, `history`) in a shop's state folder.

    `needed_to` says what audsync cannot do without one of them.
    """

    def __init__(self, folder: Path, *, needed_to: str = "know whom to remove") -> None:
        self.folder = folder
        self._restore = (
            f"restore the state folder from a backup: without it audsync cannot {needed_to}"
        )

    def prepare(self) -> None:
        """Make the folder, for its owner only."""
        with disk_trouble(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)

    def write(self, rows: "pa.Table") -> str:
        """Keep rows with their schema metadata; returns the file's name, `<sha256>.parquet`."""
        import pyarrow.parquet as pq

        def write(file: BinaryIO) -> None:
            pq.write_table(rows, file, compression="zstd", use_dictionary=False)

        with disk_trouble(self.folder):
            return write_by_content(self.folder, _SUFFIX, write)

    def read(self, name: str) -> "pa.Table":
        """The rows of a file, each column in one piece.

        Raises StateError when it is gone or its bytes are not those written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.check(name)
        with disk_trouble(self.folder / name), pq.ParquetFile(self.folder / name) as file:
            schema = file.schema_arrow
            # Column by column: of no more than one there are two copies at a time.
            columns = [whole(file.read(columns=[each])[each]) for each in schema.names]
            return pa.Table.from_arrays(columns, schema=schema)

    def check(self, name: str) -> None:
        """Prove that a file holds the bytes its name promises; else StateError."""
        path = self.folder / name
        if not path.exists():
            raise StateError(f"{path} is missing; {self._restore}")
        with disk_trouble(path):
            whole = content_hash(path) + _SUFFIX == name
        if not whole:
            raise StateError(f"{path} is damaged; {self._restore}")

    def sweep(self, keep: Collection[str]) -> int:
        """Delete the files nothing points at, and unfinished ones; returns how many."""
        with disk_trouble(self.folder):
            gone = [path for path in self.strays(keep) if path.suffix in {_SUFFIX, UNFINISHED}]
            for path in gone:
                path.unlink()
            if gone:
                sync_folder(self.folder)
        return len(gone)

    def strays(self, keep: Collection[str]) -> list[Path]:
        """The files that nothing points at, in order of their names."""
        return [path for path in sorted(self.folder.glob("*")) if path.name not in keep]


def member_schema(columns: Collection[str], rules_version: str) -> "pa.Schema":
    """The schema of a member file with those key columns."""
    import pyarrow as pa

    fields: list[tuple[str, pa.DataType]] = [(CLIENT, pa.string()), (CONFIRMED, pa.date32())]
    fields += [(column, pa.string()) for column in columns]
    return pa.schema(fields, metadata={RULES: rules_version.encode()})
