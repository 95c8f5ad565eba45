"""Every earlier version of the stores becomes today's, with all that was in it.

The fixture of a new version is made by `python tests/fixtures/write.py`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from audsync.state import State
from audsync.state import migrations as of_the_state
from audsync.tables import TABLES
from audsync.warehouse import Warehouse
from audsync.warehouse import schema as of_the_warehouse
from fakes.states import lived_in, stocked

FIXTURES = Path(__file__).parents[1] / "fixtures"
STATE_VERSIONS = range(1, len(of_the_state.MIGRATIONS) + 1)
WAREHOUSE_VERSIONS = range(1, len(of_the_warehouse.MIGRATIONS) + 1)


def state_of(version: int, folder: Path) -> None:
    sql = (FIXTURES / "state" / f"{version}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(folder / "state.sqlite")) as database:
        database.executescript(sql)
        database.execute(f"PRAGMA user_version = {version}")


def warehouse_of(version: int, folder: Path) -> None:
    sql = (FIXTURES / "warehouse" / f"{version}.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(folder / "warehouse.duckdb")) as database:
        database.execute(sql)


def held(state: State) -> dict[str, object]:
    """All that a state remembers, through its own readers.

    But for when outcomes were known, which earlier versions did not write down, for names of
    batches, which these fixtures made up, and for what the ledger says since version 6.
    """
    plans = state.journal.all()
    batches = [one for plan in plans for one in state.journal.batches(plan.plan)]
    told = [one.body for one in state.ledger.entries() if one.body["event"] == "delivered"]
    return {
        "runs": state.runs.latest(),
        "audiences": state.audiences.list(),
        "plans": plans,
        "batches": [
            replace(one, known_since=None, range=replace(one.range, batch=""))
            for one in batches
        ],
        "open": state.journal.plans(),
        "ledger": told,
        "facts": state.facts.all(),
    }


def columns(state: State) -> dict[str, list[tuple[object, ...]]]:
    """The columns of every table, whichever way they came about."""
    names = state._store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {
        name: [tuple(row)[1:] for row in state._store.rows(f"PRAGMA table_info({name})")]
        for (name,) in names
    }


def raw(folder: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of every table, as they are stored."""
    with closing(sqlite3.connect(folder / "state.sqlite")) as database:
        database.row_factory = sqlite3.Row
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: [dict(row) for row in database.execute(f"SELECT * FROM {name} ORDER BY 1")]
            for (name,) in names.fetchall()
        }


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[State]:
    lived_in(tmp_path / "fresh")
    with State(tmp_path / "fresh") as state:
        yield state


@pytest.mark.parametrize("version", STATE_VERSIONS)
def test_a_state_of_every_version_becomes_todays_and_keeps_all(
    version: int, tmp_path: Path, fresh: State
) -> None:
    state_of(version, tmp_path)
    before = raw(tmp_path)
    with State(tmp_path) as state:
        assert state._store.found_version == version
        assert held(state) == held(fresh)
        assert columns(state) == columns(fresh)
        state.ledger.verify()
        # Of earlier batches all plans there are may have been made before.
        newest = 1 if version >= 5 else 2
        decided = state.journal.batches(1)
        assert [one.known_since for one in decided] == [newest, newest]
        assert [one.known_since for one in state.journal.batches(2)] == [None]
    after = raw(tmp_path)
    del before["migrations"]  # which grows
    assert after["ledger"][: len(before["ledger"])] == before.pop("ledger")
    for table, rows in before.items():
        names = rows[0].keys() if rows else ()
        kept = [{name: row[name] for name in names} for row in after[table] if rows]
        assert kept == rows, table


def test_the_ledger_of_an_earlier_version_learns_what_it_did_not_tell(tmp_path: Path) -> None:
    state_of(5, tmp_path)
    with State(tmp_path) as state:
        told = [dict(one.body) for one in state.ledger.entries()[1:]]
        audience = state.audiences.get("a")
        marks = state.suppressions.told_marks()
    for body in told:
        del body["at"]
    assert audience is not None
    assert told == [
        {
            "event": "noted",
            "audience": "a",
            "sink": "s",
            "remote_id": "remote-1",
            "member_file": audience.member_file,
            "run": "run-1",
            "plans_closed": 2,
            "moves_closed": 1,
        },
        {"event": "marked", "marks": 2, "marks_hash": marks["marks_hash"]},
    ]


@pytest.mark.parametrize("version", WAREHOUSE_VERSIONS)
def test_a_warehouse_of_every_version_becomes_todays_and_keeps_all(
    version: int, tmp_path: Path
) -> None:
    warehouse_of(version, tmp_path)
    stocked(tmp_path / "fresh")
    found = []
    for folder in (tmp_path, tmp_path / "fresh"):
        with Warehouse(folder / "warehouse.duckdb", timezone="UTC") as warehouse:
            engine = warehouse.engine
            tables = [*of_the_warehouse.TEXT_TABLES, *TABLES]
            layout = {name: of_the_warehouse.columns_of(engine, name) for name in tables}
            rows = {
                name: engine.fetch(
                    f"SELECT {', '.join(sorted(layout[name]))} FROM main.{name} ORDER BY ALL"
                ).to_pylist()
                for name in tables
            }
            # Another text in each file, and none in those of before it was kept.
            rows["about"] = [row for row in rows["about"] if row["item"] != "revision"]
            found.append((layout, rows, warehouse.cursor, warehouse.provided))
    assert found[0] == found[1]
