"""The JSON Schema (draft-07) of a segment file, made from the registry, for editors."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from audsync.segments import ids
from audsync.segments.blocks import BLOCKS
from audsync.segments.event_fields import VISIT_FIELDS, VISITED_PRODUCT_FIELDS
from audsync.segments.fields import Field, Form, Unit
from audsync.segments.operators import (
    SHAPES,
    TEXT_PARTS,
    Code,
    Operator,
    Shape,
    plain_operator,
)
from audsync.segments.product_fields import PRODUCT_FIELDS, PURCHASE_FIELDS, SPEND_FIELD
from audsync.segments.purchases import EXACT_CATEGORY
from audsync.segments.registry import CLIENT_GROUPS
from audsync.segments.rule import Block
from audsync.segments.segment import SQL, VERSION
from audsync.segments.values import MOST
from audsync.segments.windows import LENGTH_PATTERN, PERIOD_PATTERN

Schema = dict[str, Any]

_ID: Final[Schema] = {"type": "string", "pattern": ids.PATTERN, "maxLength": ids.LONGEST}
_DATE: Final[Schema] = {"type": "string", "format": "date"}
_LENGTH: Final[Schema] = {"type": "string", "pattern": LENGTH_PATTERN}
_PERIOD: Final[Schema] = {"type": "string", "pattern": PERIOD_PATTERN}
_FLAG: Final[Schema] = {"type": "boolean"}
_PERCENT: Final[Schema] = {"type": "number", "exclusiveMinimum": 0, "maximum": 100}
_WINDOW: Final[Mapping[str, Schema]] = {
    "within": _LENGTH,
    "during": _PERIOD,
    "since": _DATE,
    "until": _DATE,
}
_TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}
# Scope of the fields of products → name of the block's definition, and its measures.
_MEASURED: Final = {
    "product": ("purchase", PURCHASE_FIELDS),
    "visited": ("visit", VISIT_FIELDS),
}
_TITLE: Final = "A segment of audsync"


def segment_schema(
    *,
    sinks: Collection[str] = (),
    shops: Collection[str] = (),
    examples: Mapping[str, Collection[str]] | None = None,
    tables: Mapping[str, Schema] | None = None,
) -> Schema:
    """The schema of a segment file; `tables` are those that sinks of a type understand.

    Ids of the configured `sinks` and `shops` become closed lists where they are given;
    `examples` holds words of a shop by field name, which an editor offers and does not demand.
    """
    shown = examples or {}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": _TITLE,
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": [str(key)]} for key in (*Block, SQL)],
        "properties": {
            "version": {"const": VERSION},
            "name": {**_TEXT, "description": "Shown in reports."},
            "description": {**_TEXT, "description": "What the segment is for."},
            "sinks": _id_list(sinks, "Where the members go; none of them: for reports only."),
            "shops": _id_list(shops, "Shops that use it; every shop if left out."),
            "active": {**_FLAG, "description": "false: listed, its audiences are left alone."},
            "value": {
                "enum": sorted(_amounts()),
                "description": "What a member is worth, for sinks that take a value of each.",
            },
            SQL: {
                **_TEXT,
                "description": "A SELECT of client_id from clients, orders, order_lines and "
                "products: one more condition, where the shop allows it.",
            },
            "exact": {**_FLAG, "description": "true: text with its case and accents."},
            "group": {**_ID, "description": "Segments of which a client is in one only."},
            "priority": {
                "type": "integer",
                "default": 0,
                "description": "The segment of the group with the greatest goes first.",
            },
            **_nested("client"),
            **(tables or {}),
        },
        "definitions": _definitions(shown),
    }


def _amounts() -> list[str]:
    """The fields that hold an amount of a client."""
    return [
        field.name
        for group in CLIENT_GROUPS.values()
        for field in group
        if field.unit is Unit.MONEY
    ]


def _definitions(examples: Mapping[str, Collection[str]]) -> dict[str, Schema]:
    """What the blocks refer to; lines of one shape are written once."""
    found: dict[str, Schema] = {}
    shapes: dict[str, str] = {}
    clients = [field for group in CLIENT_GROUPS.values() for field in group]
    scopes = (
        ("client", clients),
        ("product", PRODUCT_FIELDS),
        ("visited", VISITED_PRODUCT_FIELDS),
    )
    for scope, fields in scopes:
        for use in ("all", "once"):
            lines = _lines(fields, use, examples, found, shapes)
            if scope == "client":
                lines |= {word: _reference(word) for word in ("bought", "spent", "visited")}
            elif use == "all":
                name, measures = _MEASURED[scope]
                found[name] = _block(measures, scope, lines, examples)
            found[f"{scope}.{use}"] = _table(lines | _nested(scope))
    found["spend"] = _spent()
    found["bought"] = _one_or_more(_reference("purchase"))
    found["spent"] = _one_or_more(_reference("spend"))
    found["visited"] = _one_or_more(_reference("visit"))
    return found


def _lines(
    fields: Iterable[Field],
    use: str,
    examples: Mapping[str, Collection[str]],
    found: dict[str, Schema],
    shapes: dict[str, str],
) -> dict[str, Schema]:
    lines: dict[str, Schema] = {}
    for field in fields:
        table = _operators(field, use, examples)
        name = shapes.setdefault(json.dumps(table), f"{use}.{field.name}")
        found[name] = table
        line = _field(field, _reference(name), examples)
        for word in (field.name, *field.aliases):
            lines[word] = {"description": field.definition, **line}
    return lines


def _reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _use(block: Block) -> str:
    """In any and none a table about one field holds one comparison."""
    return "all" if block is Block.ALL else "once"


def _nested(scope: str) -> dict[str, Schema]:
    return {
        block: _one_or_more({"$ref": f"#/definitions/{scope}.{_use(block)}"})
        for block in BLOCKS
    }


def _block(
    measures: Iterable[Field],
    scope: str,
    products: Mapping[str, Schema],
    examples: Mapping[str, Collection[str]],
) -> Schema:
    """A block about products: window, how much, of which products."""
    asked = {
        field.name: _line(field, _operators(field, "all", examples), examples)
        for field in measures
    }
    properties = {**_WINDOW, **asked, **products, **_nested(scope)}
    table = _table({**properties, EXACT_CATEGORY: _FLAG})
    return {**table, "minProperties": 0, **_one_window()}


def _spent() -> Schema:
    operators: dict[str, Schema] = {
        str(name): _value(SPEND_FIELD, name, {}) for name in SPEND_FIELD.operators
    }
    table = _table({**_WINDOW, **operators})
    asked = [{"required": [name]} for name in operators]
    return {**table, "anyOf": asked, **_one_window()}


def _one_window() -> Schema:
    pairs = [("within", "during"), ("within", "since"), ("within", "until")]
    pairs += [("during", "since"), ("during", "until")]
    return {"allOf": [{"not": {"required": list(pair)}} for pair in pairs]}


def _field(field: Field, table: Schema, examples: Mapping[str, Collection[str]]) -> Schema:
    line = _line(field, table, examples)
    if not field.family:
        return line
    return {"type": "object", "additionalProperties": line, "minProperties": 1}


def _line(field: Field, table: Schema, examples: Mapping[str, Collection[str]]) -> Schema:
    forms = [table, {"type": "array", "items": table, "minItems": 1}]
    plain = plain_operator(field.code)
    if plain in field.operators:
        forms.insert(0, _value(field, plain, examples))
    return {"anyOf": forms}


def _operators(field: Field, use: str, examples: Mapping[str, Collection[str]]) -> Schema:
    table = _table({name: _value(field, name, examples) for name in field.operators})
    if use == "once":
        table["maxProperties"] = 1
    if field.name != "ab_bucket":
        return table
    table["properties"]["salt"] = {**_TEXT, "description": "Another text, another split."}
    table["anyOf"] = [{"required": [name]} for name in field.operators]
    if use == "once":
        table["maxProperties"] = 2
    return table


def _value(  # noqa: PLR0911 -- one return per shape reads best
    field: Field, operator: Operator, examples: Mapping[str, Collection[str]]
) -> Schema:
    item = _item(field, operator, examples)
    match SHAPES[operator]:
        case Shape.ONE:
            return item
        case Shape.MANY:
            return {"type": "array", "items": item, "minItems": 1}
        case Shape.EITHER:
            return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}
        case Shape.PAIR:
            return {"type": "array", "items": item, "minItems": 2, "maxItems": 2}
        case Shape.PERCENT:
            return _PERCENT
        case Shape.LENGTH:
            return _LENGTH
        case Shape.PERIOD:
            return _PERIOD
        case Shape.FLAG:
            return _FLAG


def _item(field: Field, operator: Operator, examples: Mapping[str, Collection[str]]) -> Schema:
    match field.code:
        case Code.NUMBER:
            return _number(field)
        case Code.DATE:
            return _DATE
        case Code.ENUM if field.boolean:
            return _FLAG
        case Code.ENUM if field.values:
            return _words(field.values)
        case Code.DECLARED:
            return _declared(field, operator)
        case Code.ENUM | Code.TEXT | Code.LIST:
            return _text(field, examples)


def _number(field: Field) -> Schema:
    low, high = field.bounds or (-MOST, MOST)
    is_whole = field.unit is not None and field.unit.is_whole
    return {"type": "integer" if is_whole else "number", "minimum": low, "maximum": high}


def _declared(field: Field, operator: Operator) -> Schema:
    if operator in TEXT_PARTS:
        return _TEXT
    if operator in {Operator.IS, Operator.IS_NOT, Operator.ONE_OF, Operator.NONE_OF}:
        return {"anyOf": [_TEXT, _number(field), _FLAG]}
    return _number(field)


def _text(field: Field, examples: Mapping[str, Collection[str]]) -> Schema:
    if field.name in {"in_segment", "in_list"}:
        return _ID
    if field.form is Form.COUNTRY:
        return {"type": "string", "pattern": "^[A-Za-z]{2}$"}
    text = {**_TEXT, "pattern": "[0-9]"} if field.form is Form.PHONE else dict(_TEXT)
    if words := examples.get(field.name):
        text["examples"] = sorted(words)
    return text


def _words(values: Collection[str]) -> Schema:
    """The ids, which an editor completes, and the same in other spellings: `At risk`."""
    spellings = "|".join(_spelling(value) for value in values)
    return {
        "anyOf": [
            {"enum": list(values)},
            {"type": "string", "pattern": rf"^\s*({spellings})\s*$"},
        ]
    }


def _spelling(value: str) -> str:
    letters = (
        r"[\s_-]+" if letter == "_" else f"[{letter.upper()}{letter.lower()}]"
        for letter in value
    )
    return "".join(letters)


def _id_list(known: Collection[str], description: str) -> Schema:
    item: Schema = {"enum": sorted(known)} if known else _ID
    return {"type": "array", "items": item, "description": description}


def _table(properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {str(name): schema for name, schema in properties.items()},
    }


def _one_or_more(table: Schema) -> Schema:
    return {"anyOf": [table, {"type": "array", "items": table, "minItems": 1}]}
