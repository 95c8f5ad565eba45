"""Plans on their way: phases, progress, stops and crashes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from audsync.contracts import Match
from audsync.deliver import gravest, resume
from audsync.errors import ExitCode, RejectedError
from audsync.state import BatchState, State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.deliveries import FIVE, KEY, Dying, Troubled, send, sent, states
from fakes.plans import NOW, a_run, digest, members, person, should_hold


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
