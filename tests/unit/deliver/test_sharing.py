"""Members of several audiences: which plans share, how they are cut, and what leaves once."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from audsync.contracts import Batch, Bundle, Match, Operation, Receipt, Replacing
from audsync.deliver import AudienceResult, bundled, deliver, resume
from audsync.deliver.sharing import groups, requests
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.kills import Fuse, Killed, kill_between_commits
from fakes.plans import NOW, Row, Wishes, members, person, planned, should_hold

NAMES = ("a", "b", "c", "d")
KEYS = ("email", "phone")


def rows(*people: tuple[str | None, str | None]) -> pa.Table:
    columns = list(zip(*people, strict=True)) if people else [(), ()]
    return pa.table(
        {name: pa.array(one, pa.string()) for name, one in zip(KEYS, columns, strict=True)}
    )


def plan_of(*people: tuple[int, str | None, str | None]) -> pa.Table:
    """Rows of a plan: phase, e-mail, phone."""
    phases = pa.array([one[0] for one in people], pa.int8())
    return rows(*(one[1:] for one in people)).append_column("phase", phases)


def labels(*plans: pa.Table) -> list[Any]:
    return [np.zeros(one.num_rows, dtype=np.int64) for one in plans]


def cut(*plans: pa.Table, most: int) -> list[list[int]]:
    found = requests(plans, labels(*plans), KEYS, max_batch=most)
    return [one.tolist() for one in found]


# The cut


def test_whoever_is_in_several_plans_is_in_one_request_for_all_of_them() -> None:
    first = plan_of((1, "e1", "p"), (1, "e2", "p"), (1, "e3", None))
    second = plan_of((1, "e3", None), (1, "e4", "p"), (1, "e1", "p"))
    assert cut(first, second, most=2) == [[0, 0, 1], [1, 1, 0]]


def test_a_request_is_of_one_phase_and_of_rows_that_all_wait_or_do_not() -> None:
    first = plan_of((0, "e1", None), (1, "e1", None), (1, "e2", None))
    second = plan_of((1, "e1", None), (1, "e2", None))
    waits = [np.array([0, 0, 1]), np.array([0, 0])]
    found = requests([first, second], waits, KEYS, max_batch=9)
    assert [one.tolist() for one in found] == [[0, 1, 2], [1, 1]]


def test_only_rows_with_all_the_same_keys_are_one_member() -> None:
    first = plan_of((1, "e1", "p1"), (1, "e1", None), (1, None, "e1"))
    second = plan_of((1, "e1", "p2"), (1, None, "e1"), (1, "e1", ""))
    assert cut(first, second, most=1) == [[0, 1, 2], [3, 2, 4]]


def test_two_people_of_one_plan_with_the_same_keys_are_two_members() -> None:
    first = plan_of((1, "e1", None), (1, "e1", None))
    second = plan_of((1, "e1", None))
    assert cut(first, second, most=1) == [[0, 1], [0]]


PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["e1", "e2", "e3"]), st.sampled_from(["p", None])
    )
)


@given(plans=st.lists(PEOPLE, min_size=2, max_size=4), most=st.integers(1, 4))
def test_however_it_is_cut_each_request_is_small_enough_and_has_each_of_its_members_once(
    plans: list[list[tuple[int, str | None, str | None]]], most: int
) -> None:
    tables = [plan_of(*sorted(one, key=lambda row: row[0])) for one in plans]
    found = cut(*tables, most=most)
    for number in sorted({one for of_plan in found for one in of_plan}):
        batches = [
            Batch(f"{place}", Operation.ADD, (), table.select(KEYS).filter(pa.array(here)))
            for place, (table, of_plan) in enumerate(zip(tables, found, strict=True))
            if any(here := [one == number for one in of_plan])
        ]
        bundle = bundled(batches)
        assert bundle.rows.num_rows <= most
        for batch, places in zip(batches, bundle.places, strict=True):
            assert bundle.rows.take(places).equals(batch.rows)
            assert len(set(places.tolist())) == len(batch)
        # As few as there are, counting who is there twice.
        repeated = [[str(one) for one in batch.rows.to_pylist()] for batch in batches]
        everybody = {one for some in repeated for one in some}
        assert bundle.rows.num_rows == sum(
            max(some.count(one) for some in repeated) for one in everybody
        )


# What leaves


class Looking(MemorySink):
    """A sink of tens of audiences at once, which looks at the journal before it sends."""

    def __init__(self, platform: MemoryPlatform, state: State, **more: Any) -> None:
        super().__init__(platform=platform, offers_all=True, **{"max_batch": 3, **more})
        self.state = state
        self.seen: list[set[str]] = []

    def send_together(self, bundle: Bundle) -> list[Receipt]:
        states = {
            one.range.batch: one.state.value
            for plan in self.state.journal.plans()
            for one in self.state.journal.batches(plan.plan)
        }
        self.seen.append({states[batch.key] for batch in bundle.batches})
        return super().send_together(bundle)


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform(match=Match.ROW)


@pytest.fixture
def sink(platform: MemoryPlatform, state: State) -> Looking:
    return Looking(platform, state)


def run(
    state: State, sink: MemorySink, wishes: Mapping[str, Wishes], number: int = 1, **more: Any
) -> dict[str, AudienceResult]:
    """One whole run of several audiences; results by segment."""
    told: dict[str, Any] = {
        "run": f"run-{number}",
        "sleep": lambda _seconds: None,
        "clock": lambda: NOW,
    }
    resume(state, {"memory": sink}, **told)
    plans = [planned(state, sink, some, segment=name) for name, some in wishes.items()]
    found = deliver(plans, state, {"memory": sink}, as_of=date(2026, 11, 23), **told, **more)
    return dict(zip(wishes, found, strict=True))


def people(*numbers: int) -> dict[str, Row]:
    return {f"c{number}": person(f"e{number}", f"p{number}") for number in numbers}


def sent(platform: MemoryPlatform) -> list[tuple[str, int]]:
    """Operation and members of each request, in order."""
    return [(operation.value, len(some)) for _, operation, some in platform.sent]


def held(platform: MemoryPlatform) -> dict[str, frozenset[Any]]:
    """Who is in each audience, by its segment."""
    return {name.lower(): platform.members(one) for one, name in platform.names.items()}


def should_be(wishes: Mapping[str, Wishes]) -> dict[str, frozenset[Any]]:
    return {name: should_hold(some, Match.ROW) for name, some in wishes.items()}


WISHES = {"a": people(0, 1, 2, 3), "b": people(1, 3, 4), "c": people(3)}
LATER = {"a": people(1, 4, 5), "b": people(1, 5), "c": people(5)}


def test_whoever_enters_or_leaves_several_audiences_is_sent_once(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    results = run(state, sink, WISHES)
    assert sent(platform) == [("add", 3), ("add", 2)]
    assert {name: one.added for name, one in results.items()} == {"a": 4, "b": 3, "c": 1}
    assert held(platform) == should_be(WISHES)
    platform.sent.clear()
    results = run(state, sink, LATER, 2)
    # Clients 0, 2, 3 and 4 leave one audience or more; 4 and 5 enter some.
    assert sent(platform) == [("remove", 3), ("remove", 1), ("add", 2)]
    assert [one.removed for one in results.values()] == [3, 2, 1]
    assert held(platform) == should_be(LATER)
    for name, some in LATER.items():
        assert members(state, segment=name) == {client: [row] for client, row in some.items()}
    platform.sent.clear()
    run(state, sink, LATER, 3)
    assert sent(platform) == []
    assert {frozenset(one) for one in sink.seen} == {frozenset({"sending"})}


def test_a_sink_that_takes_one_audience_at_a_time_is_sent_each_alone(
    state: State, platform: MemoryPlatform
) -> None:
    run(state, MemorySink(platform=platform, max_batch=3), WISHES)
    assert sent(platform) == [("add", 3), ("add", 1), ("add", 3), ("add", 1)]
    assert held(platform) == should_be(WISHES)


def test_no_more_audiences_go_together_than_the_sink_takes(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    wishes = dict.fromkeys(NAMES, people(0, 1))
    run(state, sink, wishes)
    assert sent(platform) == [("add", 2), ("add", 2)]
    assert held(platform) == should_be(wishes)


def test_plans_with_nothing_to_send_and_replacements_take_no_place_among_others(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    run(state, sink, {"a": people(0)})
    plans = [planned(state, sink, people(0), segment=name) for name in NAMES]
    assert groups(plans, {"memory": sink}) == [[0], [1, 2, 3]]
    whole = Looking(platform, state, replaces=Replacing.ALWAYS)
    run(state, sink, dict.fromkeys(NAMES, people(0)), 2)
    plans = [planned(state, whole, people(0, 1), segment=name) for name in NAMES]
    assert groups(plans, {"memory": whole}) == [[0], [1], [2], [3]]


# What goes wrong


def test_an_audience_that_is_refused_does_not_stop_those_it_was_sent_with(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    platform.closed.add("audience-2")
    results = run(state, sink, WISHES)
    failures = {name: type(one.failure) for name, one in results.items()}
    assert failures == {"a": type(None), "b": RejectedError, "c": type(None)}
    assert held(platform) == {**should_be(WISHES), "b": frozenset()}
    assert (results["b"].added, results["b"].held) == (0, 1)
    platform.closed.clear()
    platform.sent.clear()
    run(state, sink, WISHES, 2)
    assert sent(platform) == [("add", 3)]
    assert held(platform) == should_be(WISHES)


def test_what_nobody_answered_is_not_known_of_any_of_the_audiences(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    class Deaf(Looking):
        def send_together(self, bundle: Bundle) -> list[Receipt]:
            self.platform.lose_next_reply()
            return super().send_together(bundle)

    results = run(state, Deaf(platform, state), WISHES)
    assert {type(one.failure) for one in results.values()} == {TransientError}
    assert [one.unanswered for one in results.values()] == [1, 1, 1]
    assert [one.held for one in results.values()] == [1, 1, 0]
    run(state, sink, WISHES, 2)
    assert held(platform) == should_be(WISHES)


def test_a_refusal_after_a_lost_reply_leaves_unknown_what_was_taken(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    class Closing(Looking):
        def send_together(self, bundle: Bundle) -> list[Receipt]:
            if not self.seen:
                self.platform.lose_next_reply()
            else:
                self.platform.closed.add("audience-1")
            return super().send_together(bundle)

    results = run(state, Closing(platform, state), WISHES)
    # The third was not among what was lost, and goes on alone.
    failures = [type(one.failure) for one in results.values()]
    assert failures == [RejectedError, RejectedError, type(None)]
    assert [one.unanswered for one in results.values()] == [1, 1, 0]
    platform.closed.clear()
    run(state, sink, WISHES, 2)
    assert held(platform) == should_be(WISHES)


def test_a_login_that_is_refused_ends_all_of_them_and_nothing_is_uncertain(
    state: State, platform: MemoryPlatform
) -> None:
    class LoggedOut(Looking):
        def send_together(self, bundle: Bundle) -> list[Receipt]:
            self.platform.fail_next(401)
            return super().send_together(bundle)

    results = run(state, LoggedOut(platform, state), WISHES)
    assert {type(one.failure) for one in results.values()} == {CredentialError}
    assert [one.unanswered for one in results.values()] == [0, 0, 0]
    assert held(platform) == dict.fromkeys(WISHES, frozenset())


def test_members_that_are_refused_are_told_to_each_audience_that_has_them(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    email, *_ = person("e3")
    platform.refuses = {str(email)}
    results = run(state, sink, WISHES)
    assert [one.rejected for one in results.values()] == [{"invalid": 1}] * 3
    assert set(members(state, segment="a")) == {"c0", "c1", "c2"}
    assert set(members(state, segment="b")) == {"c1", "c4"}
    assert members(state, segment="c") == {}


def test_a_stop_comes_between_two_requests_and_what_left_is_recorded(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    results = run(state, sink, WISHES, should_stop=lambda: bool(platform.sent))
    assert {name: (one.was_stopped, one.held) for name, one in results.items()} == {
        "a": (True, 1),
        "b": (True, 1),
        "c": (True, 1),
    }
    run(state, sink, WISHES, 2)
    assert held(platform) == should_be(WISHES)


def test_an_audience_that_cannot_be_opened_is_left_out_of_what_others_are_sent(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    platform.strangers.add("B")
    results = run(state, sink, WISHES)
    assert isinstance(results["b"].failure, RejectedError)
    assert sent(platform) == [("add", 3), ("add", 1)]
    assert held(platform) == {
        name: some for name, some in should_be(WISHES).items() if name != "b"
    }


def test_old_keys_stay_in_the_audience_whose_new_ones_were_refused(
    state: State, platform: MemoryPlatform, sink: Looking
) -> None:
    run(state, sink, WISHES)
    moved = {"c1": person("new1", "p1"), "c3": person("new3", "p3")}
    wishes = {
        name: {**some, **{k: moved[k] for k in moved if k in some}}
        for name, some in WISHES.items()
    }
    email, *_ = moved["c1"]
    platform.refuses = {str(email)}
    platform.sent.clear()
    run(state, sink, wishes, 2)
    assert sent(platform) == [("add", 2), ("remove", 1)]
    kept = {
        name: {**some, "c1": WISHES[name]["c1"]}
        for name, some in wishes.items()
        if "c1" in some
    }
    assert held(platform) == should_be({**wishes, **kept})


def test_wherever_a_run_is_killed_the_batches_of_a_request_are_in_one_state(
    tmp_path: Path,
) -> None:
    """Else the next run would send again some of what was answered."""
    seen: list[set[str]] = []
    is_killed = True
    while is_killed:
        platform = MemoryPlatform(match=Match.ROW, delay=1)
        folder = tmp_path / str(len(seen))
        with State(folder) as state:
            sink, fuse = Looking(platform, state, max_batch=9), Fuse(len(seen))
            kill_between_commits(state, fuse)
            is_killed = False
            try:
                run(state, sink, WISHES)
            except Killed:
                is_killed = True
        with State(folder) as state:
            plans = [state.journal.batches(plan.plan) for plan in state.journal.all()]
            seen.append({one.state.value for batches in plans for one in batches})
    assert [one for one in seen if len(one) > 1] == []
    assert set().union(*seen) == {"planned", "sending", "sent"}
