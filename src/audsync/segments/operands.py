"""Where the values of a line come from: a column, an order line, a product, a parameter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from audsync.errors import ConfigError
from audsync.model.settings import LeapDay
from audsync.segments.anniversaries import (
    days_since_anniversary,
    days_to_anniversary,
    years_since,
)
from audsync.segments.buckets import NAMESPACE, bucket
from audsync.segments.declared import Held, fits
from audsync.segments.fields import Scope
from audsync.segments.operators import Code
from audsync.segments.rule import Comparison
from audsync.segments.workspace import Workspace
from audsync.sql_text import identifier
from audsync.tables import PARAM_PREFIX

if TYPE_CHECKING:
    import pyarrow as pa

CLIENTS: Final = "numbered_clients c"
ORDERS: Final = "order_facts o"
LINES: Final = "purchases l"
# Products as order lines name them; far fewer than lines, so they are asked first.
ARTICLES: Final = "bought_products b"
ARTICLE_JOIN: Final = f"JOIN {ARTICLES} ON b.article = l.article"
PRODUCTS: Final = "product_facts p"
SCORE_JOIN: Final = "LEFT JOIN price_scores s ON s.product = b.product"
PRODUCT_JOIN: Final = f"LEFT JOIN {PRODUCTS} ON p.product_id = b.product_id"


@dataclass(frozen=True, slots=True)
class Operand:
    """An SQL value, the table it is read from, and the joins that this takes beyond that."""

    sql: str
    table: str
    held: Held
    joins: tuple[str, ...] = ()


def operands(line: Comparison, workspace: Workspace) -> list[Operand]:
    """The values that a line compares; with several, any one that matches is enough.

    Raises ConfigError for a parameter that the tables do not have.
    """
    field = line.field
    if field.name == "ab_bucket":
        return [bucket_operand(line.salt or NAMESPACE, workspace)]
    if field.family:
        return [_parameter(line, workspace)]
    if field.scope is Scope.CLIENT:
        return [
            Operand(f"c.{identifier(column)}", CLIENTS, _held(line)) for column in field.sources
        ]
    return [
        Operand(column, _table(column), _held(line), _joins(column)) for column in field.sources
    ]


def _held(line: Comparison) -> Held:
    field = line.field
    if field.is_list:
        return Held.LIST
    if field.boolean:
        return Held.BOOLEAN
    match field.code:
        case Code.NUMBER:
            return Held.NUMBER
        case Code.DATE:
            return Held.DATE
        case Code.ENUM if field.values:
            return Held.WORD
        case _:
            return Held.TEXT


def _joins(column: str) -> tuple[str, ...]:
    """What an expression takes beyond the line, its article and the catalogue."""
    return (SCORE_JOIN,) if column.startswith("s.") else ()


def _table(column: str) -> str:
    """The least that has to be read for the distinct values of an expression."""
    if column.startswith("o."):
        return ORDERS
    if column.startswith("l."):
        return LINES
    if column.startswith("s."):
        return ARTICLES
    if "b." not in column:
        return PRODUCTS
    return f"{ARTICLES} {PRODUCT_JOIN}" if "p." in column else ARTICLES


def bucket_operand(namespace: str, workspace: Workspace) -> Operand:
    """The bucket of every client in a namespace."""
    key = "bucket", namespace
    if key not in workspace.found:
        import pyarrow as pa

        ids = workspace.values("c.client_id", CLIENTS)
        numbers = [bucket(client, namespace) for client in ids]
        workspace.found[key] = workspace.register(
            pa.table({"client_id": pa.array(ids, pa.string()), "number": pa.array(numbers)})
        )
    name: str = workspace.found[key]
    join = f"LEFT JOIN {name} ON {name}.client_id = c.client_id"
    return Operand(f"{name}.number", CLIENTS, Held.NUMBER, (join,))


_DERIVED: Final[dict[str, Callable[[date, date, LeapDay], int | None]]] = {
    "param_days_since": lambda day, as_of, _: (as_of - day).days,
    "param_days_to_anniversary": days_to_anniversary,
    "param_days_since_anniversary": days_since_anniversary,
    "param_years_since": years_since,
}


def _parameter(line: Comparison, workspace: Workspace) -> Operand:
    table, alias = (CLIENTS if line.field.scope is Scope.CLIENT else PRODUCTS).split()
    column = f"{PARAM_PREFIX}{line.param}"
    kind = workspace.columns(table).get(column)
    if kind is None:
        raise ConfigError(f'there is no parameter "{line.param}" in {table}')
    value = f"{alias}.{identifier(column)}"
    what, is_time = _held_by(kind)
    if not fits(line, what):
        raise ConfigError(f'parameter "{line.param}" holds {what}: {line.field.name} does not')
    return Operand(f"local_date({value})" if is_time else value, f"{table} {alias}", what)


def _held_by(kind: "pa.DataType") -> tuple[Held, bool]:
    """What an Arrow type holds, and whether it is a moment rather than a day."""
    import pyarrow as pa

    tests = (
        (Held.DATE, pa.types.is_temporal),
        (Held.BOOLEAN, pa.types.is_boolean),
        (Held.LIST, pa.types.is_list),
        (Held.NUMBER, pa.types.is_integer),
        (Held.NUMBER, pa.types.is_decimal),
    )
    what = next((what for what, is_such in tests if is_such(kind)), Held.TEXT)
    return what, bool(pa.types.is_timestamp(kind))


def derived_number(line: Comparison, day: Operand, workspace: Workspace) -> Operand:
    """What a family makes of a date, such as completed years; looked up by distinct date."""
    key = line.field.name, day.sql
    if key not in workspace.found:
        import pyarrow as pa

        days = workspace.values(day.sql, day.table)
        derive = _DERIVED[line.field.name]
        numbers = [derive(value, workspace.as_of, workspace.leap_day) for value in days]
        workspace.found[key] = workspace.register(
            pa.table(
                {
                    "value": pa.array(days, pa.date32()),
                    "number": pa.array(numbers, pa.int64()),
                }
            )
        )
    name: str = workspace.found[key]
    join = f"LEFT JOIN {name} ON {name}.value = {day.sql}"
    return Operand(f"{name}.number", day.table, Held.NUMBER, (join,))
