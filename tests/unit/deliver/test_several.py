"""People with several addresses and numbers, on their way to a platform."""

import pytest

from audsync.contracts import Match
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.plans import a_run, members, person, several, should_hold, sure


@pytest.mark.parametrize("match", [Match.KEY, Match.PERSON])
def test_an_older_plan_that_settles_last_keeps_the_columns_that_a_later_one_brought(
    state: State, match: Match
) -> None:
    """As at the release with which a sink begins to take several of a kind."""
    platform = MemoryPlatform(match=match, delay=5)
    sink = MemorySink(platform=platform)
    a_run(state, sink, {"c0": person("a", "p"), "c1": person("b", "q")})
    platform.several, platform.delay = True, 1
    wishes = {"c0": several(["a", "z"], ["p"]), "c1": several(["b"], ["q"])}
    for number, ticks in ((2, 1), (3, 5), (4, 1), (5, 1), (6, 1)):
        a_run(state, sink, wishes, number=number)
        platform.advance(ticks)
        assert wishes["c0"] in members(state).get("c0", [wishes["c0"]])
    assert members(state) == {client: [row] for client, row in wishes.items()}
    assert sure(state) == set(wishes)
    assert platform.members("audience-1") == should_hold(wishes, match)
    for number in (7, 8):
        a_run(state, sink, {}, number=number)
        platform.advance()
    assert platform.members("audience-1") == frozenset()


@pytest.mark.parametrize("match", [Match.KEY, Match.PERSON])
def test_where_fewer_of_a_kind_are_to_be_sent_the_others_are_removed(
    state: State, match: Match
) -> None:
    """As with an option that says how many; nobody drops out, and what others have stays."""
    platform = MemoryPlatform(match=match, by_any_key=False, several=True)
    sink = MemorySink(platform=platform)
    before = {"c0": several(["a", "z"], ["p"]), "c1": several(["z"], ["q", "r"])}
    a_run(state, sink, before | {"c2": several(["b", "y"], [])})
    platform.several = False
    wishes = {"c0": person("a", "p"), "c1": person("z", "q")}
    a_run(state, sink, wishes, number=2)
    assert platform.members("audience-1") == should_hold(wishes, match)
    a_run(state, sink, wishes, number=3)
    assert members(state) == {client: [row] for client, row in wishes.items()}
    sent = len(platform.sent)
    a_run(state, sink, wishes, number=4)
    assert len(platform.sent) == sent
