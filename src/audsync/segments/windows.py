"""Lengths of time and calendar periods, and the days they cover as of a day."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

LENGTH_PATTERN: Final = r"^[1-9][0-9]{0,3} (day|week|month|year)s?$"
PERIOD_PATTERN: Final = (
    r"^(today|yesterday|(this|last) (week|month|quarter|year)"
    r"|[12][0-9]{3}|[12][0-9]{3}-Q[1-4]|[12][0-9]{3}-(0[1-9]|1[0-2]))$"
)
_DAYS_A_WEEK = 7
_MONTHS_A_YEAR = 12
_MONTHS_A_QUARTER = 3


class LengthUnit(StrEnum):
    """Units of a length of time; nothing shorter than a day."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Days:
    """A range of calendar days, both ends included; None is open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time such as `6 months`."""

    count: int
    unit: LengthUnit

    def __str__(self) -> str:
        """The length as it is written in a file."""
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar period such as `last quarter` or `2025-Q4`."""

    text: str

    def __str__(self) -> str:
        """The period as it is written in a file."""
        return self.text


def parse_length(text: str) -> Length | None:
    """`"6 months"` as a length; None for anything else."""
    if re.match(LENGTH_PATTERN, text) is None or text.endswith("\n"):
        return None
    count, unit = text.split(" ")
    return Length(int(count), LengthUnit(unit.removesuffix("s")))


def parse_period(text: str) -> Period | None:
    """`"last year"` or `"2025-11"` as a period; None for anything else."""
    if re.match(PERIOD_PATTERN, text) is None or text.endswith("\n"):
        return None
    return Period(text)


def months_later(day: date, months: int) -> date:
    """The same day so many months later (or earlier), at most the last day of that month.

    A result outside the calendar is its first or last day.
    """
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def later(day: date, length: Length, direction: int = 1) -> date:
    """The day that lies `length` after `day`, or before it with direction -1."""
    match length.unit:
        case LengthUnit.MONTH:
            return months_later(day, direction * length.count)
        case LengthUnit.YEAR:
            return months_later(day, direction * length.count * _MONTHS_A_YEAR)
        case LengthUnit.DAY | LengthUnit.WEEK:
            factor = _DAYS_A_WEEK if length.unit is LengthUnit.WEEK else 1
            return _shifted(day, direction * factor * length.count)


def within(length: Length, as_of: date) -> Days:
    """The days that `within` covers.

    From the day so long before up to today, both included: `365 days` are 0 to 365 days ago,
    and `12 months` begin on the same day of the year before.
    """
    return Days(later(as_of, length, -1), as_of)


def older_than(length: Length, as_of: date) -> Days:
    """The days before those that `within` covers."""
    start = within(length, as_of).first
    return Days(None, _shifted(start or date.min, -1))


def during(period: Period, as_of: date) -> Days:
    """All days of the calendar period; weeks begin on Monday."""
    text = period.text
    if text == "today":
        return Days(as_of, as_of)
    if text == "yesterday":
        return _one_day(_shifted(as_of, -1))
    if text.startswith(("this ", "last ")):
        which, unit = text.split(" ")
        return _calendar(unit, as_of, 0 if which == "this" else -1)
    year, _, part = text.partition("-")
    if not part:
        return Days(date(int(year), 1, 1), date(int(year), 12, 31))
    if part.startswith("Q"):
        first = date(int(year), _MONTHS_A_QUARTER * int(part[1:]) - 2, 1)
        return _months(first, _MONTHS_A_QUARTER)
    return _months(date(int(year), int(part), 1), 1)


def _calendar(unit: str, as_of: date, offset: int) -> Days:
    if unit == "week":
        monday = _shifted(as_of, offset * _DAYS_A_WEEK - as_of.weekday())
        return Days(monday, _shifted(monday, _DAYS_A_WEEK - 1))
    if unit == "month":
        return _months(months_later(as_of.replace(day=1), offset), 1)
    if unit == "quarter":
        first = as_of.replace(day=1, month=as_of.month - (as_of.month - 1) % _MONTHS_A_QUARTER)
        return _months(months_later(first, offset * _MONTHS_A_QUARTER), _MONTHS_A_QUARTER)
    first = as_of.replace(day=1, month=1)
    return _months(months_later(first, offset * _MONTHS_A_YEAR), _MONTHS_A_YEAR)


def _months(first: date, count: int) -> Days:
    last = months_later(first, count - 1)
    return Days(first, last.replace(day=calendar.monthrange(last.year, last.month)[1]))


def _one_day(day: date) -> Days:
    return Days(day, day)


def _shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.min if days < 0 else date.max
