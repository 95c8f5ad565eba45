"""The reference page of all fields, made from the registry."""

from collections.abc import Iterable, Mapping
from typing import Final

from audsync.segments.event_fields import VISIT_FIELDS
from audsync.segments.fields import Field
from audsync.segments.operators import OPERATORS, Code
from audsync.segments.product_fields import PRODUCT_FIELDS, PURCHASE_FIELDS, SPEND_FIELD
from audsync.segments.registry import CLIENT_GROUPS

_HEAD: Final = """\
# Fields of segments

This page is made from the registry of fields (`make docs`). How a file is written and what the
operators mean stands in `segments.md`; how values are computed, in `clients.md`.

*Needs* names the columns that the shop's source must fill; `a` or `b` means that one of them
is enough. Where a need is not met, `audsync check` says so: the segment is an error there, not
empty.

## Kinds and their operators

| Kind | Operators |
|---|---|
"""
_KINDS: Final[Mapping[Code, str]] = {
    Code.ENUM: "word",
    Code.TEXT: "text",
    Code.NUMBER: "number",
    Code.DATE: "date",
    Code.LIST: "list",
    Code.DECLARED: "as declared",
}
_VISITED: Final = """
Takes the fields of products too, but `paid_price`. What they need of `order_lines` they need of
`visits.product_id` here.
"""
_TABLE: Final = "\n| Field | Kind | Meaning | Example | Needs |\n|---|---|---|---|---|\n"


def fields_page() -> str:
    """docs/reference/fields.md, as Markdown."""
    kinds = "".join(f"| {_KINDS[code]} | {_codes(OPERATORS[code])} |\n" for code in _KINDS)
    parts = [_HEAD, kinds, "| true or false | `is` `is_not` `missing` |\n"]
    for title, fields in CLIENT_GROUPS.items():
        parts += [f"\n## {title}\n", _TABLE, *map(_row, fields)]
    parts += ["\n## Purchases: inside `bought`\n", _TABLE, *map(_row, PURCHASE_FIELDS)]
    parts += ["\n## Products: inside `bought`\n", _TABLE, *map(_row, PRODUCT_FIELDS)]
    parts += ["\n## Visits: inside `visited`\n", _VISITED, _TABLE, *map(_row, VISIT_FIELDS)]
    parts += ["\n## Spend: inside `spent`\n", _TABLE, _row(SPEND_FIELD)]
    return "".join(parts)


def _row(field: Field) -> str:
    cells = (
        f"`{field.name}`" + (f", also {_codes(field.aliases)}" if field.aliases else ""),
        _kind(field),
        _meaning(field),
        f"`{field.example}`",
        "; ".join(" or ".join(f"`{column}`" for column in group) for group in field.needs),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _kind(field: Field) -> str:
    if field.boolean:
        return "true or false"
    return f"{_KINDS[field.code]}, {field.unit}" if field.unit else _KINDS[field.code]


def _meaning(field: Field) -> str:
    parts = [field.definition]
    if field.values:
        parts.append(f"One of {_codes(field.values)}.")
    if field.bounds:
        parts.append(f"From {field.bounds[0]} to {field.bounds[1]}.")
    if field.extra:
        parts.append(f"Takes {_codes(field.extra)} too.")
    elif field.only and set(field.only) != set(OPERATORS[field.code]):
        parts.append(f"Takes {_codes(field.only)}.")
    return " ".join(parts)


def _codes(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in words)
