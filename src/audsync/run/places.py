"""Where a shop's postcodes lie: its own file, and open data where it takes that."""

import hashlib
from collections.abc import Collection
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from audsync.config import Code, Config, Shop, places_problem, resolve_path
from audsync.errors import ConfigError, Problem
from audsync.identity.postcodes import (
    Place,
    PlaceFileError,
    Places,
    Table,
    bare_postcode,
    read_places,
)

# Open Database License 1.0: not shipped with audsync, and not copied into its files.
_PACKAGE: Final = "countrystatecity-postal-codes"
_OPEN_COUNTRIES: Final = ("CZ", "HU", "PL", "RO", "SK")
_WITH_DISTRICTS: Final = "CZ"


def tells_places(shop: Shop) -> bool:
    """Whether the shop's settings name anything that knows postcodes."""
    return shop.model.places.file is not None or shop.model.places.open_data


def wrong_places(config: Config, shop: Shop) -> ConfigError | None:
    """Why postcodes cannot be told as the settings say; None where they can."""
    try:
        _own_table(config, shop)
        _open_version(config, shop)
    except ConfigError as error:
        return error
    return None


def places_of(config: Config, shop: Shop) -> Places:
    """What the shop's settings know of postcodes, its own file first.

    Raises ConfigError for a file that cannot be read, and for data that are not installed.
    """
    tables = [_own_table(config, shop)]
    if _open_version(config, shop):
        tables += [_open_table(country) for country in _OPEN_COUNTRIES]
    return Places(*tables)


def place_names(config: Config, shop: Shop, columns: Collection[str]) -> frozenset[str] | None:
    """What the shop's postcodes have in some columns of a place, such as names and codes.

    None where they cannot be read, which `wrong_places` tells.
    """
    try:
        tables = places_of(config, shop).tables
    except ConfigError:
        return None
    places = {place for table in tables for place in table.values()}
    found = {getattr(place, column) for place in places for column in columns}
    return frozenset(name for name in found if name)


def places_mark(config: Config, shop: Shop) -> str:
    """A text that is another one when the shop's postcodes are told otherwise."""
    try:
        file = _file(config, shop)
        parts = [b"" if file is None else file.read_bytes()]
        parts.append(_open_version(config, shop).encode())
    except (OSError, ConfigError):
        return "unknown"
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _file(config: Config, shop: Shop) -> Path | None:
    named = shop.model.places.file
    if named is None:
        return None
    try:
        return resolve_path(config, named, setting="model.places.file")
    except ConfigError as error:
        hint = "put the file beside the config file"
        problem = places_problem(config, shop, "file", str(error), hint)
        raise ConfigError([problem]) from None


def _own_table(config: Config, shop: Shop) -> Table:
    file = _file(config, shop)
    if file is None:
        return {}
    hint = "name a UTF-8 file with the columns zip_prefix and district"
    try:
        return read_places(file.read_text(encoding="utf-8"), country=shop.country)
    except OSError as error:
        message = f"the file of postcodes cannot be read: {error.strerror}"
        raise ConfigError([places_problem(config, shop, "file", message, hint)]) from None
    except UnicodeDecodeError:
        message = "the file of postcodes is not UTF-8"
        raise ConfigError([places_problem(config, shop, "file", message, hint)]) from None
    except PlaceFileError as error:
        problem = Problem(str(file), error.line, 1, Code.BAD_PLACES, str(error), hint)
        raise ConfigError([problem]) from None


def _open_version(config: Config, shop: Shop) -> str:
    """The release of the open data, as far as the shop takes them; else an empty text."""
    if not shop.model.places.open_data:
        return ""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        message = "the open data about postcodes are not installed"
        hint = 'run: pip install "audsync[geo]"; or set open_data = false'
        problem = places_problem(config, shop, "open_data", message, hint)
        raise ConfigError([problem]) from None


@cache
def _open_table(country: str) -> Table:
    """Districts of Czech postcodes, regions of the others; codes that ISO lacks left out."""
    from countrystatecity_postal_codes import get_postcodes_of_country

    place = cache(_subdivision)
    rows = get_postcodes_of_country(country)
    found = {(country, bare_postcode(row.code)): place(country, row.stateCode) for row in rows}
    return {key: place for key, place in found.items() if place is not None}


def _subdivision(country: str, part: str | None) -> Place | None:
    """The place of a part of a country, `642` of CZ; None for one that ISO 3166-2 lacks."""
    import pycountry

    known: Any = pycountry.subdivisions
    found = known.get(code=f"{country}-{part}")
    if found is None:
        return None
    above = found if found.parent_code is None else known.get(code=found.parent_code)
    if country != _WITH_DISTRICTS:
        return Place(region=_name(found), region_code=found.code)
    return Place(_name(found), found.code, _name(above), above.code)


def _name(subdivision: Any) -> str:
    """The name without what kind of place it is: `Praha, Hlavní město` is Praha."""
    return str(subdivision.name.partition(",")[0])
