"""One run of a shop at a time."""

import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audsync.errors import LockedError
from audsync.state import lock

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
_HOLDER = """
import sys, time
from datetime import datetime, UTC
from pathlib import Path
from audsync.state import lock
with lock(Path(sys.argv[1]), now=datetime.now(UTC)):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_of_the_same_shop_is_told_who_holds_it(tmp_path: Path) -> None:
    with (
        lock(tmp_path / "kolo", now=NOW),
        pytest.raises(LockedError) as caught,
        lock(tmp_path / "kolo", now=NOW),
    ):
        pass
    assert str(caught.value) == (
        f"kolo: another run is active (process {os.getpid()}, since"
        " 2026-11-23T04:00:00+00:00); wait until it ends, then run again"
    )


def test_shops_do_not_lock_each_other_and_a_lock_is_let_go(tmp_path: Path) -> None:
    with lock(tmp_path / "kolo", now=NOW), lock(tmp_path / "auto", now=NOW):
        pass
    with lock(tmp_path / "kolo", now=NOW):
        path = tmp_path / "kolo" / "lock"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text() == f"{os.getpid()} {NOW.isoformat()}\n"


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path / "kolo")], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(LockedError, match=f"process {holder.pid}"),
            lock(tmp_path / "kolo", now=NOW),
        ):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with lock(tmp_path / "kolo", now=NOW):
        pass
