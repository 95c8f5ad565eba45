"""What a query in SQL asks for, told by the names it uses, and its mistakes at their place.

The names are read from the text alone, since no engine is asked before a shop is known: a
column's name counts wherever it stands but in a text, a comment or before a bracket.
"""

import re
from collections.abc import Iterator
from typing import Final

from audsync.errors import Problem
from audsync.segments.codes import Mistake
from audsync.segments.fields import Field, Needs
from audsync.segments.product_fields import PRODUCT_FIELDS
from audsync.segments.registry import CLIENT
from audsync.segments.rule import Query, query
from audsync.segments.segment import Segment
from audsync.toml_file import inside

# A text and a comment are skipped; a name is what is left.
_WORDS: Final = re.compile(
    r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|([A-Za-z_][A-Za-z0-9_]*)(?!\w|\s*\()", re.DOTALL
)
_COLUMN: Final = re.compile(r"p\.([a-z_]+)")
_LINES: Final = ("order_lines.product_id",)
_TABLES: Final[dict[str, Needs]] = {
    "orders": (("orders.order_id",),),
    "order_lines": (_LINES,),
    "products": (("products.product_id",),),
}


def _by_column() -> dict[str, Field]:
    """The fields by their column in the tables of a query."""
    found = {
        name.group(1): field
        for field in PRODUCT_FIELDS
        for column in field.sources
        if (name := _COLUMN.fullmatch(column))
    }
    clients = {
        column: field
        for field in CLIENT.values()
        if not field.family
        for column in field.sources
    }
    return found | clients


_FIELDS: Final = _by_column()


def asked_fields(asked: Query) -> list[Field]:
    """The fields whose columns the query names, each once."""
    names = dict.fromkeys(_names(asked))
    return list(
        {_FIELDS[name].name: _FIELDS[name] for name in names if name in _FIELDS}.values()
    )


def query_needs(asked: Query) -> Iterator[tuple[str, Needs]]:
    """What the source must provide for the query, by the table or field that it names."""
    for name in dict.fromkeys(_names(asked)):
        if name in _TABLES:
            yield name, _TABLES[name]
    for field in asked_fields(asked):
        yield field.name, field.needs


def query_problem(
    segment: Segment, code: Mistake, message: str, *, at: int | None = None, hint: str | None
) -> Problem:
    """A mistake in the query of a segment, at a character of its text or at its key."""
    asked = query(segment.rule)
    if asked is None:  # pragma: no cover -- only segments with a query are asked about
        raise ValueError("the segment has no query")
    return inside(segment.file, code, message, asked.path, at=at, hint=hint)


def _names(asked: Query) -> Iterator[str]:
    for found in _WORDS.finditer(asked.sql):
        if found.group(1):
            yield found.group(1).lower()
