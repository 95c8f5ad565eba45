"""Dates and times as shops write them, and the zone of times that name none."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from audsync.errors import SourceDataError

# What databases write for "no date".
_NO_DATE: Final = re.compile(r"(?:0000-00-00|0001-01-01|1970-01-0[12])(?!\d)")
_CLOCK: Final = (
    r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?:[.,]\d+)?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_OFFSET: Final = r"(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_YEAR_FIRST: Final = re.compile(
    rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}{_OFFSET}\Z"
)
_YEAR_LAST: Final = re.compile(
    rf"(?P<one>\d{{1,2}})(?P<mark>[./-])\s?(?P<two>\d{{1,2}})(?P=mark)\s?(?P<year>\d{{4}})"
    rf"{_CLOCK}{_OFFSET}\Z"
)
_NAMED: Final = re.compile(
    rf"(?:(?P<day>\d{{1,2}})\.?\s+)?(?P<month>[A-Za-z]{{3}})[a-z]{{0,6}}\.?\s+"
    rf"(?:(?P<after>\d{{1,2}}),?\s+)?(?P<year>\d{{4}}){_CLOCK}{_OFFSET}\Z"
)
_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905 -- as one reads them
_YEARS: Final = range(1800, 3000)

Parse = Callable[[str], datetime]


def day_first(texts: Sequence[str]) -> bool | None:
    """Whether the day stands before the month; None where no cell has the year last.

    Raises ValueError where no cell tells: neither number is ever above twelve.
    """
    found = [match for text in texts if (match := _YEAR_LAST.match(text))]
    if not found:
        return None
    if any(match["mark"] == "." or int(match["one"]) > 12 for match in found):  # noqa: PLR2004 -- months in a year
        return True
    if any(int(match["two"]) > 12 for match in found):  # noqa: PLR2004 -- months in a year
        return False
    raise ValueError


def undecidable(header: str, shown: str) -> SourceDataError:
    """The error of a column whose dates can be read two ways."""
    return SourceDataError(
        f'{shown}: column "{header}": day and month cannot be told apart in any cell; '
        'say how dates are written, such as date_format = "%d/%m/%Y"'
    )


def parser(formats: Sequence[str], *, day_before_month: bool | None) -> Parse:
    """A function from text to a date and time, which raises ValueError for what is none."""
    if formats:
        return lambda text: _by_formats(text, formats)
    return lambda text: _by_looking(text, day_before_month=day_before_month is not False)


def _by_formats(text: str, formats: Sequence[str]) -> datetime:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 -- a naive time gets its zone from the mapping
        except ValueError:
            continue
    raise ValueError


def _by_looking(text: str, *, day_before_month: bool) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if match := _YEAR_FIRST.match(text):
        return _from_parts(match, int(match["month"]), int(match["day"]))
    if match := _YEAR_LAST.match(text):
        one, two = int(match["one"]), int(match["two"])
        day, month = (one, two) if day_before_month else (two, one)
        return _from_parts(match, month, day)
    if match := _NAMED.match(text):
        # Raises ValueError for a word that is no month, and for two days or none.
        month = _MONTHS.index(match["month"].lower()) + 1
        return _from_parts(match, month, int((match["day"] or "") + (match["after"] or "")))
    raise ValueError


def _from_parts(match: re.Match[str], month: int, day: int) -> datetime:
    hour = int(match["hour"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 -- hours on a clock face
            raise ValueError
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    clock = time(hour, int(match["minute"] or 0), int(match["second"] or 0))
    day_of = date(int(match["year"]), month, day)
    return datetime.combine(day_of, clock, tzinfo=_zone(match["zone"]))


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(sign * offset)


def moments(
    texts: Sequence[str], parse: Parse, zone: ZoneInfo
) -> tuple[list[datetime | None], list[bool]]:
    """Moments in UTC and whether each text is wrong; `no date` is null and not wrong.

    A local time that comes twice is its first occurrence; one that a clock change skips is
    read with the offset before the change.
    """
    values: list[datetime | None] = []
    wrong: list[bool] = []
    for text in texts:
        moment = _moment(text, parse)
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        values.append(moment and moment.astimezone(UTC))
        wrong.append(moment is None and not _NO_DATE.match(text))
    return values, wrong


def days(texts: Sequence[str], parse: Parse) -> tuple[list[date | None], list[bool]]:
    """Calendar days as written, and whether each text is wrong."""
    values = [_moment(text, parse) for text in texts]
    wrong = [
        value is None and not _NO_DATE.match(text)
        for text, value in zip(texts, values, strict=True)
    ]
    return [value and value.date() for value in values], wrong


def _moment(text: str, parse: Parse) -> datetime | None:
    if _NO_DATE.match(text):
        return None
    try:
        moment = parse(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None
