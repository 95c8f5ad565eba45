"""What to say of a value that does not fit: the words of the file, not of the validator."""

import difflib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time
from typing import Any, Final, NamedTuple

from audsync.config.codes import Code
from audsync.config.shapes import Schema

_NEAR: Final = 0.6
_KINDS: Final = {
    "string": "text in quotes",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}
_FORMATS: Final = {
    "decimal": 'a decimal number in quotes, such as "4.31"',
    "date": "a date, such as 2026-01-31",
    "date-time": "a date and time, such as 2026-01-31T12:00:00Z",
    "time": "a time, such as 12:00:00",
}
_BOUNDS: Final = {
    "ge": "must be at least",
    "gt": "must be more than",
    "le": "must be at most",
    "lt": "must be less than",
    "min_length": "must not be shorter than",
    "max_length": "must not be longer than",
    "pattern": "must have the form",
}


class Wording(NamedTuple):
    """A code, what is wrong, and what to do about it."""

    code: Code
    message: str
    hint: str | None = None


def nearest(word: str, words: Collection[str]) -> str | None:
    """The hint that names the likeliest of the words; None if none is near."""
    folded = {known.casefold(): known for known in words}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=_NEAR)
    return f'did you mean "{folded[near[0]]}"?' if near else None


def listing(words: Collection[str]) -> str:
    """Words for a message: `"a", "b" or "c"`."""
    quoted = [_toml(word) for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def unknown_key(
    key: str, known: Sequence[str], outer: Mapping[str, Collection[str]]
) -> Wording:
    """A key that its table does not have; `outer` are the keys of the tables around it."""
    hint = nearest(key, known)
    header = next((name for name, keys in outer.items() if key in keys), None)
    if header is not None:
        where = f"to [{header}]: move it there" if header else "above the first [header]"
        hint = f"it belongs {where}"
    elif hint is None and known:
        hint = f"known keys: {', '.join(sorted(set(known)))}"
    return Wording(Code.UNKNOWN_KEY, f'unknown key "{key}"', hint)


def missing_key(key: str, choices: Sequence[Schema]) -> Wording:
    """A key that must be there."""
    meaning = next((one["description"] for one in choices if "description" in one), None)
    hint = f"{key}: {meaning}" if meaning else None
    return Wording(Code.MISSING_KEY, f'missing key "{key}"', hint)


def unfit(
    name: str, value: Any, choices: Sequence[Schema], limits: Mapping[str, Any]
) -> Wording:
    """A value of the wrong kind, outside its bounds, or none of the words allowed."""
    for bound, phrase in _BOUNDS.items():
        if bound in limits:
            return Wording(Code.OUT_OF_RANGE, f"{name} {phrase} {limits[bound]}")
    words = [word for choice in choices for word in choice.get("enum", ())]
    if words and isinstance(value, str):
        known = listing(words)
        message = f"{_toml(value)} is no value of {name}: it is {known}"
        return Wording(Code.NOT_ONE_OF, message, nearest(value, words))
    if not choices:
        return Wording(Code.WRONG_TYPE, f"{name} cannot have this value")
    wanted = " or ".join(dict.fromkeys(_wanted(choice) for choice in choices))
    return Wording(
        Code.WRONG_TYPE, f"{name} must be {wanted}{_example(choices)}", _mended(value, choices)
    )


def _wanted(choice: Schema) -> str:
    if "enum" in choice:
        return listing(choice["enum"])
    if choice.get("format") in _FORMATS:
        return _FORMATS[choice["format"]]
    return _KINDS.get(choice.get("type", ""), "another value")


def _example(choices: Sequence[Schema]) -> str:
    default = choices[0].get("default")
    if default in (None, "") or isinstance(default, bool) or "enum" in choices[0]:
        return ""
    return f", such as {_toml(default)}"


def _mended(value: Any, choices: Sequence[Schema]) -> str | None:
    """The value as it was probably meant."""
    kinds = {choice.get("type") for choice in choices}
    if isinstance(value, str):
        return _mended_text(value.strip(), kinds)
    takes_text = any(one.get("type") == "string" and "format" not in one for one in choices)
    if takes_text and isinstance(value, bool | int | float):
        return f'in quotes: "{_toml(value)}"'
    if takes_text and isinstance(value, date | time):
        return f'in quotes: "{value.isoformat()}"'
    if "integer" in kinds and isinstance(value, float) and value.is_integer():
        return f"without decimals: {int(value)}"
    return None


def _mended_text(value: str, kinds: AbstractSet[str | None]) -> str | None:
    if "boolean" in kinds and value.lower() in {"true", "false"}:
        return f"without quotes: {value.lower()}"
    if kinds & {"integer", "number"}:
        decimal = r"(?:[.,]\d+)?" if "number" in kinds else ""
        if re.fullmatch(rf"[+-]?\d+{decimal}", value):
            return f"without quotes: {value.replace(',', '.')}"
    if "array" in kinds:
        return f"in brackets: [{_toml(value)}]"
    return None


def _toml(value: Any) -> str:
    """A simple value as TOML writes it, which is as JSON does."""
    return json.dumps(value, ensure_ascii=False)
