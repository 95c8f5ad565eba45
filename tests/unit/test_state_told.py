"""Rows that say something else than the ledger: `audsync state verify` finds them."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audsync.contracts import AudienceInfo, Level, Operation, Outcome, RejectedRows
from audsync.state import BatchState, JournalBatch, Range, State, batch_key, check_state
from audsync.state.decisions import counted
from fakes.states import NOW, journalled, lived_in, plan_rows, with_members


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state with something in every table, and two more audiences with two members each."""
    folder = tmp_path_factory.mktemp("made") / "kolo"
    lived_in(folder)
    with State(folder) as state:
        state.facts.put("suppression_key", "0c" * 32)
        for name in ("b", "c"):
            more: dict[str, Any] = {
                "sink": f"s-{name}",
                "remote_id": f"remote-{name}",
                "run": f"run-{name}",
            }
            with_members(state, f"{name}1", f"{name}2", audience=name, **more)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "kolo")
    return tmp_path / "kolo"


def change(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "state.sqlite")) as database:
        database.executescript(sql)


def messages(folder: Path, level: Level = Level.ERROR) -> list[str]:
    return [one.message for one in check_state(folder, is_active=False) if one.level is level]


def test_a_state_that_is_as_the_ledger_says_has_no_finding(folder: Path) -> None:
    assert [*check_state(folder, is_active=False)] == []


@pytest.mark.parametrize("column", ["member_file", "remote_id", "sink", "changed_by"])
def test_what_two_audiences_swapped_is_found_where_all_counts_agree(
    folder: Path, column: str
) -> None:
    change(
        folder,
        f"UPDATE audiences SET {column} = (SELECT o.{column} FROM audiences AS o"
        " WHERE o.audience IN ('b', 'c') AND o.audience <> audiences.audience)"
        " WHERE audience IN ('b', 'c')",
    )
    (found,) = messages(folder)
    assert found.startswith("b: it has another ")
    assert found.endswith(" than the ledger says")


HARM = {
    "lost mark": (
        "DELETE FROM suppressions WHERE mark LIKE '0a%'",
        "1 marks are there, and the ledger tells of 2",
    ),
    "mark of another request": (
        "UPDATE suppressions SET request = 'request-2' WHERE mark LIKE '0a%'",
        "2 marks are there, and the ledger tells of 2, or of others",
    ),
    "lost key": (
        "DELETE FROM facts WHERE name = 'suppression_key'",
        "by which key people were forgotten",
    ),
    "lost request": (
        "DELETE FROM forget_requests",
        "a request is not as the ledger tells of it",
    ),
    "request that was never finished": (
        "UPDATE forget_requests SET finished_at = '2026-11-24T04:00:00+00:00'",
        "a request is not as the ledger tells of it",
    ),
    "sink that was never asked": (
        "UPDATE forget_requests SET erased_at = '[\"s\"]'",
        "a request is not as the ledger tells of it",
    ),
    "lost audience": (
        "DELETE FROM audiences WHERE audience = 'c'",
        "c: the ledger tells of it, and no row of audiences does",
    ),
    "forgotten list": (
        "UPDATE audiences SET member_file = NULL, members = 0 WHERE audience = 'a'",
        "a: it has another member file than the ledger says",
    ),
    "closed": (
        (
            "UPDATE batches SET state = 'sent', receipt = '{}' WHERE id = 3;"
            " UPDATE plans SET is_open = 0"
        ),
        "is closed, and 1 of its batches are not",
    ),
    "folded": (
        "UPDATE batches SET is_folded = 0 WHERE id = 1",
        "is closed, and 1 of its batches are not",
    ),
    "taken back": (
        """UPDATE batches SET outcome = '{"accepted": 2, "rejected": []}' WHERE id = 2""",
        "the ledger tells of other deliveries of run run-1",
    ),
    "state of a batch": (
        "UPDATE batches SET state = 'rejected' WHERE id = 1",
        "is rejected, and what came of it is not",
    ),
    "run of a plan": (
        "UPDATE plans SET run = 'run-1' WHERE plan = 2",
        "a batch of run run-1 belongs to another plan",
    ),
    "time of moves": (
        "UPDATE history SET at = '2026-11-22T04:00:00+00:00'",
        "of another audience, run or time",
    ),
    "trigger": ("DROP TRIGGER ledger_is_never_cut", "its tables and triggers"),
}


@pytest.mark.parametrize("name", HARM)
def test_a_row_that_the_ledger_contradicts_is_found(folder: Path, name: str) -> None:
    sql, words = HARM[name]
    change(folder, sql)
    found = messages(folder)
    assert any(words in one for one in found), found


def test_members_of_whom_the_history_says_that_they_left_are_found(folder: Path) -> None:
    with State(folder) as state:
        with_members(state, "3", "4", "5", "6")  # of whom 5 never came
        assert messages(folder) == []
        with_members(state, "3", "4")  # without 6, who came
        state.sweep()
    (found,) = messages(folder)
    assert found == "a: its history and its member file do not agree on members"


def test_whoever_leaves_with_nothing_to_send_is_told_as_well(folder: Path) -> None:
    """The keys of member 4 are another's too, so that no batch takes him out."""
    with State(folder) as state:
        with_members(state, "3", "4", "6", twins={"4": "3"})
        silent = plan_rows((0, "silent", "4"))
        silent = silent.set_column(silent.num_columns - 1, "email", pa.array(["e-3"]))
        plan = journalled(state, "run-3", silent, [])
        state.fold(state.journal.plans(plan=plan)[0], run="run-3", at=NOW)
        members = state.confirmed("a")
        state.sweep()
    assert members is not None
    assert members["client_id"].to_pylist() == ["3", "6"]
    assert messages(folder) == []


def test_an_audience_that_was_made_anew_has_the_ledgers_word_for_it(folder: Path) -> None:
    """What was sent to the lost list is of no consequence, at work or not."""
    change(folder, "UPDATE batches SET state = 'sent', receipt = '{}' WHERE id = 3")
    with State(folder) as state:
        info = AudienceInfo("remote-2", "A", created=True)
        state.recreated("a", sink="s", info=info, run="run-3", at=NOW)
        state.sweep()
    assert [*check_state(folder, is_active=False)] == []


def test_each_sink_that_took_a_person_out_is_remembered(folder: Path) -> None:
    with State(folder) as state:
        (request,) = state.suppressions.pending()
        for sink in ("s-b", "s-c"):
            state.suppressions.erased(request, sink)
        assert state.suppressions.pending()[0].erased_at == ("s-b", "s-c")
    assert messages(folder) == []


def test_the_name_of_a_batch_stays_as_it_is_through_releases() -> None:
    name = batch_key("run-1", "kolo.buyers.meta", "add", 3, "0123456789abcdef0123456789abcdef")
    assert name == "run-1.kolo.buyers.meta.add.3.0123456789abcdef"


def test_a_column_that_was_in_no_plan_is_of_no_kind(folder: Path) -> None:
    with State(folder) as state:
        assert state.journal.kind_of("b", "shoe") == ()


def test_what_became_of_members_is_counted_over_all_batches() -> None:
    ends = (
        *[(BatchState.CONFIRMED, Outcome(2))] * 2,
        (BatchState.CONFIRMED, Outcome(1, (RejectedRows("bad", 1),))),
        *[(BatchState.UNKNOWN, None)] * 2,
        *[(BatchState.REJECTED, None)] * 2,
    )
    batches = [
        JournalBatch(
            id=number,
            plan=1,
            range=Range(f"key-{number}", number, 1, Operation.ADD, 2 * number, 2 * number + 2),
            state=state,
            receipt=None,
            sent_at=NOW,
            outcome=outcome,
            is_folded=True,
        )
        for number, (state, outcome) in enumerate(ends)
    ]
    assert counted(batches) == {"add_confirmed": 5, "add_rejected": 5, "add_unanswered": 4}
