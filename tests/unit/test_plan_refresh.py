"""Members are added again before their membership ends."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from audsync.plan import Population, Refresh, diff, refresh_for
from audsync.plan.refresh import _numbers as client_numbers
from fakes.audience_plans import numbered, planned
from fakes.people import (
    ANNA,
    BELA,
    BY_KEY,
    TODAY,
    Keys,
    change,
    delivered,
    denied,
    told,
    wanted,
)


def test_members_are_added_again_before_their_membership_ends() -> None:
    had = pa.concat_tables(
        [
            delivered({"a": ANNA}, confirmed_on=TODAY - timedelta(days=21)),
            delivered({"b": BELA}, confirmed_on=TODAY - timedelta(days=19)),
        ]
    )
    refresh = Refresh(TODAY - timedelta(days=20))
    assert told(change(had, {"a": ANNA, "b": BELA}, refresh=refresh)) == [
        (1, "add", "refresh", "a", "anna", "p-anna")
    ]


@pytest.mark.parametrize("membership_days", [1, 2, 3, 7, 30, 60])
def test_every_member_is_refreshed_in_time_and_never_twice_a_day(membership_days: int) -> None:
    people: dict[str, Keys] = {
        f"{number}": {"email": f"e{number}"} for number in range(990, 1050)
    }
    want = wanted(people)
    sent = [
        diff(
            desired=want,
            delivered=delivered(people, confirmed_on=TODAY - timedelta(days=age)),
            population=Population(denied(()), want.rows),
            matching=BY_KEY,
            refresh=refresh_for(TODAY, membership_days),
        ).operations.num_rows
        for age in range(membership_days + 1)
    ]
    assert sent[0] == 0
    assert sent[max(1, membership_days - 1)] == len(people)
    assert sent == sorted(sent)
    if membership_days >= 30:
        # Spread: no single day takes most of them.
        assert max(late - early for early, late in pairwise(sent)) < len(people) / 2


def test_the_refresh_of_a_long_membership_keeps_a_sixth_in_reserve() -> None:
    refresh = refresh_for(TODAY, 540)
    assert refresh == Refresh(TODAY - timedelta(days=449), 90)


def test_the_refresh_of_a_short_membership_is_of_whole_days() -> None:
    assert refresh_for(TODAY, 7) == Refresh(TODAY - timedelta(days=5), 1)
    assert refresh_for(TODAY, 13) == Refresh(TODAY - timedelta(days=10), 2)
    assert refresh_for(TODAY, 1) == Refresh(TODAY, 1)


def test_the_day_of_a_refresh_differs_from_person_to_person_and_stays_the_same() -> None:
    people: dict[str, Keys] = {f"{number}": {"email": f"e{number}"} for number in range(9)}
    numbers = client_numbers(pa.chunked_array([sorted(people)], pa.string())).tolist()
    refresh = Refresh(TODAY - timedelta(days=20), 3)
    want = wanted(people)
    for day in range(-2, 5):
        operations = diff(
            desired=want,
            delivered=delivered(people, confirmed_on=refresh.before + timedelta(days=day)),
            population=Population(denied(()), want.rows),
            matching=BY_KEY,
            refresh=refresh,
        ).operations
        due = [name for name, number in zip(people, numbers, strict=True) if day < number % 3]
        assert sorted(map(str, operations["client_id"].to_pylist())) == due


def test_the_day_of_a_refresh_goes_by_the_bytes_of_the_client_id() -> None:
    ids = ["", "a", "ab", "\u017eofie", "0123456789" * 3, "z", "\u00ff" * 40]
    expected = []
    for text in ids:
        number = 0
        for byte in text.encode():
            number = (31 * number + byte) % 2**64
        expected.append(number)
    numbers = client_numbers(pa.chunked_array([ids[:3], ids[3:]], pa.string()))
    assert numbers.tolist() == expected
    assert numbers.dtype == np.uint64
    nothing = client_numbers(pa.chunked_array([["", ""]], pa.string()))
    assert nothing.tolist() == [0, 0]
    assert nothing.dtype == np.uint64


def test_a_plan_adds_members_again_before_their_membership_ends() -> None:
    plan = planned(numbered(2), numbered(2), refresh=Refresh(TODAY))
    assert plan.counts == {"add": {"refresh": 2}}
    assert planned(numbered(2), numbered(2)).counts == {}


def test_a_membership_without_end_needs_no_refresh() -> None:
    assert refresh_for(TODAY, None) is None
