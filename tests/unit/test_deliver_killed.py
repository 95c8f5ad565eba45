"""A run that is killed anywhere: the next one ends with the files of an undisturbed one."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audsync.contracts import Level
from audsync.state import State, verify
from fakes import killed_run
from fakes.killed_run import AFTER, BEFORE, run, wishes
from fakes.plans import members

TESTS = Path(__file__).parents[1]
POINTS = 24


def start(folder: Path, step: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, killed_run.__file__, str(folder), str(step)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_run_after_a_kill_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    base, undisturbed = tmp_path / "base", tmp_path / "undisturbed"
    with State(base / "state" / "shop") as state:
        run(base, state, wishes(BEFORE), number=1)
    shutil.copytree(base, undisturbed)
    done = start(undisturbed, -1)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    expected = {
        # The wishes of the killed run, and others: the people of before.
        "same": ((undisturbed / "out" / "people.csv").read_bytes(), wishes(AFTER, (5, 9))),
        "back": ((base / "out" / "people.csv").read_bytes(), wishes(BEFORE)),
    }
    points = sorted({round(i * (steps - 1) / (POINTS - 1)) for i in range(POINTS)})
    assert len(points) == POINTS
    for number, step in enumerate(points):
        killed = tmp_path / "killed"
        shutil.copytree(base, killed)
        assert start(killed, step).returncode == -signal.SIGKILL
        text, wanted = expected["same" if number % 2 else "back"]
        assert [finding.level for finding in verify(killed / "state" / "shop")] == [Level.OK]
        with State(killed / "state" / "shop") as state:
            assert run(killed, state, wanted, number=3).failure is None
            assert (killed / "out" / "people.csv").read_bytes() == text, f"killed at {step}"
            assert members(state, "files") == {who: [row] for who, row in wanted.items()}
            again = run(killed, state, wanted, number=4)
            assert (again.added, again.removed) == (0, 0)
        assert [path.name for path in (killed / "out").iterdir()] == ["people.csv"]
        shutil.rmtree(killed)
