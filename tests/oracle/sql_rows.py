"""Queries evaluated one row at a time, from the trees that `property/sql_queries.py` draws.

Slow and plain, with SQL's third answer: None is neither true nor false.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Tree = tuple[Any, ...]
Answer = bool | None

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def clients_of(tree: Tree, tables: Tables) -> set[str]:
    """Ids of the clients whom a query holds for."""
    kind, *parts = tree
    if kind in {"where", "having"}:
        return _of_table(*parts, tables=tables)
    if kind == "named":
        return clients_of(parts[0], tables)
    if kind == "set":
        return _together(parts[0], *(clients_of(one, tables) for one in parts[1:]))
    word, table, test = parts[:3]
    found = _of_table(table, test, tables=tables)
    if kind == "exists":
        everyone = {row["client_id"] for row in tables["clients"]}
        return everyone & found if word == "EXISTS" else everyone - found
    among = clients_of(parts[3], tables)
    return found & among if word == "IN" else found - among


def _of_table(
    table: Any, test: Tree, tests: Sequence[Tree] = (), *, tables: Tables
) -> set[str]:
    """Clients with a row that passes, whose rows that do pass together."""
    groups: dict[str, list[Row]] = {}
    for row in _rows(table, tables):
        if holds(test, row) is True:
            groups.setdefault(row["client_id"], []).append(row)
    return {
        client
        for client, rows in groups.items()
        if _all(_aggregate(one, rows) for one in tests) is True
    }


def _together(word: str, left: set[str], right: set[str]) -> set[str]:
    if word.startswith("UNION"):
        return left | right
    return left & right if word == "INTERSECT" else left - right


def _rows(table: Any, tables: Tables) -> Iterator[Row]:
    """Rows of a table, or of lines with their product beside them."""
    if isinstance(table, str):
        yield from tables[table]
        return
    word, base = table
    nothing = dict.fromkeys(tables["products"][0])
    for line in tables[base]:
        known = [one for one in tables["products"] if one["product_id"] == line["product_id"]]
        for product in known or ([nothing] if word == "LEFT JOIN" else []):
            yield line | {f"p.{name}": value for name, value in product.items()}


def holds(test: Tree, row: Row) -> Answer:
    """Whether a predicate holds for a row; None where nobody can say."""
    kind, *parts = test
    if kind == "and":
        return _all(holds(part, row) for part in parts)
    if kind == "or":
        return _not(_all(_not(holds(part, row)) for part in parts))
    if kind == "not":
        return _not(holds(parts[0], row))
    column, *more = parts
    value = row[column]
    if kind == "null":
        return (value is None) is (more[0] == "IS NULL")
    if kind == "columns":
        sign, other, added = more
        return _compared(value, sign, None if row[other] is None else row[other] + added)
    return None if value is None else _TESTS[kind](value, *more)


_TESTS: dict[str, Callable[..., bool]] = {
    "compare": lambda value, sign, other: _COMPARED[sign](value, other),
    "between": lambda value, low, high: low <= value <= high,
    "in": lambda value, values: value in values,
    "like": lambda value, start: value.startswith(start),
    "lower": lambda value, other: value.lower() == other,
    "lately": lambda value, days, as_of: (as_of - value).days < days,
}


def _aggregate(test: Tree, rows: list[Row]) -> Answer:
    function, column, sign, value = test
    there = [row[column] for row in rows if row[column] is not None] if column != "*" else rows
    if function == "count":
        return _compared(len(there), sign, value)
    if function == "count distinct":
        return _compared(len(set(there)), sign, value)
    if not there:
        return None
    made: dict[str, Callable[[Any], Any]] = {"sum": sum, "min": min, "max": max}
    return _compared(made[function](there), sign, value)


def _compared(one: Any, sign: str, other: Any) -> Answer:
    return None if one is None or other is None else _COMPARED[sign](one, other)


def _all(answers: Iterable[Answer]) -> Answer:
    told = list(answers)
    if False in told:
        return False
    return None if None in told else True


def _not(answer: Answer, /) -> Answer:
    return None if answer is None else not answer
