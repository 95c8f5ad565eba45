"""Replacements that are at work while people enter, leave and withdraw."""

import pytest

from audsync.contracts import Match, Outcome, Receipt, Replacing
from audsync.deliver import deliver
from audsync.errors import TransientError
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.deliveries import FIVE, sent
from fakes.plans import (
    CLIENTS,
    a_run,
    day_of,
    members,
    person,
    planned,
    resumed,
    should_hold,
    sure,
)


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform(match=Match.KEY, delay=1)


@pytest.fixture
def sink(state: State, platform: MemoryPlatform) -> MemorySink:
    """A sink that replaces its audience, in which five are."""
    sink = MemorySink(platform=platform, max_batch=9, replaces=Replacing.ALWAYS)
    a_run(state, sink, FIVE)
    platform.advance()
    return sink


def test_everything_waits_for_a_replacement_that_is_at_work(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
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
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
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
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
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


def test_plans_do_not_stay_open_where_something_is_always_at_work(state: State) -> None:
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
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    fewer = {client: row for client, row in FIVE.items() if client != "c1"}
    changing = MemorySink(platform=platform, max_batch=9)
    a_run(state, changing, fewer, number=2, withdrawn=["c1"])
    theirs = {**fewer, "c9": FIVE["c1"]}
    assert a_run(state, sink, theirs, number=3).held == 1
    others = {**fewer, "c9": person("x")}
    assert a_run(state, sink, others, number=4).held == 0
    assert sent(platform)[1:] == [("remove", 1), ("replace", 5)]


class Mute(MemorySink):
    """A sink that does not tell outcomes: the process ends when it asks first."""

    was_asked = False

    def settle(self, receipt: Receipt) -> Outcome | None:
        if self.was_asked:
            raise TransientError(f"{receipt.batch}: nobody answers", connector="memory")
        self.was_asked = True
        raise KeyboardInterrupt


def test_who_withdrew_goes_where_nobody_says_what_became_of_an_earlier_addition(
    state: State,
) -> None:
    platform = MemoryPlatform(match=Match.KEY)
    a_run(state, MemorySink(platform=platform, max_batch=9), FIVE)
    sink = Mute(platform=platform, max_batch=9)
    more = {**FIVE, "c9": person("x")}
    with pytest.raises(KeyboardInterrupt):
        a_run(state, sink, more, number=2)
    resumed(state, sink, number=3)
    fewer = {client: row for client, row in more.items() if client != "c1"}
    replacing = MemorySink(platform=platform, max_batch=9, replaces=Replacing.ALWAYS)
    plan = planned(state, replacing, fewer, withdrawn=["c1"], as_of=day_of(3))
    (result,) = deliver([plan], state, {"memory": replacing}, run="run-3", as_of=day_of(3))
    assert (result.failure, result.held) == (None, 0)
    assert platform.members("audience-1") == should_hold(fewer, Match.KEY)
    a_run(state, replacing, fewer, number=4, withdrawn=["c1"])
    assert sure(state) == set(members(state)) == set(fewer)
    sent_so_far = len(platform.sent)
    a_run(state, replacing, fewer, number=5, withdrawn=["c1"])
    assert len(platform.sent) == sent_so_far
