"""A pull that is killed leaves yesterday's state or today's, never something between."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audsync.warehouse import Warehouse
from fakes import killed_pull

pytestmark = pytest.mark.slow

PAGES = sum(1 for _ in killed_pull.pages(1))


def _start(folder: Path, day: int, *, last_page: int = -1) -> "subprocess.Popen[str]":
    program = [sys.executable, killed_pull.__file__, str(folder), str(day), str(last_page)]
    return subprocess.Popen(program, stdout=subprocess.PIPE, text=True)


def _finish(folder: Path, day: int) -> None:
    process = _start(folder, day)
    process.communicate()
    assert process.returncode == 0


def _kill_after(process: "subprocess.Popen[str]", line: str, seconds: float) -> None:
    """Kill the process so long after it has printed the line, or once it has ended."""
    assert process.stdout is not None
    for printed in process.stdout:
        if printed.strip() == line:
            break
    time.sleep(seconds)
    process.kill()
    process.communicate()


def _day_held(folder: Path) -> int:
    """The day whose state is held; fails where it is no day's whole state."""
    with Warehouse(folder / "warehouse.duckdb", timezone="UTC") as warehouse:
        day = 0 if warehouse.cursor is None else warehouse.cursor["day"]
        assert isinstance(day, int)
        count = 1_000 + day if day else 0
        lines = count * killed_pull.LINES
        for table, column, rows in (
            ("customers", "city", count),
            ("orders", "offer_code", count),
            ("order_lines", "name", lines),
        ):
            own = f"count(*) FILTER (WHERE {column} = 'day {day}') AS own"
            found = warehouse.engine.fetch(f"SELECT count(*) AS rows, {own} FROM main.{table}")
            assert found.to_pylist() == [{"rows": rows, "own": rows}]
        assert warehouse.rows("account_clients") == count
        assert warehouse.rows("order_clients") == count
        assert list(warehouse.file.with_suffix(".spill").iterdir()) == []
        return day


@pytest.mark.parametrize("last_page", [0, 2, PAGES])
def test_killed_between_pages_yesterday_is_held_and_the_next_pull_is_whole(
    tmp_path: Path, last_page: int
) -> None:
    _finish(tmp_path, 1)
    process = _start(tmp_path, 2, last_page=last_page)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert _day_held(tmp_path) == 1
    _finish(tmp_path, 2)
    assert _day_held(tmp_path) == 2


@pytest.mark.parametrize("day", [1, 2])
def test_killed_at_any_moment_of_the_commit_one_days_state_is_held(
    tmp_path: Path, day: int
) -> None:
    if day == 2:
        _finish(tmp_path, 1)
    held = day - 1
    # A fifth of a second is about the whole commit; the last kills may come after it.
    for delay in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
        if held == day:
            break
        _kill_after(_start(tmp_path, day), "sent", delay)
        held = _day_held(tmp_path)
        assert held in {day - 1, day}
    _finish(tmp_path, day + 1)
    assert _day_held(tmp_path) == day + 1


@pytest.mark.parametrize("delay", [0.0, 0.02])
def test_killed_while_it_closes_todays_state_is_held(tmp_path: Path, delay: float) -> None:
    _finish(tmp_path, 1)
    _kill_after(_start(tmp_path, 2), "pulled", delay)
    assert _day_held(tmp_path) == 2


def test_killed_while_the_file_is_made_it_is_made_anew(tmp_path: Path) -> None:
    for delay in (0.1, 0.3, 0.5, 0.7, 1.0):
        process = _start(tmp_path, 1)
        time.sleep(delay)
        process.kill()
        process.communicate()
    assert _day_held(tmp_path) in {0, 1}
    _finish(tmp_path, 2)
    assert _day_held(tmp_path) == 2
