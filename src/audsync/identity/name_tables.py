"""Given names by country: whose they are, and the days on which they are celebrated.

One file per country in `name_tables/`, with `name`, `gender` (empty: of both), `days` (`MM-DD`,
those that people keep; empty: none, or too many to tell) and `of` (the name that a familiar
form stands for). Sources and licences: docs/explanation/names-and-places.md and NOTICE.
"""

import calendar
import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from audsync.identity.text import fold
from audsync.tables import Gender

# Countries with tables; their order is that of the signs of a name.
NAME_COUNTRIES: Final = ("CZ", "HU", "PL", "RO", "SK")

_BREAKS: Final = re.compile("[\\s\\-\u2013'\u2019.,;/]+")
_FEBRUARY: Final = 2
_DAY_OF_MATTHIAS: Final = 24  # the leap day of the old Roman calendar, which Hungary keeps
_LAST_OF_FEBRUARY: Final = 28
# A day of 29 February may be eight years away, around 1900 and 2100.
_LOOK_AHEAD: Final = 9


@dataclass(frozen=True, slots=True)
class GivenName:
    """A name of one country: `gender` is None for one of both, `days` are `MM-DD`."""

    gender: Gender | None
    days: tuple[str, ...]


@cache
def given_names(country: str) -> Mapping[str, GivenName]:
    """The names of that country, folded; empty for a country without a table."""
    if country not in NAME_COUNTRIES:
        return {}
    text = files("audsync.identity") / "name_tables" / f"{country.lower()}.csv"
    rows = list(csv.DictReader(text.read_text(encoding="utf-8").splitlines()))
    days_of = {row["name"]: tuple(row["days"].split()) for row in rows}
    found: dict[str, GivenName] = {}
    for row in rows:
        gender = Gender(row["gender"]) if row["gender"] else None
        name = GivenName(gender, days_of[row["of"] or row["name"]])
        key = fold(row["name"])
        found[key] = _both(found[key], name) if key in found else name
    return found


def _both(one: GivenName, other: GivenName) -> GivenName:
    """Two names that only accents tell apart."""
    gender = one.gender if one.gender is other.gender else None
    return GivenName(gender, tuple(sorted({*one.days, *other.days})))


class Word(NamedTuple):
    """A word of a name: in lower case with its accents, and folded."""

    text: str
    folded: str


@lru_cache(maxsize=1)  # a name is asked about once for each country
def words_of(name: str) -> tuple[Word, ...]:
    """The words of a name: `Anna-Marie` is two, `Jan, ing.` too."""
    return tuple(Word(word, fold(word)) for word in _BREAKS.split(name.lower()) if word)


def given_words(name: str, country: str, *, is_whole: bool) -> tuple[Word, ...]:
    """The words among which the given name is, the likeliest first.

    With `is_whole` the text is given and family name together: the given name is its first
    word, in Hungary the last ones. A single word is then no given name.
    """
    words = words_of(name)
    if not is_whole:
        return words
    if country == "HU":
        return words[:0:-1]
    return words[:1] if len(words) > 1 else ()


def known_name(words: Iterable[Word], country: str) -> GivenName | None:
    """The first of these words that the table of that country knows."""
    table = given_names(country)
    return next((table[word.folded] for word in words if word.folded in table), None)


def name_days(name: str, country: str, *, is_whole: bool = False) -> str | None:
    """The days of a given name, as `MM-DD MM-DD`; None where it has none."""
    if is_whole and name.isalpha():
        return None  # one word, and so nearly every family name
    found = known_name(given_words(name, country, is_whole=is_whole), country)
    return " ".join(found.days) or None if found else None


def days_to(days: str, country: str, as_of: date) -> int:
    """Days from `as_of` until the next of these days (`MM-DD MM-DD`); 0 on the day itself."""
    years = range(as_of.year, as_of.year + _LOOK_AHEAD)
    coming = (_on(day, country, year) for day in days.split() for year in years)
    return min((day - as_of).days for day in coming if day is not None and day >= as_of)


def _on(month_day: str, country: str, year: int) -> date | None:
    """The date in that year; None for 29 February of a common year."""
    month, day = map(int, month_day.split("-"))
    is_leap = calendar.isleap(year)
    if month == _FEBRUARY and is_leap and country == "HU" and day >= _DAY_OF_MATTHIAS:
        day += 1
    if month == _FEBRUARY and day > _LAST_OF_FEBRUARY and not is_leap:
        return None
    return date(year, month, day)


def all_days(country: str) -> frozenset[str]:
    """Every answer of `name_days` for that country."""
    days = (" ".join(name.days) for name in given_names(country).values())
    return frozenset(days) - {""}
