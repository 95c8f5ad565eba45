"""Time zones, countries and currencies: which there are."""

import re
from functools import cache
from importlib import resources


@cache
def timezones() -> frozenset[str]:
    """The names of the zone database."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


@cache
def countries() -> frozenset[str]:
    """The ISO 3166-1 alpha-2 codes, from the table that comes with the zone database."""
    table = resources.files("tzdata") / "zoneinfo" / "iso3166.tab"
    lines = table.read_text(encoding="utf-8").splitlines()
    return frozenset(line[:2] for line in lines if not line.startswith("#"))


def is_currency(code: str) -> bool:
    """Whether a text has the form of an ISO 4217 code."""
    return re.fullmatch(r"[A-Z]{3}", code) is not None
