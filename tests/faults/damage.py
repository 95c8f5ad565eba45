"""Files that are damaged while no run is active: each damage is noticed, or harmless."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from audsync.errors import ExitCode

STATE: Final = Path("state") / "kolo"
PAGE: Final = 4096
_BLOCK: Final = 262_144
_HEADERS: Final = 3 * PAGE

Harm = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Damage:
    """One kind of damage: for a shop's folder, the harms of that kind that can be done to it.

    `ends` are the exit codes that say what happened; 0 counts only where the next run still
    ends like an undisturbed one. `is_after_kill` damages what a killed run has left. `remedy`
    is what the message tells a person to do who has no backup, after which the next run ends
    like an undisturbed one; None where nobody could. `empties` says that members were gone for
    a while, which the history of the audience rightly tells.
    """

    name: str
    harms: Callable[[Path], Iterator[Harm]]
    ends: frozenset[int] = frozenset({ExitCode.DONE, ExitCode.STATE})
    is_after_kill: bool = False
    remedy: Harm | None = None
    empties: bool = False


def _pages(file: Path, size: int, first: int) -> Callable[[Path], Iterator[Harm]]:
    """A page overwritten, each in turn."""

    def harms(folder: Path) -> Iterator[Harm]:
        length = (folder / file).stat().st_size
        for start in range(first, length, size):
            yield partial(_overwrite, file, start)

    return harms


def _overwrite(file: Path, start: int, shop: Path) -> None:
    with (shop / file).open("r+b") as opened:
        opened.seek(start)
        opened.write(bytes(range(255, -1, -1)) * (PAGE // 256))


def _cut(pattern: str) -> Callable[[Path], Iterator[Harm]]:
    """Half of a file gone, then all of it, of each file of a pattern."""

    def harms(folder: Path) -> Iterator[Harm]:
        for path in sorted(folder.glob(pattern)):
            place = path.relative_to(folder)
            yield partial(_shorten, place, path.stat().st_size // 2)
            yield partial(_lose, place)

    return harms


def _lose(file: Path, shop: Path) -> None:
    (shop / file).unlink()


def _tail(file: Path) -> Callable[[Path], Iterator[Harm]]:
    """The last page of a log torn: its second half lost, or holding something else."""

    def harms(folder: Path) -> Iterator[Harm]:
        size = (folder / file).stat().st_size if (folder / file).exists() else 0
        if size > PAGE // 2:
            yield partial(_shorten, file, size - PAGE // 2)
            yield partial(_overwrite, file, size - PAGE // 2)

    return harms


def _shorten(file: Path, size: int, shop: Path) -> None:
    with (shop / file).open("r+b") as opened:
        opened.truncate(size)


def _pull_anew(shop: Path) -> None:
    for name in ("warehouse.duckdb", "warehouse.duckdb.wal"):
        (shop / STATE / name).unlink(missing_ok=True)


def _write_anew(shop: Path) -> None:
    for file in (shop / "out").glob("*.csv"):
        file.unlink()


DAMAGES: Final = (
    Damage("a page of state.sqlite overwritten", _pages(STATE / "state.sqlite", PAGE, 0)),
    Damage(
        "a block of warehouse.duckdb overwritten",
        _pages(STATE / "warehouse.duckdb", _BLOCK, _HEADERS + PAGE),
        remedy=_pull_anew,
    ),
    Damage("a member file cut or gone", _cut(f"{STATE}/members/*.parquet")),
    Damage("a plan file cut or gone", _cut(f"{STATE}/plans/*.parquet"), is_after_kill=True),
    Damage(
        "an audience file cut or gone",
        _cut("out/*.csv"),
        frozenset({ExitCode.DONE, ExitCode.INCOMPLETE}),
        remedy=_write_anew,
        empties=True,
    ),
    Damage(
        "the last page of state.sqlite-wal torn",
        _tail(STATE / "state.sqlite-wal"),
        is_after_kill=True,
    ),
    Damage(
        "the last page of warehouse.duckdb.wal torn",
        _tail(STATE / "warehouse.duckdb.wal"),
        is_after_kill=True,
        remedy=_pull_anew,
    ),
)
