"""Proof that a shop's state folder is whole: `audsync state verify`."""

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audsync.contracts import Finding, Level
from audsync.errors import ExitCode, StateError
from audsync.files import UNFINISHED, disk_trouble
from audsync.quarantine import check_file
from audsync.state import check_state, kept_still
from audsync.warehouse.checks import check_warehouse

_STATE: Final = "state.sqlite"
_BY_THE_NEXT: Final = "nothing; the next run does it"
_DELETED: Final = "nothing needs it; it may be deleted"
# All that runs write at the top of the folder. SQLite and DuckDB name what belongs to a file
# after it; `.new` and what was spilled stay behind where a run is killed.
_KNOWN: Final = re.compile(
    r"lock|members|plans|history|quarantine|health\.json"
    r"|state\.sqlite(-wal|-shm|-journal)?"
    r"|warehouse\.(duckdb(\.wal)?|spill)"
)
_UNFINISHED: Final = re.compile(r"warehouse\.duckdb\.new(\.wal)?|spark\.spill")


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in a folder: at least one finding, of level OK where all is well."""

    folder: Path
    is_active: bool
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> ExitCode:
        """The code of a damaged state where anything is an error; a leftover is none."""
        damaged = any(finding.level is Level.ERROR for finding in self.findings)
        return ExitCode.STATE if damaged else ExitCode.DONE


def prove(folder: Path) -> Proof:
    """Look at everything in a shop's state folder and change nothing, not even a file's time.

    Runs are kept away meanwhile. Where one is active already, only what it does not change is
    looked at. Raises StateError when the folder cannot be read at all.
    """
    with disk_trouble(folder), kept_still(folder) as is_still:
        findings = list(_findings(folder, is_active=not is_still))
    return Proof(
        folder,
        not is_still,
        tuple(findings) or (Finding(Level.OK, f"{folder} is whole"),),
    )


def _findings(folder: Path, *, is_active: bool) -> Iterator[Finding]:
    if not (folder / _STATE).exists():
        yield from _stateless(folder)
        return
    if is_active:
        yield Finding(
            Level.WARNING,
            "a run is active: member and plan files and the warehouse are not looked at",
            "verify again when it has ended",
        )
    yield from open_to_others(folder)
    yield from check_state(folder, is_active=is_active)
    if is_active:
        return
    yield from check_warehouse(folder / "warehouse.duckdb")
    yield from _quarantine(folder / "quarantine")
    yield from _strangers(folder)


def _stateless(folder: Path) -> Iterator[Finding]:
    if any(folder.glob("members/*.parquet")):
        yield Finding(
            Level.ERROR,
            f"{folder / _STATE} is missing: without it audsync cannot know whom to remove",
            "restore the folder from a backup",
        )
        return
    yield Finding(Level.WARNING, f"{folder} holds no state yet", "start with: audsync run")


def open_to_others(folder: Path) -> Iterator[Finding]:
    """Files and folders below a state folder that others on the machine can open."""
    for path in (folder, *sorted(folder.rglob("*"))):
        with suppress(FileNotFoundError):  # an active run has deleted it
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                yield Finding(
                    Level.ERROR, f"{path} can be opened by others", f"chmod -R go-rwx {folder}"
                )


def _quarantine(folder: Path) -> Iterator[Finding]:
    for path in sorted(folder.glob("*.jsonl")):
        try:
            check_file(path)
        except StateError as error:
            yield Finding(Level.ERROR, str(error), _DELETED)
    for path in sorted(folder.glob(f".*{UNFINISHED}")):
        yield _left(path)


def _strangers(folder: Path) -> Iterator[Finding]:
    for path in sorted(folder.iterdir()):
        if _UNFINISHED.fullmatch(path.name):
            yield _left(path)
        elif not _KNOWN.fullmatch(path.name):
            yield Finding(
                Level.WARNING,
                f"{path} is nothing that audsync writes",
                "see what it is and move it away: a copy would hold data of people too",
            )


def _left(path: Path) -> Finding:
    return Finding(Level.WARNING, f"{path} was left by a run that was killed", _BY_THE_NEXT)
