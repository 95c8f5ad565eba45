"""Proof that a state folder keeps what it promises: `audsync state verify`."""

import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audsync.contracts import Finding, Level
from audsync.errors import StateError
from audsync.state.members import CLIENT, CONFIRMED, RULES
from audsync.state.store import DATABASE

if TYPE_CHECKING:
    from audsync.state import State
    from audsync.state.audiences import Audience

_RESTORE: Final = "restore the folder from a backup"


def verify(folder: Path) -> list[Finding]:
    """Everything wrong with a shop's state folder; one finding of level OK if nothing is.

    Looks at file modes, the database, the chain of the ledger, and every member and plan file
    that the database points at. Nothing is repaired.
    """
    if not (folder / DATABASE).exists():
        return [Finding(Level.WARNING, f"{folder} holds no state yet", "start with a run")]
    # Before the state is opened, for that puts the modes of its own files right.
    found = list(_open_to_others(folder))
    from audsync.state import State

    try:
        with State(folder) as state:
            found += _contradictions(state)
    except StateError as error:
        found.append(Finding(Level.ERROR, str(error), _RESTORE))
    return found or [Finding(Level.OK, f"{folder} is whole")]


def _open_to_others(folder: Path) -> Iterator[Finding]:
    for path in (folder, *sorted(folder.rglob("*"))):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                Level.ERROR, f"{path} can be opened by others", f"chmod -R go-rwx {folder}"
            )


def _contradictions(state: "State") -> Iterator[Finding]:
    checks: list[Callable[[], object]] = [state.check_database, state.ledger.verify]
    checks += [partial(_check_members, state, one) for one in state.audiences.list()]
    checks += [partial(state.plans.check, name) for name in sorted(state.journal.files())]
    for check in checks:
        try:
            check()
        except StateError as error:
            yield Finding(Level.ERROR, str(error), _RESTORE)


def _check_members(state: "State", audience: "Audience") -> None:
    """Raises StateError unless the member file is what the database says of it."""
    if audience.member_file is None:
        return
    rows = state.members.read(audience.member_file)
    keys = [name for name in rows.column_names if name not in {CLIENT, CONFIRMED}]
    uncertain = rows[CONFIRMED].null_count
    rules = (rows.schema.metadata or {}).get(RULES, b"").decode()
    in_order = rows.sort_by(CLIENT)
    promises = {
        "another number of members": (rows.num_rows - uncertain, uncertain)
        == (audience.members, audience.uncertain),
        "another version of the key rules": rules == audience.rules_version,
        "members without an id": rows[CLIENT].null_count == 0,
        "members out of order": rows[CLIENT].equals(in_order[CLIENT]),
        "a member twice": rows.group_by([CLIENT, *keys]).aggregate([]).num_rows
        == rows.num_rows,
    }
    for wrong, kept in promises.items():
        if not kept:
            raise StateError(f"{audience.audience}: its member file has {wrong}")
