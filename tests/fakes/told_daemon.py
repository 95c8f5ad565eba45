"""`audsync daemon` by a clock that is told, which tells in turn when there is nothing to do.

    python -m fakes.told_daemon daemon --listen 127.0.0.1:0 …

The loop, signals, the server and the children are the real ones. TOLD_TIME names a file with
the number of this telling, the wall clock's time and the steady one's; the children live by it
too. After each step TOLD_TIME with `.done` behind it holds the number, the seconds until there
is something to do again, and how many work or wait.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from audsync.cli import main
from audsync.daemon import loop, service
from fakes.told_clock import SLEEPERS, put

FILE = Path(os.environ["TOLD_TIME"])
DONE = FILE.with_name(f"{FILE.name}.done")


def _told() -> list[str]:
    return FILE.read_text("utf-8").split()


class ToldClock(service.SystemClock):
    """Wall and steady time as they are told."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(float(_told()[1]), UTC)

    def monotonic(self) -> float:
        return float(_told()[2])


class ToldLoop(loop.Loop):
    """The loop, which says after each step what is left to do."""

    def step(self) -> float:
        number = _told()[0]
        seconds = super().step()
        busy = self.tally.running + self.tally.waiting
        put(DONE, f"{number} {seconds!r} {busy}")
        return seconds


if __name__ == "__main__":
    service.SystemClock, loop.Loop = ToldClock, ToldLoop  # type: ignore[misc]  # one seam
    os.environ["PYTHONPATH"] = str(SLEEPERS)
    main()
