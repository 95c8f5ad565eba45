"""What a shop's state keeps, and what it says when it is damaged."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from audsync.contracts import Level, Outcome, RejectedRows
from audsync.errors import StateError
from audsync.state import BatchState, State, check_state
from audsync.state.members import Files
from audsync.state.migrations import MIGRATIONS
from fakes.states import NOW, TODAY, a_plan, member_rows, with_members


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "kolo"


def test_files_and_folders_are_the_owners_only_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        with State(folder) as state:
            with_members(state, "1")
            state.facts.put("consent_share", 0.4)
            modes = {
                path.name: stat.S_IMODE(path.stat().st_mode)
                for path in (folder, *folder.rglob("*"))
            }
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o700, 0o600}
    assert {"state.sqlite", "state.sqlite-wal", "members", "plans"} <= set(modes)


def test_every_commit_is_on_disk_before_it_returns(folder: Path) -> None:
    with State(folder) as state:
        ask = state._store._connection.execute
        assert ask("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert ask("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def test_a_run_is_recorded_from_start_to_finish(folder: Path) -> None:
    with State(folder) as state:
        state.runs.start("r1", command="run", as_of=NOW, started_at=NOW)
        found = state.runs.find("r1")
        assert found is not None
        assert (found.finished_at, found.exit_code, found.summary) == (None, None, None)
        state.runs.finish(
            "r1", finished_at=NOW + timedelta(minutes=1), exit_code=3, summary={"added": 5}
        )
        state.runs.start("r2", command="plan", as_of=NOW, started_at=NOW + timedelta(hours=1))
        assert [run.id for run in state.runs.latest()] == ["r2", "r1"]
        found = state.runs.find("r1")
        assert found is not None
        assert (found.exit_code, found.summary) == (3, {"added": 5})
        assert found.finished_at == NOW + timedelta(minutes=1)
        assert state.runs.find("r3") is None


def test_a_run_that_is_begun_again_is_open_again(folder: Path) -> None:
    with State(folder) as state:
        state.runs.start("r1", command="run", as_of=NOW, started_at=NOW)
        state.runs.finish("r1", finished_at=NOW, exit_code=6, summary={})
        state.runs.start("r1", command="run", as_of=NOW, started_at=NOW + timedelta(hours=1))
        found = state.runs.find("r1")
        assert found is not None
        assert found.exit_code is None
        assert found.started_at == NOW


def test_facts_are_left_for_the_next_run(folder: Path) -> None:
    with State(folder) as state:
        assert state.facts.get("consent_share") is None
        state.facts.put("consent_share", 0.25)
        state.facts.put("consent_share", 0.5)
        state.facts.put("fingerprint", {"model": "ab"})
    with State(folder) as state:
        assert state.facts.get("consent_share") == 0.5
        assert state.facts.get("fingerprint") == {"model": "ab"}


def test_a_newer_state_is_refused(folder: Path) -> None:
    State(folder).close()
    with closing(sqlite3.connect(folder / "state.sqlite")) as file:
        file.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StateError, match="newer audsync"):
        State(folder)
    assert [one.level for one in check_state(folder, is_active=False)] == [Level.ERROR]


@pytest.mark.parametrize("where", [0, 30])
def test_a_damaged_database_is_an_error_that_says_what_to_do(folder: Path, where: int) -> None:
    State(folder).close()
    with (folder / "state.sqlite").open("r+b") as file:
        file.seek(where)
        file.write(b"\xff" * 300)
    with pytest.raises(StateError, match=r"restore the folder|check the disk"):
        State(folder)
    assert [one.level for one in check_state(folder, is_active=False)] == [Level.ERROR]


def test_migrations_leave_a_record_of_their_names(folder: Path) -> None:
    with State(folder) as state:
        names = [row["name"] for row in state._store.rows("SELECT name FROM migrations")]
        assert names == [migrate.__name__ for migrate in MIGRATIONS]
        assert state._store.version == len(MIGRATIONS)


def test_a_migration_that_fails_leaves_the_version_of_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    State(folder).close()

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (x TEXT) STRICT")
        raise RuntimeError("in the middle")

    monkeypatch.setattr("audsync.state.store.MIGRATIONS", (*MIGRATIONS, half))
    with pytest.raises(RuntimeError):
        State(folder)
    monkeypatch.undo()
    with State(folder) as state:
        assert state._store.version == len(MIGRATIONS)
        tables = state._store.rows("SELECT name FROM sqlite_master WHERE name = 'half'")
        assert tables == []


def test_a_transaction_that_fails_changes_nothing(folder: Path) -> None:
    with State(folder) as state:
        with suppress(RuntimeError), state.transaction():
            state.facts.put("a", 1)
            assert state.facts.get("a") == 1
            raise RuntimeError
        assert state.facts.get("a") is None


def test_member_files_are_named_by_their_content(folder: Path) -> None:
    files = Files(folder / "members")
    files.prepare()
    name = files.write(member_rows("1", "2"))
    assert files.write(member_rows("1", "2")) == name
    assert files.read(name).equals(member_rows("1", "2"))
    assert (files.read(name).schema.metadata or {})[b"audsync.rules"] == b"v1"
    assert files.write(member_rows("1")) != name


def test_a_member_file_that_was_changed_or_lost_is_an_error(folder: Path) -> None:
    with State(folder) as state:
        with_members(state, "1")
        (path,) = (folder / "members").iterdir()
        path.write_bytes(path.read_bytes() + b" ")
        with pytest.raises(StateError, match="damaged"):
            state.confirmed("a")
        path.unlink()
        with pytest.raises(StateError, match="missing"):
            state.delivered("a", TODAY)


def test_only_files_that_nothing_points_at_are_swept(folder: Path) -> None:
    with State(folder) as state:
        with_members(state, "1")
        with_members(state, "1", "2")
        (folder / "members" / ".abc.tmp").write_text("cut off")
        (folder / "members" / "notes.txt").write_text("somebody else's")
        (folder / "quarantine").mkdir()
        (folder / "quarantine" / ".run-1.jsonl.abc.tmp").write_text("cut off")
        (folder / "quarantine" / "run-1.jsonl").write_text("for reading")
        assert len(list((folder / "members").iterdir())) == 4
        assert state.sweep() == 3
        assert [path.name for path in (folder / "quarantine").iterdir()] == ["run-1.jsonl"]
        left = {path.name for path in (folder / "members").iterdir()}
        known = state.audiences.get("a")
        assert known is not None
        assert left == {known.member_file, "notes.txt"}


def test_a_batch_goes_through_its_states_in_the_journal(folder: Path) -> None:
    with State(folder) as state:
        a_plan(state)
        batch, other = state.journal.batches(1)
        assert (batch.state, other.state) == (BatchState.PLANNED, BatchState.PLANNED)
        state.journal.sending(batch.id, at=NOW)
        state.journal.sent(batch.id, {"job": 7})
        found = state.journal.batches(1)[0]
        assert (found.state, found.sent_at, found.receipt) == (
            BatchState.SENT,
            NOW,
            {"job": 7},
        )
        outcome = Outcome(1, (RejectedRows("invalid", 1, (1,)),))
        state.journal.decided(batch.id, outcome)
        found = state.journal.batches(1)[0]
        assert (found.state, found.outcome) == (BatchState.CONFIRMED, outcome)
        state.journal.decided(other.id, Outcome(0, (RejectedRows("invalid", 2),)))
        assert state.journal.batches(1)[1].state is BatchState.REJECTED


def test_folding_brings_in_what_was_confirmed_and_leaves_out_what_was_rejected(
    folder: Path,
) -> None:
    with State(folder) as state:
        a_plan(state)
        removal, addition = state.journal.batches(1)
        state.journal.decided(removal.id, Outcome(2))
        state.journal.decided(addition.id, Outcome(1, (RejectedRows("invalid", 1, (0,)),)))
        state.fold(state.journal.plans()[0], run="run-1", at=NOW)
        members = state.confirmed("a")
        assert members is not None
        assert members["client_id"].to_pylist() == ["3", "4", "6"]
        assert state.journal.plans() == []
        known = state.audiences.get("a")
        assert known is not None
        assert (known.members, known.uncertain, known.changed_by) == (3, 0, "run-1")
        entry = state.ledger.entries()[-1]
        assert entry.body["event"] == "delivered"
        assert entry.body["add_confirmed"] == 1
        assert entry.body["add_rejected"] == 1
        assert entry.body["remove_confirmed"] == 2
        assert entry.body["member_file"] == known.member_file


def test_folding_twice_changes_nothing(folder: Path) -> None:
    with State(folder) as state:
        a_plan(state)
        removal, _ = state.journal.batches(1)
        state.journal.decided(removal.id, Outcome(2))
        plan = state.journal.plans()[0]
        state.fold(plan, run="run-1", at=NOW)
        before, told = state.audiences.get("a"), state.ledger.entries()
        state.fold(plan, run="run-2", at=NOW)
        assert state.audiences.get("a") == before
        assert state.ledger.entries() == told


def test_what_nobody_answered_is_uncertain_in_both_directions(folder: Path) -> None:
    with State(folder) as state:
        a_plan(state)
        for batch in state.journal.batches(1):
            state.journal.unknown(batch.id)
        state.fold(state.journal.plans()[0], run="run-1", at=NOW)
        members = state.confirmed("a")
        assert members is not None
        days = dict(
            zip(
                members["client_id"].to_pylist(),
                members["confirmed_on"].to_pylist(),
                strict=True,
            )
        )
        assert days == {"1": None, "2": None, "3": TODAY, "4": TODAY, "5": None, "6": None}
        known = state.audiences.get("a")
        assert known is not None
        assert (known.members, known.uncertain) == (2, 4)


def test_batches_at_work_count_as_delivered_for_the_next_plan_and_not_before(
    folder: Path,
) -> None:
    with State(folder) as state:
        a_plan(state)
        for batch in state.journal.batches(1):
            state.journal.sent(batch.id, {})
        state.fold(state.journal.plans()[0], run="run-1", at=NOW)
        confirmed, delivered = state.confirmed("a"), state.delivered("a", TODAY)
        assert confirmed is not None
        assert delivered is not None
        assert confirmed["client_id"].to_pylist() == ["1", "2", "3", "4"]
        assert delivered["client_id"].to_pylist() == ["3", "4", "5", "6"]
        assert len(state.journal.plans()) == 1


def test_a_removal_whose_rejected_rows_nobody_names_is_made_again(folder: Path) -> None:
    with State(folder) as state:
        a_plan(state)
        removal, addition = state.journal.batches(1)
        state.journal.decided(removal.id, Outcome(1, (RejectedRows("invalid", 1),)))
        state.journal.decided(addition.id, Outcome(1, (RejectedRows("invalid", 1),)))
        state.fold(state.journal.plans()[0], run="run-1", at=NOW)
        members = state.confirmed("a")
        assert members is not None
        assert members["client_id"].to_pylist() == ["1", "2", "3", "4", "5", "6"]
        assert members["confirmed_on"].null_count == 2


def copies_at_every_commit(state: State, target: Path, act: Callable[[], None]) -> list[Path]:
    """Copies of the state folder as a crash would leave it before and after every commit."""
    copies: list[Path] = []
    change = state._store.change

    def copy() -> None:
        copies.append(target / str(len(copies)))
        shutil.copytree(state.folder, copies[-1])

    def changing(*given: object) -> int:
        copy()
        number = change(*given)  # type: ignore[arg-type]  # handed through
        copy()
        return number

    state._store.change = changing  # type: ignore[method-assign,assignment]  # the point of it
    act()
    copy()
    return copies


def test_a_crash_between_any_two_statements_of_a_fold_leaves_the_old_list_or_the_new(
    folder: Path, tmp_path: Path
) -> None:
    with State(folder) as state:
        a_plan(state)
        for batch in state.journal.batches(1):
            state.journal.decided(batch.id, Outcome(2))
        plan = state.journal.plans()[0]
        copies = copies_at_every_commit(
            state, tmp_path / "copies", lambda: state.fold(plan, run="run-1", at=NOW)
        )
    assert len(copies) > 6
    seen = []
    for copy in copies:
        found = check_state(copy, is_active=False)
        assert Level.ERROR not in {one.level for one in found}
        with State(copy) as state:
            members = state.confirmed("a")
            assert members is not None
            seen.append(members["client_id"].to_pylist())
            is_folded = all(batch.is_folded for batch in state.journal.batches(1))
            assert is_folded == (seen[-1] == ["3", "4", "5", "6"])
            assert (state.journal.plans() == []) == is_folded
            for open_plan in state.journal.plans():
                state.fold(open_plan, run="run-2", at=NOW)
            members = state.confirmed("a")
            assert members is not None
            assert members["client_id"].to_pylist() == ["3", "4", "5", "6"]
    assert seen[0] == ["1", "2", "3", "4"]
    assert seen[-1] == ["3", "4", "5", "6"]
