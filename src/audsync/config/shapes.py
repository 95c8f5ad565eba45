"""JSON Schema of dataclasses: what a table may hold, for editors and for messages."""

import types
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

Schema = dict[str, Any]

_SIMPLE: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Path: {"type": "string"},
    Decimal: {"type": "string", "format": "decimal"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    time: {"type": "string", "format": "time"},
}

_MOMENTS: Final = frozenset({"date", "date-time", "time"})

# Bounds as `annotated_types` names them, which is what validation reads too.
_BOUNDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}


def table_schema(table: type) -> Schema:
    """The schema of a dataclass as a TOML table: no further keys, a description per key."""
    hints = get_type_hints(table, include_extras=True)
    shown = [part for part in fields(table) if part.init]
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            part.name: {**type_schema(hints[part.name]), **_default(part)} for part in shown
        },
    }
    required = [part.name for part in shown if _is_required(part)]
    return {**schema, "required": required} if required else schema


def type_schema(kind: Any) -> Schema:
    """The schema of one value. TOML has no null: an optional key is one that may be absent."""
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        text = next((note for note in notes if isinstance(note, str)), None)
        bounds = {
            word: getattr(note, bound)
            for note in notes
            for bound, word in _BOUNDS.items()
            if getattr(note, bound, None) is not None
        }
        return {**type_schema(inner), **bounds, **({"description": text} if text else {})}
    if isinstance(kind, type) and is_dataclass(kind):
        return table_schema(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if kind in _SIMPLE:
        return dict(_SIMPLE[kind])
    return _composed(get_origin(kind) or kind, get_args(kind))


def _composed(origin: Any, inner: tuple[Any, ...]) -> Schema:
    if origin in (Union, types.UnionType):
        choices = [type_schema(kind) for kind in inner if kind is not types.NoneType]
        return choices[0] if len(choices) == 1 else {"anyOf": choices}
    if origin is Literal:
        return {"enum": list(inner)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {
            "type": "object",
            "additionalProperties": type_schema(inner[1]) if inner else True,
        }
    if isinstance(origin, type) and issubclass(origin, Sequence | AbstractSet):
        return {"type": "array", "items": type_schema(inner[0]) if inner else {}}
    return {}  # Any, and what only the connector itself can judge


def _is_required(part: "Field[Any]") -> bool:
    return part.default is MISSING and part.default_factory is MISSING


def _default(part: "Field[Any]") -> Schema:
    match part.default:
        case Enum() as member:
            return {"default": member.value}
        case bool() | int() | float() | str() as value:
            return {"default": value}
        case tuple() as values if values:
            return {"default": list(values)}
    return {}


def schemas_at(schema: Schema, path: Sequence[str | int]) -> list[Schema]:
    """What a value at that path may be: none if nothing is known, several for alternatives."""
    found = _alternatives(schema)
    for step in path:
        found = [
            choice
            for one in found
            if (inner := _inside(one, step)) is not None
            for choice in _alternatives(inner)
        ]
    return found


def takes_moments(choices: Sequence[Schema]) -> bool:
    """Whether a value that may be one of these may be a date or a time; yes if unknown."""
    return not choices or any(
        choice.get("format") in _MOMENTS or not {"type", "enum"} & choice.keys()
        for choice in choices
    )


def known_keys(schema: Schema, path: Sequence[str | int]) -> list[str]:
    """The keys that a table at that path may have."""
    return [key for choice in schemas_at(schema, path) for key in choice.get("properties", {})]


def _alternatives(schema: Schema) -> list[Schema]:
    # What is said of the whole, its default above all, is said of every alternative.
    whole = {key: value for key, value in schema.items() if key != "anyOf"}
    return (
        [{**choice, **whole} for choice in schema["anyOf"]] if "anyOf" in schema else [schema]
    )


def _inside(schema: Schema, step: str | int) -> Schema | None:
    if isinstance(step, int):
        inner = schema.get("items")
    else:
        inner = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return inner if isinstance(inner, dict) else None
