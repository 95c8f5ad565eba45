"""The ledger shows every change of what was written."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audsync.errors import StateError
from audsync.state import State
from audsync.state.chain import START

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with State(tmp_path / "shop") as state:
        for number in range(4):
            state.ledger.append(
                "delivered", at=NOW, facts={"added": number, "rule": "ad_consent"}
            )
    return tmp_path / "shop"


def tamper(folder: Path, sql: str) -> None:
    """Change the file as somebody does who knows how to get past the triggers."""
    with closing(sqlite3.connect(folder / "state.sqlite")) as file:
        file.execute("DROP TRIGGER ledger_is_never_changed")
        file.execute("DROP TRIGGER ledger_is_never_cut")
        file.execute(sql)
        file.commit()


def test_a_chain_that_nobody_touched_is_proved_by_its_last_hash(folder: Path) -> None:
    with State(folder) as state:
        entries = state.ledger.entries()
        assert [entry.number for entry in entries] == [1, 2, 3, 4]
        assert entries[0].previous == START
        assert [entry.previous for entry in entries[1:]] == [e.hash for e in entries[:-1]]
        assert state.ledger.verify() == entries[-1].hash
        assert entries[2].body == {
            "at": "2026-11-23T04:00:00+00:00",
            "event": "delivered",
            "added": 2,
            "rule": "ad_consent",
        }


def test_an_empty_ledger_is_whole(tmp_path: Path) -> None:
    with State(tmp_path / "shop") as state:
        assert state.ledger.verify() == START


@pytest.mark.parametrize(
    ("sql", "entry"),
    [
        ("UPDATE ledger SET body = replace(body, '\"added\":1', '\"added\":9')", 2),
        ("DELETE FROM ledger WHERE entry = 2", 2),
        ("DELETE FROM ledger WHERE entry = 1", 1),
        ("UPDATE ledger SET hash = previous WHERE entry = 3", 3),
        ("UPDATE ledger SET entry = entry + 10 WHERE entry = 4", 4),
    ],
)
def test_a_changed_or_missing_entry_is_found(folder: Path, sql: str, entry: int) -> None:
    tamper(folder, sql)
    with State(folder) as state, pytest.raises(StateError, match=f"entry {entry} "):
        state.ledger.verify()


@pytest.mark.parametrize("sql", ["UPDATE ledger SET body = 'x'", "DELETE FROM ledger"])
def test_the_database_itself_refuses_to_change_an_entry(folder: Path, sql: str) -> None:
    with (
        closing(sqlite3.connect(folder / "state.sqlite")) as file,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        file.execute(sql)
