"""Google's state: accounts, lists, and what was asked for and has not happened yet."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final

from audsync.testing.clock import Clock
from audsync.testing.google.access import Access
from audsync.testing.google.accounts import Account, known_accounts
from audsync.testing.google.lists import Change, UserList
from audsync.testing.google.quirks import Quirks

_START: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)
_FIRST_LIST: Final = 7_000_000_001


@dataclass(frozen=True, slots=True)
class Pace:
    """How the call that is being answered is to settle, where a fault says so."""

    seconds: int | None = None
    fails: bool = False


@dataclass(slots=True)
class Work:
    """Something that was asked for; it is done at `due` unless it fails."""

    due: int
    fails: bool
    is_over: bool = False


class Platform:
    """All that Google knows; time passes only when `clock` is told to.

    `mistakes` counts what no caller should do, such as to send the digest of nothing, and
    `identifiers_seen` how many identifiers of people came in.
    """

    def __init__(self) -> None:
        self.clock = Clock(_START)
        self.quirks = Quirks()
        self.access = Access()
        self.accounts: dict[str, Account] = known_accounts()
        self.lists: dict[int, UserList] = {}
        self.mistakes: Counter[str] = Counter()
        self.identifiers_seen = 0
        self.pace = Pace()
        self._numbers = count(1)
        self._due: list[tuple[int, int, Work, Callable[[], object]]] = []
        self._used: Counter[tuple[str, int]] = Counter()

    def number(self) -> int:
        """A number that nothing else has."""
        return next(self._numbers)

    def add_list(
        self, account: str, name: str, *, days: int | None = None, **more: object
    ) -> UserList:
        """A new list, as if it had been made in Google's own pages."""
        made = UserList(_FIRST_LIST + self.number(), account, name, **more)  # type: ignore[arg-type]  # its fields
        if days is not None:
            made.days = days
        self.lists[made.id] = made
        return made

    def lists_of(self, account: str) -> list[UserList]:
        """The lists of an account, oldest first."""
        return [one for one in self.lists.values() if one.account == account]

    def schedule(self, seconds: int, changes: Iterable[Change]) -> Work:
        """Let changes happen after so long, or as the fault of this call says."""
        pace = self.pace
        wait = seconds if pace.seconds is None else pace.seconds
        work = Work(self.clock.now + wait, pace.fails)
        wanted = tuple(changes)

        def carry_out() -> None:
            for change in wanted:
                self._carry_out(change)

        heapq.heappush(self._due, (work.due, self.number(), work, carry_out))
        return work

    def settle(self) -> None:
        """Do what is due by now, in the order of the moments at which it is due."""
        while self._due and self._due[0][0] <= self.clock.now:
            _, _, work, carry_out = heapq.heappop(self._due)
            if not work.fails:
                carry_out()
            work.is_over = True

    @property
    def unsettled(self) -> int:
        """How many things that were asked for have not happened yet."""
        self.settle()
        return len(self._due)

    def _carry_out(self, change: Change) -> None:
        held = self.lists.get(change.list_id)
        if held is None:
            return
        if change.clears_before is not None:
            held.remove_added_before(change.clears_before)
        held.remove(change.removes, self.quirks.removal)
        if held.is_open:
            held.add(change.adds, change.moment)
        held.has_been_computed = True

    def use(self, name: str, *, seconds: int, most: int | None) -> bool:
        """Count one use of a quota for the present span of time; False if it is used up."""
        key = (name, self.clock.now // seconds)
        if most is not None and self._used[key] >= most:
            return False
        self._used[key] += 1
        return True
