"""Anniversaries of a date. One of 29 February is kept a day before or after elsewhere."""

import calendar
from datetime import date, timedelta

from audsync.model.settings import LeapDay

_LEAP_MONTH, _LEAP_DAY = 2, 29
_USUAL = LeapDay.FEBRUARY_28


def anniversary(day: date, year: int, leap_day: LeapDay = _USUAL) -> date:
    """The anniversary of `day` in that year."""
    if (day.month, day.day) == (_LEAP_MONTH, _LEAP_DAY) and not calendar.isleap(year):
        before = date(year, _LEAP_MONTH, _LEAP_DAY - 1)
        return before if leap_day is LeapDay.FEBRUARY_28 else before + timedelta(days=1)
    return day.replace(year=year)


def years_since(day: date, as_of: date, leap_day: LeapDay = _USUAL) -> int | None:
    """Completed years; None for a day that is still to come."""
    if day > as_of:
        return None
    return as_of.year - day.year - (anniversary(day, as_of.year, leap_day) > as_of)


def next_anniversary(day: date, as_of: date, leap_day: LeapDay = _USUAL) -> date | None:
    """The first anniversary on or after `as_of`; the day itself is none of its own."""
    year = max(as_of.year, day.year + 1)
    if year <= date.max.year and anniversary(day, year, leap_day) < as_of:
        year += 1
    return anniversary(day, year, leap_day) if year <= date.max.year else None


def days_to_anniversary(day: date, as_of: date, leap_day: LeapDay = _USUAL) -> int | None:
    """Days until the next anniversary, 0 on the day itself."""
    following = next_anniversary(day, as_of, leap_day)
    return None if following is None else (following - as_of).days


def days_since_anniversary(day: date, as_of: date, leap_day: LeapDay = _USUAL) -> int | None:
    """Days since the latest anniversary, 0 on the day; None before the first one."""
    years = years_since(day, as_of, leap_day)
    if not years:
        return None
    return (as_of - anniversary(day, day.year + years, leap_day)).days
