"""GAQL as far as lists, jobs and accounts are asked for with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from audsync.testing.google.refusals import ads

Record: TypeAlias = Mapping[str, object]

_SHAPE: Final = re.compile(
    r"\s*SELECT\s+(?P<fields>[\w.,\s]+?)\s+FROM\s+(?P<resource>\w+)"
    r"(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>[\w.]+)(?:\s+(?P<direction>ASC|DESC))?)?"
    r"(?:\s+LIMIT\s+(?P<limit>\d+))?(?:\s+PARAMETERS\s+.*)?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_TEXT: Final = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_CONDITION: Final = re.compile(
    rf"\s*(?P<field>[\w.]+)\s*(?P<operator>!=|<=|>=|=|<|>|NOT\s+IN\b|IN\b|NOT\s+LIKE\b|LIKE\b"
    rf"|IS\s+NOT\s+NULL\b|IS\s+NULL\b)"
    rf"\s*(?P<value>\((?:{_TEXT}|[^()'\"])*\)|{_TEXT}|[\w.:+-]+)?\s*(?:AND\b|$)",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(rf"{_TEXT}|[\w./:+-]+")


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was understood: fields, resource, conditions, order, limit."""

    fields: tuple[str, ...]
    resource: str
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    order: str | None
    is_descending: bool
    limit: int | None


def parsed(text: str) -> Query:
    """The query that a text is; refused if it is none."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        wrong = (
            "EXPECTED_FROM"
            if re.match(r"\s*SELECT\b", text, re.IGNORECASE)
            else "EXPECTED_SELECT"
        )
        raise ads("query_error", wrong, ("query", None))
    fields = tuple(field.strip() for field in shape["fields"].split(",") if field.strip())
    limit = None if shape["limit"] is None else int(shape["limit"])
    if limit == 0:
        raise ads("query_error", "LIMIT_VALUE_TOO_LOW", ("query", None))
    is_descending = (shape["direction"] or "").upper() == "DESC"
    conditions = tuple(_conditions(shape["where"] or ""))
    return Query(fields, shape["resource"], conditions, shape["order"], is_descending, limit)


def _conditions(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    place = 0
    while place < len(text):
        condition = _CONDITION.match(text, place)
        if condition is None:
            raise ads("query_error", "UNEXPECTED_INPUT", ("query", None))
        values = tuple(_plain(one) for one in _VALUE.findall(condition["value"] or ""))
        operator = " ".join(condition["operator"].upper().split())
        if not values and not operator.startswith("IS"):
            raise ads("query_error", "BAD_VALUE", ("query", None))
        found.append((condition["field"], operator, values))
        place = condition.end()
    return found


def _plain(text: str) -> str:
    if text[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def chosen(query: Query, records: Sequence[Record], known: frozenset[str]) -> list[Record]:
    """The records that a query asks for, with the fields that it asks for."""
    named = {*query.fields, *(field for field, _, _ in query.conditions)}
    if query.order:
        named.add(query.order)
    if named - known:
        raise ads("query_error", "UNRECOGNIZED_FIELD", ("query", None))
    found = [one for one in records if all(_holds(one, *told) for told in query.conditions)]
    if query.order:
        order = query.order
        found.sort(key=lambda one: _sortable(one.get(order)), reverse=query.is_descending)
    return [{field: one.get(field) for field in query.fields} for one in found[: query.limit]]


def _sortable(value: object) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _holds(record: Record, field: str, operator: str, values: Sequence[str]) -> bool:
    held = record.get(field)
    if operator.startswith("IS"):
        return (held is None) is (operator == "IS NULL")
    if operator in ("IN", "NOT IN"):
        return (_text(held) in values) is (operator == "IN")
    if operator in ("LIKE", "NOT LIKE"):
        pattern = ".*".join(re.escape(part) for part in values[0].split("%"))
        is_like = re.fullmatch(pattern, _text(held), re.IGNORECASE | re.DOTALL) is not None
        return is_like is (operator == "LIKE")
    if operator in ("=", "!="):
        wanted = values[0].upper() if isinstance(held, bool) else values[0]
        return (_text(held) == wanted) is (operator == "=")
    try:
        limit = float(values[0])
    except ValueError:
        raise ads("query_error", "BAD_NUMBER", ("query", None)) from None
    return isinstance(held, int) and _ORDERS[operator](held, limit)


def _text(held: object) -> str:
    if isinstance(held, bool):
        return "TRUE" if held else "FALSE"
    return "" if held is None else str(held)


_ORDERS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": lambda held, wanted: held < wanted,
    "<=": lambda held, wanted: held <= wanted,
    ">": lambda held, wanted: held > wanted,
    ">=": lambda held, wanted: held >= wanted,
}
