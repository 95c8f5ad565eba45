"""What pulls of the fake panel cost in calls, and how these are made."""

import pytest

from audsync.errors import PausedError
from audsync.testing.idosell import faults
from idosell_shop import Made, differences


def test_a_login_is_exchanged_for_a_token_that_is_used_until_it_ends(made: Made) -> None:
    shop, pulls = made(access="bearer")
    pulls.pull()
    shop.panel.clock.advance(hours=2)
    pulls.pull()
    assert differences(pulls) == []


def test_a_night_with_200_changes_takes_25_calls_at_most(made: Made) -> None:
    shop, pulls = made(orders=600)
    pulls.pull()
    shop.happen(200)
    shop.panel.clock.advance(days=1)
    pulls.pull()
    assert differences(pulls, is_swept=False) == []
    assert pulls.calls.made <= 25


def test_calls_grow_with_pages_and_not_with_records(made: Made) -> None:
    _, few = made(orders=20)
    few.pull()
    small = few.calls.made
    _, many = made(orders=160)
    many.folder = many.folder.with_name("many")
    many.pull()
    assert differences(many) == []
    assert many.calls.made <= small + 3


def test_calls_are_told_before_and_counted_with_those_that_failed(made: Made) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(faults.http_error(503), endpoint="clients/*", times=2)
    pulls.pull()
    assert pulls.calls.made == pulls.fake.calls.total()
    first = pulls.calls.made
    assert pulls.calls.expected is not None
    assert abs(pulls.calls.expected - first) <= 10
    pulls.pull()
    assert pulls.calls.expected is not None
    assert 0 < pulls.calls.expected <= first + 20


def test_after_a_load_that_was_cut_off_no_more_calls_are_expected_than_a_round_takes(
    made: Made,
) -> None:
    _, pulls = made(page_size=5)
    with pytest.raises(PausedError):
        pulls.pull(limit=10)
    pulls.pull()
    load = pulls.calls.made
    pulls.pull()
    assert pulls.calls.expected is not None
    assert pulls.calls.expected <= pulls.calls.made + 1 < load


def test_the_panel_is_given_the_time_it_asks_for(made: Made) -> None:
    _, pulls = made()
    pulls.fake.faults.plan(faults.http_error(429, retry_after=7))
    pulls.fake.faults.plan(faults.http_error(429), after=3)
    pulls.pull()
    assert [seconds for seconds in pulls.slept if seconds] == [7, 1]


def test_between_calls_there_is_a_rest(made: Made) -> None:
    _, pulls = made(pause_seconds=600.0)
    pulls.pull()
    assert len(pulls.slept) == pulls.calls.made - 1
    assert all(300 < seconds <= 600 for seconds in pulls.slept)
