"""Audiences that the platform has no longer, when a run only takes people out."""

from dataclasses import replace
from typing import Any

import pytest

from audsync.deliver import AudienceResult, deliver
from audsync.errors import ExitCode, TransientError
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.deliveries import FIVE, KEY
from fakes.plans import NOW, a_run, members, planned


class Opening(MemorySink):
    """A sink of before there was anything to look with."""

    find = None  # type: ignore[assignment]  # as if it were not there


def withdraw(state: State, sink: MemorySink) -> AudienceResult:
    """A run in which the segment is not evaluated, and one of its members withdrew."""
    plan = planned(state, sink, FIVE, withdrawn=["c0"])
    given: dict[str, Any] = {"run": "run-2", "as_of": NOW.date(), "clock": lambda: NOW}
    (result,) = deliver(
        [replace(plan, only_withdraws=True)],
        state,
        {"memory": sink},
        sleep=lambda _seconds: None,
        **given,
    )
    return result


def test_one_that_is_gone_is_not_made_again_and_nobody_is_in_it(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    platform.forget("audience-1")
    result = withdraw(state, sink)
    assert (platform.names, result.removed, result.was_lost) == ({}, 0, True)
    assert result.exit_code is ExitCode.DONE
    assert result.message is not None
    assert "the platform has it no longer" in result.message
    assert members(state) == {}
    known = state.audiences.get(KEY)
    assert known is not None
    assert (known.members, known.uncertain, known.member_file) == (0, 0, None)


def test_it_is_made_and_filled_when_its_segment_is_evaluated_again(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    platform.forget("audience-1")
    withdraw(state, sink)
    result = a_run(state, sink, FIVE, number=3)
    assert (result.added, result.exit_code, result.message) == (5, ExitCode.DONE, None)
    assert len(platform.members("audience-1")) == 5


def test_one_that_is_there_loses_who_withdrew(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    result = withdraw(state, sink)
    assert (result.removed, result.was_lost, result.message) == (1, False, None)
    assert len(platform.members("audience-1")) == 4


def test_a_platform_that_does_not_answer_has_lost_nothing(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    for _ in range(20):
        platform.fail_next(500)
    result = withdraw(state, sink)
    assert isinstance(result.failure, TransientError)
    assert (len(members(state)), result.was_lost) == (5, False)


def test_a_sink_that_can_only_open_makes_it_again_and_that_is_told(
    state: State, platform: MemoryPlatform
) -> None:
    sink = Opening(platform=platform, max_batch=2)
    a_run(state, sink, FIVE)
    platform.forget("audience-1")
    result = withdraw(state, sink)
    assert (len(platform.names), result.was_recreated) == (1, True)
    assert result.message is not None
    assert "it was made anew" in result.message
    assert members(state) == {}


@pytest.mark.parametrize("members_wanted", [FIVE, {}])
def test_one_whose_segment_is_evaluated_is_made_again_as_before(
    state: State, platform: MemoryPlatform, sink: MemorySink, members_wanted: Any
) -> None:
    a_run(state, sink, FIVE)
    platform.forget("audience-1")
    assert a_run(state, sink, members_wanted, number=2).was_recreated
    assert len(platform.names) == 1
