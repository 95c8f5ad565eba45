"""What `audsync state verify` finds in a shop's folder, and that it changes nothing there."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from audsync.contracts import Level, Loss
from audsync.errors import ExitCode, LockedError, StateError
from audsync.quarantine import Quarantine
from audsync.run.proof import prove
from audsync.state import State, lock
from audsync.state.migrations import MIGRATIONS
from fakes.states import lived_in, stocked, with_members

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with something in every part."""
    place = tmp_path_factory.mktemp("made") / "kolo"
    with lock(place, now=NOW):
        lived_in(place)
        stocked(place)
        with State(place) as state:
            state.facts.put("suppression_key", "0c" * 32)
    quarantine = Quarantine()
    quarantine.count("orders", "not_a_time", Loss.ROW)
    quarantine.write(place / "quarantine" / "run-1.jsonl")
    return place


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    copy(made, tmp_path / "kolo")
    return tmp_path / "kolo"


def contents(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file with its mode, its time and its bytes; folders too."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in (folder, *folder.rglob("*"))
    }


def messages(folder: Path) -> list[tuple[Level, str]]:
    return [(one.level, one.message) for one in prove(folder).findings]


def test_a_sound_folder_is_said_to_be_whole_and_nothing_in_it_changes(folder: Path) -> None:
    before = contents(folder)
    proof = prove(folder)
    assert [(one.level, one.message) for one in proof.findings] == [
        (Level.OK, f"{folder} is whole")
    ]
    assert proof.exit_code is ExitCode.DONE
    assert contents(folder) == before


def test_nothing_changes_in_the_folder_that_a_killed_run_left(
    folder: Path, tmp_path: Path
) -> None:
    killed = tmp_path / "killed"
    with State(folder) as state, duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
        warehouse.execute("PRAGMA disable_checkpoint_on_shutdown")
        warehouse.execute("INSERT INTO about VALUES ('more', '1')")
        state.facts.put("more", 1)
        copy(folder, killed)
    assert {"state.sqlite-wal", "warehouse.duckdb.wal"} <= set(contents(killed))
    before = contents(killed)
    assert prove(killed).exit_code is ExitCode.DONE
    assert contents(killed) == before


def copy(folder: Path, target: Path) -> None:
    for path in (folder, *sorted(folder.rglob("*"))):
        there = target / path.relative_to(folder)
        if path.is_dir():
            there.mkdir(mode=0o700)
        else:
            there.touch(mode=0o600)
            there.write_bytes(path.read_bytes())


def test_a_folder_without_a_state_is_no_damage(tmp_path: Path) -> None:
    proof = prove(tmp_path / "none")
    assert (proof.findings[0].level, proof.exit_code) == (Level.WARNING, ExitCode.DONE)
    assert not (tmp_path / "none").exists()


def test_while_a_run_is_active_the_rest_is_looked_at_and_it_is_said(folder: Path) -> None:
    with lock(folder, now=NOW), State(folder) as state, state.transaction():
        state.facts.put("half", 1)
        before = contents(folder)
        proof = prove(folder)
        assert contents(folder) == before
    assert proof.is_active
    assert [one.level for one in proof.findings] == [Level.WARNING]
    assert "a run is active" in proof.findings[0].message


def test_a_run_that_begins_meanwhile_is_told_to_wait(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(_: Path) -> list[str]:
        with (
            pytest.raises(LockedError, match="`audsync state verify` is looking"),
            lock(folder, now=NOW),
        ):
            pass
        return []

    monkeypatch.setattr("audsync.run.proof.check_warehouse", begin)
    assert prove(folder).exit_code is ExitCode.DONE
    with lock(folder, now=NOW):
        pass


def change(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "state.sqlite")) as database:
        database.executescript(sql)


def change_warehouse(folder: Path, sql: str) -> None:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as database:
        database.execute(sql)


def cut(folder: Path, pattern: str) -> None:
    path = next(folder.glob(pattern))
    path.write_bytes(path.read_bytes()[:-5])


def overwrite(file: Path, *, start: int, size: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(start)
        opened.write(b"\xff" * size)


HARM: dict[str, tuple[Callable[[Path], object], str]] = {
    "mode": (lambda at: (at / "state.sqlite").chmod(0o644), "can be opened by others"),
    "lost members": (lambda at: next(at.glob("members/*")).unlink(), "is missing"),
    "cut members": (lambda at: cut(at, "members/*"), "is damaged"),
    "cut plan": (lambda at: cut(at, "plans/*"), "is damaged"),
    "members": (
        lambda at: change(at, "UPDATE audiences SET members = 9"),
        "another number of members",
    ),
    "rules": (
        lambda at: change(at, "UPDATE audiences SET rules_version = 'v0'"),
        "another version of the key rules",
    ),
    "ledger": (
        lambda at: change(at, "INSERT INTO ledger VALUES (9, '{}', 'x', 'y')"),
        "does not follow",
    ),
    "range": (
        lambda at: change(at, "UPDATE batches SET stop = 2 WHERE id = 3"),
        "do not cover its plan file",
    ),
    "direction": (
        lambda at: change(
            at,
            "UPDATE batches SET operation = 'add', batch = replace(batch, 'remove', 'add')"
            " WHERE id = 3",
        ),
        "do not cover its plan file",
    ),
    "outcome": (
        lambda at: change(
            at,
            """UPDATE batches SET outcome = '{"accepted": 7, "rejected": []}' WHERE id = 1""",
        ),
        "its outcome tells of 7",
    ),
    "receipt": (
        lambda at: change(at, "UPDATE batches SET receipt = '{' WHERE id = 1"),
        "a row of plans cannot be read",
    ),
    "status": (
        lambda at: change(at, "UPDATE audiences SET status = '{'"),
        "a row of audiences cannot be read",
    ),
    "history": (lambda at: cut(at, "history/*"), "tell who was in an audience, and when"),
    "lost history": (
        lambda at: change(at, "UPDATE history SET file = 'none'"),
        "history/none is missing",
    ),
    "moves": (
        lambda at: change(at, "UPDATE history SET at = 'x'"),
        "a row of history cannot be read",
    ),
    "mark": (
        lambda at: change(at, "INSERT INTO suppressions VALUES ('ab', 'x')"),
        "who was forgotten might come back",
    ),
    "request": (
        lambda at: change(
            at,
            "INSERT INTO forget_requests (request, asked_at, erased_at)"
            " VALUES ('x', '2026-11-23', '{')",
        ),
        "a row of forget_requests cannot be read",
    ),
    "fact": (lambda at: change(at, "UPDATE facts SET value = '{'"), "a row of facts"),
    "owner": (
        lambda at: change(at, "UPDATE plans SET audience = 'b' WHERE plan = 1"),
        "is damaged (1 faults)",
    ),
    "migration": (
        lambda at: change(at, "UPDATE migrations SET name = 'other'"),
        "its record of migrations",
    ),
    "newer": (
        lambda at: change(at, f"PRAGMA user_version = {len(MIGRATIONS) + 1}"),
        "a newer audsync",
    ),
    "no database": (lambda at: (at / "state.sqlite").unlink(), "state.sqlite is missing"),
    "page": (
        lambda at: overwrite(at / "state.sqlite", start=4096, size=4096),
        "state.sqlite is damaged",
    ),
    "block": (
        lambda at: overwrite(at / "warehouse.duckdb", start=20_000, size=4096),
        "warehouse.duckdb",
    ),
    "table": (lambda at: change_warehouse(at, "DROP TABLE returns"), "no table returns"),
    "facts": (
        lambda at: change_warehouse(at, "DROP TABLE identity_facts"),
        "no table identity_facts",
    ),
    "key": (
        lambda at: change_warehouse(at, "INSERT INTO customers SELECT * FROM customers"),
        "2 rows of customers are there more than once",
    ),
    "cursor": (
        lambda at: change_warehouse(at, "UPDATE about SET value='4' WHERE item='cursor'"),
        "its cursor is none",
    ),
    "item": (
        lambda at: change_warehouse(at, "UPDATE about SET value='{' WHERE item='provided'"),
        "what it remembers as provided",
    ),
    "bad rows": (lambda at: cut(at, "quarantine/*"), "run-1.jsonl is damaged"),
}


@pytest.mark.parametrize("name", HARM)
def test_damage_is_named_with_a_remedy_and_ends_with_13(folder: Path, name: str) -> None:
    harm, words = HARM[name]
    harm(folder)
    proof = prove(folder)
    errors = [one for one in proof.findings if one.level is Level.ERROR]
    assert any(words in one.message for one in errors), [one.message for one in errors]
    assert all(one.remedy for one in errors)
    assert proof.exit_code is ExitCode.STATE
    assert not any("/tmp/audsync-" in one.message for one in errors)  # noqa: S108 -- of the copy


LEFT: dict[str, tuple[Callable[[Path], object], str]] = {
    "stray plan": (
        lambda at: (at / "plans" / ".x.tmp").touch(mode=0o600),
        "nothing points at",
    ),
    "on its way": (
        lambda at: change(
            at,
            "UPDATE batches SET state = 'sending', sent_at = '2026-11-23T04:00:00+00:00'"
            " WHERE id = 3",
        ),
        "1 batches were on their way",
    ),
    "at work": (
        lambda at: change(at, "UPDATE batches SET state = 'sent', receipt = '{}' WHERE id = 3"),
        "1 batches have no outcome yet",
    ),
    "unresolved": (
        lambda at: change_warehouse(at, "DELETE FROM order_clients"),
        "1 rows of orders have none in order_clients",
    ),
    "line": (
        lambda at: change_warehouse(at, "UPDATE order_lines SET order_id = 'o2'"),
        "1 order lines have no order",
    ),
    "no warehouse": (lambda at: (at / "warehouse.duckdb").unlink(), "is not there yet"),
    "empty warehouse": (
        lambda at: (at / "warehouse.duckdb").write_bytes(b""),
        "was being made when a run ended",
    ),
    "unfinished": (
        lambda at: (at / "quarantine" / ".x.jsonl.1.tmp").touch(mode=0o600),
        "left by a run that was killed",
    ),
    "unfinished warehouse": (
        lambda at: (at / "warehouse.duckdb.new").touch(mode=0o600),
        "left by a run that was killed",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_a_killed_run_leaves_is_told_and_is_no_damage(folder: Path, name: str) -> None:
    leave, words = LEFT[name]
    leave(folder)
    proof = prove(folder)
    assert [one.level for one in proof.findings] == [Level.WARNING]
    assert words in proof.findings[0].message
    assert proof.exit_code is ExitCode.DONE


def test_an_order_of_nobody_is_nothing_to_tell(folder: Path) -> None:
    change_warehouse(
        folder,
        "INSERT INTO orders (order_id, created_at, status, currency) "
        "VALUES ('till', TIMESTAMP '2026-10-01', 'finished', 'CZK')",
    )
    assert messages(folder) == [(Level.OK, f"{folder} is whole")]


@pytest.mark.parametrize("name", ["state.sqlite.bak", "copy of members", ".hidden"])
def test_what_audsync_never_wrote_is_told_and_is_no_damage(folder: Path, name: str) -> None:
    (folder / name).touch(mode=0o600)
    proof = prove(folder)
    assert [(one.level, one.message) for one in proof.findings] == [
        (Level.WARNING, f"{folder / name} is nothing that audsync writes")
    ]
    assert proof.findings[0].remedy
    assert proof.exit_code is ExitCode.DONE


def test_a_state_of_an_earlier_release_is_proven_without_bringing_it_up_to_date(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE runs ADD COLUMN note TEXT")

    for module in ("store", "checks"):
        monkeypatch.setattr(f"audsync.state.{module}.MIGRATIONS", (*MIGRATIONS, more))
    before = contents(folder)
    assert [level for level, _ in messages(folder)] == [Level.WARNING]
    assert "an earlier audsync" in messages(folder)[0][1]
    assert contents(folder) == before


def test_members_out_of_order_and_twice_are_found(folder: Path) -> None:
    for people, words in ((("2", "1"), "out of order"), (("1", "1"), "twice")):
        with State(folder) as state:
            with_members(state, *people)
            state.sweep()
        assert any(words in message for _, message in messages(folder))


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "kolo").write_text("a file where the folder should be")
    with pytest.raises(StateError, match="kolo cannot be used"):
        prove(tmp_path / "kolo")
