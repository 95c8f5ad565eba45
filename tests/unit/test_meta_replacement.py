"""An audience of Meta replaced as a whole: parts in one session, lost answers, the window."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from audsync.deliver import deliver
from audsync.plan import AudiencePlan
from audsync.state import State
from audsync.testing.meta import FakeMeta, Matching, Samples, errors, faults
from audsync.testing.meta.faults import LOST, Fault
from fakes.plans import NOW, Row, a_run, digest, members, planned, sure
from meta_shop import sink_of

KEYS = ("EMAIL", "PHONE", "COUNTRY")
PEOPLE = [f"c{number}" for number in range(7)]


def person(name: str) -> Row:
    return digest(name), digest(f"phone of {name}"), digest("pl")


WISHES = {client: person(client) for client in PEOPLE}
OTHERS = {**WISHES, "c0": person("a new address"), "c9": person("c9")}


@pytest.fixture
def fake() -> Iterator[FakeMeta]:
    with FakeMeta() as made:
        yield made
        assert made.mistakes == {}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "shop") as made:
        yield made


def held(fake: FakeMeta) -> set[Row]:
    (audience,) = fake.audiences()
    return set(fake.members(audience))


def test_an_audience_is_filled_first_and_replaced_when_it_changes(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    assert a_run(state, sink, WISHES).added == 7
    assert fake.calls["POST usersreplace"] == 0
    users = fake.calls["POST users"]
    result = a_run(state, sink, OTHERS, number=2)
    assert (result.replaced, result.failure) == (8, None)
    assert held(fake) == set(OTHERS.values())
    assert members(state) == {client: [row] for client, row in OTHERS.items()}
    assert sure(state) == set(OTHERS)
    assert (fake.calls["POST users"], fake.calls["POST usersreplace"]) == (users, 3)
    assert a_run(state, sink, OTHERS, number=3).replaced == 0
    assert fake.calls["POST usersreplace"] == 3


def test_by_itself_it_is_replaced_only_where_the_changes_are_more_than_the_members(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3)
    a_run(state, sink, WISHES)
    a_run(state, sink, OTHERS, number=2)
    assert fake.calls["POST usersreplace"] == 0
    moved = {client: person(f"{client} moved") for client in PEOPLE}
    assert a_run(state, sink, moved, number=3).replaced == 7
    assert held(fake) == set(moved.values())


def test_nobody_wanted_means_that_all_are_removed(fake: FakeMeta, state: State) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    assert a_run(state, sink, {}, number=2).removed == 7
    assert held(fake) == set()


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("fault", [LOST[0], LOST[1], faults.reset_before()])
def test_a_part_that_nobody_answered_is_mended_within_the_run(
    fake: FakeMeta, state: State, fault: Fault, part: int
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.faults.plan(fault, endpoint="POST usersreplace", after=part)
    result = a_run(state, sink, OTHERS, number=2)
    assert (result.replaced, result.failure) == (8, None)
    assert held(fake) == set(OTHERS.values())
    assert sure(state) == set(OTHERS)


def test_members_that_meta_refuses_in_a_replacement_are_told(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.graph.bad_values = {digest("c9"), digest("c5")}
    fake.faults.plan(faults.reset_after(), endpoint="POST usersreplace", after=1)
    result = a_run(state, sink, OTHERS, number=2)
    assert (result.replaced, sum(result.rejected.values())) == (6, 2)
    assert held(fake) == {OTHERS[client] for client in OTHERS if client not in {"c9", "c5"}}


def test_of_a_count_without_samples_all_are_kept_so_that_all_are_taken_out_one_day(
    fake: FakeMeta, state: State
) -> None:
    fake.graph.quirks.samples = Samples.NONE
    sink = sink_of(fake, keys=KEYS, max_batch=10, delivery="replace")
    a_run(state, sink, WISHES)
    fake.graph.bad_values = {digest("c9")}
    result = a_run(state, sink, OTHERS, number=2)
    assert (result.replaced, dict(result.rejected)) == (7, {"invalid_unexplained": 1})
    assert members(state) == {client: [row] for client, row in OTHERS.items()}


def test_while_meta_is_at_work_the_outcome_waits_for_the_next_run(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.graph.quirks.polls_after_replace = 2
    first = a_run(state, sink, OTHERS, number=2)
    assert (first.at_work, first.failure) == (1, None)
    assert sure(state) == set(WISHES), "nobody said that it was done"
    fake.graph.quirks.polls_after_replace = 0
    again = a_run(state, sink, OTHERS, number=3)
    assert (again.failure, again.at_work) == (None, 0)
    assert sure(state) == set(OTHERS)
    assert fake.calls["POST usersreplace"] == 3


def test_a_replacement_that_fails_half_done_is_mended_by_the_next_run(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.faults.plan(faults.partial_replace(), endpoint="POST usersreplace", after=1)
    failed = a_run(state, sink, OTHERS, number=2)
    assert failed.failure is not None
    assert sure(state) == set()
    fake.recover()
    fake.graph.clock.advance(hours=2)
    assert a_run(state, sink, OTHERS, number=3).failure is None
    assert held(fake) == set(OTHERS.values())
    assert sure(state) == set(OTHERS)


def test_the_time_that_a_replacement_may_take_is_watched(fake: FakeMeta, state: State) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    moments = count()

    def clock() -> datetime:
        return NOW + timedelta(minutes=45 * next(moments))

    (result,) = deliver(
        [planned(state, sink, OTHERS)],
        state,
        {"memory": sink},
        run="slow",
        as_of=date(2026, 11, 23),
        sleep=lambda _seconds: None,
        clock=clock,
    )
    assert "the 80 minutes that a replacement may take are over" in str(result.failure)
    assert fake.calls["POST usersreplace"] < 3
    # Meta then takes whoever has arrived for the whole; the next run puts it right.
    fake.graph.clock.advance(hours=2)
    assert len(held(fake)) < 8
    assert a_run(state, sink, OTHERS, number=9).failure is None
    assert held(fake) == set(OTHERS.values())


def test_a_run_that_is_to_stop_does_not_leave_a_replacement_half_done(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    plan = planned(state, sink, OTHERS)

    def stops(after: int) -> Callable[[], bool]:
        asked = count()
        return lambda: next(asked) > after

    for after, calls in ((0, 0), (1, 3)):
        deliver(
            [plan],
            state,
            {"memory": sink},
            run=f"stopped-{after}",
            as_of=date(2026, 11, 23),
            should_stop=stops(after),
        )
        assert fake.calls["POST usersreplace"] == calls


def plan_of(state: State, fake: FakeMeta, delivery: str) -> AudiencePlan:
    return planned(state, sink_of(fake, keys=KEYS, delivery=delivery), OTHERS)


def test_the_plan_says_which_way_and_what_it_does_to_ads(fake: FakeMeta, state: State) -> None:
    a_run(state, sink_of(fake, keys=KEYS), WISHES)
    changed = plan_of(state, fake, "delta").to_json()
    replaced = plan_of(state, fake, "replace").to_json()
    assert changed["operations"] == replaced["operations"]
    assert (changed["replaced"], replaced["replaced"]) == (None, 8)
    assert changed["effect"] == "ad sets that use the audience start learning anew"
    assert replaced["effect"] == "ad sets that use the audience keep what they learned"


SAID_NO = {client: row for client, row in WISHES.items() if client != "c3"}
TOO_LARGE = faults.of(errors.HUGE)


def test_whoever_withdrew_leaves_although_meta_refuses_the_replacement(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    household = {**WISHES, "c4": (digest("c4"), WISHES["c3"][1], digest("pl"))}
    a_run(state, sink, household)
    fake.graph.quirks.matching = Matching.ANY_KEY
    fake.faults.plan(TOO_LARGE, endpoint="POST usersreplace", times=None)
    wanted = {client: row for client, row in household.items() if client not in {"c3", "c5"}}
    for number in (2, 3):
        result = a_run(
            state, sink, {**wanted, "c9": person("c9")}, number=number, withdrawn=["c3"]
        )
        assert "too large to be replaced" in str(result.failure)
        assert result.exit_code == 12
        assert result.removed == (number == 2)
        # Who only left the segment, or enters it, waits for whoever set `delivery`.
        assert held(fake) == {*wanted.values(), WISHES["c5"]}
        assert sure(state) == {*wanted, "c5"}
    assert fake.calls["DELETE users"] == 1
    fake.recover()
    last = a_run(state, sink, {**wanted, "c9": person("c9")}, number=4, withdrawn=["c3"])
    assert (last.replaced, last.failure) == (len(wanted) + 1, None)
    assert held(fake) == {*wanted.values(), person("c9")}


@pytest.mark.parametrize("first", [LOST[0], faults.reset_before()])
def test_whoever_withdrew_is_out_also_where_nobody_knows_what_became_of_the_first_part(
    fake: FakeMeta, state: State, first: Fault
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.faults.plan(first, endpoint="POST usersreplace")
    fake.faults.plan(TOO_LARGE, endpoint="POST usersreplace", after=1)
    result = a_run(state, sink, SAID_NO, number=2, withdrawn=["c3"])
    assert result.failure is not None
    fake.graph.clock.advance(hours=2)
    assert WISHES["c3"] not in held(fake)
    assert a_run(state, sink, SAID_NO, number=3, withdrawn=["c3"]).failure is None
    assert held(fake) == set(SAID_NO.values())
    assert sure(state) == set(SAID_NO)


def test_whoever_withdrew_leaves_where_meta_fails_to_end_the_replacement(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.graph.quirks.fails_at_end = True
    result = a_run(state, sink, SAID_NO, number=2, withdrawn=["c3"])
    assert "could not replace the members" in str(result.failure)
    assert held(fake) == set(SAID_NO.values())


@pytest.mark.parametrize(("delivery", "replaces"), [("auto", True), ("delta", False)])
def test_the_run_after_a_refused_removal_replaces_the_audience_where_it_may_choose(
    fake: FakeMeta, state: State, delivery: str, *, replaces: bool
) -> None:
    fake.graph.quirks.smallest_after_removal = 7
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery=delivery)
    a_run(state, sink, WISHES)
    assert a_run(state, sink, SAID_NO, number=2, withdrawn=["c3"]).failure is not None
    assert held(fake) == set(WISHES.values())
    again = a_run(state, sink, SAID_NO, number=3, withdrawn=["c3"])
    assert (again.failure is None, again.replaced) == (replaces, 6 if replaces else 0)
    assert (WISHES["c3"] in held(fake)) is not replaces
    # After that it is changed member by member again.
    fake.graph.quirks.smallest_after_removal = 0
    fewer = {client: row for client, row in SAID_NO.items() if client != "c4"}
    last = a_run(state, sink, fewer, number=4, withdrawn=["c3", "c4"])
    assert (last.failure, last.removed) == (None, 1 if replaces else 2)
    assert held(fake) == set(fewer.values())


def test_while_a_replacement_waits_for_more_parts_nothing_else_is_tried(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.faults.plan(faults.error(100), endpoint="POST usersreplace", after=1)
    result = a_run(state, sink, SAID_NO, number=2, withdrawn=["c3"])
    assert "was not taken out" not in str(result.failure)
    assert fake.calls["DELETE users"] == 0
    # Meta ends it with whoever has arrived.
    fake.graph.clock.advance(hours=2)
    assert held(fake) < set(SAID_NO.values())


def test_a_withdrawal_that_is_refused_beside_the_replacement_is_told(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.faults.plan(TOO_LARGE, endpoint="POST usersreplace")
    fake.faults.plan(faults.of(errors.FLAGGED), endpoint="DELETE users")
    result = a_run(state, sink, SAID_NO, number=2, withdrawn=["c3"])
    assert "too large to be replaced" in str(result.failure)
    assert "was not taken out of it: meta: Meta flagged this audience" in str(result.failure)
    assert (result.removed, result.exit_code) == (0, 12)
    assert sure(state) == set(WISHES)
    assert a_run(state, sink, SAID_NO, number=3, withdrawn=["c3"]).failure is None
    assert held(fake) == set(SAID_NO.values())


def test_one_reason_for_two_refusals_is_told_once(fake: FakeMeta, state: State) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    for endpoint in ("POST usersreplace", "DELETE users"):
        fake.faults.plan(faults.of(errors.FLAGGED), endpoint=endpoint)
    said = str(a_run(state, sink, SAID_NO, number=2, withdrawn=["c3"]).failure)
    assert said.count("flagged") == 1
    assert said.endswith("whoever may not be in the audience any more was not taken out of it")


def test_a_replacement_that_is_refused_sends_nothing_else_where_nobody_has_to_leave(
    fake: FakeMeta, state: State
) -> None:
    sink = sink_of(fake, keys=KEYS, max_batch=3, delivery="replace")
    a_run(state, sink, WISHES)
    fake.faults.plan(TOO_LARGE, endpoint="POST usersreplace")
    users = fake.calls["POST users"]
    assert a_run(state, sink, SAID_NO, number=2).failure is not None
    assert (fake.calls["POST users"], fake.calls["DELETE users"]) == (users, 0)
    assert held(fake) == set(WISHES.values())
