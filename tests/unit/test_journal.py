"""The journal: plans and batches, what became of them, and what is still open."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from audsync.contracts import AudienceInfo, Match, Operation, Outcome, RejectedRows
from audsync.errors import StateError
from audsync.match_keys import Kinds
from audsync.state import BatchState, JournalPlan, Range, State

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    with State(tmp_path_factory.mktemp("shop")) as state:
        yield state


@pytest.fixture
def state(opened: State) -> State:
    """One state for all tests, whose journal is emptied: making one takes a second."""
    with opened.transaction():
        for table in ("batches", "plans", "audiences"):
            opened._store.change(f"DELETE FROM {table}", {})
    for audience, sink in (("a", "files"), ("b", "meta")):
        opened.audiences.opened(
            audience, sink=sink, info=AudienceInfo(f"remote-{audience}", "A"), at=NOW
        )
    return opened


def ranges(count: int = 2, operation: Operation = Operation.ADD) -> list[Range]:
    return [
        Range(f"key-{number}", number, 1, operation, 2 * number, 2 * number + 2)
        for number in range(count)
    ]


def plan(
    state: State,
    audience: str = "a",
    run: str = "run-1",
    batches: int = 2,
    operation: Operation = Operation.ADD,
    kinds: Kinds = (("email",), ("phone",)),
) -> JournalPlan:
    return state.journal.open(
        run,
        audience,
        file=f"plan-of-{run}",
        rules_version="email=1",
        match=Match.ROW,
        kinds=kinds,
        made_on=TODAY,
        ranges=ranges(batches, operation),
    )


def test_a_plan_is_kept_as_it_was_made(state: State) -> None:
    made = plan(state, "b")
    assert made == JournalPlan(
        plan=made.plan,
        run="run-1",
        audience="b",
        sink="meta",
        file="plan-of-run-1",
        rules_version="email=1",
        match=Match.ROW,
        kinds=(("email",), ("phone",)),
        made_on=TODAY,
    )
    assert state.journal.plans() == [made]


def test_kinds_are_kept_and_names_that_an_earlier_release_wrote_are_kinds(
    state: State,
) -> None:
    kinds = (("email", "email_2"), ("phone",))
    plan(state, run="run-1", kinds=kinds)
    before = plan(state, run="run-2")
    with state.transaction():
        state._store.change(
            "UPDATE plans SET identifying = :names WHERE plan = :plan",
            {"names": '["email", "phone"]', "plan": before.plan},
        )

    assert [one.kinds for one in state.journal.plans()] == [kinds, (("email",), ("phone",))]


def test_batches_are_kept_as_they_were_cut_and_come_in_the_order_they_are_sent(
    state: State,
) -> None:
    first, other = plan(state), plan(state, run="run-2", batches=1)
    batches = state.journal.batches(first.plan)
    assert [batch.range for batch in batches] == ranges()
    assert {batch.plan for batch in batches} == {first.plan}
    assert len(state.journal.batches(other.plan)) == 1
    for batch in batches:
        assert batch.state is BatchState.PLANNED
        assert (batch.receipt, batch.sent_at, batch.outcome) == (None, None, None)
        assert batch.is_folded is False


def test_open_plans_come_oldest_first_and_may_be_those_of_one_audience(state: State) -> None:
    one, other, third = plan(state), plan(state, "b"), plan(state, run="run-2")
    assert state.journal.plans() == [one, other, third]
    assert state.journal.plans(audience="a") == [one, third]
    assert state.journal.plans(plan=other.plan) == [other]


def test_a_closed_plan_is_found_by_its_number_only(state: State) -> None:
    one, other = plan(state), plan(state, run="run-2")
    state.journal.close(one.plan)
    assert state.journal.plans() == [other]
    assert state.journal.plans(plan=one.plan) == [one]


def test_later_plans_are_those_of_the_same_audience_open_or_closed(state: State) -> None:
    first, second = plan(state), plan(state, run="run-2")
    plan(state, "b", run="run-3")
    fourth = plan(state, run="run-4")
    state.journal.close(second.plan)
    assert state.journal.later(first) == [second, fourth]
    assert state.journal.later(fourth) == []


def test_a_platform_is_at_work_while_a_batch_of_an_open_plan_has_no_outcome(
    state: State,
) -> None:
    first, other = plan(state), plan(state, "b", run="run-2")
    batch = state.journal.batches(first.plan)[0].id

    def at_work() -> list[bool]:
        return [state.journal.is_at_work(name) for name in ("a", "b")]

    assert at_work() == [False, False]
    state.journal.sending(batch, at=NOW)
    assert at_work() == [True, False]
    state.journal.sent(batch, {})
    assert at_work() == [True, False]
    state.journal.sending(state.journal.batches(other.plan)[0].id, at=NOW)
    assert at_work() == [True, True]
    state.journal.unknown(batch)
    assert at_work() == [False, True]
    state.journal.sending(batch, at=NOW)
    state.journal.close(first.plan)
    assert at_work() == [False, True]


def test_the_files_still_needed_are_those_of_open_plans_and_of_later_ones(state: State) -> None:
    plans = [plan(state, run=f"run-{number}") for number in range(3)]
    plan(state, "b", run="run-b")
    assert state.journal.files() == {*(one.file for one in plans), "plan-of-run-b"}
    state.journal.close(plans[1].plan)
    assert state.journal.files() == {*(one.file for one in plans), "plan-of-run-b"}
    state.journal.close(plans[0].plan)
    assert state.journal.files() == {"plan-of-run-2", "plan-of-run-b"}


def test_a_batch_that_leaves_and_is_answered_leaves_its_traces(state: State) -> None:
    made = plan(state)
    first, second = (batch.id for batch in state.journal.batches(made.plan))
    state.journal.sending(first, at=NOW)
    batch, untouched = state.journal.batches(made.plan)
    assert (batch.state, batch.sent_at) == (BatchState.SENDING, NOW)
    state.journal.sent(first, {"job": 7, "audience": "ø"})
    batch, untouched = state.journal.batches(made.plan)
    assert (batch.state, batch.sent_at) == (BatchState.SENT, NOW)
    assert batch.receipt == {"job": 7, "audience": "ø"}
    assert list(batch.receipt) == ["audience", "job"]  # sorted for people who look
    assert untouched.state is BatchState.PLANNED
    state.journal.unknown(second)
    assert [batch.state for batch in state.journal.batches(made.plan)] == [
        BatchState.SENT,
        BatchState.UNKNOWN,
    ]


def test_an_outcome_comes_back_as_the_platform_told_it(state: State) -> None:
    made = plan(state)
    batch = state.journal.batches(made.plan)[0]
    told = Outcome(3, (RejectedRows("invalid", 2, (1, 4)), RejectedRows("many", 5)))
    state.journal.decided(batch.id, told)
    found = state.journal.batches(made.plan)[0]
    assert (found.state, found.outcome) == (BatchState.CONFIRMED, told)


@pytest.mark.parametrize(
    ("accepted", "state_after"),
    [(0, BatchState.REJECTED), (1, BatchState.CONFIRMED), (2, BatchState.CONFIRMED)],
)
def test_a_batch_of_which_no_row_was_taken_is_rejected(
    state: State, accepted: int, state_after: BatchState
) -> None:
    made = plan(state)
    batch = state.journal.batches(made.plan)[0]
    state.journal.decided(batch.id, Outcome(accepted, (RejectedRows("x", 2 - accepted),)))
    assert state.journal.batches(made.plan)[0].state is state_after


def test_a_refused_request_is_a_rejected_batch_without_outcome(state: State) -> None:
    made = plan(state)
    batch = state.journal.batches(made.plan)[1]
    state.journal.refused(batch.id)
    first, second = state.journal.batches(made.plan)
    assert (first.state, second.state) == (BatchState.PLANNED, BatchState.REJECTED)
    assert second.outcome is None


def test_a_refused_removal_is_told_until_the_next_plan_of_that_audience(state: State) -> None:
    refusals = state.journal.is_removal_refused
    assert not refusals("a")
    made = plan(state, operation=Operation.REMOVE)
    first, second = state.journal.batches(made.plan)
    state.journal.decided(first.id, Outcome(0, (RejectedRows("x", 2),)))
    assert not refusals("a"), "what the platform told of rows is no refusal of the request"
    state.journal.refused(second.id)
    assert (refusals("a"), refusals("b")) == (True, False)
    plan(state, "b", run="run-2")
    assert refusals("a")
    plan(state, run="run-3")
    assert not refusals("a")


def test_a_refused_addition_is_no_refused_removal(state: State) -> None:
    (batch,) = state.journal.batches(plan(state, batches=1).plan)
    state.journal.refused(batch.id)
    assert not state.journal.is_removal_refused("a")


def test_what_was_planned_after_an_outcome_was_known_left_behind_that_batch(
    state: State,
) -> None:
    first = plan(state)
    meanwhile = plan(state, run="run-2")
    known, unknown = state.journal.batches(first.plan)
    state.journal.sent(known.id, {})
    state.journal.sent(unknown.id, {})
    state.journal.decided(known.id, Outcome(2))
    later = plan(state, run="run-3")
    known, unknown = state.journal.batches(first.plan)
    assert (known.known_since, unknown.known_since) == (meanwhile.plan, None)
    assert [one.may_come_after(meanwhile) for one in (known, unknown)] == [True, True]
    assert [one.may_come_after(later) for one in (known, unknown)] == [False, True]


def test_a_batch_that_did_not_leave_or_was_refused_comes_after_nothing(state: State) -> None:
    first = plan(state)
    _, refused = state.journal.batches(first.plan)
    state.journal.refused(refused.id)
    later = plan(state, run="run-2")
    left = [one.may_come_after(later) for one in state.journal.batches(first.plan)]
    assert left == [False, False]


def test_plans_since_the_first_open_one_are_those_of_the_audience_open_or_closed(
    state: State,
) -> None:
    closed, first, other, second, third = (
        plan(state, audience, run=f"run-{number}")
        for number, audience in enumerate(["a", "a", "b", "a", "a"])
    )
    assert state.journal.since_open("a") == [closed, first, second, third]
    state.journal.close(closed.plan)
    state.journal.close(second.plan)
    assert state.journal.since_open("a") == [first, second, third]
    assert state.journal.since_open("b") == [other]
    for one in (first, third):
        state.journal.close(one.plan)
    assert state.journal.since_open("a") == []


def test_what_nobody_answered_is_told_until_it_is_sent_again_under_its_key(
    state: State,
) -> None:
    made = plan(state, batches=4)
    ids = [batch.id for batch in state.journal.batches(made.plan)]
    for number in ids[:3]:
        state.journal.sending(number, at=NOW)
    state.journal.unknown(ids[1])
    state.journal.sent(ids[2], {"job": 1})
    state.journal.unknown(ids[2])  # the platform answered, and gave it up later
    left = state.journal.unanswered("a", since=NOW)
    assert [(run, one.range.batch) for run, one in left] == [
        ("run-1", "key-0"),
        ("run-1", "key-1"),
    ]
    later = NOW + timedelta(seconds=1)
    assert state.journal.unanswered("a", since=later) == []
    assert state.journal.unanswered("b", since=NOW) == []
    again = plan(state, run="run-2", batches=1)
    assert len(state.journal.unanswered("a", since=NOW)) == 2, "it has not been sent"
    state.journal.sending(state.journal.batches(again.plan)[0].id, at=later)
    left = state.journal.unanswered("a", since=NOW)
    assert [(run, one.range.batch) for run, one in left] == [
        ("run-1", "key-1"),
        ("run-2", "key-0"),
    ]


def test_what_a_platform_is_at_work_on_is_what_it_took_and_did_not_decide(
    state: State,
) -> None:
    first, closed, second = plan(state, batches=3), plan(state, run="run-2"), plan(state)
    other = plan(state, "b")
    for made in (first, closed, second, other):
        batch = state.journal.batches(made.plan)[0]
        state.journal.sending(batch.id, at=NOW)
        state.journal.sent(batch.id, {"job": 1})
    decided, sending = state.journal.batches(first.plan)[1:]
    state.journal.sent(decided.id, {})
    state.journal.decided(decided.id, Outcome(2))
    state.journal.sending(sending.id, at=NOW)
    state.journal.close(closed.plan)
    found = state.journal.received("a")
    assert [(run, one.plan) for run, one in found] == [
        ("run-1", first.plan),
        ("run-1", second.plan),
    ]
    assert found[0][1] == state.journal.batches(first.plan)[0]


def test_a_batch_may_be_replaced_by_others_and_the_rest_stay(state: State) -> None:
    made, other = plan(state), plan(state, run="run-2")
    first = state.journal.batches(made.plan)[0]
    pieces = [
        Range("key-2", 2, 1, Operation.ADD, 0, 1),
        Range("key-3", 3, 1, Operation.REMOVE, 1, 2),
    ]
    state.journal.replace(first, pieces)
    assert [batch.range for batch in state.journal.batches(made.plan)] == [ranges()[1], *pieces]
    assert [batch.range for batch in state.journal.batches(other.plan)] == ranges()


def test_a_batch_is_not_lost_where_what_replaces_it_cannot_be_kept(state: State) -> None:
    made = plan(state)
    before = state.journal.batches(made.plan)
    taken = replace(before[0].range, number=before[1].range.number)
    with pytest.raises(StateError):
        state.journal.replace(before[0], [taken])
    assert state.journal.batches(made.plan) == before


def test_folded_batches_are_marked_and_no_others(state: State) -> None:
    made = plan(state, batches=3)
    ids = [batch.id for batch in state.journal.batches(made.plan)]
    state.journal.folded(ids[:2])
    assert [batch.is_folded for batch in state.journal.batches(made.plan)] == [
        True,
        True,
        False,
    ]


def test_what_a_platform_told_of_the_last_batches_is_found(state: State) -> None:
    told: list[Mapping[str, object]] = [{"rate": "1"}, {"rate": "2"}, {}]
    for one in told:
        made = plan(state, batches=2)
        first, second = state.journal.batches(made.plan)
        state.journal.decided(first.id, Outcome(2, told=one))
        state.journal.decided(second.id, Outcome(2))
    ((run, batch),) = state.journal.told(made.audience)
    assert (run, batch.plan, batch.outcome) == (
        made.run,
        made.plan - 1,
        Outcome(2, (), told[1]),
    )
    assert state.journal.told("another") == []


def test_an_outcome_of_an_earlier_release_tells_nothing_else(state: State) -> None:
    made = plan(state)
    with state.transaction():
        stored = {"stored": '{"accepted": 2, "rejected": []}'}
        state._store.change("UPDATE batches SET outcome = :stored", stored)
    found = [batch.outcome for batch in state.journal.batches(made.plan)]
    assert found == [Outcome(2, (), {})] * 2


@pytest.mark.parametrize(
    "stored", ['{"accepted": 1, "rejected": null}', '{"accepted": "1", "rejected": []}']
)
def test_an_outcome_that_is_none_is_not_taken_for_one(state: State, stored: str) -> None:
    made = plan(state)
    with state.transaction():
        state._store.change("UPDATE batches SET outcome = :stored", {"stored": stored})
    with pytest.raises(TypeError, match=r"^an outcome in the journal has lost its shape$"):
        state.journal.batches(made.plan)


def test_a_change_of_the_journal_is_there_when_the_folder_is_opened_again(
    tmp_path: Path,
) -> None:
    with State(tmp_path) as first:
        first.audiences.opened("a", sink="files", info=AudienceInfo("remote", "A"), at=NOW)
        made = plan(first)
        (batch, _) = first.journal.batches(made.plan)
        first.journal.sending(batch.id, at=NOW)
        first.journal.sent(batch.id, {"b": 1, "a": 2})
        first.journal.decided(batch.id, Outcome(2))
        first.journal.folded([batch.id])
        before = first.journal.batches(made.plan)
    with State(tmp_path) as again:
        assert again.journal.plans() == [made]
        assert again.journal.batches(made.plan) == before
        assert before[0].is_folded
