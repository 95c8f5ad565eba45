"""Values of a record as they may come, turned into what a table takes, or refused by reason."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from audsync.identity.countries import country_code
from audsync.money import is_currency, to_minor
from audsync.tables import MAX_MINOR, MAX_QUANTITY

_YES: Final = frozenset({"y", "yes", "true", "1"})
_NO: Final = frozenset({"n", "no", "false", "0", ""})
_INVOICE: Final = frozenset({"y", "e", "invoice", "e_invoice"})
_EARLIEST: Final = 1971  # a first day of computer time is no date


class BadCellError(Exception):
    """A value that is none of its kind; the text is a reason code."""


def dig(data: Any, *path: str) -> Any:
    """The value at a path; None where any part of it is missing or no object, such as `[]`."""
    for key in path:
        if not isinstance(data, dict):  # an answer has no other mappings
            return None
        data = data.get(key)
    return data


def elements(data: Any, *path: str) -> list[Any]:
    """The list at a path: that of a map's values too, and of nothing none."""
    found = dig(data, *path)
    if isinstance(found, dict):
        return list(found.values())
    return found if isinstance(found, list) else []


def text(value: Any) -> str | None:
    """Text without spaces around it; None for nothing."""
    match value:
        case None | bool():
            return None
        case str() | int() | Decimal():
            return str(value).strip().replace("\x00", "") or None
        case _:
            raise BadCellError("not_a_text")


def whole(value: Any) -> int | None:
    """A whole number; None for nothing."""
    number = decimal(value)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise BadCellError("not_a_whole_number")
    return int(number)


def decimal(value: Any) -> Decimal | None:
    """A number; None for nothing."""
    said = text(value)
    if said is None:
        return None
    try:
        number = Decimal(said)
    except InvalidOperation:
        raise BadCellError("not_a_number") from None
    if not number.is_finite():
        raise BadCellError("not_a_number")
    return number


def quantity(value: Any) -> Decimal | None:
    """Units, above zero, with three decimals."""
    number = decimal(value)
    if number is None:
        return None
    if not 0 < number <= MAX_QUANTITY:
        raise BadCellError("out_of_range")
    return number.quantize(Decimal("0.001"))


def minor(value: Any, currency: str) -> int | None:
    """An amount in whole minor units of its currency."""
    number = decimal(value)
    return None if number is None else in_range(to_minor(number, currency))


def in_range(amount: int | None) -> int | None:
    """The amount, where a table can hold it."""
    if amount is not None and abs(amount) > MAX_MINOR:
        raise BadCellError("out_of_range")
    return amount


def yes(value: Any) -> bool:
    """Whether a value says yes; everything else, and nothing, is a no."""
    return value is True or str(value).strip().casefold() in _YES


def wants_invoice(value: Any) -> bool | None:
    """Whether an invoice was asked for, in either vocabulary; None where it is not said."""
    said = str(value).strip().casefold()
    if said in _INVOICE:
        return True
    return False if said == "n" else None


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A time of the panel's clock; of an hour that came twice the first one.

    None for nothing, which is also written as zeros.
    """
    said = text(value)
    if said is None or not said.strip("0-: "):
        return None
    try:
        naive = datetime.fromisoformat(said)
        found = naive.astimezone(UTC) if naive.tzinfo else naive.replace(tzinfo=zone)
        instant = found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadCellError("not_a_time") from None
    return None if instant.year < _EARLIEST else instant


def first_moment(values: list[Any], zone: ZoneInfo) -> datetime | None:
    """The first time that is stated."""
    return next(filter(None, (moment(value, zone) for value in values)), None)


def day(value: Any) -> date | None:
    """A calendar day; None for nothing and for zeros."""
    said = text(value)
    if said is None or not said.strip("0-: "):
        return None
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        raise BadCellError("not_a_date") from None


def country(value: Any) -> str | None:
    """A country's two letters, of any form in which it is written."""
    said = text(value)
    if said is None:
        return None
    code = country_code(said)
    if code is None:
        raise BadCellError("unknown_country")
    return code


def currency(value: Any) -> str | None:
    """A currency's three letters."""
    said = text(value)
    if said is None:
        return None
    code = said.upper()
    if not is_currency(code):
        raise BadCellError("unknown_currency")
    return code
