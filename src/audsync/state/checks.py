"""Proof that the journal, the ledger and the member and plan files keep what they promise."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from audsync.columns import mask
from audsync.contracts import Finding, Level
from audsync.errors import StateError
from audsync.plan.rows import contained
from audsync.state.audiences import Audience, Audiences
from audsync.state.facts import Facts
from audsync.state.history import History
from audsync.state.journal import BatchState, Journal, JournalPlan
from audsync.state.ledger import Ledger
from audsync.state.members import CLIENT, CONFIRMED, RULES, SILENT, Files
from audsync.state.migrations import MIGRATIONS
from audsync.state.runs import Runs
from audsync.state.snapshot import snapshot
from audsync.state.store import DATABASE, Store
from audsync.state.suppressions import KEY_FACT, Suppressions
from audsync.state.told import (
    check_audiences,
    check_journal,
    check_moves,
    check_suppressions,
    known_moves,
)

# A check of a table's rows: its name, and what raises StateError where a promise is broken.
Check = tuple[str, Callable[[], object]]
RESTORE: Final = "restore the folder from a backup"
_BY_THE_NEXT: Final = "nothing; the next run does it"
_MARK: Final = re.compile("[0-9a-f]{64}")


def check_state(folder: Path, *, is_active: bool) -> Iterator[Finding]:
    """What is wrong with a shop's database and the files it points at; nothing if all is well.

    Reads a copy of the database and changes nothing. While a run is active, member and plan
    files come and go, and are left out.
    """
    with snapshot(folder, is_active=is_active) as copy:
        found = list(_findings(copy, folder, is_active=is_active))
        for one in dict.fromkeys(found):
            # The copy is no place that a reader could look at.
            yield replace(one, message=one.message.replace(str(copy), str(folder)))


def _findings(copy: Path, folder: Path, *, is_active: bool) -> Iterator[Finding]:
    try:
        with closing(Store(copy)) as store:
            yield from _older(store, folder)
            broken = [one for check in _of_the_database(store) for one in _faults(*check)]
            yield from broken
            # Rows that cannot be read name no files.
            if not is_active and not broken:
                for check in _of_the_files(store, folder):
                    yield from _faults(*check)
                yield from _leftovers(store, folder)
    except StateError as error:
        yield Finding(Level.ERROR, str(error), RESTORE)


def _older(store: Store, folder: Path) -> Iterator[Finding]:
    if 0 < store.found_version < len(MIGRATIONS):
        yield Finding(
            Level.WARNING,
            f"{folder / DATABASE} was written by an earlier audsync (version"
            f" {store.found_version}, this one writes {len(MIGRATIONS)})",
            _BY_THE_NEXT,
        )


def _faults(table: str, check: Callable[[], object]) -> Iterator[Finding]:
    """What a check of a table's rows says; one that cannot even read them finds damage."""
    try:
        check()
    except StateError as error:
        yield Finding(Level.ERROR, str(error), RESTORE)
    except (ValueError, KeyError, TypeError, AttributeError):
        yield Finding(Level.ERROR, f"{DATABASE}: a row of {table} cannot be read", RESTORE)


def _of_the_database(store: Store) -> list[Check]:
    return [
        ("every table", store.check),
        ("every table", partial(_check_schema, store)),
        ("migrations", partial(_check_migrations, store)),
        ("runs", partial(Runs(store).latest, -1)),
        ("audiences", Audiences(store).list),
        ("facts", Facts(store).all),
        ("plans", partial(_check_outcomes, Journal(store))),
        ("history", History(store, store.file.parent).moves),
        ("suppressions", partial(_check_marks, Suppressions(store), Facts(store))),
        ("forget_requests", Suppressions(store).requests),
        ("ledger", Ledger(store).verify),
        ("audiences", partial(check_audiences, Audiences(store), Ledger(store))),
        ("plans", partial(check_journal, Journal(store), Ledger(store))),
        ("suppressions", partial(check_suppressions, Suppressions(store), Ledger(store))),
        ("history", partial(_check_history, store)),
    ]


def _of_the_files(store: Store, folder: Path) -> list[Check]:
    journal, members = Journal(store), Files(folder / "members")
    plans = Files(folder / "plans")
    history = History(store, folder / "history")
    needed = [plan for plan in journal.all() if plan.file in journal.files()]
    return [
        *(
            ("audiences", partial(_check_members, members, one))
            for one in Audiences(store).list()
        ),
        *(("plans", partial(_check_plan, plans, journal, plan)) for plan in needed),
        *(("history", partial(history.files.check, one.file)) for one in history.moves()),
        ("history", partial(_check_stays, members, history, store)),
    ]


def _check_history(store: Store) -> None:
    check_moves(History(store, store.file.parent).moves(), Ledger(store))


def _check_migrations(store: Store) -> None:
    names = [row["name"] for row in store.rows("SELECT name FROM migrations ORDER BY number")]
    if names != [migrate.__name__ for migrate in MIGRATIONS]:
        raise StateError(f"{DATABASE}: its record of migrations is not the one of its version")


def _check_schema(store: Store) -> None:
    """Raises StateError unless all tables are there, and what keeps the ledger as it is."""
    names = "SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    with closing(sqlite3.connect(":memory:")) as empty:
        for migrate in MIGRATIONS:
            migrate(empty)
        expected = empty.execute(names).fetchall()
    if [tuple(row) for row in store.rows(names)] != expected:
        raise StateError(f"{DATABASE}: its tables and triggers are not those of its version")


def _check_marks(suppressions: Suppressions, facts: Facts) -> None:
    marks = suppressions.marks()
    if marks and facts.get(KEY_FACT) is None:
        raise StateError(
            f"{DATABASE}: it does not say any more by which key people were forgotten: with"
            " another one they might come back"
        )
    if not all(_MARK.fullmatch(mark) for mark in marks):
        raise StateError(
            f"{DATABASE}: a mark of suppressions is none: who was forgotten might come back"
        )


def _check_outcomes(journal: Journal) -> None:
    for plan in journal.all():
        for batch in journal.batches(plan.plan):
            outcome, size = batch.outcome, batch.range.stop - batch.range.start
            if outcome is None:
                continue
            told = outcome.accepted + sum(one.count for one in outcome.rejected)
            if told != size:
                raise StateError(
                    f"{plan.audience}: batch {batch.range.number} of run {plan.run} has {size}"
                    f" members, and its outcome tells of {told}"
                )


def _check_members(files: Files, audience: Audience) -> None:
    """Raises StateError unless the member file is what the database says of it."""
    if audience.member_file is None:
        return
    rows = files.read(audience.member_file)
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


def _check_plan(files: Files, journal: Journal, plan: JournalPlan) -> None:
    """Raises StateError unless the batches are the operations of the plan file, in order."""
    rows = files.read(plan.file).select(["phase", "operation"]).to_pylist()
    expected = [(row["phase"], row["operation"]) for row in rows if row["operation"] != SILENT]
    found: list[tuple[int, str]] = []
    for number, batch in enumerate(journal.batches(plan.plan)):
        one = batch.range
        if one.number != number or one.start != len(found) or one.stop <= one.start:
            break
        found += [(one.phase, one.operation.value)] * (one.stop - one.start)
    if found != expected:
        raise StateError(
            f"{plan.audience}: the batches of run {plan.run} do not cover its plan file"
        )


def _check_stays(members: Files, history: History, store: Store) -> None:
    """Raises StateError where the history leaves somebody out of an audience or in."""
    known = known_moves(history.moves(), Ledger(store))
    for audience in Audiences(store).list():
        if audience.member_file is None:
            continue
        moves = [one for one in known if one.audience == audience.audience]
        last = history.last_moves(moves)
        there = contained(last[CLIENT], members.read(audience.member_file)[CLIENT])
        if (mask(last["is_in"]) != there).any():
            raise StateError(
                f"{audience.audience}: its history and its member file do not agree on members"
            )


def _leftovers(store: Store, folder: Path) -> Iterator[Finding]:
    """What a run that was killed has left, which is no damage."""
    journal = Journal(store)
    states = [batch.state for plan in journal.plans() for batch in journal.batches(plan.plan)]
    for state, words in (
        (BatchState.SENDING, "were on their way when a run ended, and are sent again"),
        (BatchState.SENT, "have no outcome yet, and their platform is asked again"),
    ):
        if count := states.count(state):
            yield Finding(Level.WARNING, f"{count} batches {words}", _BY_THE_NEXT)
    members = {one.member_file for one in Audiences(store).list() if one.member_file}
    moves = {one.file for one in History(store, folder / "history").moves()}
    for name, keep in (
        ("members", members),
        ("plans", journal.files()),
        ("history", moves),
    ):
        for path in Files(folder / name).strays(keep):
            yield Finding(
                Level.WARNING,
                f"nothing points at {path}",
                "nothing where a run has left it: the next one deletes it; else move it away",
            )
