"""Simulated days: a clock that is moved, and children that take their time and end as told."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from audsync.daemon.book import Book
from audsync.daemon.children import Ended
from audsync.daemon.loop import Loop
from audsync.service_settings import DaemonSettings


class FakeClock:
    """Wall and steady time; somebody may set the one, and both pass together."""

    def __init__(self, now: str) -> None:
        self.wall = datetime.fromisoformat(now).replace(tzinfo=UTC)
        self.steady = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


@dataclass
class FakeChild:
    """Ends at a steady time with a code; stops at once when it is asked to, unless it hangs."""

    clock: FakeClock
    how: Ended
    ends_at: float
    hangs: bool = False
    signals: list[int] = field(default_factory=list)

    def ended(self) -> Ended | None:
        return self.how if self.clock.steady >= self.ends_at else None

    def signal(self, number: int) -> None:
        self.signals.append(number)
        if number == signal.SIGKILL or not self.hangs:
            code = 137 if number == signal.SIGKILL else 128 + number
            self.how, self.ends_at = Ended(code), self.clock.steady + 1


# What becomes of the n-th start of a shop: how it ends, and after how many seconds.
Fate = Callable[[str, int], tuple[Ended, float]]


class Days:
    """A loop with shops, its clock, and every start it made: (shop, command, moment)."""

    def __init__(
        self,
        folder: Path,
        now: str,
        *,
        jobs: int = 4,
        fate: Fate | None = None,
        **settings: str,
    ) -> None:
        self.clock = FakeClock(now)
        self.fate = fate or (lambda _shop, _number: (Ended(0), 60.0))
        self.folder, self.jobs = folder, jobs
        self.settings = DaemonSettings(**{"jitter": "0 minutes", **settings})
        self.starts: list[tuple[str, str, datetime]] = []
        self.arguments: list[Sequence[str]] = []
        self.children: list[FakeChild] = []
        self.finals: list[tuple[str, int]] = []
        self.most = 0
        self.hangs = False
        self.boot()

    def boot(self, *shops: tuple[str, str, str]) -> None:
        """A new process, which knows what the book says."""
        self.book = Book(self.folder)
        self.loop = Loop(
            clock=self.clock,
            start=self.start,
            watch=self,
            jobs=self.jobs,
            settings=self.settings,
            new_run_id=lambda now: f"{now:%Y%m%dT%H%M%S}",
        )
        if shops:
            self.plan(*shops)

    def began(self, shop: str, run: str, at: datetime) -> None:
        self.book.started(shop, run, at)

    def ended(self, shop: str, how: Ended, at: datetime, *, is_final: bool) -> None:
        self.book.ended(shop, how, at)
        if is_final:
            self.finals.append((shop, how.exit_code))

    def settled(self, shop: str, how: Ended) -> None:
        self.book.put(shop, self.book.of(shop).settled(how))

    def plan(self, *shops: tuple[str, str, str]) -> None:
        """Shops by id, schedule and zone."""
        made: list[Any] = [
            SimpleNamespace(id=shop, schedule=schedule, timezone=zone)
            for shop, schedule, zone in shops
        ]
        self.loop.plan(made, self.settings)

    def start(self, shop: str, arguments: Sequence[str], /) -> FakeChild:
        number = sum(one == shop for one, _, _ in self.starts)
        self.starts.append((shop, arguments[0], self.clock.wall))
        self.arguments.append(arguments)
        how, seconds = self.fate(shop, number)
        self.children.append(
            FakeChild(self.clock, how, self.clock.steady + seconds, self.hangs)
        )
        at_work = sum(child.ends_at > self.clock.steady for child in self.children)
        self.most = max(self.most, at_work)
        return self.children[-1]

    def go(self, until: str) -> None:
        """Let time pass until a UTC moment of the wall clock."""
        end = datetime.fromisoformat(until).replace(tzinfo=UTC)
        while self.clock.wall < end:
            self.loop.step()
            now, steady = self.clock.wall, self.clock.steady
            lines = self.loop._lines.values()
            waits = [(line.due_at - now).total_seconds() for line in lines]
            times = [one for line in lines for one in (line.retry_at, line.settle_at) if one]
            times += [work.child.ends_at for work in self.at_work()]
            times += [work.until for work in self.loop._at_work.values()]
            waits += [one - steady for one in times]
            left = (end - now).total_seconds()
            self.clock.pass_(min([left, *(max(one, 0.01) for one in waits)]))
        self.loop.step()

    def at_work(self) -> list[Any]:
        return list(self.loop._at_work.values())

    def times(self, command: str = "run") -> list[str]:
        """When a command was begun, in UTC."""
        return [f"{at:%m-%d %H:%M}" for _, what, at in self.starts if what == command]
