"""What a caller asks for: queries with brackets and commas, and lenient reading of values."""

import json
import re
from contextlib import suppress
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from audsync.testing.idosell.shapes import Json

_DAY: Final = 10
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")


def query_params(query: str, repeated: Literal["last", "first"]) -> Json:
    """Parameters of a query: `a[b][c]=1` is nested, `a=1,2` stays text."""
    params: Json = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        first, *others = re.findall(r"[^\[\]]+", name) or [name]
        place, keys = params, [first, *others]
        for key in keys[:-1]:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                inner = place[key] = {}
            place = inner
        if repeated == "last" or keys[-1] not in place:
            place[keys[-1]] = value
    return params


def body_params(body: bytes) -> Json:
    """What stands under `params`; without that wrapper nothing is understood."""
    with suppress(ValueError):
        read = json.loads(body)
        if isinstance(read, dict) and isinstance(read.get("params"), dict):
            params: Json = read["params"]
            return params
    return {}


def block(params: Json, *names: str) -> Json:
    """The object under these names; an empty one where there is something else."""
    found: Any = params
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def blocks(value: object) -> list[Json]:
    """The objects of a list of objects; nothing where it is no such list."""
    with suppress(ValueError):
        if isinstance(value, str) and value.startswith("{"):
            value = json.loads(f"[{value}]")
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def words(value: object) -> list[str]:
    """The texts of a list or of a text with commas; nothing where it is neither."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list):
        return [str(part) for part in value if isinstance(part, str | int)]
    return []


def numbers(value: object) -> list[int]:
    """The whole numbers among those texts; a lone number counts as a list."""
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    return [int(word) for word in words(value) if word.lstrip("-").isdigit()]


def number(value: object, default: int) -> int:
    """The number that stands there, else `default`."""
    return next(iter(numbers(value)), default)


class Range:
    """A range of wall times, open where no time in the panel's form is given."""

    def __init__(
        self, begin: object, end: object, *, end_of_day: bool, inclusive: bool
    ) -> None:
        self.begin = _wall(begin, "00:00:00")
        self.end = _wall(end, "23:59:59" if end_of_day else "00:00:00")
        self._inclusive = inclusive

    @property
    def is_open(self) -> bool:
        """Nothing is asked for."""
        return self.begin is None and self.end is None

    def holds(self, wall: str) -> bool:
        """Whether a wall time lies in it."""
        if self.begin is not None and wall < self.begin:
            return False
        if self.end is None or wall < self.end:
            return True
        return self._inclusive and wall == self.end


def _wall(value: object, clock: str) -> str | None:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    return f"{value} {clock}" if len(value) == _DAY else value
