"""Plans on their way: batches, phases, retries, refusals, and what the next run makes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audsync.contracts import (
    AudienceInfo,
    Batch,
    Capabilities,
    Match,
    Operation,
    Outcome,
    Receipt,
    RejectedRows,
    Replacing,
)
from audsync.deliver import AudienceResult, check_rows, deliver, gravest, make_batch, resume
from audsync.deliver.batches import cut
from audsync.errors import (
    CredentialError,
    ExitCode,
    RejectedError,
    TableError,
    TransientError,
)
from audsync.state import BatchState, State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.plans import (
    CLIENTS,
    NOW,
    a_run,
    audience_key,
    digest,
    members,
    person,
    planned,
    should_hold,
    sure,
)

FIVE = {f"c{number}": person(f"e{number}") for number in range(5)}
KEY = audience_key()
INFO = AudienceInfo("audience-1", "People")
LOST = 0


class Troubled(MemorySink):
    """A sink that meets faults from the n-th batch on: statuses, or a lost reply."""

    def __init__(self, platform: MemoryPlatform, faults: dict[int, list[int]]) -> None:
        super().__init__(platform=platform, max_batch=2)
        self._faults = faults
        self._batches: set[str] = set()

    def send(self, batch: Batch) -> Receipt:
        if batch.key not in self._batches:
            for status in self._faults.get(len(self._batches), []):
                if status == LOST:
                    self.platform.lose_next_reply()
                else:
                    self.platform.fail_next(status)
        self._batches.add(batch.key)
        return super().send(batch)


class Miscounting(MemorySink):
    """A sink whose outcomes are what the test says."""

    outcome = Outcome(0)

    def settle(self, receipt: Receipt) -> Outcome | None:
        super().settle(receipt)
        return self.outcome


class Dying(MemorySink):
    """A sink whose process ends after it has handed over so many batches."""

    batches = 1

    def send(self, batch: Batch) -> Receipt:
        receipt = super().send(batch)
        self.batches -= 1
        if not self.batches:
            raise KeyboardInterrupt
        return receipt


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "shop") as opened:
        yield opened


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform(match=Match.KEY)


@pytest.fixture
def sink(platform: MemoryPlatform) -> MemorySink:
    return MemorySink(platform=platform, max_batch=2)


def states(state: State, plan: int = 1) -> list[str]:
    return [batch.state.value for batch in state.journal.batches(plan)]


def sent(platform: MemoryPlatform) -> list[tuple[str, int]]:
    """Operation and size of each batch that reached the platform."""
    return [(operation.value, len(rows)) for _, operation, rows in platform.sent]


def send(state: State, sink: MemorySink, wishes: Any, **given: Any) -> AudienceResult:
    """Deliver without resuming first."""
    settings: dict[str, Any] = {
        "run": "run-1",
        "as_of": date(2026, 11, 23),
        "clock": lambda: NOW,
    }
    settings |= {"sleep": lambda _seconds: None, **given}
    (result,) = deliver([planned(state, sink, wishes)], state, {"memory": sink}, **settings)
    return result


def test_a_first_delivery_fills_the_audience_and_a_second_sends_nothing(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    result = a_run(state, sink, FIVE)
    assert (result.added, result.removed, result.exit_code) == (5, 0, ExitCode.DONE)
    assert platform.members("audience-1") == should_hold(FIVE, Match.KEY)
    assert members(state) == {client: [row] for client, row in FIVE.items()}
    assert sent(platform) == [("add", 2), ("add", 2), ("add", 1)]
    assert a_run(state, sink, FIVE, number=2).added == 0
    assert len(platform.sent) == 3


def test_those_who_leave_go_first_and_replaced_keys_last(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, {"c0": person("a"), "c1": person("b")})
    platform.sent.clear()
    a_run(state, sink, {"c1": person("new"), "c2": person("c")}, number=2)
    assert sent(platform) == [("remove", 1), ("add", 2), ("remove", 1)]
    assert platform.sent[0][2] == ((digest("a"), None, None),)
    assert platform.sent[2][2] == ((digest("b"), None, None),)


def test_a_plan_is_cut_where_phase_or_operation_change_and_at_the_batch_size() -> None:
    operations = pa.table(
        {
            "phase": pa.array([0, 0, 0, 1, 2, 2], pa.int8()),
            "operation": ["remove", "remove", "remove", "add", "remove", "remove"],
        }
    )
    ranges = cut(operations, max_batch=2, run="r", audience="a", file="0123456789abcdef00")
    assert [(one.start, one.stop, one.phase, one.operation.value) for one in ranges] == [
        (0, 2, 0, "remove"),
        (2, 3, 0, "remove"),
        (3, 4, 1, "add"),
        (4, 6, 2, "remove"),
    ]
    assert ranges[1].batch == "r.a.remove.1.0123456789abcdef"
    assert cut(operations.slice(0, 0), max_batch=2, run="r", audience="a", file="f") == []
    with pytest.raises(TableError, match="not in order"):
        cut(operations.take([3, 0]), max_batch=2, run="r", audience="a", file="f")


def test_a_batch_key_says_run_audience_operation_number_and_content(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    file = state.journal.plans(plan=1)[0].file
    assert [key for key, _, _ in platform.sent] == [
        f"run-1.shop.people.memory.add.{number}.{file[:16]}" for number in range(3)
    ]


def test_the_journal_says_sending_before_a_batch_leaves(
    state: State, platform: MemoryPlatform
) -> None:
    seen: list[list[str]] = []

    class Looking(MemorySink):
        def send(self, batch: Any) -> Any:
            seen.append(states(state))
            return super().send(batch)

        def settle(self, receipt: Any) -> Any:
            seen.append(states(state))
            return super().settle(receipt)

    a_run(state, Looking(platform=platform, max_batch=3), FIVE)
    assert seen == [
        ["sending", "planned"],
        ["sent", "planned"],
        ["confirmed", "sending"],
        ["confirmed", "sent"],
    ]


def test_a_temporary_refusal_is_repeated_after_the_time_it_asks_for(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    waits: list[float] = []
    platform.fail_next(429, retry_after=7)
    platform.fail_next(503)
    result = send(state, sink, FIVE, sleep=waits.append)
    assert (result.added, result.exit_code) == (5, ExitCode.DONE)
    assert waits == [7, 2]


def test_a_sink_that_stays_away_ends_its_audience_and_not_the_others(state: State) -> None:
    broken, sound = MemoryPlatform(), MemoryPlatform()
    sinks = {"broken": MemorySink(platform=broken), "sound": MemorySink(platform=sound)}
    for _ in range(5):
        broken.fail_next(500)
    plans = [planned(state, sinks[name], FIVE, sink_id=name) for name in sinks]
    results = deliver(
        plans, state, sinks, run="r", as_of=date(2026, 11, 23), sleep=lambda _seconds: None
    )
    assert [result.audience for result in results] == [
        "shop.people.broken",
        "shop.people.sound",
    ]
    assert isinstance(results[0].failure, TransientError)
    assert (results[0].exit_code, results[1].exit_code) == (6, 0)
    assert gravest(result.exit_code for result in results) == ExitCode.TEMPORARY
    assert results[1].added == 5


def test_a_wait_longer_than_a_run_can_last_is_not_begun(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    waits: list[float] = []
    platform.fail_next(429, retry_after=3600)
    result = send(state, sink, FIVE, sleep=waits.append)
    assert (result.exit_code, waits) == (ExitCode.TEMPORARY, [])


@pytest.mark.parametrize(
    ("status", "error", "code"), [(400, RejectedError, 12), (401, CredentialError, 5)]
)
def test_a_refused_batch_ends_the_audience_and_its_members_are_none(
    state: State,
    platform: MemoryPlatform,
    status: int,
    error: type[Exception],
    code: int,
) -> None:
    result = send(state, Troubled(platform, {1: [status]}), FIVE)
    assert isinstance(result.failure, error)
    assert (result.exit_code, result.added, result.held) == (code, 2, 1)
    assert states(state) == ["confirmed", "rejected", "planned"]
    assert len(members(state)) == 2
    assert platform.members("audience-1") == should_hold(
        {client: rows[0] for client, rows in members(state).items()}, Match.KEY
    )


def test_a_lost_reply_leaves_members_uncertain_until_they_are_sent_again(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    result = send(state, Troubled(platform, {0: [LOST] * 5}), {"c0": person("a")})
    assert (result.exit_code, result.unanswered) == (ExitCode.TEMPORARY, 1)
    known = state.audiences.get(KEY)
    assert known is not None
    assert (known.members, known.uncertain) == (0, 1)
    # Not desired any more: a removal, for the platform may hold it.
    a_run(state, sink, {}, number=2)
    assert platform.members("audience-1") == frozenset()
    assert members(state) == {}


def test_a_refusal_after_an_unanswered_attempt_is_not_taken_for_certain(
    state: State, platform: MemoryPlatform
) -> None:
    result = send(state, Troubled(platform, {0: [LOST, 400]}), {"c0": person("a")})
    assert isinstance(result.failure, RejectedError)
    assert states(state) == ["unknown"]
    assert members(state) == {"c0": [person("a")]}


def test_rejected_rows_are_not_members_and_are_counted_by_code(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    platform.refuses = {digest("e1")}
    result = a_run(state, sink, FIVE)
    assert (result.added, dict(result.rejected)) == (4, {"invalid": 1})
    assert set(members(state)) == {"c0", "c2", "c3", "c4"}
    assert result.exit_code == ExitCode.DONE


@pytest.mark.parametrize("match", Match)
def test_whoever_s_new_key_is_refused_keeps_the_old_one(state: State, match: Match) -> None:
    platform = MemoryPlatform(match=match)
    sink = MemorySink(platform=platform, max_batch=3)
    a_run(state, sink, FIVE)
    # c1 and c3 had one row; of the five all change, and the platform takes all but that of c1.
    a_run(state, sink, FIVE | {"c3": FIVE["c1"]}, number=2)
    moved = {f"c{number}": person(f"new{number}") for number in range(5)}
    platform.refuses = {digest("new1")}
    for number in (3, 4):
        result = a_run(state, sink, moved, number=number)
        assert result.rejected == {"invalid": 1}
        wanted = moved | {"c1": FIVE["c1"]}
        assert platform.members("audience-1") == should_hold(wanted, match)
    platform.refuses = set()
    a_run(state, sink, moved, number=5)
    a_run(state, sink, moved, number=6)
    assert platform.members("audience-1") == should_hold(moved, match)
    assert members(state) == {client: [row] for client, row in moved.items()}


def test_where_the_platform_does_not_tell_who_was_refused_all_keep_their_old_keys_a_run_longer(
    state: State,
) -> None:
    platform = MemoryPlatform(tells_rows=False)
    sink = MemorySink(platform=platform, max_batch=3)
    a_run(state, sink, FIVE)
    platform.refuses = {digest("new1")}
    moved = {f"c{number}": person(f"new{number}") for number in range(5)}
    a_run(state, sink, moved, number=2)
    old = {("email", row[0]) for row in FIVE.values()}
    assert len(old & platform.members("audience-1")) == 3
    a_run(state, sink, moved, number=3)
    assert not old & platform.members("audience-1")


def test_a_removal_that_is_rejected_makes_the_run_fail_and_is_made_again(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    platform.refuses = {digest("e1")}
    result = a_run(state, sink, {}, number=2)
    assert (result.exit_code, result.removals_rejected) == (ExitCode.REFUSED, 1)
    assert set(members(state)) == {"c1"}
    platform.refuses = set()
    assert a_run(state, sink, {}, number=3).removed == 1
    assert platform.members("audience-1") == frozenset()


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(accepted=1),
        Outcome(accepted=3),
        Outcome(accepted=-1, rejected=(RejectedRows("x", 3),)),
        Outcome(accepted=0, rejected=(RejectedRows("x", 2, (0, 0)),)),
        Outcome(accepted=1, rejected=(RejectedRows("x", 1, (2,)),)),
        Outcome(accepted=0, rejected=(RejectedRows("x", 2, (0,)),)),
    ],
)
def test_an_outcome_that_does_not_add_up_is_the_connectors_fault(
    state: State, platform: MemoryPlatform, outcome: Outcome
) -> None:
    sink = Miscounting(platform=platform, max_batch=2)
    sink.outcome = outcome
    result = send(state, sink, dict(list(FIVE.items())[:2]))
    assert isinstance(result.failure, TableError)
    assert "of 2 members of a batch" in str(result.failure)
    assert states(state) == ["unknown"]


def test_a_stop_comes_at_the_end_of_a_batch_and_what_left_is_recorded(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    result = send(state, sink, FIVE, should_stop=lambda: len(platform.sent) == 2)
    assert (result.was_stopped, result.added, result.held) == (True, 4, 1)
    assert len(members(state)) == 4
    a_run(state, sink, FIVE, number=2)
    assert sent(platform) == [("add", 2), ("add", 2), ("add", 1)]


def test_a_run_that_is_to_stop_does_not_begin_with_an_audience(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    result = send(state, sink, FIVE, should_stop=lambda: True)
    assert (result.was_stopped, platform.names) == (True, {})


def test_progress_tells_the_audience_and_how_far_it_is(state: State, sink: MemorySink) -> None:
    told: list[tuple[str, int, int]] = []
    send(state, sink, FIVE, progress=lambda *given: told.append(given))
    assert told == [(KEY, 2, 5), (KEY, 4, 5), (KEY, 5, 5)]


def test_an_audience_that_the_platform_lost_is_made_anew_and_filled_by_the_next_run(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    platform.forget("audience-1")
    result = a_run(state, sink, FIVE, number=2)
    assert (result.was_recreated, result.exit_code) == (True, ExitCode.INCOMPLETE)
    assert members(state) == {}
    assert a_run(state, sink, FIVE, number=3).added == 5
    assert platform.members("audience-1") == should_hold(FIVE, Match.KEY)


def test_what_was_sent_to_an_audience_that_was_lost_keeps_nobody_out_of_the_new_one(
    state: State,
) -> None:
    platform, hour = MemoryPlatform(match=Match.PERSON, delay=1), timedelta(hours=1)
    with pytest.raises(KeyboardInterrupt):
        a_run(state, Dying(platform=platform), FIVE)
    sink = MemorySink(platform=platform)
    for number in (2, 3):  # all is confirmed, and the first run's batch may still come
        a_run(state, sink, FIVE, number=number, apart=hour)
        platform.advance()
    platform.forget("audience-1")
    assert a_run(state, sink, FIVE, number=4, apart=hour).was_recreated
    a_run(state, sink, FIVE, number=5, apart=hour)
    platform.advance()
    assert platform.members("audience-1") == should_hold(FIVE, Match.PERSON)


class KnowingSink(Dying):
    """One whose platform knows a batch by its key; it lives unless told otherwise."""

    batches = -1

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, knows_batches=True)


class TestPlatformThatSettlesLater:
    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        return MemoryPlatform(match=Match.KEY, delay=1)

    def test_members_count_once_the_platform_says_so(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        result = a_run(state, sink, FIVE)
        assert (result.added, result.at_work, result.exit_code) == (0, 3, ExitCode.DONE)
        assert members(state) == {}
        assert a_run(state, sink, FIVE, number=2).added == 0
        assert len(platform.sent) == 3
        platform.advance()
        (settled,) = resume(state, {"memory": sink}, run="run-3")
        assert (settled.audience, settled.added) == (KEY, 5)
        assert len(members(state)) == 5
        assert len(platform.sent) == 3

    def test_a_later_run_asks_for_the_very_batches_that_were_sent(
        self, state: State, platform: MemoryPlatform
    ) -> None:
        asked: list[Receipt] = []

        class Asked(MemorySink):
            def settle(self, receipt: Receipt) -> Outcome | None:
                asked.append(receipt)
                return super().settle(receipt)

        sink = Asked(platform=platform, max_batch=2)
        a_run(state, sink, FIVE)
        asked.clear()
        resume(state, {"memory": sink}, run="run-2")
        ids = [batch.range.batch for batch in state.journal.batches(1)]
        assert [receipt.batch for receipt in asked] == ids

    def test_a_sink_takes_its_next_step_once_and_is_asked_for_that_from_then_on(
        self, state: State, platform: MemoryPlatform
    ) -> None:
        steps: list[str] = []

        class InSteps(MemorySink):
            def settle(self, receipt: Receipt) -> Outcome | None:
                first = Receipt(receipt.batch, {**receipt.payload, "step": None})
                return super().settle(first) if receipt.payload.get("step") else None

            def step(self, receipt: Receipt) -> Receipt | None:
                if receipt.payload.get("step"):
                    return None
                steps.append(receipt.batch)
                if len(steps) == 1:
                    raise TransientError("memory: busy", connector="memory")
                return Receipt(receipt.batch, {**receipt.payload, "step": 1})

        sink = InSteps(platform=platform, max_batch=5)
        a_run(state, sink, FIVE)
        a_run(state, sink, FIVE, number=2)
        (batch,) = state.journal.batches(1)
        assert steps == [batch.range.batch] * 2  # the first was not answered
        assert batch.receipt is not None
        assert batch.receipt["step"] == 1
        platform.advance()
        a_run(state, sink, FIVE, number=3)
        assert len(members(state)) == 5

    def test_a_list_that_somebody_leaves_each_day_takes_others_in_each_day(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        for day in range(1, 6):
            people = {f"c{number}": person(f"e{number}") for number in range(day, day + 4)}
            a_run(state, sink, people, number=day)
            platform.advance()
            assert platform.members("audience-1") == should_hold(people, Match.KEY)

    def test_an_addition_waits_until_the_removal_of_its_key_is_settled(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        platform.advance()
        a_run(state, sink, {}, number=2)
        heir = {"c1": person("a"), "c2": person("b")}
        result = a_run(state, sink, heir, number=3)
        assert (result.at_work, result.held) == (1, 1)
        assert sent(platform) == [("add", 1), ("remove", 1), ("add", 1)]
        assert platform.sent[-1][2] == (person("b"),)
        platform.advance()
        a_run(state, sink, heir, number=4)
        assert platform.sent[-1][2] == (person("a"),)
        platform.advance()
        assert platform.members("audience-1") == should_hold(heir, Match.KEY)

    def test_an_old_key_waits_for_the_addition_of_the_new_one(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        """Also of another who leaves, and had the key as well."""
        a_run(state, sink, {"c0": person("a", "p"), "c1": person("b", "p")})
        platform.advance()
        wanted = {"c0": person("a", "new"), "c2": person("c")}
        result = a_run(state, sink, wanted, number=2)
        assert [(kind, rows) for _, kind, rows in platform.sent[1:]] == [
            (Operation.REMOVE, ((digest("b"), None, None),)),
            (Operation.ADD, (person("a", "new"), person("c"))),
        ]
        assert (result.at_work, result.held) == (2, 1)
        platform.advance()
        a_run(state, sink, wanted, number=3)
        platform.advance()
        assert platform.members("audience-1") == should_hold(wanted, Match.KEY)

    def test_who_leaves_goes_out_although_an_earlier_plan_is_at_work(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, FIVE)
        fewer = {client: row for client, row in FIVE.items() if client != "c1"}
        a_run(state, sink, fewer, number=2)
        assert sent(platform)[3:] == [("remove", 1)]

    def test_a_batch_that_nobody_answered_is_sent_again_under_its_key(
        self, state: State, platform: MemoryPlatform
    ) -> None:
        dying = KnowingSink(platform=platform, max_batch=2)
        dying.batches = 2
        with pytest.raises(KeyboardInterrupt):
            a_run(state, dying, FIVE)
        killed = platform.sent[-1]
        sink = KnowingSink(platform=platform, max_batch=2)
        assert a_run(state, sink, FIVE, number=2).failure is None
        assert len(platform.sent) == 4
        again = [one for one in platform.sent[2:] if one[0] == killed[0]]
        assert [(kind, set(rows)) for _, kind, rows in again] == [(killed[1], set(killed[2]))]
        platform.advance()
        assert a_run(state, sink, FIVE, number=3).held == 0
        assert len(platform.sent) == 4
        assert platform.members("audience-1") == should_hold(FIVE, Match.KEY)

    @pytest.mark.parametrize(
        "meanwhile", [{}, {**FIVE, "c0": person("other")}, {"c4": person("e4")}]
    )
    def test_a_key_is_not_used_again_for_other_people_or_after_other_batches(
        self, state: State, platform: MemoryPlatform, meanwhile: dict[str, Any]
    ) -> None:
        dying = KnowingSink(platform=platform, max_batch=9)
        dying.batches = 1
        with pytest.raises(KeyboardInterrupt):
            a_run(state, dying, FIVE)
        sink = KnowingSink(platform=platform, max_batch=9)
        a_run(state, sink, meanwhile, number=2)
        a_run(state, sink, FIVE, number=3)
        keys = [key for key, _, _ in platform.sent]
        assert keys.count(keys[0]) == 1

    def test_everything_waits_for_a_replacement_that_is_at_work(
        self, state: State, platform: MemoryPlatform
    ) -> None:
        sink = MemorySink(platform=platform, max_batch=9, replaces=Replacing.ALWAYS)
        a_run(state, sink, FIVE)
        platform.advance()
        fewer = {client: row for client, row in FIVE.items() if client != "c1"}
        a_run(state, sink, fewer, number=2)
        more = {**fewer, "c9": person("x")}
        assert a_run(state, sink, more, number=3).held == 1
        assert sent(platform) == [("add", 5), ("replace", 4)]
        platform.advance()
        a_run(state, sink, more, number=4)
        platform.advance()
        assert platform.members("audience-1") == should_hold(more, Match.KEY)

    def test_who_withdrew_is_removed_beside_the_replacement(
        self, state: State, platform: MemoryPlatform
    ) -> None:
        sink = MemorySink(platform=platform, max_batch=9, replaces=Replacing.ALWAYS)
        a_run(state, sink, FIVE)
        platform.advance()
        fewer = {client: row for client, row in FIVE.items() if client not in ("c1", "c2")}
        assert a_run(state, sink, fewer, number=2, withdrawn=["c1"]).held == 0
        assert sent(platform)[1:] == [("remove", 1), ("replace", 3)]
        assert list(members(state)) == list(FIVE), "nobody said that it was done"
        # What is at work is taken for done: nothing is sent again.
        a_run(state, sink, fewer, number=3, withdrawn=["c1"])
        platform.advance()
        a_run(state, sink, fewer, number=4, withdrawn=["c1"])
        assert len(sent(platform)) == 3
        assert platform.members("audience-1") == should_hold(fewer, Match.KEY)
        assert sure(state) == set(fewer)

    def test_who_withdraws_while_a_replacement_is_at_work_does_not_wait(
        self, state: State, platform: MemoryPlatform
    ) -> None:
        sink = MemorySink(platform=platform, max_batch=9, replaces=Replacing.ALWAYS)
        a_run(state, sink, FIVE)
        platform.advance()
        more = {**FIVE, "c9": person("x")}
        a_run(state, sink, more, number=2)
        assert a_run(state, sink, FIVE, number=3, withdrawn=["c9"]).held == 1
        assert sent(platform)[1:] == [("replace", 6), ("remove", 1)]
        platform.advance()
        # The platform may have done the replacement last: once more, and then never again.
        for number in (4, 5, 6):
            a_run(state, sink, FIVE, number=number, withdrawn=["c9"])
            platform.advance()
        assert sent(platform)[3:] == [("remove", 1), ("replace", 5)]
        assert sure(state) == set(members(state)) == set(FIVE)

    def test_plans_do_not_stay_open_where_something_is_always_at_work(
        self, state: State
    ) -> None:
        platform = MemoryPlatform(delay=2)
        sink = MemorySink(platform=platform, max_batch=40, replaces=Replacing.ALWAYS)
        wishes = {client: person(f"e-{client}") for client in CLIENTS[:30]}
        opened = []
        for number in range(1, 25):  # two runs a day
            a_run(state, sink, wishes, number=number, withdrawn=CLIENTS[: number - 1])
            platform.advance()
            wishes = {one: row for one, row in wishes.items() if one != CLIENTS[number - 1]}
            opened.append(len(state.journal.plans()))
        assert max(opened) <= 11, opened

    def test_a_replacement_waits_for_an_earlier_removal_that_could_take_out_one_of_its_people(
        self, state: State, platform: MemoryPlatform
    ) -> None:
        sink = MemorySink(platform=platform, max_batch=9, replaces=Replacing.ALWAYS)
        a_run(state, sink, FIVE)
        platform.advance()
        fewer = {client: row for client, row in FIVE.items() if client != "c1"}
        changing = MemorySink(platform=platform, max_batch=9)
        a_run(state, changing, fewer, number=2, withdrawn=["c1"])
        theirs = {**fewer, "c9": FIVE["c1"]}
        assert a_run(state, sink, theirs, number=3).held == 1
        others = {**fewer, "c9": person("x")}
        assert a_run(state, sink, others, number=4).held == 0
        assert sent(platform)[1:] == [("remove", 1), ("replace", 5)]

    def test_an_addition_that_a_removal_overtook_is_uncertain(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        a_run(state, sink, {}, number=2)
        platform.advance()
        a_run(state, sink, {"c0": person("a")}, number=3)
        # Both jobs are done and the platform ended with the removal.
        assert platform.sent[-1][1] is Operation.ADD
        platform.advance()
        a_run(state, sink, {"c0": person("a")}, number=4)
        assert platform.members("audience-1") == should_hold({"c0": person("a")}, Match.KEY)
        known = state.audiences.get(KEY)
        assert known is not None
        assert (known.members, known.uncertain) == (1, 0)

    def test_a_receipt_that_nobody_answers_for_a_week_is_given_up(
        self, state: State, sink: MemorySink
    ) -> None:
        def after(days: int) -> AudienceResult:
            clock = partial(datetime.fromtimestamp, (NOW + timedelta(days)).timestamp(), UTC)
            (result,) = resume(state, {"memory": sink}, run="r", clock=clock)
            return result

        a_run(state, sink, {"c0": person("a")})
        assert (after(6).at_work, after(7).unanswered) == (1, 1)
        assert state.journal.plans() == []
        known = state.audiences.get(KEY)
        assert known is not None
        assert (known.members, known.uncertain) == (0, 1)

    def test_an_answer_after_more_than_a_week_still_counts(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        platform.advance()
        late = partial(datetime.fromtimestamp, (NOW + timedelta(8)).timestamp(), UTC)
        (result,) = resume(state, {"memory": sink}, run="r", clock=late)
        assert (result.added, result.unanswered) == (1, 0)
        assert states(state) == ["confirmed"]

    def test_a_platform_that_cannot_be_asked_is_asked_again_by_the_next_run(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        platform.advance()
        platform.fail_next(401)
        (result,) = resume(state, {"memory": sink}, run="r", clock=lambda: NOW)
        assert result.exit_code == ExitCode.CREDENTIAL
        (result,) = resume(state, {"memory": sink}, run="r", clock=lambda: NOW)
        assert (result.exit_code, result.added) == (ExitCode.DONE, 1)

    def test_a_platform_that_asks_for_a_moment_is_asked_again_by_the_same_run(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        platform.advance()
        waits: list[float] = []
        platform.fail_next(429, retry_after=7)
        (result,) = resume(state, {"memory": sink}, run="run-2", sleep=waits.append)
        assert (waits, result.added) == ([7], 1)
        known = state.audiences.get(KEY)
        assert known is not None
        assert known.changed_by == "run-2"

    def test_a_run_that_is_to_stop_does_not_wait_for_a_platform(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        platform.fail_next(503)
        waits: list[float] = []
        sinks = {"memory": sink}
        (result,) = resume(state, sinks, run="r", should_stop=lambda: True, sleep=waits.append)
        assert (waits, result.exit_code) == ([], ExitCode.TEMPORARY)

    @pytest.mark.parametrize("lingers", [None, timedelta(0)])
    def test_a_removal_is_made_again_once_when_no_unanswered_addition_can_come_any_more(
        self, state: State, platform: MemoryPlatform, lingers: timedelta | None
    ) -> None:
        class InOrder(MemorySink):
            @property
            def capabilities(self) -> Capabilities:
                kept = super().capabilities
                return kept if lingers is None else replace(kept, lingers=lingers)

        with pytest.raises(KeyboardInterrupt):
            a_run(state, Dying(platform=platform), {"c0": person("a")})
        sink = InOrder(platform=platform)
        removals = []
        for number in range(2, 8):  # thirteen hours from one to the next
            before = sent(platform).count(("remove", 1))
            a_run(state, sink, {}, number=number)
            platform.advance()
            removals.append(sent(platform).count(("remove", 1)) - before)
        assert platform.members("audience-1") == frozenset()
        assert (members(state), state.journal.plans()) == ({}, [])
        # At once, and where the platform keeps no order once more after two days.
        assert removals == ([1, 0, 0, 1, 0, 0] if lingers is None else [1, 0, 0, 0, 0, 0])

    def test_a_sink_that_is_no_longer_configured_keeps_its_plan_open(
        self, state: State, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        (result,) = resume(state, {}, run="r", clock=lambda: NOW)
        assert (result.at_work, result.failure) == (1, None)
        assert len(state.journal.plans()) == 1

    def test_a_receipt_the_platform_does_not_know_leaves_its_members_uncertain(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        platform.fail_next(400)
        (result,) = resume(state, {"memory": sink}, run="r", clock=lambda: NOW)
        assert (result.exit_code, result.unanswered) == (ExitCode.REFUSED, 1)
        assert states(state) == ["unknown"]


def test_what_was_on_its_way_at_a_crash_is_sent_again_and_what_was_confirmed_is_not(
    state: State, platform: MemoryPlatform
) -> None:
    dying = Dying(platform=platform, max_batch=2)
    dying.batches = 2
    with pytest.raises(KeyboardInterrupt):
        a_run(state, dying, FIVE)
    assert states(state) == ["confirmed", "sending", "planned"]
    sink = MemorySink(platform=platform, max_batch=2)
    (result,) = resume(state, {"memory": sink}, run="run-2", clock=lambda: NOW)
    assert (result.added, result.unanswered, result.held) == (2, 1, 0)
    assert states(state) == ["confirmed", "unknown", "planned"]
    # What answers at once works in nothing later.
    assert state.journal.plans() == []
    assert state.ledger.entries()[-1].body["run"] == "run-2"
    a_run(state, sink, FIVE, number=3)
    rows = [row for _, _, batch in platform.sent for row in batch]
    assert len(rows) == 2 + 2 + 3
    assert {rows.count(row) for row in platform.sent[0][2]} == {1}
    assert {rows.count(row) for row in platform.sent[1][2]} == {2}
    assert platform.members("audience-1") == should_hold(FIVE, Match.KEY)


def test_nobody_answers_for_a_removal_and_the_person_is_wanted_again(
    state: State, platform: MemoryPlatform
) -> None:
    sink = MemorySink(platform=platform, max_batch=2)
    a_run(state, sink, FIVE)
    with pytest.raises(KeyboardInterrupt):
        a_run(state, Dying(platform=platform, max_batch=2), {}, number=2)
    assert platform.members("audience-1") != should_hold(FIVE, Match.KEY)
    a_run(state, sink, FIVE, number=3)
    assert platform.members("audience-1") == should_hold(FIVE, Match.KEY)
    assert len(platform.sent) == 3 + 1 + 1


def test_a_key_that_another_member_has_stays_known_until_that_member_is_there(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, {"c0": person("a", "shared")})
    # c0 leaves and c1, who shares the phone, enters; but the addition is refused.
    troubled = Troubled(platform, {1: [400]})
    result = a_run(state, troubled, {"c1": person("b", "shared")}, number=2)
    assert isinstance(result.failure, RejectedError)
    assert platform.members("audience-1") == {("phone", digest("shared"))}
    assert members(state) == {"c0": [(None, digest("shared"), "GB")]}
    a_run(state, sink, {}, number=3)
    assert platform.members("audience-1") == frozenset()


def rows(**columns: Any) -> pa.Table:
    given = {"email": [digest("a")], "phone": [None], "country": ["GB"], **columns}
    return pa.table({name: pa.array(values, pa.string()) for name, values in given.items()})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (rows(email=["canary@example.com"]), "email: 1 of 1 values"),
        (rows(email=[digest("a").upper()]), "64 lower-case hex"),
        (rows(email=[digest("a") + "\n"]), "64 lower-case hex"),
        (rows(country=["x" * 33]), "country: 1 of 1 values"),
        (rows(country=["G\nB"]), "one line"),
        (rows(email=[None], country=[None]), "1 of 1 rows have no key"),
        (rows().select(["email", "country", "phone"]), "columns"),
        (rows().drop_columns(["phone"]), "columns"),
    ],
)
def test_only_digests_and_short_plain_fields_can_be_put_into_a_batch(
    sink: MemorySink, wrong: pa.Table, words: str
) -> None:
    with pytest.raises(TableError, match=words) as caught:
        make_batch(sink, key="k", operation=Operation.ADD, audience=INFO, rows=wrong)
    assert "canary" not in str(caught.value)
    assert digest("a") not in str(caught.value).lower()


def test_a_batch_is_for_an_operation_that_the_sink_can_do(sink: MemorySink) -> None:
    with pytest.raises(TableError, match="cannot replace"):
        make_batch(sink, key="k", operation=Operation.REPLACE, audience=INFO, rows=rows())
    check_rows(sink, rows())


def test_a_plan_of_wrong_rows_never_reaches_the_platform(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    result = send(state, sink, {"c0": ("canary@example.com", None, None)})
    assert isinstance(result.failure, TableError)
    assert platform.names == {}
    assert state.journal.plans() == []


def test_the_gravest_code_is_the_one_to_act_on_first() -> None:
    assert gravest([]) == ExitCode.DONE
    assert gravest([ExitCode.DONE, ExitCode.INCOMPLETE]) == ExitCode.INCOMPLETE
    assert gravest([ExitCode.TEMPORARY, ExitCode.CREDENTIAL]) == ExitCode.CREDENTIAL
    assert gravest([ExitCode.REFUSED, ExitCode.TEMPORARY]) == ExitCode.REFUSED


def test_plan_and_member_files_that_are_done_with_are_deleted(
    state: State, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    a_run(state, sink, {}, number=2)
    assert list(state.plans.folder.iterdir()) == []
    assert len(list(state.members.folder.iterdir())) == 1


def test_the_moment_of_sending_is_in_the_journal(state: State, sink: MemorySink) -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    send(state, sink, FIVE, clock=lambda: moment)
    assert {batch.sent_at for batch in state.journal.batches(1)} == {moment}
    assert {batch.state for batch in state.journal.batches(1)} == {BatchState.CONFIRMED}
