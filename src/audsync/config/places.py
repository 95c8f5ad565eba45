"""Time zones and countries: which there are."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def timezones() -> frozenset[str]:
    """The names of the zone database, from its list: looking for them takes longer."""
    return frozenset(_table("zones").split())


@cache
def countries() -> frozenset[str]:
    """The ISO 3166-1 alpha-2 codes, from the table that comes with the zone database."""
    lines = _table("zoneinfo", "iso3166.tab").splitlines()
    return frozenset(line[:2] for line in lines if not line.startswith("#"))


def _table(*path: str) -> str:
    spec = find_spec("tzdata")  # `importlib.resources` loads much for one file
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0], *path).read_text(encoding="utf-8")
