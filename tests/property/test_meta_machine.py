"""Wishes change, Meta fails, the process dies: the audience ends as desired."""

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from audsync.state import State, check_state
from audsync.testing.meta import FakeMeta, Matching, Samples, errors, faults
from audsync.testing.meta.faults import LOST, PASSING
from fakes.kills import Fuse, Killed, kill_between_commits
from fakes.plans import CLIENTS, Row, a_run, digest, members
from meta_shop import sink_of

PEOPLE = CLIENTS[:6]


def person(email: str | None, phone: str) -> Row:
    return digest(email) if email else None, digest(phone), digest("gb")


# Few values, so that people share a phone, change keys, and change them back.
ROWS = st.builds(
    person, st.sampled_from(["e1", "e2", "e3", "e4", None]), st.sampled_from(["p1", "p2", "p3"])
)
WISHES = st.dictionaries(st.sampled_from(PEOPLE), ROWS)
REFUSALS = [
    faults.of(errors.dead_token()),
    faults.of(errors.FLAGGED),
    faults.of(errors.TOO_SMALL),
    faults.of(errors.HUGE),
    faults.error(100),
    faults.error(4711),
]


def as_held(rows: Iterable[Row]) -> set[Row]:
    """Rows as the fake holds them."""
    return {tuple(key or "" for key in row) for row in rows}


class Custom(RuleBasedStateMachine):
    """Runs against one fake, by the official SDK, with a state that survives each death."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp()) / "shop"
        self.state = State(self.folder)
        self.fake = FakeMeta()
        self.fake.__enter__()
        self.wishes: dict[str, Any] = {}
        self.withdrawn: set[str] = set()
        self.ever: set[tuple[str, Row]] = set()
        self.runs = 0

    @initialize(
        matching=st.sampled_from(Matching),
        samples=st.sampled_from(Samples),
        max_batch=st.integers(1, 3),
        delivery=st.sampled_from(["auto", "delta", "replace"]),
    )
    def start(
        self, matching: Matching, samples: Samples, max_batch: int, delivery: str
    ) -> None:
        self.delivery = delivery
        self.fake.graph.quirks.matching = matching
        self.fake.graph.quirks.samples = samples
        self.max_batch = max_batch
        self.sink = self._sink()

    def _sink(self) -> Any:
        return sink_of(
            self.fake,
            keys=("EMAIL", "PHONE", "COUNTRY"),
            max_batch=self.max_batch,
            delivery=self.delivery,
        )

    @rule(wishes=WISHES, withdrawn=st.sets(st.sampled_from(PEOPLE)))
    def wish(self, wishes: dict[str, Any], withdrawn: set[str]) -> None:
        self.wishes = wishes
        self.withdrawn = withdrawn - wishes.keys()
        self.ever.update(wishes.items())

    @rule(refused=st.frozensets(st.sampled_from(["e1", "e2"]), max_size=1))
    def refuse_values(self, refused: frozenset[str]) -> None:
        self.fake.graph.bad_values = {digest(email) for email in refused}

    @rule(
        fault=st.sampled_from([*PASSING, *LOST, *REFUSALS, faults.partial_replace()]),
        endpoint=st.sampled_from(["POST users", "POST usersreplace", "DELETE users", "*"]),
        after=st.integers(0, 2),
        times=st.sampled_from([1, 1, 6]),
    )
    def fail(self, fault: Any, endpoint: str, after: int, times: int) -> None:
        self.fake.faults.plan(fault, endpoint=endpoint, after=after, times=times)

    @rule()
    def run(self) -> None:
        self._a_run()

    @rule(steps=st.integers(0, 30))
    def be_killed(self, steps: int) -> None:
        fuse = Fuse(steps)
        kill_between_commits(self.state, fuse)
        with suppress(Killed):
            self._a_run()
        self.state.close()
        self.state = State(self.folder)
        self.sink = self._sink()
        found = [one.level for one in check_state(self.folder, is_active=False)]
        assert "error" not in found

    @rule()
    def complete(self) -> None:
        """Without further trouble the next run brings about what is desired."""
        self.fake.recover()
        self.fake.graph.bad_values = set()
        # A replacement that was left undone ends by itself.
        self.fake.graph.clock.advance(hours=2)
        result = self._a_run()
        assert result.failure is None
        wanted = as_held(self.wishes.values())
        gone = as_held(row for client, row in self.ever if client in self.withdrawn) - wanted
        assert gone.isdisjoint(self._held()), "somebody who withdrew is still there"
        self._a_run()  # whoever was refused before, while somebody else was removed
        assert self._held() == wanted
        assert members(self.state, "memory") == {
            client: [row] for client, row in self.wishes.items()
        }
        calls = self._membership_calls()
        self._a_run()
        assert self._membership_calls() == calls, "a run without a change sent something"

    def teardown(self) -> None:
        if hasattr(self, "sink"):
            self.complete()
            assert self.fake.mistakes == {}
        self.fake.__exit__(None, None, None)
        self.state.close()
        shutil.rmtree(self.folder.parent)

    def _membership_calls(self) -> int:
        endpoints = ("POST users", "DELETE users", "POST usersreplace")
        return sum(self.fake.calls[name] for name in endpoints)

    def _held(self) -> set[Row]:
        (audience,) = self.fake.audiences()
        return set(self.fake.members(audience))

    def _a_run(self) -> Any:
        self.runs += 1
        return a_run(
            self.state, self.sink, self.wishes, number=self.runs, withdrawn=self.withdrawn
        )


class TestCustom(Custom.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=8, stateful_step_count=8)


@pytest.mark.slow
class TestCustomLong(Custom.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=150, stateful_step_count=20)
