"""What would have to change for a line, or a whole rule, to answer otherwise of one client."""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from audsync.money import exponent, to_decimal
from audsync.segments.comparison_sql import days_of
from audsync.segments.fields import Unit
from audsync.segments.operators import COMPARISONS, POSITIVE, Code, Operator
from audsync.segments.rule import Block, Comparison, Group, Rule, Spent, written
from audsync.segments.windows import Days

# Whole numbers from the first to the second, both included; None is open.
Range = tuple[int | None, int | None]
_DATES: Final = frozenset(
    {Operator.ON, Operator.BEFORE, Operator.AFTER, Operator.BETWEEN}
    | {Operator.WITHIN, Operator.OLDER_THAN, Operator.DURING}
)
# Figures that are never below nothing, whatever a line asks.
_FROM_NOTHING: Final = frozenset({Unit.INTEGER, Unit.MONEY, Unit.DAYS, Unit.YEARS})


def flip(rule: Rule, value: object, *, holds: bool, as_of: date, currency: str) -> str | None:
    """The value nearest to the client's with which the line would answer otherwise.

    A number or a day with the way to it, `30 (+10)`; of other values what the line asks for, or
    that it must not be so. None for a block, and where no value would do.
    """
    match rule:
        case Comparison():
            return _of_line(rule, value, holds=holds, as_of=as_of, currency=currency)
        case Spent(measures=(line,)):
            return _of_line(line, value, holds=holds, as_of=as_of, currency=currency)
        case _:
            return None


def smallest(rule: Rule, holds: Callable[[Rule], bool], *, wanted: bool) -> tuple[Rule, ...]:
    """The fewest lines that must answer otherwise for the rule to answer `wanted`.

    Of several ways the first in the order of the file; no line where it does already.
    """
    if not isinstance(rule, Group):
        return () if holds(rule) == wanted else (rule,)
    is_every = (rule.block is not Block.ANY) == wanted
    of_lines = wanted if rule.block is not Block.NONE else not wanted
    ways = [smallest(line, holds, wanted=of_lines) for line in rule.lines]
    if is_every:
        return tuple(line for way in ways for line in way)
    return min(ways, key=len, default=())


def _of_line(
    line: Comparison, value: object, *, holds: bool, as_of: date, currency: str
) -> str | None:
    if line.operator is Operator.MISSING:
        return "no value" if (line.value is True) != holds else "a value"
    if line.field.code is Code.DATE and line.operator in _DATES:
        wanted = _wanted([_day_range(line, as_of)], holds=holds)
        # What has happened lies in the past, if it can.
        wanted = _within(wanted, (None, as_of.toordinal())) or wanted
        day = value.toordinal() if isinstance(value, date) else None
        return _nearest(day, wanted, _written_day, unit=" days")
    is_whole = line.field.unit is Unit.MONEY or (line.field.unit and line.field.unit.is_whole)
    if is_whole and line.operator in COMPARISONS:
        ranges = _wanted(_number_ranges(line, currency), holds=holds)
        wanted = _within(ranges, _bounds(line))
        number = value if isinstance(value, int) else None
        if line.field.unit is Unit.MONEY:
            return _nearest(number, wanted, lambda minor: str(to_decimal(minor, currency)))
        return _nearest(number, wanted, str)
    is_asked = line.operator not in POSITIVE
    asked = f"{POSITIVE.get(line.operator, line.operator)} {written(line.value)}"
    return asked if is_asked != holds else f"not {asked}"


def _day_range(line: Comparison, as_of: date) -> Range:
    days = _days(line, as_of)
    return (
        None if days.first is None else days.first.toordinal(),
        None if days.last is None else days.last.toordinal(),
    )


def _days(line: Comparison, as_of: date) -> Days:
    match line.operator, line.value:
        case Operator.ON, date() as day:
            return Days(day, day)
        case Operator.BEFORE, date() as day:
            return Days(None, date.fromordinal(max(day.toordinal() - 1, 1)))
        case Operator.AFTER, date() as day:
            return Days(date.fromordinal(min(day.toordinal() + 1, date.max.toordinal())))
        case operator, value:
            return days_of(operator, value, as_of)


def _number_ranges(  # noqa: PLR0911 -- one return per operator reads best
    line: Comparison, currency: str
) -> list[Range]:
    """The whole numbers for which the comparison holds, sorted."""
    values = line.value if isinstance(line.value, tuple) else (line.value,)
    places = exponent(currency) if line.field.unit is Unit.MONEY else 0
    exact = [Decimal(one).scaleb(places) for one in values if isinstance(one, int | Decimal)]
    up = [int(one.to_integral_value(ROUND_CEILING)) for one in exact]
    down = [int(one.to_integral_value(ROUND_FLOOR)) for one in exact]
    match line.operator:
        case Operator.AT_LEAST:
            return [(up[0], None)]
        case Operator.MORE_THAN:
            return [(down[0] + 1, None)]
        case Operator.AT_MOST:
            return [(None, down[0])]
        case Operator.LESS_THAN:
            return [(None, up[0] - 1)]
        case Operator.BETWEEN:
            return [(up[0], down[1])]
        case Operator.IS_NOT | Operator.NONE_OF:
            return _outside(_points(up, down))
        case _:
            return _points(up, down)


def _points(up: list[int], down: list[int]) -> list[Range]:
    """The numbers themselves, where they are whole."""
    return sorted({(one, one) for one, other in zip(up, down, strict=True) if one == other})


def _wanted(ranges: list[Range], *, holds: bool) -> list[Range]:
    return _outside(ranges) if holds else ranges


def _outside(ranges: list[Range]) -> list[Range]:
    """What lies between, before and after sorted ranges that do not meet."""
    found: list[Range] = []
    start: int | None = None
    for first, last in ranges:
        if first is not None and (start is None or start <= first - 1):
            found.append((start, first - 1))
        if last is None:
            return found
        start = last + 1
    return [*found, (start, None)]


def _bounds(line: Comparison) -> Range:
    """The least and the greatest that the field can be."""
    if line.field.bounds is not None:
        return line.field.bounds
    is_count = line.field.unit in _FROM_NOTHING and not line.field.family
    return (0 if is_count else None), None


def _within(ranges: list[Range], bounds: Range) -> list[Range]:
    """What of the ranges lies within bounds."""
    lowest, highest = bounds
    found: list[Range] = []
    for first, last in ranges:
        lows = [one for one in (first, lowest) if one is not None]
        highs = [one for one in (last, highest) if one is not None]
        low, high = max(lows, default=None), min(highs, default=None)
        if low is None or high is None or low <= high:
            found.append((low, high))
    return found


def _nearest(
    value: int | None, ranges: list[Range], show: Callable[[int], str], unit: str = ""
) -> str | None:
    ends = [end for bounds in ranges for end in bounds if end is not None]
    if not ends:
        return None
    if value is None:
        return show(ends[0])
    nearest = min(ends, key=lambda end: abs(end - value))
    way = nearest - value
    told = show(abs(way)) if not unit else f"{abs(way)}{unit}"
    return f"{show(nearest)} ({'+' if way > 0 else '-'}{told})"


def _written_day(number: int) -> str:
    return date.fromordinal(number).isoformat()
