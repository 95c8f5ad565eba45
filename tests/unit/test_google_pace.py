"""Calls of several processes against the quota of one minute."""

import subprocess
import sys
from pathlib import Path

import pytest

from audsync_sink_google.pace import Pace


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def most_in_a_minute(times: list[float]) -> int:
    return max(sum(one <= other < one + 60 for other in times) for one in times)


@pytest.mark.parametrize("is_shared", [True, False])
def test_no_minute_has_more_calls_than_allowed(tmp_path: Path, *, is_shared: bool) -> None:
    clock, times = Clock(), []
    file = tmp_path / "made" / "google.pace" if is_shared else None
    paces = [Pace(5, clock, clock.sleep, file=file) for _ in range(3 if is_shared else 1)]
    for number in range(40):
        paces[number % len(paces)].wait()
        times.append(clock())
        clock.now += 1.0
    assert most_in_a_minute(times) == 5
    assert clock.now - 1_000_000 < 40 / 5 * 60, "nobody waits longer than needed"


def test_calls_of_other_processes_count(tmp_path: Path) -> None:
    file = tmp_path / "google.pace"
    code = (
        "import sys\nfrom pathlib import Path\nfrom audsync_sink_google.pace import Pace\n"
        "slept = []\npace = Pace(30, lambda: 1e6, slept.append, file=Path(sys.argv[1]))\n"
        "for _ in range(10): pace.wait()\nassert not slept\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, str(file)]) for _ in range(3)]
    assert [other.wait() for other in others] == [0, 0, 0]
    clock = Clock()
    Pace(30, clock, clock.sleep, file=file).wait()
    assert clock.slept == [60.0]


def test_a_file_that_cannot_be_used_or_read_keeps_nobody_from_calling(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / "file").write_text("")
    Pace(1, clock, clock.sleep, file=tmp_path / "file" / "google.pace").wait()
    (tmp_path / "half").write_text("[1000000.0, 10000")
    Pace(1, clock, clock.sleep, file=tmp_path / "half").wait()
    assert clock.slept == []


def test_a_clock_that_is_put_back_does_not_stop_calls(tmp_path: Path) -> None:
    clock = Clock()
    pace = Pace(1, clock, clock.sleep, file=tmp_path / "google.pace")
    pace.wait()
    clock.now -= 86_400
    pace.wait()
    assert clock.slept == []
