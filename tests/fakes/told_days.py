"""Days under the real daemon, which lives by a clock that is told and never waits for it."""

import os
import re
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path

from audsync.testing.clock import Clock
from daemon_process import RealDaemon, daemon, wait_until
from fakes.told_clock import SLEEPERS, ToldClock

METRIC = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
TESTS = Path(__file__).parents[1]

Numbers = dict[tuple[str, str], float]  # by name and labels


class Days:
    """A machine with a daemon, and a world around it whose clocks go with the machine's.

    `lead` is how far the world is ahead of the machine, whose clock may be wrong. `counted` has
    the numbers of all daemons so far, whose own counters begin at nothing.
    """

    def __init__(
        self, folder: Path, wall: datetime, world: list[Clock], **environment: str
    ) -> None:
        self.folder, self.world, self.lead = folder, world, timedelta()
        self.clock = ToldClock(folder / "told", wall)
        self.environment = {"TOLD_TIME": str(self.clock.file), **environment}
        self.lives, self.counted = 0, Numbers()
        self.last: Numbers = {}
        self._life = ExitStack()
        self._set_world()

    def close(self) -> None:
        """No daemon is left."""
        self._life.close()

    @property
    def moment(self) -> datetime:
        """What time it is in the world."""
        return self.clock.wall + self.lead

    def for_commands(self) -> dict[str, str]:
        """The environment of a command that lives now."""
        return {**self.environment, "PYTHONPATH": str(SLEEPERS)}

    def boot(self) -> None:
        """Begin a daemon; what the one before it wrote stays."""
        self.lives += 1
        self.clock.pass_(60)
        arguments = ("--listen", "127.0.0.1:0", "--metrics-file", "audsync.prom", "--json")
        environment = {**self.environment, "PYTHONPATH": str(TESTS)}
        self.daemon: RealDaemon = self._life.enter_context(
            daemon(
                self.folder, *arguments, module=("fakes.told_daemon", "daemon"), **environment
            )
        )
        wait_until(lambda: self.daemon.has("daemon is ready"))
        self.work()

    def end(self) -> None:
        """The daemon is gone, or goes; its logs are kept."""
        self._life.close()
        for name in ("daemon.log", "daemon.out"):
            file = self.folder / name
            file.rename(file.with_name(f"{name}.{self.lives}"))
        for key, number in self.last.items():
            self.counted[key] = self.counted.get(key, 0) + number
        self.last = {}

    def kill(self) -> None:
        """End the daemon and its children at once, wherever they are."""
        self.daemon.kill()

    def kill_child(self, shop: str) -> None:
        """End the child that works for a shop at once."""
        for child in self.daemon.children():
            with suppress(FileNotFoundError, ProcessLookupError):  # another's has just ended
                if f"--shop\0{shop}\0" in Path(f"/proc/{child}/cmdline").read_text():
                    os.kill(child, signal.SIGKILL)

    def metrics_file(self) -> str:
        """What the daemon has written for a collector."""
        return (self.folder / "audsync.prom").read_text("utf-8")

    @property
    def is_dead(self) -> bool:
        return self.daemon.process.poll() is not None

    def work(self) -> float:
        """Let the daemon do what is to be done now; seconds until there is something again."""
        self.daemon.process.send_signal(signal.SIGCHLD)  # any signal wakes it
        end = time.monotonic() + 600
        while True:
            number, seconds, busy = self.clock.answer()
            if number == self.clock.number and not busy:
                self.look()
                return seconds
            if self.is_dead:
                return 0.0
            assert time.monotonic() < end, "it is never done"
            time.sleep(0.005)

    def until(self, clock: str) -> None:
        """Let time pass until the world's clock next shows a time of the day, in UTC."""
        hour, minute = map(int, clock.split(":"))
        end = self.moment.replace(hour=hour, minute=minute, second=0, microsecond=0)
        end += timedelta(days=end <= self.moment)
        while (left := (end - self.moment).total_seconds()) > 0:
            seconds = self.work()
            if self.is_dead:
                return
            self.clock.pass_(min(max(seconds, 0.001), left))
            self._set_world()
        self.work()

    def sleep(self, time_asleep: timedelta) -> None:
        """The machine stands still meanwhile, and its steady clock too."""
        self.clock.set(self.clock.wall + time_asleep)
        self._set_world()

    def set_wrong(self, by: timedelta) -> None:
        """Somebody sets the machine's clock, and the world goes on as it was."""
        self.lead -= by
        self.clock.set(self.clock.wall + by)

    def look(self) -> None:
        """Note the metrics, as Prometheus does every few seconds."""
        with suppress(OSError):  # it was killed meanwhile
            status, text = self.daemon.get("/metrics")
            assert status == 200
            self.last = numbers(text)

    def total(self, name: str, **labels: str) -> float:
        """A counter over all daemons so far."""
        key = (f"audsync_{name}", ",".join(f'{key}="{text}"' for key, text in labels.items()))
        return self.counted.get(key, 0) + self.last.get(key, 0)

    def codes(self) -> Counter[tuple[str, int]]:
        """How often a run of a shop ended with a code, over all daemons."""
        found = Counter[tuple[str, int]]()
        for told in (self.counted, self.last):
            for (name, labels), count in told.items():
                if name == "audsync_runs_total":
                    shop, code = re.findall(r'"(.*?)"', labels)
                    found[shop, int(code)] += int(count)
        return found

    def _set_world(self) -> None:
        for one in self.world:
            one.now = int(self.moment.timestamp())


def numbers(text: str) -> Numbers:
    """The numbers of metrics in Prometheus' text form, by name and labels."""
    return {
        (found[1], found[2] or ""): float(found[3])
        for line in text.splitlines()
        if (found := METRIC.fullmatch(line))
    }
