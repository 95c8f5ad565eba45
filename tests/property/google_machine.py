"""Google's lists, kept by runs that are lost, late or killed: a machine of such runs."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from audsync.contracts import Operation
from audsync.state import State, check_state
from audsync.testing.google import FakeGoogle, Removal, faults
from audsync_sink_google import GoogleSink
from fakes.google_people import identifiers, person
from fakes.google_runs import a_run_of
from fakes.kills import Fuse, Killed, kill_between_commits, mortal
from fakes.plans import CLIENTS, members
from google_shop import context, options_of

PEOPLE = CLIENTS[:6]
ALL_OF_THEM = tuple(enumerate(PEOPLE))
EMAILS, PHONES = st.sampled_from(["e1", "e2", "e3", "e4"]), st.sampled_from(["p1", "p2", "p3"])
# Few values, so that people share a phone or an address, the latest or a further one, change
# keys, and change them back.
ROWS = st.builds(
    person,
    EMAILS | st.none(),
    PHONES,
    st.sampled_from(["home", "villa", None]),
    emails=st.just([]) | st.lists(EMAILS, max_size=2),
    phones=st.just([]) | st.lists(PHONES, max_size=1),
)
WISHES = st.dictionaries(st.sampled_from(PEOPLE), ROWS)
STEPS_OF_A_RUN = 30
LATEST_DAYS = 1
# Two days until what nobody answered is over; then a day each for whom that made uncertain, for
# old keys that wait for new ones, and for whoever shared one of them. The run after sees it.
RUNS_UNTIL_QUIET = 5


@mortal
class KilledGoogle(GoogleSink):
    """A sink before and after each of whose calls a process may end; it notes what it sent."""

    fuse = Fuse(None)
    sent: ClassVar[list[tuple[Operation, int]]] = []

    def send(self, batch: Any) -> Any:
        self.sent.append((batch.operation, len(batch)))
        return super().send(batch)

    def send_together(self, bundle: Any) -> Any:
        self.sent.append((bundle.operation, bundle.rows.num_rows))
        return super().send_together(bundle)


class GoogleDelivery(RuleBasedStateMachine):
    api: ClassVar[str] = "data_manager"
    more: ClassVar[dict[str, Any]] = {}
    segments: ClassVar[tuple[str, ...]] = ("people",)
    # A removal is sent at once, and a day later once more where Google may have worked in
    # after it what nobody answered.
    runs_until_gone: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp()) / "shop"
        self.state = State(self.folder)
        # Who is wanted in each list; those of `chosen` are in all of them.
        self.wishes: dict[str, dict[str, Any]] = {}
        self.chosen: set[str] = set()
        self.withdrawn: set[str] = set()
        self.runs = 0
        self.fake = FakeGoogle().__enter__()
        # Who is wanted since a moment at which everything was as desired, and all rows ever.
        self.safe: dict[str, dict[str, Any]] = {one: {} for one in self.segments}
        self.ever: set[tuple[str, Any]] = set()

    @initialize(removal=st.sampled_from(Removal), max_batch=st.integers(1, 3), wishes=WISHES)
    def start(self, removal: Removal, max_batch: int, wishes: dict[str, Any]) -> None:
        self.chosen = set(PEOPLE[::2])
        self.fake.platform.quirks.removal = removal
        self.fuse = Fuse(None)
        self.max_batch = max_batch
        self._restart()
        self.wish(wishes)
        self._a_run()
        self.wait(hours=20)
        self._a_run()

    @rule(wishes=WISHES)
    def wish(self, wishes: dict[str, Any]) -> None:
        first, *others = self.segments
        some = {client: row for client, row in wishes.items() if client in self.chosen}
        self.wishes = {first: wishes, **dict.fromkeys(others, some)}
        self.ever.update(wishes.items())
        for segment, theirs in self.wishes.items():
            self.safe[segment] = {
                client: row
                for client, row in self.safe[segment].items()
                if theirs.get(client) == row
            }

    @rule(
        leaving=st.sets(st.sampled_from(PEOPLE), max_size=3),
        joining=WISHES,
        refuse=st.booleans(),
    )
    def some_leave(
        self,
        leaving: set[str],
        joining: dict[str, Any],
        refuse: bool,  # noqa: FBT001 -- drawn by name
    ) -> None:
        """Others stay as they are; those who leave may have withdrawn."""
        self.withdrawn = leaving if refuse else set()
        wishes = self.wishes[self.segments[0]]
        staying = {one: row for one, row in wishes.items() if one not in leaving}
        self.wish(joining | staying)

    @precondition(lambda self: len(self.segments) > 1)
    @rule(chosen=st.sets(st.sampled_from(PEOPLE)))
    def choose(self, chosen: set[str]) -> None:
        """Some of those in the first list come into all others, or leave them."""
        self.chosen = chosen
        self.wish(self.wishes[self.segments[0]])

    @rule(status=st.sampled_from([429, 500, 503, 400, 401]), times=st.sampled_from([1, 1, 5]))
    def break_next_calls(self, status: int, times: int) -> None:
        for _ in range(times):
            self.fake.fail_next(status)

    @rule(times=st.sampled_from([1, 5]))
    def lose_next_replies(self, times: int) -> None:
        for _ in range(times):
            self.fake.lose_next_reply()

    @rule(hours=st.sampled_from([0, 1, 20]))
    def let_the_next_settle(self, hours: int) -> None:
        fault = faults.settles_in(3600 * hours)
        for call in ("*AudienceMembers", "*/Run*"):
            self.fake.faults.plan(fault, endpoint=call)

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        for some in (hours // 2, hours - hours // 2):
            self.fake.platform.clock.advance(hours=some)
            self.look()

    def look(self) -> None:
        """Nobody who stays has lost an identifier because somebody else left."""
        for segment, wishes in self.wishes.items():
            self._look(segment, wishes)

    def _look(self, segment: str, wishes: dict[str, Any]) -> None:
        held = self._held(segment)
        for client, row in self.safe[segment].items():
            kept = identifiers([row])
            if self.fake.platform.quirks.removal is Removal.ACCOUNTS:
                # What Google takes for somebody else's is there again a little later.
                kept -= identifiers(
                    other for one, other in self.ever if (one, other) != (client, row)
                )
            assert kept <= held, f"{client} has lost an identifier"
        is_quiet = not self.state.journal.plans() and not self.fake.platform.unsettled
        if is_quiet and self._known(segment) == {
            client: [row] for client, row in wishes.items()
        }:
            assert held == identifiers(wishes.values())
            self.safe[segment] = dict(wishes)

    @rule()
    def run(self) -> None:
        self._a_run()

    @rule(steps=st.integers(0, STEPS_OF_A_RUN))
    def be_killed(self, steps: int) -> None:
        self.kill(steps)

    def kill(self, steps: int) -> bool:
        """A run that is killed after so many steps; False where it has fewer."""
        is_whole = False
        self.sink.fuse = Fuse(steps)
        kill_between_commits(self.state, self.sink.fuse)
        with suppress(Killed):
            self._a_run()
            is_whole = True
        self.state.close()
        self.state = State(self.folder)
        self._restart()
        found = [one.level for one in check_state(self.folder, is_active=False)]
        assert "error" not in found
        return not is_whole

    @rule()
    def complete(self) -> None:
        """Without further trouble the next runs bring about what is desired."""
        self.fake.recover()
        # Whoever withdrew leaves by a removal of his own, however the others leave.
        gone = self._withdrawn()
        allowed = identifiers(row for client, row in self.ever if client not in gone)
        for number in range(1, RUNS_UNTIL_QUIET + 1):
            results = self._a_run()
            assert [one.failure for one in results] == [None for _ in self.segments]
            self.fake.platform.clock.advance(days=LATEST_DAYS)
            self.look()
            for segment, wishes in self.wishes.items():
                known = identifiers(row for client, row in self.ever if client in wishes)
                held = self._held(segment)
                if number >= GoogleDelivery.runs_until_gone:
                    assert held <= allowed, "somebody who withdrew is still there"
                if number >= self.runs_until_gone:
                    assert held <= known, "somebody is still there"
        self._a_run()
        for segment, wishes in self.wishes.items():
            assert self._held(segment) == identifiers(wishes.values())
            assert self._known(segment) == {client: [row] for client, row in wishes.items()}
        sent = len(self.sink.sent)
        self._a_run()
        assert len(self.sink.sent) == sent, "a second run sent something"

    def teardown(self) -> None:
        try:
            if hasattr(self, "sink"):
                self.complete()
                assert self.fake.platform.mistakes == {}
        finally:
            self.state.close()
            shutil.rmtree(self.folder.parent)
            self.fake.__exit__(None, None, None)

    def _restart(self) -> None:
        clock = self.fake.platform.clock
        self.sink = KilledGoogle(
            options_of(self.fake, api=self.api, max_batch=self.max_batch, **self.more),
            context(),
            clock=lambda: float(clock.now),
            sleep=lambda _seconds: None,
        )

    def _withdrawn(self) -> set[str]:
        """Who withdrew, and is in no list any more."""
        return self.withdrawn - self.wishes[self.segments[0]].keys()

    def _held(self, segment: str) -> frozenset[Any]:
        """The identifiers in a list at Google."""
        lists = self.fake.platform.lists
        return next(
            self.fake.members(number)
            for number in sorted(lists)
            if lists[number].name == segment.title()
        )

    def _known(self, segment: str) -> dict[str, Any]:
        """The rows of a member list, by client."""
        return members(self.state, "google", segment=segment)

    def _a_run(self) -> Any:
        self.runs += 1
        now = self.fake.platform.clock.now
        results = a_run_of(
            self.state,
            self.sink,
            self.wishes,
            run=f"run-{self.runs}",
            now=now,
            withdrawn=self._withdrawn(),
        )
        self.look()
        return results


class GoogleReplacing(GoogleDelivery):
    more: ClassVar[dict[str, Any]] = {"delivery": "replace"}
    # Whoever was there before is taken out when all others have arrived.
    runs_until_gone = 3


class GoogleTogether(GoogleDelivery):
    """Of several lists, and most who are in one are in others."""

    segments = ("people", "others", "more")


class GoogleAdsDelivery(GoogleDelivery):
    api = "google_ads"
