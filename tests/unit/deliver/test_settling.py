"""A platform that tells later what became of a batch."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from audsync.contracts import Capabilities, Match, Operation, Outcome, Receipt
from audsync.deliver import AudienceResult, resume
from audsync.errors import ExitCode, TransientError
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.deliveries import FIVE, KEY, Dying, sent, states
from fakes.plans import NOW, a_run, digest, members, person, should_hold


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
        heir = {"c1": person("a"), "c2": person("b"), "c3": person("g")}
        result = a_run(state, sink, heir, number=3)
        assert (result.at_work, result.held) == (1, 1)
        # Who waits is the last: those before and behind him are in one batch.
        assert sent(platform) == [("add", 1), ("remove", 1), ("add", 2)]
        assert list(platform.sent[-1][2]) == [person("b"), person("g")]
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

    def test_an_old_key_stays_for_whoever_has_no_new_one_yet_whoever_else_had_it(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a", "p"), "c1": person("b", "p")})
        platform.advance()
        wanted = {"c0": person("x", "y"), "c2": person("c")}
        for number in (2, 3):
            a_run(state, sink, wanted, number=number)
            held = platform.members("audience-1")
            assert {("email", digest("a")), ("phone", digest("p"))} <= held
            platform.advance()
        assert platform.members("audience-1") == should_hold(wanted, Match.KEY)

    def test_a_removal_that_crossed_an_addition_is_made_again_whichever_is_told_first(
        self, state: State, platform: MemoryPlatform, sink: MemorySink
    ) -> None:
        a_run(state, sink, {"c0": person("a")})
        platform.delay = 3
        a_run(state, sink, {}, number=2)
        platform.advance()
        a_run(state, sink, {}, number=3)  # the addition is there, the removal at work
        assert sent(platform) == [("add", 1), ("remove", 1)]
        platform.delay = 1
        for number in (4, 5, 6):
            platform.advance()
            a_run(state, sink, {}, number=number)
        assert sent(platform).count(("remove", 1)) > 1
        assert (members(state), state.journal.plans()) == ({}, [])

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
    def test_a_removal_is_made_again_each_day_on_which_an_unanswered_addition_may_come_after_it(
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
        # Where the platform keeps no order on the next day as well, and once more after two.
        assert removals == ([1, 1, 0, 1, 0, 0] if lingers is None else [1, 0, 0, 0, 0, 0])

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
