"""Whatever is lost, late or killed: Google's lists and the member list end as desired."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import settings

from audsync.contracts import Operation
from audsync.state import State
from audsync.testing.google import Removal
from fakes.google_people import identifiers, person
from fakes.kills import Fuse, Killed
from fakes.plans import CLIENTS
from property.google_machine import (
    ALL_OF_THEM,
    PEOPLE,
    GoogleAdsDelivery,
    GoogleDelivery,
    GoogleReplacing,
    GoogleTogether,
)


@pytest.mark.usefixtures("google_authority")
class TestDataManager(GoogleDelivery.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=5, stateful_step_count=8)


@pytest.mark.usefixtures("google_authority")
class TestReplacing(GoogleReplacing.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=5, stateful_step_count=8)


@pytest.mark.usefixtures("google_authority")
class TestTogether(GoogleTogether.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=5, stateful_step_count=8)


@pytest.mark.usefixtures("google_authority")
class TestGoogleAds(GoogleAdsDelivery.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=5, stateful_step_count=8)


@pytest.mark.slow
@pytest.mark.usefixtures("google_authority")
class TestDataManagerLong(GoogleDelivery.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=100, stateful_step_count=25)


@pytest.mark.slow
@pytest.mark.usefixtures("google_authority")
class TestReplacingLong(GoogleReplacing.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=100, stateful_step_count=25)


@pytest.mark.slow
@pytest.mark.usefixtures("google_authority")
class TestTogetherLong(GoogleTogether.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=12, stateful_step_count=25)


@pytest.mark.slow
@pytest.mark.usefixtures("google_authority")
class TestGoogleAdsLong(GoogleAdsDelivery.TestCase):  # type: ignore[misc,valid-type]  # made by Hypothesis
    settings = settings(max_examples=100, stateful_step_count=25)


@pytest.mark.slow
@pytest.mark.usefixtures("google_authority")
@pytest.mark.parametrize(
    "machine", [GoogleDelivery, GoogleReplacing, GoogleTogether, GoogleAdsDelivery]
)
@pytest.mark.parametrize("steps", range(6, 20))
def test_who_withdrew_after_a_kill_is_gone_although_google_works_in_the_addition_last(
    machine: type[GoogleDelivery], steps: int
) -> None:
    one = machine()
    one.start(removal=Removal.IDENTIFIERS, max_batch=3, wishes={})
    one.chosen = set(PEOPLE)
    one.wish({client: person(f"e{client}", f"p{client}") for client in PEOPLE})
    one.let_the_next_settle(hours=20)
    one.be_killed(steps=steps)
    one.wish({})
    one.teardown()


@pytest.mark.slow
@pytest.mark.usefixtures("google_authority")
@pytest.mark.parametrize("is_wanted", [True, False])
def test_what_was_confirmed_behind_an_unanswered_request_is_sent_again_and_not_by_each_run(
    *, is_wanted: bool
) -> None:
    """The request is worked in a day later, last of all, and a run comes every six hours."""
    one, people = GoogleDelivery(), {name: person(f"e{name}", f"p{name}") for name in PEOPLE}
    one.start(removal=Removal.IDENTIFIERS, max_batch=9, wishes=people if is_wanted else {})
    one.wait(hours=20)
    one.run()
    one.wish({} if is_wanted else people)
    one.let_the_next_settle(hours=20)
    one.sink.fuse = Fuse(3)  # before and after it opens the list, and before it sends
    with suppress(Killed):
        one._a_run()
    one.state.close()
    one.state = State(one.folder)
    one._restart()
    assert one.fake.platform.unsettled == 1
    one.wish(people if is_wanted else {})
    told = []
    for _ in range(12):
        sent = len(one.sink.sent)
        one._a_run()
        one.wait(hours=6)
        told.append([operation for operation, _ in one.sink.sent[sent:]])
    again = [Operation.ADD if is_wanted else Operation.REMOVE]
    runs = [number for number, sent in enumerate(told) if sent]
    assert [told[number] for number in runs] == [again] * len(runs)
    # At once and after two days; a removal on each new day until then as well.
    assert runs[0] == 0
    assert runs[-1] == 8
    assert [6 * (later - one) >= 24 for one, later in pairwise(runs[:-1])] == (
        [] if is_wanted else [True]
    )
    one.teardown()


@pytest.mark.slow
@pytest.mark.usefixtures("google_authority")
@pytest.mark.parametrize("run", range(2))
def test_a_replacement_that_is_killed_at_any_step_keeps_nobody_who_withdrew(run: int) -> None:
    """The run that sends it, and the one that takes its last step."""
    # Between the end of one durable step and the beginning of the next nothing is different.
    is_killed, steps = True, -2
    everybody = {
        client: person(f"e{client}", f"p{place // 2}") for place, client in ALL_OF_THEM
    }
    while is_killed:
        steps += 2
        one = GoogleReplacing()
        one.start(removal=Removal.IDENTIFIERS, max_batch=3, wishes=everybody)
        for _ in range(2):  # the days on which it is filled
            one.wait(hours=20)
            one.run()
        assert one._held("people") == identifiers(everybody.values())
        # Of the first two one withdrew and shares a phone with the other, who stays.
        one.some_leave({PEOPLE[0], PEOPLE[5]}, {CLIENTS[7]: person("e7")}, refuse=True)
        for _ in range(run):
            one.run()
            one.wait(hours=20)
        is_killed = one.kill(steps)
        one.teardown()
    assert steps > 0
