"""The loop that begins each shop when it is due; time and processes are given to it."""

import logging
import signal
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from audsync.config import Shop
from audsync.daemon.book import Book
from audsync.daemon.children import Child, Ended, Starter
from audsync.daemon.health import passes_by_itself
from audsync.daemon.metrics import Tally
from audsync.errors import ExitCode
from audsync.logs import log
from audsync.schedule import next_after, offset_of
from audsync.service_settings import DaemonSettings

FIRST_RETRY_SECONDS: Final = 300.0
LONGEST_RETRY_SECONDS: Final = 3600.0
ATTEMPTS: Final = 8
SETTLE_SECONDS: Final = 3600.0
_GRACE_SECONDS: Final = 120.0  # from the polite signal to the other one
_SOON: Final = 0.2  # between looks at children
# A clock that is put back by less has only been set right: what ran is not run again.
_PUT_BACK: Final = timedelta(hours=3)


class Clock(Protocol):
    """What time it is, and how much has passed whatever somebody does to the clock."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only grow."""


class Watcher(Protocol):
    """Whoever notes starts and ends of runs, and knows of those before."""

    @property
    def book(self) -> Book:
        """The health of shops."""

    def began(self, shop: str, run: str, at: datetime) -> None:
        """A run begins."""

    def ended(self, shop: str, how: Ended, at: datetime, *, is_final: bool) -> None:
        """A run has ended; unless it is final it will be tried again soon."""

    def settled(self, shop: str, how: Ended) -> None:
        """Platforms were asked between runs."""


@dataclass(slots=True)
class _Line:
    """One shop's schedule: `due_at` is the next moment, slots before `after` are dealt with."""

    shop: str
    schedule: str
    timezone: str
    offset: timedelta
    after: datetime
    due_at: datetime
    run_id: str | None = None
    attempts: int = 0
    retry_at: float | None = None
    settle_at: float | None = None

    def look_from(self, moment: datetime) -> None:
        """Deal with no slot that was due before the moment any more."""
        self.after = moment - self.offset
        self.due_at = next_after(self.schedule, self.timezone, self.after) + self.offset


@dataclass(slots=True)
class _AtWork:
    kind: str
    child: Child
    until: float
    was_told: bool = False
    is_late: bool = False


@dataclass
class Loop:
    """Shops that are due, those that wait for a place, and those at work.

    `watch` hears of every run, `told` of every process. A run that passes by itself is tried
    again with the same id, later and later; outcomes that are not known yet are asked for in
    between.
    """

    clock: Clock
    start: Starter
    watch: Watcher
    jobs: int
    settings: DaemonSettings
    new_run_id: Callable[[datetime], str]
    told: Callable[[str, Ended], None] = lambda _shop, _how: None
    can_settle: bool = True
    tally: Tally = field(default_factory=Tally)
    _lines: dict[str, _Line] = field(default_factory=dict)
    _waiting: deque[tuple[str, str]] = field(default_factory=deque)
    _at_work: dict[str, _AtWork] = field(default_factory=dict)
    _stop: int | None = None

    def plan(self, shops: Iterable[Shop], settings: DaemonSettings) -> None:
        """Go by these shops from now on; one whose schedule is as before goes on as it was."""
        self.settings = settings
        lines = {}
        for shop in shops:
            if shop.schedule is not None:
                lines[shop.id] = self._line(shop, shop.schedule)
        self._lines = lines
        self._waiting = deque(one for one in self._waiting if one[0] in lines)

    def step(self) -> float:
        """Do what is to be done now; seconds until there is something to do again."""
        self._look_after()
        if self._stop is None:
            now, passed = self.clock.now(), self.clock.monotonic()
            for line in self._lines.values():
                self._consider(line, now, passed)
            self._begin()
        self.tally.running, self.tally.waiting = len(self._at_work), len(self._waiting)
        return self._seconds_left()

    def stop(self, number: int) -> None:
        """Begin nothing else, and pass the signal on, once; `is_over` when all have ended."""
        self._stop = number
        self._waiting.clear()
        for work in self._at_work.values():
            if not work.was_told:
                work.was_told = True
                work.child.signal(number)

    def leave(self) -> None:
        """End everybody at work at once; a run may be killed at any moment."""
        for work in list(self._at_work.values()):  # from a signal, at any moment
            work.child.signal(signal.SIGKILL)

    @property
    def is_stopping(self) -> bool:
        """Whether it was stopped."""
        return self._stop is not None

    @property
    def is_over(self) -> bool:
        """Whether it was stopped and nobody is at work."""
        return self._stop is not None and not self._at_work

    def _line(self, shop: Shop, schedule: str) -> _Line:
        offset = offset_of(shop.id, self.settings.span("jitter"))
        known = self._lines.get(shop.id)
        if known and (known.schedule, known.timezone, known.offset) == (
            schedule,
            shop.timezone,
            offset,
        ):
            return known
        now, health = self.clock.now(), self.watch.book.of(shop.id)
        line = _Line(shop.id, schedule, shop.timezone, offset, after=now, due_at=now)
        started = health.started_at
        oldest = now - self.settings.span("catch_up")
        # A shop that never ran has missed nothing; a start to come is of a wrong clock.
        line.look_from(now if started is None else min(max(started, oldest), now))
        if known is not None:
            line.run_id, line.attempts = known.run_id, known.attempts
            line.retry_at, line.settle_at = known.retry_at, known.settle_at
        elif health.is_unfinished and started is not None and started >= oldest:
            line.run_id, line.retry_at = health.run, self.clock.monotonic()
        return line

    def _consider(self, line: _Line, now: datetime, passed: float) -> None:
        """Let a shop wait for a place if it is due, to be tried again, or to be asked for."""
        if self._is_due(line, now):
            if self._is_running(line.shop):
                self.tally.count(self.tally.overlaps, line.shop)
                log("shop is due and not done yet", level=logging.WARNING, shop=line.shop)
                return
            line.run_id, line.attempts, line.retry_at = None, 0, None
            self._waiting.append((line.shop, "run"))
        elif line.retry_at is not None and passed >= line.retry_at:
            line.retry_at = None
            self._waiting.append((line.shop, "run"))
        elif line.settle_at is not None and passed >= line.settle_at:
            line.settle_at = None
            if not self._is_running(line.shop):
                self._waiting.append((line.shop, "settle"))

    def _is_due(self, line: _Line, now: datetime) -> bool:
        if line.after - now > _PUT_BACK:
            log("clock was put back", shop=line.shop)
            line.look_from(now)
        if line.due_at > now:
            return False
        if now - line.due_at > self.settings.span("catch_up"):
            self.tally.count(self.tally.missed, line.shop)
            log(
                "run missed", level=logging.WARNING, shop=line.shop, due=line.due_at.isoformat()
            )
            line.look_from(now - self.settings.span("catch_up"))
            if line.due_at > now:
                return False
        line.look_from(now)
        return True

    def _is_running(self, shop: str) -> bool:
        """Whether a run of the shop waits for a place or is at work."""
        work = self._at_work.get(shop)
        return (shop, "run") in self._waiting or (work is not None and work.kind == "run")

    def _begin(self) -> None:
        """Begin those who wait, in their order, as far as there are places for them."""
        busy = deque[tuple[str, str]]()
        while self._waiting and len(self._at_work) < self.jobs:
            shop, kind = self._waiting.popleft()
            if shop in self._at_work:
                busy.append((shop, kind))
            else:
                self._begin_one(self._lines[shop], kind)
        self._waiting.extendleft(reversed(busy))

    def _begin_one(self, line: _Line, kind: str) -> None:
        now = self.clock.now()
        arguments: tuple[str, ...] = (kind,)
        if kind == "run":
            line.attempts += 1
            line.settle_at = None
            line.run_id = line.run_id or self.new_run_id(now)
            arguments = (kind, "--run-id", line.run_id)
            self.watch.began(line.shop, line.run_id, now)
        log(
            "shop begun",
            shop=line.shop,
            run_id=line.run_id,
            command=kind,
            attempt=line.attempts,
        )
        try:
            child = self.start(line.shop, arguments)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._has_ended(
                line.shop, kind, Ended(ExitCode.TEMPORARY, None, f"no process: {reason}")
            )
            return
        limit = self.settings.span("time_limit").total_seconds()
        self._at_work[line.shop] = _AtWork(kind, child, self.clock.monotonic() + limit)

    def _look_after(self) -> None:
        """Note who has ended, and end those who take too long."""
        passed = self.clock.monotonic()
        for shop, work in list(self._at_work.items()):
            how = work.child.ended()
            if how is not None:
                del self._at_work[shop]
                if work.is_late:
                    # However it ended: a limit was reached, and a person should know.
                    how = Ended(ExitCode.INCOMPLETE, how.summary, "it took too long")
                self._has_ended(shop, work.kind, how, may_retry=not work.is_late)
            elif passed >= work.until:
                self._hurry(shop, work, passed)

    def _hurry(self, shop: str, work: _AtWork, passed: float) -> None:
        if work.is_late:
            work.child.signal(signal.SIGKILL)
        else:
            work.is_late = True
            self.tally.count(self.tally.timed_out, shop)
            log("run takes too long", level=logging.WARNING, shop=shop, command=work.kind)
            if not work.was_told:
                work.was_told = True
                work.child.signal(signal.SIGTERM)
        work.until = passed + _GRACE_SECONDS

    def _has_ended(self, shop: str, kind: str, how: Ended, *, may_retry: bool = True) -> None:
        line, passed = self._lines.get(shop), self.clock.monotonic()
        level = logging.INFO if how.exit_code == ExitCode.DONE else logging.WARNING
        run = None if line is None else line.run_id
        log(
            "shop ended",
            level=level,
            shop=shop,
            run_id=run,
            command=kind,
            exit_code=how.exit_code,
        )
        self.told(shop, how)
        if line is not None and self.can_settle and _is_open(how):
            line.settle_at = passed + SETTLE_SECONDS
        if kind != "run":
            self.watch.settled(shop, how)
            return
        code = (shop, int(how.exit_code))
        self.tally.runs[code] = self.tally.runs.get(code, 0) + 1
        wait = None if line is None or not may_retry else self._wait(line, how)
        if line is not None and wait is not None:
            line.retry_at = passed + wait
        self.watch.ended(shop, how, self.clock.now(), is_final=wait is None)

    def _wait(self, line: _Line, how: Ended) -> float | None:
        """Seconds until the run is to be tried again; None where it is not, before its time."""
        passes = passes_by_itself(how.exit_code, is_temporary=how.is_temporary)
        if self._stop is not None or not passes:
            return None
        doubled = FIRST_RETRY_SECONDS * 2 ** max(line.attempts - 1, 0)
        wait = min(doubled, LONGEST_RETRY_SECONDS)
        left = (line.due_at - self.clock.now()).total_seconds()
        return wait if line.attempts < ATTEMPTS and wait < left else None

    def _seconds_left(self) -> float:
        if self._stop is not None:
            return _SOON
        now, passed = self.clock.now(), self.clock.monotonic()
        waits = [(line.due_at - now).total_seconds() for line in self._lines.values()]
        waits += [
            moment - passed
            for line in self._lines.values()
            for moment in (line.retry_at, line.settle_at)
            if moment is not None
        ]
        longest = _SOON if self._at_work else LONGEST_RETRY_SECONDS
        return max(min(longest, *waits) if waits else longest, 0.0)


def _is_open(how: Ended) -> bool:
    """Whether a platform has not said yet what became of something, sent now or before."""
    summary = how.summary or {}
    results = [one.get("result") or {} for one in summary.get("audiences") or ()]
    return any(one.get("at_work") for one in [*results, *(summary.get("settled") or ())])
