"""One table of a file as a dataclass, or everything that is wrong with it."""

import json
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from types import GenericAlias
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from audsync.config.codes import Code
from audsync.config.problems import Section
from audsync.config.shapes import Schema, known_keys, schemas_at, table_schema, takes_moments
from audsync.config.wording import Wording, missing_key, unfit, unknown_key
from audsync.toml_file import KeyPath, looks_secret

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

_UNKNOWN = frozenset({"unexpected_keyword_argument", "extra_forbidden"})
_OWN_CHECK = frozenset({"value_error", "assertion_error"})
_ABOUT_VALUES = frozenset({Code.WRONG_TYPE, Code.NOT_ONE_OF, Code.OUT_OF_RANGE})


class _Fault(NamedTuple):
    """What the validator found at one path."""

    kind: str
    path: KeyPath
    context: Mapping[str, Any]


def validated(
    kind: type[T],
    section: Section,
    *,
    besides: Sequence[str] = (),
) -> T | None:
    """The section as an instance of the dataclass `kind`; None if it is not right.

    `besides` are keys of the section that others read. Types are strict, as far as TOML knows
    them: a text is no number, a whole number may stand for a decimal one, a text for a member
    of an enumeration, a list for a tuple.
    """
    from pydantic import ValidationError

    data = {key: value for key, value in section.data.items() if key not in besides}
    # As JSON, since strict validation of Python objects wants tuples, enums and dataclasses.
    text = json.dumps([data], default=lambda moment: moment.isoformat())
    schema = table_schema(kind)
    # JSON has no moments: among its texts they would pass for a text.
    faults = [
        _Fault("string_type", path, {})
        for path in _moments(data)
        if not takes_moments(schemas_at(schema, path))
    ]
    instance: T | None = None
    try:
        [instance] = _adapter(cast("Hashable", kind)).validate_json(text, strict=True)
    except ValidationError as error:
        faults += [
            _Fault(one["type"], _path(one["loc"][1:], data, one["type"]), one.get("ctx", {}))
            for one in error.errors(include_url=False, include_input=False)
        ]
    reader = _Reader(section, schema, besides)
    for fault in _telling(faults):
        reader.tell(fault)
    return None if faults else instance


def part(kind: type[T], section: Section, key: str) -> T | None:
    """The table under a key as the dataclass `kind`, which has a default for every field.

    All defaults if the key is absent; None if the table is not right.
    """
    inner = section.table(key)
    if inner is not None:
        return validated(kind, inner)
    if key not in section.data:
        return kind()
    section.complain(Code.WRONG_TYPE, f"{key} must be a table", key, value=True)
    return None


@cache
def _adapter(kind: Hashable) -> "TypeAdapter[tuple[Any, ...]]":
    from pydantic import ConfigDict, TypeAdapter

    # A dataclass takes its configuration from what holds it, here a tuple of one.
    holder: Any = GenericAlias(tuple, (kind,))
    return TypeAdapter(holder, config=ConfigDict(extra="forbid"))


def _moments(data: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Paths of the dates and times in what a file holds."""
    if isinstance(data, date | time):
        yield path
    elif isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _moments(value, (*path, step))


def _path(steps: Sequence[str | int], data: Any, kind: str) -> KeyPath:
    """The validator's place as a path of the file: without the names of alternatives."""
    path: KeyPath = ()
    for number, step in enumerate(steps, start=1):
        there = dict(enumerate(data)) if isinstance(data, list) else data
        if isinstance(there, dict) and step in there:
            data = there[step]
        elif not (kind == "missing" and number == len(steps)):
            continue
        path = (*path, step)
    return path


def _telling(faults: Sequence[_Fault]) -> Iterator[_Fault]:
    """One fault per path. Of alternatives, the one that got furthest was meant."""
    by_path: dict[KeyPath, _Fault] = {}
    for fault in faults:
        known = by_path.get(fault.path)
        if known is None or (fault.kind in _OWN_CHECK and known.kind not in _OWN_CHECK):
            by_path[fault.path] = fault
    for path, fault in by_path.items():
        deeper = any(other[: len(path)] == path != other for other in by_path)
        if not deeper:
            yield fault


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is known of the section whose faults are told."""

    section: Section
    schema: Schema
    besides: Sequence[str]

    def tell(self, fault: _Fault) -> None:
        wording, path = self._wording(fault), fault.path
        if fault.kind in _OWN_CHECK:
            path = _named_in(wording.message, self.section, path)
        self.section.complain(
            wording.code,
            wording.message,
            *path,
            value=wording.code in _ABOUT_VALUES,
            hint=wording.hint,
        )

    def _wording(self, fault: _Fault) -> Wording:
        path, key = fault.path, str(fault.path[-1]) if fault.path else ""
        choices = schemas_at(self.schema, path)
        if fault.kind == "missing":
            return missing_key(key, choices)
        if fault.kind in _UNKNOWN:
            known = known_keys(self.schema, path[:-1])
            if len(path) == 1:
                known += self.besides
            return unknown_key(key, known, self._around(path[:-1]))
        if fault.kind in _OWN_CHECK:
            text = str(fault.context.get("error", "")) or "these options do not go together"
            return Wording(Code.REFUSED_OPTION, text)
        value = None if looks_secret(key) else _value(self.section.data, path)
        return unfit(_name(path), value, choices, fault.context)

    def _around(self, table: KeyPath) -> dict[str, Collection[str]]:
        """Header → keys of the tables around `table`, the nearest first."""
        inner: dict[str, Collection[str]] = {
            ".".join(map(str, (*self.section.path, *table[:depth]))): known_keys(
                self.schema, table[:depth]
            )
            for depth in range(len(table) - 1, -1, -1)
        }
        return {**inner, **self.section.around}


def _value(data: Any, path: KeyPath) -> Any:
    for step in path:
        data = data[step]
    return data


def _name(path: KeyPath) -> str:
    """How a message calls a value: by its key, or as an element of a list."""
    if path and isinstance(path[-1], int):
        return f"element {path[-1] + 1} of {_name(path[:-1])}"
    return str(path[-1]) if path else "this"


def _named_in(message: str, section: Section, path: KeyPath) -> KeyPath:
    """The key that a connector's own message names, if it is a single one below the path."""
    found = [
        inner
        for inner in _paths(_value(section.data, path), path)
        if f'"{inner[-1]}"' in message or f"`{inner[-1]}`" in message
    ]
    return found[0] if len(found) == 1 else path


def _paths(data: Any, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key)
            yield from _paths(value, (*path, key))
