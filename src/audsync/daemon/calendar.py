"""A schedule in the words of systemd's OnCalendar=."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from audsync.schedule import ANY_DAY

_NAMES: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_ANY: Final = "*"
_DAYS: Final = frozenset(range(1, 32))


class InexpressibleError(Exception):
    """systemd has no words for this schedule; the text says for what."""


def on_calendar(schedule: str, timezone: str) -> list[str]:
    """The expressions that together mean a right schedule; a run is due at any of them.

    Raises InexpressibleError. In the hours that a change of the clock doubles or drops, systemd
    goes by rules of its own.
    """
    from cronsim import CronSim

    cron: Any = CronSim(schedule, ANY_DAY)
    clock = f"{_numbers(cron.hours, 24)}:{_numbers(cron.minutes, 60)}:00"
    months = _numbers(cron.months, 12)
    return [
        f"{weekdays} *-{months}{days} {clock} {timezone}".strip()
        for weekdays, days in _dates(cron)
    ]


def _dates(cron: Any) -> Iterator[tuple[str, str]]:
    """Weekdays and days of the month, each pair another way for a day to be right."""
    days, weekdays = list(_days(cron)), list(_weekdays(cron.weekdays))
    if not cron.day_and:
        yield from (("", day) for day in days)
        yield from weekdays
    elif days == [f"-{_ANY}"]:
        yield from weekdays
    else:
        for names, week in weekdays:
            if week != f"-{_ANY}":
                raise InexpressibleError("a weekday of a week beside days of the month")
            yield from ((names, day) for day in days)


def _days(cron: Any) -> Iterator[str]:
    numbers = {day for day in cron.days if day > 0}
    if cron.LAST_WEEKDAY in cron.days:
        raise InexpressibleError("LW, the last working day of a month")
    if numbers:
        yield f"-{_ANY if numbers == _DAYS else _numbers(numbers, 0)}"
    if cron.LAST in cron.days:
        yield "~01"


def _weekdays(found: Collection[Any]) -> Iterator[tuple[str, str]]:
    plain = sorted({day % 7 for day in found if isinstance(day, int)})
    if len(plain) == len(_NAMES):
        yield "", f"-{_ANY}"
    elif plain:
        yield ",".join(_NAMES[day] for day in plain), f"-{_ANY}"
    for day, number in sorted(one for one in found if not isinstance(one, int)):
        if number > 0:
            first = 7 * (number - 1) + 1
            days = f"-{first:02}..{min(first + 6, 31):02}"
        else:
            days = "~07/1"
        yield _NAMES[day % 7], days


def _numbers(found: Collection[int], of: int) -> str:
    """Numbers as a list with ranges; a star for all of them."""
    if len(found) == of:
        return _ANY
    return ",".join(
        f"{run[0]:02}..{run[-1]:02}" if len(run) > 2 else ",".join(f"{one:02}" for one in run)  # noqa: PLR2004 -- a range of two is longer than two numbers
        for run in _runs(sorted(found))
    )


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
