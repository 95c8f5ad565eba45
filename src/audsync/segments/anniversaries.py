"""Anniversaries of a date. One of 29 February falls on 28 February in common years."""

import calendar
from datetime import date

_LEAP_MONTH, _LEAP_DAY = 2, 29


def anniversary(day: date, year: int) -> date:
    """The anniversary of `day` in that year."""
    if (day.month, day.day) == (_LEAP_MONTH, _LEAP_DAY) and not calendar.isleap(year):
        return date(year, _LEAP_MONTH, _LEAP_DAY - 1)
    return day.replace(year=year)


def years_since(day: date, as_of: date) -> int | None:
    """Completed years; None for a day that is still to come."""
    if day > as_of:
        return None
    return as_of.year - day.year - (anniversary(day, as_of.year) > as_of)


def next_anniversary(day: date, as_of: date) -> date | None:
    """The first anniversary on or after `as_of`; the day itself is none of its own."""
    year = max(as_of.year, day.year + 1)
    if year <= date.max.year and anniversary(day, year) < as_of:
        year += 1
    return anniversary(day, year) if year <= date.max.year else None


def days_to_anniversary(day: date, as_of: date) -> int | None:
    """Days until the next anniversary, 0 on the day itself."""
    following = next_anniversary(day, as_of)
    return None if following is None else (following - as_of).days


def days_since_anniversary(day: date, as_of: date) -> int | None:
    """Days since the latest anniversary, 0 on the day; None before the first one."""
    years = years_since(day, as_of)
    if not years:
        return None
    return (as_of - anniversary(day, day.year + years)).days
