"""What is on a disk after the power went: all that was synced, and nothing else."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

_SYNCS = frozenset({"fsync", "fdatasync"})
# Where audsync keeps nothing of its own: a platform does not lose power with the shop.
_ELSEWHERE = ("direct", "later")


@dataclass(frozen=True, slots=True)
class Deed:
    """One recorded step; paths are from the shop's folder."""

    call: str
    path: str
    other: str
    offset: int
    data: bytes = field(repr=False)


def read_record(file: Path, folder: Path) -> list[Deed]:
    """The steps that the shim has recorded of a process in a shop's folder."""
    found = []
    with file.open("rb") as record:
        while line := record.readline():
            call, path, other, offset, size = line.decode().rstrip("\n").split("\t")
            if call not in _CALLS:
                raise AssertionError(f"{call} cannot be done again")
            place, source = _inside(folder, path), _inside(folder, other)
            found.append(Deed(call, place, source, int(offset), record.read(int(size))))
    return found


_CALLS = _SYNCS | {
    "write",
    "ftruncate",
    "create",
    "rename",
    "unlink",
    "mkdir",
    "rmdir",
    "chmod",
}


def _inside(folder: Path, path: str) -> str:
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else "."


@dataclass
class _File:
    written: bytearray
    synced: bytes


class Disk:
    """The files of a shop as a process sees them, and as they are when the power goes.

    A sync makes the bytes of a file durable, with its name; one of a folder the names in it.
    """

    def __init__(self, base: Path) -> None:
        self._base = base
        self._seen: dict[str, _File] = {}
        for path in base.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                place = path.relative_to(base).as_posix()
                self._seen[place] = _File(bytearray(data), data)
        self._durable = dict(self._seen)

    def do(self, deed: Deed) -> None:
        """Carry out a step."""
        match deed.call:
            case "create":
                file = self._seen.setdefault(deed.path, _File(bytearray(), b""))
                file.written.clear()
            case "write":
                written = self._seen[deed.path].written
                written.extend(bytes(max(0, deed.offset - len(written))))
                written[deed.offset : deed.offset + len(deed.data)] = deed.data
            case "ftruncate":
                written = self._seen[deed.path].written
                written.extend(bytes(max(0, deed.offset - len(written))))
                del written[deed.offset :]
            case "rename":
                self._seen[deed.path] = self._seen.pop(deed.other)
            case "unlink":
                self._seen.pop(deed.path, None)
            case "fsync" | "fdatasync":
                self._sync(deed.path)
            case _:
                pass  # folders are made when a file is in them, modes are those of audsync
        if deed.path.startswith(_ELSEWHERE):
            self._sync(deed.path)
            self._sync(PurePath(deed.path).parent.as_posix())

    def _sync(self, path: str) -> None:
        file = self._seen.get(path)
        if file is None:
            self._sync_names(path)
            return
        file.synced = bytes(file.written)
        self._durable = {name: one for name, one in self._durable.items() if one is not file}
        self._durable[path] = file

    def _sync_names(self, folder: str) -> None:
        def is_in(name: str) -> bool:
            return PurePath(name).parent.as_posix() == folder

        kept = {name: one for name, one in self._durable.items() if not is_in(name)}
        self._durable = kept | {n: one for n, one in self._seen.items() if is_in(n)}

    def files(self) -> dict[str, bytes]:
        """The files as processes see them."""
        return {name: bytes(file.written) for name, file in self._seen.items()}

    def leave(self, target: Path) -> None:
        """Write what is durable into a new folder."""
        shutil.copytree(self._base, target, ignore=lambda *_: _ELSEWHERE)
        for top in ("state", "out"):
            for path in (target / top).rglob("*"):
                if path.is_file():
                    path.unlink()
        for name, file in self._durable.items():
            path = target / name
            if name.endswith("-shm"):
                continue  # memory that processes share; it is made anew
            for parent in reversed(path.relative_to(target).parents):
                (target / parent).mkdir(mode=0o700, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(file.synced)


def cuts(base: Path, record: list[Deed]) -> Iterator[tuple[int, Disk]]:
    """The disk before each sync, when most is lost, with the number of the step."""
    disk = Disk(base)
    for number, deed in enumerate(record):
        if deed.call in _SYNCS and not deed.path.startswith(_ELSEWHERE):
            yield number, disk
        disk.do(deed)
