"""What a query of a segment may be: one SELECT of what it is given, the same answer each time.

The text is parsed and never run here. What is not known to be harmless is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from audsync.errors import AudsyncError
from audsync.sandbox.engine import engine_alone, shut

if TYPE_CHECKING:
    import duckdb

TABLES: Final = ("clients", "orders", "order_lines", "products")
AS_OF: Final = "as_of"
_LONGEST: Final = 20_000  # characters
_PARSING_BYTES: Final = 200_000_000
_NODES: Final = frozenset(
    {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
    | {"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST", "TABLE_FUNCTION"}
    | {"ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER"}
    | {"ORDER_DEFAULT", "ASCENDING", "DESCENDING"}
)
_TABLE_FUNCTIONS: Final = frozenset({"unnest", "range", "generate_series"})
# Words that are read as functions of the clock or of the connection.
_CLOCK: Final = frozenset(
    {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
    | {"current_user", "session_user", "user", "current_role", "current_catalog"}
    | {"current_schema"}
)
# Functions that take a row by its place among the others.
_BY_PLACE: Final = frozenset(
    {"first", "last", "any_value", "arbitrary", "first_value", "last_value", "nth_value"}
    | {"row_number", "ntile", "lag", "lead"}
)
_DAY: Final = "the day is $as_of"
_OTHER_NAMES: Final = {"order_items": "order_lines", "lines": "order_lines"}


# What is wrong with a part of a query, and what to do.
Refusal = tuple[str, str] | None


class QueryError(AudsyncError):
    """A query cannot be answered: what is wrong, at which character of its text, what to do.

    `has_run` tells whether it was asked: then it is not the text alone that is at fault.
    """

    def __init__(
        self,
        message: str,
        *,
        at: int | None = None,
        hint: str | None = None,
        has_run: bool = False,
    ) -> None:
        super().__init__(message)
        self.at = at
        self.hint = hint
        self.has_run = has_run


@dataclass(frozen=True, slots=True)
class Statement:
    """A query that may be asked: its text, the tables it reads, whether it names the day.

    `names` are all names in it, in lower case, the columns it reads among them; None where it
    may read every column.
    """

    sql: str
    tables: tuple[str, ...]
    takes_as_of: bool = False
    names: frozenset[str] | None = None


def statement_of(sql: str) -> Statement:
    """The query of that text. Raises QueryError where it is not one that may be asked."""
    if len(sql) > _LONGEST:
        raise QueryError(f"a query has at most {_LONGEST:,} characters")
    if "\x00" in sql:
        raise QueryError("a query holds no NUL character", at=sql.index("\x00"))
    parser = _parser()
    (found,) = parser.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchone() or ()
    tree: dict[str, Any] = json.loads(found)
    if tree["error"]:
        raise _refused(sql, tree)
    if len(tree["statements"]) != 1:
        raise QueryError(
            f"{len(tree['statements'])} statements where one is asked for",
            hint="write one SELECT, without a semicolon in it",
        )
    root = tree["statements"][0]["node"]
    takes_as_of = any(node.get("class") == "PARAMETER" for node in _parts(root))
    return Statement(sql, _checked(sql, root), takes_as_of, _names(root))


def place_in(sql: str, position: object) -> int | None:
    """The character at a byte that the engine names; None where it names none in the text."""
    if not str(position).isdigit():
        return None
    data = sql.encode()
    byte = int(str(position))
    return len(data[:byte].decode(errors="ignore")) if byte <= len(data) else None


@cache
def _parser() -> "duckdb.DuckDBPyConnection":
    connection = engine_alone(_PARSING_BYTES)
    shut(connection)
    return connection


@cache
def _unsteady() -> frozenset[str]:
    """Functions that may answer otherwise the next time, or do more than answer.

    The engine says so of each of its own; of those that it writes out in SQL it says nothing.
    """
    rows = _parser().execute(
        "SELECT DISTINCT function_name, stability, macro_definition FROM duckdb_functions()"
        " WHERE function_type <> 'table_macro'"
    )
    known = rows.fetchall()
    found = {str(name) for name, stability, _ in known if stability not in {None, "CONSISTENT"}}
    written = {
        str(name): set(re.findall(r"\w+", definition))
        for name, _, definition in known
        if definition
    }
    while more := {
        name
        for name, words in written.items()
        if words & (found | _CLOCK) and name not in found
    }:
        found |= more
    return frozenset(found | _CLOCK)


def _refused(sql: str, tree: Mapping[str, Any]) -> QueryError:
    message = str(tree["error_message"]).partition("\n")[0]
    if tree["error_type"] != "parser":  # another statement than SELECT
        return QueryError(
            "a query is one SELECT and nothing else", hint="write SELECT client_id FROM …"
        )
    return QueryError(message, at=place_in(sql, tree.get("position")))


def _checked(sql: str, root: Mapping[str, Any]) -> tuple[str, ...]:
    """The tables that a parsed query reads, where it is made of nothing that is refused."""
    named = {str(one["key"]).lower() for node in _parts(root) for one in _ctes(node)}
    tables: dict[str, None] = {}
    for node in _parts(root):
        at = place_in(sql, node.get("query_location"))
        _check_node(node, at)
        if node.get("type") == "BASE_TABLE":
            name = str(node["table_name"]).lower()
            if node["schema_name"] or node["catalog_name"] or name not in {*named, *TABLES}:
                raise QueryError(
                    f'there is no table "{node["table_name"]}"', at=at, hint=_tables_hint(name)
                )
            if name in TABLES:
                tables[name] = None
    return tuple(tables)


def _check_node(node: Mapping[str, Any], at: int | None) -> None:
    for refusal in (_of_name, _of_source, _of_kind, _of_choice, _of_rows):
        found = refusal(node)
        if found is not None:
            message, hint = found
            raise QueryError(message, at=at, hint=hint)


def _of_name(node: Mapping[str, Any]) -> Refusal:
    """Functions, words and parameters that are not the same each time."""
    match node:
        case {"class": "FUNCTION" | "WINDOW", "function_name": str(name)}:
            is_of_today = name.lower() == "age" and len(node["arguments"]) == 1
            if name.lower() in _unsteady() or is_of_today:
                return f"{name}() may not be used: the same data, the same answer", _DAY
        case {"class": "COLUMN_REF", "column_names": [str(name)]}:
            if name.lower() in _CLOCK:
                return f"{name} may not be used: the same data, the same answer", _DAY
        case {"class": "PARAMETER", "identifier": str(name)}:
            if name != AS_OF:
                return f"there is no parameter ${name}", _DAY
        case _:
            pass
    return None


def _of_source(node: Mapping[str, Any]) -> Refusal:
    """Functions that are read from like tables."""
    match node:
        case {"type": "TABLE_FUNCTION", "function": {"function_name": str(name)}}:
            if name.lower() not in _TABLE_FUNCTIONS:
                return f"{name}() may not be read from", _tables_hint(name)
        case _:
            pass
    return None


def _of_kind(node: Mapping[str, Any]) -> Refusal:
    """Whatever is no part of a SELECT that we know; expressions have a class."""
    kind = node.get("type")
    if not isinstance(kind, str) or "class" in node:
        return None
    if kind in _NODES or kind.endswith("_TYPE_INFO"):
        return None
    return "a query is one SELECT and nothing else", _tables_hint("")


def _of_choice(node: Mapping[str, Any]) -> Refusal:
    """Rows that are others each time."""
    if node.get("sample") is not None:
        return "a sample is another each time", "use ab_bucket instead"
    kinds = {one["type"] for one in node.get("modifiers") or ()}
    if "ORDER_MODIFIER" in kinds:
        return None
    if kinds & {"LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER"}:
        return "LIMIT without ORDER BY takes others each time", "write ORDER BY before it"
    if any(one.get("distinct_on_targets") for one in node.get("modifiers") or ()):
        return "DISTINCT ON without ORDER BY takes others each time", "write ORDER BY"
    return None


def _of_rows(node: Mapping[str, Any]) -> Refusal:
    """What depends on the order in which rows happen to lie."""
    match node:
        case {"ref_type": "POSITIONAL"}:
            return "rows lie in no order to be joined by", "write JOIN … ON"
        case {"class": "COLUMN_REF", "column_names": [*_, str(name)]} if (
            name.lower() == "rowid"
        ):
            return "rows have no number", "take a column of the table"
        case {"class": "WINDOW", "function_name": str(name), "orders": []} if (
            name.lower() in _BY_PLACE
        ):
            return (
                f"{name}() without ORDER BY takes others each time",
                "write ORDER BY in OVER ()",
            )
        case {"class": "FUNCTION", "function_name": str(name), "order_bys": {"orders": []}} if (
            name.lower() in _BY_PLACE
        ):
            return f"{name}() without ORDER BY takes another each time", "write min() or max()"
        case _:
            return None


def _tables_hint(name: str) -> str:
    if name in _OTHER_NAMES:
        return f"write {_OTHER_NAMES[name]}"
    return f"a query reads {', '.join(TABLES[:-1])} and {TABLES[-1]}"


def _parts(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every part of a tree, from the outside inwards."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += reversed(part.values())
        elif isinstance(part, list):
            waiting += reversed(part)


def _names(root: Mapping[str, Any]) -> frozenset[str] | None:
    """Every text in a parsed query, which a column must be one of to be read by its name.

    Stars, natural joins and a table that is named like a value read columns without that.
    """
    tables: set[str] = set()
    values: set[str] = set()
    found: set[str] = set()
    for node in _parts(root):
        if node.get("class") == "STAR" or node.get("ref_type") == "NATURAL":
            return None
        if node.get("class") == "COLUMN_REF" and len(node["column_names"]) == 1:
            values.add(str(node["column_names"][0]).lower())
        if "class" not in node:
            tables |= {str(node.get(key, "")).lower() for key in ("alias", "table_name")}
        found |= {text.lower() for text in _texts(node)}
    return None if values & tables else frozenset(found)


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    for value in node.values():
        yield from (one for one in _several(value) if isinstance(one, str))


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _ctes(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = node.get("cte_map")
    return list(found["map"]) if isinstance(found, dict) else []
