"""Districts and regions by postcode: whatever tables are given, the longest prefix counts."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import zip_longest
from typing import Final

PLACE_COLUMNS: Final = ("district", "district_code", "region", "region_code")
_NEEDED: Final = ("zip_prefix", "district")
_KNOWN: Final = ("country", "zip_prefix", *PLACE_COLUMNS)
_COUNTRY: Final = re.compile("[A-Z]{2}")
_OTHER: Final = re.compile("[^0-9A-Z]+")

# Country and beginning of a postcode → what lies there.
Table = Mapping[tuple[str, str], "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A district and the region that it is in; None for what is not known."""

    district: str | None = None
    district_code: str | None = None
    region: str | None = None
    region_code: str | None = None


class Places:
    """Tables of places, the first that knows a thing before the others."""

    def __init__(self, *tables: Table) -> None:
        self.tables = tables

    def find(self, country: str, postcode: str) -> Place | None:
        """What lies at a postcode; None where no table knows it."""
        code = bare_postcode(postcode)
        found = [place for table in self.tables if (place := _longest(table, country, code))]
        if not found:
            return None
        known = zip(*map(astuple, found), strict=True)
        return Place(*(next((one for one in values if one), None) for values in known))


def bare_postcode(text: str) -> str:
    """A postcode as it is compared: capitals and digits alone."""
    return _OTHER.sub("", text.upper())


def _longest(table: Table, country: str, code: str) -> Place | None:
    heads = (code[:length] for length in range(len(code), 0, -1))
    return next((table[country, head] for head in heads if (country, head) in table), None)


class PlaceFileError(ValueError):
    """A file of places cannot be read; `line` says where, from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_places(text: str, *, country: str) -> Table:
    """The places of a file with the columns `zip_prefix` and `district`, and any of the others.

    They are separated by commas or semicolons. `country` is that of rows without one. Raises
    PlaceFileError.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    head = lines[0] if lines else ""
    rows = csv.reader(lines, delimiter=";" if head.count(";") > head.count(",") else ",")
    names = [name.strip().lower() for name in next(rows, [])]
    _check_names(names)
    found: dict[tuple[str, str], Place] = {}
    for cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        row = _row(names, cells, rows.line_num)
        key = (row["country"].upper() or country, bare_postcode(row["zip_prefix"]))
        _check_key(key, rows.line_num, found)
        found[key] = Place(*(row.get(name) or None for name in PLACE_COLUMNS))
    return found


def _check_names(names: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise PlaceFileError(1, f"there is no column {' and no column '.join(missing)}")
    odd = [name for name in names if name not in _KNOWN]
    if odd:
        raise PlaceFileError(1, f"{len(odd)} columns are none of {', '.join(_KNOWN)}")
    if len({*names}) < len(names):
        raise PlaceFileError(1, "a column stands there twice")


def _row(names: Sequence[str], cells: Sequence[str], line: int) -> dict[str, str]:
    if len(cells) > len(names):
        raise PlaceFileError(line, f"{len(cells)} cells for {len(names)} columns")
    pairs = zip_longest(names, cells, fillvalue="")
    return {"country": "", **{name: cell.strip() for name, cell in pairs}}


def _check_key(key: tuple[str, str], line: int, found: Iterable[tuple[str, str]]) -> None:
    country, prefix = key
    if _COUNTRY.fullmatch(country) is None:
        raise PlaceFileError(line, "the country is not two letters, such as CZ")
    if not prefix:
        raise PlaceFileError(line, "there is no postcode")
    if key in found:
        raise PlaceFileError(line, "this postcode stands in an earlier line as well")
