"""What waits for what where outcomes come later."""

from datetime import timedelta

import pytest

from audsync.contracts import Match, Operation
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.deliveries import FIVE, Dying
from fakes.plans import a_run, digest, members, person, should_hold, sure


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


@pytest.mark.parametrize("match", Match)
def test_an_addition_waits_only_for_a_removal_that_could_take_it_out(
    state: State, match: Match
) -> None:
    """A phone that two have stays where keys, or rows, are taken out as they are named."""
    platform = MemoryPlatform(match=match, delay=1)
    sink, heir = MemorySink(platform=platform), {"c1": person("b", "p")}
    a_run(state, sink, {"c0": person("a", "p")})
    platform.advance()
    result = a_run(state, sink, heir, number=2)
    assert (result.at_work, result.held) == ((1, 1) if match.restores else (2, 0))
    for number in (3, 4):
        platform.advance()
        a_run(state, sink, heir, number=number)
    assert platform.members("audience-1") == should_hold(heir, match)
    assert sure(state) == {"c1"}


@pytest.mark.parametrize("match", Match)
def test_an_old_row_waits_only_for_the_new_ones_of_whoever_has_it(
    state: State, match: Match
) -> None:
    platform = MemoryPlatform(match=match, delay=1)
    sink, before = MemorySink(platform=platform), {"c0": person("a", "p")}
    a_run(state, sink, before)
    platform.advance()
    a_run(state, sink, before | {"c0": person("b", "p")}, number=2)
    platform.advance()
    wanted = {"c0": person("b", "p"), "c1": person("c", "p")}
    a_run(state, sink, wanted, number=3)
    kinds = [operation for _, operation, _ in platform.sent[2:]]
    # Somebody else of the household who enters just then has nothing to do with it.
    assert kinds[:2] == [Operation.ADD, Operation.REMOVE]


@pytest.mark.parametrize("match", [Match.EITHER, Match.PERSON])
def test_old_rows_of_people_who_share_keys_go_together(state: State, match: Match) -> None:
    platform, day = MemoryPlatform(match=match, delay=1), timedelta(days=1)
    sink = MemorySink(platform=platform)
    before = {"c0": person("a", "x"), "c1": person("b", "p"), "c2": person("z", "q")}
    # c1 waits for the removal of c0, and could go with the old row of c2, who waits for nobody.
    wanted = {"c1": person("a", "q"), "c2": person("b", "q")}
    runs = []
    for number, wishes in enumerate([before, before, *[wanted] * 5], 1):
        seen = len(platform.sent)
        a_run(state, sink, wishes, number=number, apart=day)
        kinds = [(kind.value, len(rows)) for _, kind, rows in platform.sent[seen:]]
        runs.append(kinds)
        platform.advance()
    assert runs[2:] == [
        [("remove", 1), ("add", 1)],
        [("add", 1)],
        [("remove", 2)],
        [("add", 2)],
        [],
    ]
    assert platform.members("audience-1") == should_hold(wanted, match)


def test_an_old_row_does_not_wait_for_ever_where_somebody_changes_each_day(
    state: State,
) -> None:
    platform, day = MemoryPlatform(match=Match.PERSON, delay=1), timedelta(days=1)
    sink = MemorySink(platform=platform)
    people = {f"c{number}": person(f"old-{number}", "p") for number in range(14)}
    for number in range(1, 13):
        a_run(state, sink, people, number=number, apart=day)
        platform.advance()
        people |= {f"c{number}": person(f"new-{number}", "p")}
    assert ("email", digest("old-1")) not in platform.members("audience-1")


def test_where_rows_are_found_the_old_ones_of_a_household_do_not_wait_for_each_other(
    state: State,
) -> None:
    platform = MemoryPlatform(match=Match.ROW, delay=1)
    sink, both = MemorySink(platform=platform), {"c1": person("b", "p")}
    a_run(state, sink, both | {"c0": person("a", "p")})
    platform.advance()
    a_run(state, sink, both | {"c0": person("x", "p")}, number=2)
    platform.advance()
    a_run(state, sink, {"c0": person("x", "p"), "c1": person("y", "p")}, number=3)
    assert platform.sent[-1][1:] == (Operation.REMOVE, (person("a", "p"),))


@pytest.mark.parametrize("match", Match)
def test_keys_that_change_before_anything_is_settled(state: State, match: Match) -> None:
    platform = MemoryPlatform(match=match, delay=1)
    sink = MemorySink(platform=platform)
    wanted = {"c0": person("b", "p")}
    a_run(state, sink, {"c0": person("a", "p")})
    for number in range(2, 6):
        a_run(state, sink, wanted, number=number)
        platform.advance()
    assert platform.members("audience-1") == should_hold(wanted, match)


def test_a_removal_that_comes_after_those_it_took_out_were_added_again(state: State) -> None:
    platform, half_a_day = MemoryPlatform(match=Match.EITHER, delay=1), timedelta(hours=12)
    sink, stays = MemorySink(platform=platform), {"c0": person("a", "p")}
    a_run(state, sink, stays | {"c1": person("b", "p")}, apart=half_a_day)
    platform.advance()
    platform.delay = 3
    with pytest.raises(KeyboardInterrupt):  # the removal of c1 arrives, and is done in a day
        a_run(state, Dying(platform=platform), stays, number=2, apart=half_a_day)
    platform.delay = 1
    for number in (3, 4):
        assert a_run(state, sink, stays, number=number, apart=half_a_day).failure is None
        platform.advance()
    assert platform.members("audience-1") == should_hold(stays, Match.EITHER)
    platform.advance()
    assert platform.members("audience-1") == frozenset(), "it takes out whoever has the phone"
    for number in (5, 6):
        a_run(state, sink, stays, number=number, apart=half_a_day)
        assert sure(state) == set()
        platform.advance()
    assert platform.members("audience-1") == should_hold(stays, Match.EITHER)
    a_run(state, sink, stays, number=7, apart=half_a_day)
    assert (members(state), sure(state)) == ({"c0": [stays["c0"]]}, {"c0"})
