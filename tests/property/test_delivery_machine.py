"""Whatever is lost, refused or killed: the platform and the member list end as desired."""

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from audsync.contracts import Match, Operation, Replacing
from audsync.state import State, check_state
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.kills import Fuse, Killed, kill_between_commits, mortal
from fakes.plans import (
    CLIENTS,
    a_run,
    audience_key,
    day_of,
    keys_of,
    members,
    person,
    resumed,
    several,
    should_hold,
)

PEOPLE = CLIENTS[:6]
# Few values, so that people share a phone, change keys, and change them back.
ROWS = st.builds(
    person,
    st.sampled_from(["e1", "e2", "e3", "e4", None]),
    st.sampled_from(["p1", "p2", "p3"]),
    st.sampled_from(["GB", None]),
)
# The same, where people have up to two of each kind, and what is one's latest another's second.
ROWS_OF_SEVERAL = st.builds(
    several,
    st.lists(st.sampled_from(["e1", "e2", "e3", "e4"]), max_size=2, unique=True),
    st.lists(st.sampled_from(["p1", "p2", "p3"]), min_size=1, max_size=2, unique=True),
    st.sampled_from(["GB", None]),
)
WISHES = st.tuples(
    st.dictionaries(st.sampled_from(PEOPLE), ROWS),
    st.dictionaries(st.sampled_from(PEOPLE), ROWS_OF_SEVERAL),
)
STEPS_OF_A_RUN = 30
IN_DOUBT = timedelta(hours=48)  # for so long may the platform do what it did not answer
# Where outcomes come later: after the first run behind those hours, whose removals nothing can
# undo any more, so many runs until the platform holds what is desired, and until that is
# certain. The removal of an old row waits for the new one; where any key of somebody may take
# out others, the new one waits for removals that may, and whoever shares a key with the old
# row is added behind it, certain at last, and where whole rows went, there again at last.
RUNS_BEHIND = {
    Match.KEY: (1, 1),
    Match.ROW: (1, 1),
    Match.PERSON: (2, 3),
    Match.EITHER: (3, 3),
}


@mortal
class KilledSink(MemorySink):
    """A sink before and after each of whose calls the process may end."""

    fuse = Fuse(None)


class Delivery(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp()) / "shop"
        self.state = State(self.folder)
        self.wishes: dict[str, Any] = {}
        self.withdrawn: set[str] = set()
        self.runs = 0

    @initialize(
        match=st.sampled_from(Match),
        by_any_key=st.booleans(),
        has_several=st.booleans(),
        delay=st.sampled_from([0, 0, 2]),
        max_batch=st.integers(1, 3),
        replaces=st.sampled_from(Replacing),
        hours=st.sampled_from([13, 25]),
    )
    def start(
        self,
        match: Match,
        by_any_key: bool,  # noqa: FBT001 -- drawn by name
        has_several: bool,  # noqa: FBT001 -- drawn by name
        delay: int,
        max_batch: int,
        replaces: Replacing,
        hours: int,
    ) -> None:
        self.apart = timedelta(hours=hours)
        self.platform = MemoryPlatform(match, by_any_key, several=has_several, delay=delay)
        self.sink = KilledSink(platform=self.platform, max_batch=max_batch, replaces=replaces)

    @rule(wishes=WISHES, withdrawn=st.sets(st.sampled_from(PEOPLE)))
    def wish(self, wishes: tuple[dict[str, Any], ...], withdrawn: set[str]) -> None:
        self.wishes = wishes[self.platform.several]
        self.withdrawn = withdrawn - self.wishes.keys()

    @rule(status=st.sampled_from([429, 500, 400, 401]), times=st.sampled_from([1, 1, 5]))
    def break_next_calls(self, status: int, times: int) -> None:
        for _ in range(times):
            self.platform.fail_next(status)

    @rule(times=st.sampled_from([1, 5]), after=st.integers(0, 3))
    def lose_next_replies(self, times: int, after: int) -> None:
        for _ in range(times):
            self.platform.lose_next_reply(after)

    @precondition(lambda self: self.platform.delay)
    @rule(ticks=st.integers(1, 2))
    def wait(self, ticks: int) -> None:
        self.platform.advance(ticks)

    @rule()
    def run(self) -> None:
        # Whoever a removal that is settled by now made uncertain is to be added again.
        resumed(self.state, self.sink, number=self.runs + 1, apart=self.apart)
        sent = len(self.platform.sent)
        before = [row for rows in members(self.state).values() for row in rows]
        settled = {
            client: rows[0]
            for client, rows in members(self.state).items()
            if rows == [self.wishes.get(client)] and client not in self._uncertain()
        }
        self._a_run()
        added = {
            row
            for _, operation, rows in self.platform.sent[sent:]
            if operation is Operation.ADD
            for row in rows
        }
        others = {row for client, row in self.wishes.items() if client not in settled}
        if self.platform.match.restores:
            # Whoever has a key of a removal is added again; nobody else is.
            gone = keys_of(
                row
                for _, operation, rows in self.platform.sent[sent:]
                if operation is Operation.REMOVE
                for row in rows
            )
            if self.platform.match is Match.PERSON:
                # Or one of the keys that were left out of it.
                gone |= keys_of(row for row in before if not gone.isdisjoint(row[:-1]))
            others |= {row for row in self.wishes.values() if not gone.isdisjoint(row[:-1])}
        assert added <= others, "a confirmed member was sent again"

    @rule(steps=st.integers(0, STEPS_OF_A_RUN))
    def be_killed(self, steps: int) -> None:
        self.sink.fuse = Fuse(steps)
        kill_between_commits(self.state, self.sink.fuse)
        with suppress(Killed):
            self._a_run()
        self.sink.fuse = Fuse(None)
        self.state.close()
        self.state = State(self.folder)
        found = [one.level for one in check_state(self.folder, is_active=False)]
        assert "error" not in found

    @rule()
    def complete(self) -> None:
        """Without further trouble the next run brings about what is desired."""
        self.platform.recover()
        if self.platform.delay:
            until_sure = -(-IN_DOUBT // self.apart)
            right, certain = RUNS_BEHIND[self.platform.match]
            self._runs(until_sure + right)
            self._a_run()
            self._holds_what_is_desired()
            for _ in range(certain - right):
                self.platform.advance(self.platform.delay)
                self._a_run()
        else:
            self._runs(1)
        self._holds_what_is_desired()
        assert not self._uncertain()
        sent = len(self.platform.sent)
        self._a_run()
        assert len(self.platform.sent) == sent, "a second run sent something"

    def _runs(self, count: int) -> None:
        for _ in range(count):
            result = self._a_run()
            assert result.failure is None
            self.platform.advance(self.platform.delay)

    def _holds_what_is_desired(self) -> None:
        assert self.platform.members("audience-1") == should_hold(
            self.wishes, self.platform.match
        )
        assert members(self.state) == {client: [row] for client, row in self.wishes.items()}

    def teardown(self) -> None:
        if hasattr(self, "platform"):
            self.complete()
        self.state.close()
        shutil.rmtree(self.folder.parent)

    def _a_run(self) -> Any:
        self.runs += 1
        before = self.state.delivered(audience_key(), day_of(self.runs, self.apart))
        result = a_run(
            self.state,
            self.sink,
            self.wishes,
            number=self.runs,
            withdrawn=self.withdrawn,
            apart=self.apart,
        )
        if result.failure is None and before is not None:
            self._look_for_withdrawn(before.to_pylist())
        return result

    def _look_for_withdrawn(self, before: list[dict[str, Any]]) -> None:
        """Whoever withdrew is out, or on the way, but for what others have who did not."""
        gone, others = (
            keys_of(
                tuple(row.values())[2:]
                for row in before
                if (row["client_id"] in self.withdrawn) is is_gone
            )
            for is_gone in (True, False)
        )
        gone -= others | keys_of(self.wishes.values())
        held = {text for one in self.platform.members("audience-1") for text in one}
        assert gone & held <= self.platform.being_removed, (
            "somebody who withdrew is still there"
        )

    def _uncertain(self) -> set[str]:
        table = self.state.confirmed(audience_key())
        rows = [] if table is None else table.to_pylist()
        return {row["client_id"] for row in rows if row["confirmed_on"] is None}


class TestDelivery(Delivery.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=15, stateful_step_count=10)


@pytest.mark.slow
class TestDeliveryLong(Delivery.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=200, stateful_step_count=25)
