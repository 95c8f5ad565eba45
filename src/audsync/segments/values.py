"""Reading the value of a line: its type, its unit, its vocabulary."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from audsync.segments.codes import Mistake
from audsync.segments.fields import Field, Form, Unit
from audsync.segments.operators import COMPARISONS, SHAPES, TEXT_PARTS, Code, Operator, Shape
from audsync.segments.registry import nearest
from audsync.segments.rule import Value, written
from audsync.segments.texts import canonical
from audsync.segments.windows import Length, LengthUnit, parse_length, parse_period

MOST: Final = 10**15  # greater numbers do not occur and would not fit the engines' decimals
DECIMALS: Final = 4
_MONEY_DECIMALS = 3  # the most that any currency has
_PAIR = 2
_HUNDRED = 100
_SHOWN = 60  # characters of a value in a hint
_UNITS: Final = {unit[0]: unit for unit in LengthUnit}
_NUMERIC = frozenset(COMPARISONS) - {
    Operator.IS,
    Operator.IS_NOT,
    Operator.ONE_OF,
    Operator.NONE_OF,
}

Item = str | int | bool | Decimal | date


class Wrong(Exception):  # noqa: N818 -- a mistake in a file, reported and never raised further
    """A value is wrong: code, message, hint, and the place inside a list."""

    def __init__(
        self, code: Mistake, message: str, hint: str | None = None, place: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.place = place


def read_value(  # noqa: PLR0911 -- one return per shape reads best
    field: Field, operator: Operator, raw: Any
) -> Value:
    """The value of a line in the type of its field. Raises Wrong."""
    match SHAPES[operator]:
        case Shape.FLAG:
            return _flag(raw)
        case Shape.LENGTH:
            return read_length(raw)
        case Shape.PERIOD:
            return read_period(raw)
        case Shape.PERCENT:
            return _percent(raw)
        case Shape.PAIR:
            return _pair(field, raw)
        case Shape.MANY:
            return _list(field, operator, raw)
        case Shape.EITHER:
            if isinstance(raw, list):
                return _list(field, operator, raw)
            return (_item(field, operator, raw),)
        case Shape.ONE:
            return _one(field, operator, raw)


def read_length(raw: Any) -> Value:
    """A length of time such as `"6 months"`. Raises Wrong."""
    length = parse_length(raw) if isinstance(raw, str) else None
    if length is None:
        raise Wrong(Mistake.TIME, "not a length of time", _length_hint(raw))
    return length


def _length_hint(raw: Any) -> str:
    short = re.fullmatch(r"([1-9]\d{0,3})\s*([dwmy])[a-z]*", str(raw).strip().lower(), re.ASCII)
    if short is not None:
        return f'write "{Length(int(short[1]), _UNITS[short[2]])}"'
    return 'write a whole number and days, weeks, months or years, such as "6 months"'


def read_period(raw: Any) -> Value:
    """A calendar period such as `"last year"`. Raises Wrong."""
    period = parse_period(raw) if isinstance(raw, str) else None
    if period is None:
        raise Wrong(
            Mistake.TIME,
            "not a period",
            'write today, yesterday, "this month", "last year" (or week, quarter), '
            '"2025", "2025-Q4" or "2025-11", in quotes',
        )
    return period


def read_date(raw: Any) -> date:
    """A TOML date. Raises Wrong."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    raise Wrong(Mistake.VALUE_TYPE, "not a date", _date_hint(raw))


def _date_hint(raw: Any) -> str:
    try:
        day = raw if isinstance(raw, date) else date.fromisoformat(str(raw).strip())
    except ValueError:
        return "write year, month, day without quotes: 2026-01-31"
    return f"write {day:%Y-%m-%d} without quotes or time"


def _as_written(raw: list[Any]) -> str:
    """A short list of a file as it stands there."""
    items = [one for one in raw if isinstance(one, str | int | date | Decimal)]
    text = written(tuple(items)) if len(items) == len(raw) else "[...]"
    return text if len(text) <= _SHOWN else "[...]"


def _flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    raise Wrong(
        Mistake.VALUE_TYPE, "neither true nor false", "write true or false without quotes"
    )


def _one(field: Field, operator: Operator, raw: Any) -> Item:
    if isinstance(raw, list):
        several = "has_any" if field.code is Code.LIST else "one_of"
        if operator is Operator.IS_NOT:
            several = "none_of"
        hint = (
            f"write {field.name}.{several} = {_as_written(raw)}"
            if Operator(several) in field.operators
            else "write one value"
        )
        raise Wrong(Mistake.LIST, f"a list, where {field.name} takes one value", hint)
    return _item(field, operator, raw)


def _list(field: Field, operator: Operator, raw: Any) -> tuple[Item, ...]:
    if not isinstance(raw, list):
        raise Wrong(
            Mistake.VALUE_TYPE,
            f"{operator} takes a list",
            "put the value in square brackets: [...]",
        )
    if not raw:
        raise Wrong(Mistake.EMPTY, "the list is empty", "name at least one value")
    return tuple(_in_place(field, operator, value, place) for place, value in enumerate(raw))


def _in_place(field: Field, operator: Operator, raw: Any, place: int) -> Item:
    try:
        return _item(field, operator, raw)
    except Wrong as wrong:
        raise Wrong(wrong.code, str(wrong), wrong.hint, place) from None


def _pair(field: Field, raw: Any) -> tuple[Item, ...]:
    if not isinstance(raw, list) or len(raw) != _PAIR:
        raise Wrong(
            Mistake.BOUNDS,
            "between takes two values",
            "write the lowest and the highest in square brackets, such as [1, 5]",
        )
    low, high = (
        _in_place(field, Operator.BETWEEN, value, place) for place, value in enumerate(raw)
    )
    if low > high:  # type: ignore[operator]  # both are numbers, or both are dates
        raise Wrong(
            Mistake.BOUNDS,
            "the first bound is above the second",
            f"write the lowest first: [{written(high)}, {written(low)}]; both are included",
        )
    return low, high


def _item(field: Field, operator: Operator, raw: Any) -> Item:
    match field.code:
        case Code.DATE:
            return read_date(raw)
        case Code.NUMBER:
            return _number(field, raw)
        case Code.ENUM:
            return _flag(raw) if field.boolean else _word(field, raw)
        case Code.TEXT | Code.LIST:
            return _text(field, raw)
        case Code.DECLARED:
            return _declared(field, operator, raw)


def _declared(field: Field, operator: Operator, raw: Any) -> Item:
    if operator in _NUMERIC:
        return _number(field, raw)
    if operator in TEXT_PARTS or isinstance(raw, str):
        return _text(field, raw)
    return raw if isinstance(raw, bool) else _number(field, raw)


def _number(field: Field, raw: Any) -> int | Decimal:
    number = exact_number(raw)
    if number is None:
        what = "a text, and" if isinstance(raw, str) else "no number, and"
        raise Wrong(
            Mistake.VALUE_TYPE, f"{what} {field.name} is a number", _number_hint(field, raw)
        )
    if field.unit is not None and field.unit.is_whole and number != int(number):
        raise Wrong(Mistake.RANGE, f"{field.name} is a whole number", "leave the fraction out")
    allowed = _MONEY_DECIMALS if field.unit is Unit.MONEY else DECIMALS
    if decimals(number) > allowed:
        raise Wrong(
            Mistake.RANGE, "too many decimals", f"write at most {allowed} digits after the dot"
        )
    low, high = field.bounds or (-MOST, MOST)
    if not low <= number <= high:
        reach = f"from {low} to {high}" if field.bounds else "not that great"
        raise Wrong(Mistake.RANGE, "number out of range", f"{field.name} is {reach}")
    return number


def _number_hint(field: Field, raw: Any) -> str:
    if isinstance(raw, str) and exact_number_text(raw) is not None:
        return f"write {exact_number_text(raw)} without quotes"
    if field.written is not None:
        return f"write {field.written}"
    if field.unit in {Unit.DAYS, Unit.YEARS}:
        return f"write a whole number of {field.unit}, without quotes: 30"
    if field.unit is not None and field.unit.is_whole:
        low, high = field.bounds or (None, None)
        reach = "" if low is None else f" from {low} to {high}"
        return f"write a whole number{reach}, without quotes"
    return "write digits, with a dot before a fraction: 19.99"


def exact_number_text(raw: str) -> str | None:
    """Quoted text that is a number, as it should have been written; None for other text."""
    text = raw.strip().replace(",", ".")
    return text if re.fullmatch(r"-?\d{1,15}(\.\d+)?", text, re.ASCII) else None


def exact_number(raw: Any) -> int | Decimal | None:
    """A TOML number exactly as written; None for anything else, infinities included."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        return None
    try:
        number = Decimal(str(raw))
    except InvalidOperation:  # pragma: no cover -- str() of a number is always readable
        return None
    if not number.is_finite():
        return None
    if abs(number) <= MOST and number == int(number):
        return int(number)
    return number


def decimals(number: int | Decimal) -> int:
    """Digits after the dot."""
    if isinstance(number, int):
        return 0
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _percent(raw: Any) -> int | Decimal:
    number = exact_number(raw)
    if number is None or not 0 < number <= _HUNDRED or decimals(number) > DECIMALS:
        raise Wrong(
            Mistake.RANGE,
            "not a percentage above 0 and up to 100",
            "write 10 for the tenth of the clients that is on top",
        )
    return number


def _text(field: Field, raw: Any) -> str:
    if not isinstance(raw, str):
        raise Wrong(Mistake.VALUE_TYPE, "not a text", "put the value in quotes")
    if "\x00" in raw:
        raise Wrong(Mistake.VALUE_TYPE, "the text holds a NUL character", "take it out")
    if not canonical(raw, field.form):
        hint = {Form.PHONE: "write at least one digit"}.get(field.form, "write a text")
        raise Wrong(
            Mistake.EMPTY, "nothing to compare with", f"{hint}, or ask with missing = true"
        )
    return raw


def _word(field: Field, raw: Any) -> str:
    text = _text(field, raw)
    if field.form is Form.COUNTRY and re.fullmatch(r"[A-Za-z]{2}", text) is None:
        raise Wrong(
            Mistake.UNKNOWN_VALUE,
            "not a country code",
            'write the two letters of ISO 3166, such as "CZ"',
        )
    if not field.values:
        return text
    known = {value.lower(): value for value in field.values}
    word = re.sub(r"[\s-]+", "_", text.strip()).lower()
    if word not in known:
        raise Wrong(
            Mistake.UNKNOWN_VALUE,
            f"unknown value of {field.name}",
            " ".join(filter(None, (nearest(word, known), f"one of {', '.join(field.values)}"))),
        )
    return known[word]
