from datetime import date

import pytest

from audsync.model.settings import LeapDay
from audsync.segments.anniversaries import (
    days_since_anniversary,
    days_to_anniversary,
    next_anniversary,
    years_since,
)
from audsync.segments.windows import (
    Days,
    during,
    later,
    older_than,
    parse_length,
    parse_period,
    within,
)

LEAP_BIRTHDAY = date(2000, 2, 29)


def days_within(text: str, as_of: date) -> Days:
    length = parse_length(text)
    assert length is not None
    return within(length, as_of)


def days_during(text: str, as_of: date) -> Days:
    period = parse_period(text)
    assert period is not None
    return during(period, as_of)


@pytest.mark.parametrize(
    "text", ["6m", "6 Months", "0 days", "1.5 years", "6  months", "", "6 hours", "6 days\n"]
)
def test_anything_but_a_whole_number_and_a_unit_is_no_length(text: str) -> None:
    assert parse_length(text) is None


@pytest.mark.parametrize("text", ["1 day", "2 weeks", "6 months", "1 year", "1 months"])
def test_a_length_is_a_whole_number_and_a_unit(text: str) -> None:
    assert parse_length(text) is not None


def test_within_365_days_reaches_the_day_365_days_ago() -> None:
    assert days_within("365 days", date(2024, 12, 31)) == Days(
        date(2024, 1, 1), date(2024, 12, 31)
    )


def test_within_months_begins_with_the_day_so_many_months_ago() -> None:
    assert days_within("6 months", date(2024, 8, 15)).first == date(2024, 2, 15)


def test_a_year_is_twelve_months_and_in_common_years_365_days() -> None:
    for as_of in (date(2023, 7, 1), date(2026, 1, 31), date(2023, 2, 28)):
        year = days_within("1 year", as_of)
        assert year == days_within("12 months", as_of) == days_within("365 days", as_of)
    leap = days_within("1 year", date(2024, 7, 1))
    assert (leap.first, days_within("365 days", date(2024, 7, 1)).first) == (
        date(2023, 7, 1),
        date(2023, 7, 2),
    )


@pytest.mark.parametrize(
    ("as_of", "first"),
    [
        (date(2023, 8, 31), date(2023, 2, 28)),
        (date(2024, 8, 31), date(2024, 2, 29)),
        (date(2024, 3, 31), date(2023, 9, 30)),
    ],
)
def test_the_31st_of_a_short_month_is_its_last_day(as_of: date, first: date) -> None:
    assert days_within("6 months", as_of).first == first


def test_a_year_before_29_february_begins_on_28_february() -> None:
    assert days_within("1 year", date(2024, 2, 29)).first == date(2023, 2, 28)
    assert days_within("4 years", date(2024, 2, 29)).first == date(2020, 2, 29)


def test_older_than_takes_up_where_within_ends() -> None:
    for text in ("365 days", "2 weeks", "1 month", "3 years"):
        length = parse_length(text)
        assert length is not None
        inside, outside = (
            within(length, date(2024, 2, 29)),
            older_than(length, date(2024, 2, 29)),
        )
        assert inside.first is not None
        assert outside.last is not None
        assert (inside.first - outside.last).days == 1


def test_lengths_beyond_the_calendar_are_its_ends() -> None:
    length = parse_length("9999 years")
    assert length is not None
    assert later(date(2024, 1, 1), length) == date.max
    assert later(date(2024, 1, 1), length, -1) == date.min
    weeks = parse_length("9999 weeks")
    assert weeks is not None
    assert later(date(9000, 1, 1), weeks, 9) == date.max
    assert older_than(length, date(2024, 1, 1)).last == date.min


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", date(2024, 2, 29), date(2024, 2, 29)),
        ("yesterday", date(2024, 2, 28), date(2024, 2, 28)),
        ("this week", date(2024, 2, 26), date(2024, 3, 3)),
        ("last week", date(2024, 2, 19), date(2024, 2, 25)),
        ("this month", date(2024, 2, 1), date(2024, 2, 29)),
        ("last month", date(2024, 1, 1), date(2024, 1, 31)),
        ("this quarter", date(2024, 1, 1), date(2024, 3, 31)),
        ("last quarter", date(2023, 10, 1), date(2023, 12, 31)),
        ("this year", date(2024, 1, 1), date(2024, 12, 31)),
        ("last year", date(2023, 1, 1), date(2023, 12, 31)),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
    ],
)
def test_a_period_is_a_range_of_whole_days(text: str, first: date, last: date) -> None:
    assert days_during(text, date(2024, 2, 29)) == Days(first, last)


@pytest.mark.parametrize(
    "text", ["next month", "2025-13", "2025-Q5", "25", "this  week", "Today"]
)
def test_other_words_are_no_period(text: str) -> None:
    assert parse_period(text) is None


@pytest.mark.parametrize(
    ("as_of", "ahead", "ago", "years"),
    [
        (date(2023, 2, 27), 1, 364, 22),
        (date(2023, 2, 28), 0, 0, 23),
        (date(2023, 3, 1), 365, 1, 23),
        (date(2024, 2, 28), 1, 365, 23),
        (date(2024, 2, 29), 0, 0, 24),
    ],
)
def test_29_february_is_kept_on_28_february(
    as_of: date, ahead: int, ago: int, years: int
) -> None:
    assert days_to_anniversary(LEAP_BIRTHDAY, as_of) == ahead
    assert days_since_anniversary(LEAP_BIRTHDAY, as_of) == ago
    assert years_since(LEAP_BIRTHDAY, as_of) == years


@pytest.mark.parametrize(
    ("as_of", "ahead", "ago", "years"),
    [
        (date(2023, 2, 27), 2, 363, 22),
        (date(2023, 2, 28), 1, 364, 22),
        (date(2023, 3, 1), 0, 0, 23),
        (date(2023, 3, 2), 364, 1, 23),
        (date(2024, 2, 28), 1, 364, 23),
        (date(2024, 2, 29), 0, 0, 24),
    ],
)
def test_29_february_may_be_kept_on_1_march(
    as_of: date, ahead: int, ago: int, years: int
) -> None:
    assert days_to_anniversary(LEAP_BIRTHDAY, as_of, LeapDay.MARCH_1) == ahead
    assert days_since_anniversary(LEAP_BIRTHDAY, as_of, LeapDay.MARCH_1) == ago
    assert years_since(LEAP_BIRTHDAY, as_of, LeapDay.MARCH_1) == years


def test_the_day_itself_is_no_anniversary_of_its_own() -> None:
    day = date(2024, 5, 5)
    assert days_to_anniversary(day, day) == 365
    assert days_since_anniversary(day, day) is None
    assert years_since(day, day) == 0


def test_a_day_to_come_has_no_years_behind_it() -> None:
    day = date(2025, 1, 1)
    assert years_since(day, date(2024, 1, 1)) is None
    assert days_since_anniversary(day, date(2024, 1, 1)) is None
    assert days_to_anniversary(day, date(2024, 1, 1)) == 731


def test_there_is_no_anniversary_after_the_last_year() -> None:
    assert next_anniversary(date(9999, 1, 1), date(9999, 6, 1)) is None
    assert days_to_anniversary(date(9998, 1, 1), date(9999, 6, 1)) is None
