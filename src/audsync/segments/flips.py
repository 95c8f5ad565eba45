"""What would have to change for a line, or a whole rule, to answer otherwise of one client."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from typing import Final, Self

from audsync.money import exponent, to_decimal
from audsync.segments.comparison_sql import days_of
from audsync.segments.fields import Unit
from audsync.segments.operators import COMPARISONS, POSITIVE, Code, Operator
from audsync.segments.ranges import Range, both, holds_in, nearest, outside, points
from audsync.segments.registry import PURCHASE, VISIT
from audsync.segments.rule import (
    Block,
    Bought,
    Comparison,
    Group,
    Rule,
    Spent,
    Visited,
    written,
)
from audsync.segments.values import DECIMALS
from audsync.segments.windows import Days

_DATES: Final = frozenset(
    {Operator.ON, Operator.BEFORE, Operator.AFTER, Operator.BETWEEN}
    | {Operator.WITHIN, Operator.OLDER_THAN, Operator.DURING}
)
# Figures that are never below nothing, whatever a line asks.
_FROM_NOTHING: Final = frozenset(
    {Unit.INTEGER, Unit.DECIMAL, Unit.MONEY, Unit.DAYS, Unit.YEARS}
)
_NEGATIVE: Final = {positive: negative for negative, positive in POSITIVE.items()}
# How the quantities of a block are told: `{}` is the number, `{s}` stands where it is not one.
_TOLD: Final = {
    "orders": "{} order{s}",
    "visits": "{} visit{s}",
    "units": "{} unit{s}",
    "items_total": "items for {}",
    "days_since": "{} day{s} since",
    "spent": "{}",
}


def quantities(block: Bought | Visited) -> tuple[Comparison, ...]:
    """What a block asks of the matching orders or visits: at least one, and what it says."""
    count = PURCHASE["orders"] if isinstance(block, Bought) else VISIT["visits"]
    asked = [line for line in block.measures if line.field.name in _TOLD]
    return (Comparison(count, Operator.AT_LEAST, 1), *asked)


def flip(
    rule: Rule, figures: Mapping[str, object], *, holds: bool, as_of: date, currency: str
) -> str | None:
    """The value nearest to the client's with which the line would answer otherwise.

    `figures` are the client's by the field that asks for them. A number or a day with the way
    to it, `30 (+10)`; of other values what the line asks for, or that it must not be so. None
    for a block of lines, and where no value would do.
    """
    match rule:
        case Comparison():
            figure = figures.get(rule.field.name)
            return _of_line(rule, figure, holds=holds, as_of=as_of, currency=currency)
        case Spent():
            return _of_quantities(rule.measures, figures, holds=holds, currency=currency)
        case Bought() | Visited():
            asked = quantities(rule)
            # Of what is asked besides, less is enough: one order less is told where none is.
            lines = asked[1:] if holds and len(asked) > 1 else asked
            return _of_quantities(lines, figures, holds=holds, currency=currency)
        case _:
            return None


def told(rule: Rule, figures: Mapping[str, object], currency: str) -> str | None:
    """What the client has of what a line asks for; None where nothing is known."""
    match rule:
        case Comparison():
            return _written(rule, figures.get(rule.field.name), currency)
        case Spent():
            return _written(rule.measures[0], figures.get("spent"), currency)
        case Bought() | Visited():
            found = {
                line.field.name: _written(line, _figure(line, figures), currency)
                for line in quantities(rule)
            }
            return ", ".join(
                _named(name, text) for name, text in found.items() if text is not None
            )
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


@dataclass(frozen=True, slots=True)
class _Scale:
    """Figures of one column as whole numbers: of minor units, or of a fraction of ten."""

    places: int
    is_minor: bool = False

    @classmethod
    def of(cls, line: Comparison, figure: object, currency: str) -> Self:
        unit = line.field.unit
        if unit is Unit.MONEY:
            return cls(exponent(currency), is_minor=True)
        if unit is None or unit.is_whole:
            return cls(0)
        if not isinstance(figure, Decimal):
            return cls(DECIMALS)
        digits = figure.as_tuple().exponent
        return cls(max(0, -digits) if isinstance(digits, int) else DECIMALS)

    def number(self, figure: object) -> int | None:
        if not isinstance(figure, int | Decimal) or isinstance(figure, bool):
            return None
        return int(figure if self.is_minor else Decimal(figure).scaleb(self.places))

    def bounds(self, line: Comparison) -> tuple[list[int], list[int]]:
        """The values of a line, each rounded up, and each rounded down."""
        values = line.value if isinstance(line.value, tuple) else (line.value,)
        exact = [
            Decimal(one).scaleb(self.places) for one in values if isinstance(one, int | Decimal)
        ]
        up = [int(one.to_integral_value(ROUND_CEILING)) for one in exact]
        return up, [int(one.to_integral_value(ROUND_FLOOR)) for one in exact]

    def written(self, number: int) -> str:
        amount = Decimal(number).scaleb(-self.places)
        return str(amount) if self.is_minor else format(amount.normalize(), "f")


def _of_quantities(
    lines: Sequence[Comparison], figures: Mapping[str, object], *, holds: bool, currency: str
) -> str | None:
    """Every quantity that must change, or where one is enough each that would do."""
    changes: list[str] = []
    for name in dict.fromkeys(line.field.name for line in lines):
        same = [line for line in lines if line.field.name == name]
        scale = _Scale.of(same[0], figures.get(name), currency)
        number = scale.number(_figure(same[0], figures))
        allowed = reduce(both, [_number_ranges(line, scale) for line in same])
        if not holds and number is not None and holds_in(number, allowed):
            continue
        wanted = outside(allowed) if holds else allowed
        way = _way(number, _possible(wanted, number, same[0], scale), scale.written, name=name)
        if way is not None:
            changes.append(way)
        elif not holds:
            return None
    return (" or " if holds else ", ").join(changes) or None


def _figure(line: Comparison, figures: Mapping[str, object]) -> object:
    """The client's quantity; without a match all but its age is nothing."""
    figure = figures.get(line.field.name)
    return 0 if figure is None and line.field.name != "days_since" else figure


def _of_line(
    line: Comparison, value: object, *, holds: bool, as_of: date, currency: str
) -> str | None:
    if line.operator is Operator.MISSING:
        return "no value" if (line.value is True) != holds else "a value"
    if line.field.code is Code.DATE and line.operator in _DATES:
        ranges = [_day_range(line, as_of)]
        ranges = outside(ranges) if holds else ranges
        # What has happened lies in the past, if it can.
        ranges = both(ranges, [(None, as_of.toordinal())]) or ranges
        day = value.toordinal() if isinstance(value, date) else None
        return _way(day, ranges, _written_day, unit=" days")
    if line.field.code is Code.NUMBER and line.operator in COMPARISONS:
        scale = _Scale.of(line, value, currency)
        number, ranges = scale.number(value), _number_ranges(line, scale)
        wanted = outside(ranges) if holds else ranges
        return _way(number, _possible(wanted, number, line, scale), scale.written)
    operator, positive = line.operator, POSITIVE.get(line.operator, line.operator)
    is_asked = (operator is positive) != holds
    negative = _NEGATIVE.get(positive, f"not {positive}")
    return f"{positive if is_asked else negative} {written(line.value)}"


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
    line: Comparison, scale: _Scale
) -> list[Range]:
    """The whole numbers for which the comparison holds, sorted."""
    up, down = scale.bounds(line)
    whole = points(one for one, other in zip(up, down, strict=True) if one == other)
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
            return outside(whole)
        case _:
            return whole


def _possible(
    wanted: list[Range], number: int | None, line: Comparison, scale: _Scale
) -> list[Range]:
    """What of the ranges a figure can be; without a figure the line's own bounds are told."""
    return wanted if number is None else both(wanted, [_limits(line, scale)])


def _limits(line: Comparison, scale: _Scale) -> Range:
    """The least and the greatest that the field can be."""
    if line.field.bounds is not None:
        lowest, highest = line.field.bounds
        return lowest * 10**scale.places, highest * 10**scale.places
    is_count = line.field.unit in _FROM_NOTHING and not line.field.family
    return (0 if is_count else None), None


def _way(
    number: int | None,
    ranges: Sequence[Range],
    show: Callable[[int], str],
    *,
    name: str = "spent",
    unit: str = "",
) -> str | None:
    """The nearest end of the ranges, and how far it is; None where there is none."""
    end = nearest(number, ranges)
    if end is None:
        return None
    shown = _named(name, show(end))
    if number is None:
        return shown
    way = end - number
    told_way = show(abs(way)) if not unit else f"{abs(way)}{unit}"
    return f"{shown} ({'+' if way > 0 else '-'}{told_way})"


def _named(name: str, text: str) -> str:
    """A quantity with what it counts."""
    return _TOLD[name].format(text, s="" if text == "1" else "s")


def _written(line: Comparison, value: object, currency: str) -> str | None:
    """A figure of a client as it is shown."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int() if line.field.unit is Unit.MONEY:
            return str(to_decimal(value, currency))
        case Decimal():
            return format(value.normalize(), "f")
        case _:
            return str(value)


def _written_day(number: int) -> str:
    return date.fromordinal(number).isoformat()
