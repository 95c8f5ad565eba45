"""Comparisons with all other clients: the top or the bottom share by a number.

A client's place is the middle of the places of all who have the same number, so that equal
numbers are in or out together.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from audsync.money import to_decimal
from audsync.segments.fields import Unit
from audsync.segments.operands import Operand
from audsync.segments.operators import Operator
from audsync.segments.rule import Comparison
from audsync.segments.terms import NEVER, Term, from_clause, sign
from audsync.segments.workspace import Workspace
from audsync.sql_text import literal


@dataclass(frozen=True, slots=True)
class _End:
    """An end of the order: how many are nearer to it than a value, and where a share ends."""

    better: str
    edge: str
    step: int
    operator: Operator


_ENDS: Final = {
    Operator.TOP_PERCENT: _End("(h.total - h.upto)", "min", 1, Operator.AT_LEAST),
    Operator.BOTTOM_PERCENT: _End("(h.upto - h.number)", "max", -1, Operator.AT_MOST),
}


def ranked(line: Comparison, value: Operand, workspace: Workspace) -> Term:
    """The clients whose place lies in the top or bottom share."""
    end = _ENDS[line.operator]
    inside = f"100 * (2 * {end.better} + h.number) <= 2 * {literal(_percent(line))} * h.total"
    columns = f"{end.edge}(h.value) FILTER (WHERE {inside}) AS edge"
    found = _of_order(columns, value, f"{value.sql} IS NOT NULL", workspace)["edge"]
    if found is None:
        return NEVER
    test = f"{value.sql} {sign(end.operator)} {literal(found)}"
    return Term(f"({value.sql} IS NOT NULL AND {test})", value.joins)


def bound_of(
    line: Comparison, value: Operand, client_id: str, workspace: Workspace
) -> Comparison | None:
    """The bound that says the same of one client as a share, while the others stay as they are.

    None where the client is in it with any value, or with none.
    """
    end, share = _ENDS[line.operator], _percent(line)
    room = f"2 * {literal(share)} * (h.total + 1)"
    among = f"100 * (2 * {end.better} + h.number + 1) <= {room}"
    past = f"100 * (2 * {end.better} + 1) <= {room}"
    found = _of_order(
        f"max(h.total) AS total, {end.edge}(h.value) FILTER (WHERE {among}) AS among,"
        f" {end.edge}(h.value) FILTER (WHERE {past}) AS past",
        value,
        f"{value.sql} IS NOT NULL AND c.client_id <> {literal(client_id)}",
        workspace,
    )
    others = found["total"] or 0
    if found["past"] is None or 100 * (2 * others + 1) <= 2 * share * (others + 1):
        return None
    edges = [found["past"] + end.step * _step(found["past"])]
    edges += [] if found["among"] is None else [found["among"]]
    edge = min(edges) if end.step > 0 else max(edges)
    is_money = line.field.unit is Unit.MONEY
    bound = to_decimal(edge, workspace.currency) if is_money else edge
    return replace(line, operator=end.operator, value=bound)


def _of_order(columns: str, value: Operand, where: str, workspace: Workspace) -> dict[str, Any]:
    """Columns over the different values `h`: how many have it, it or less, and any."""
    base = from_clause(value.table, value.joins)
    rows = workspace.engine.fetch(
        f"SELECT {columns} FROM (SELECT g.value, g.number,"
        " CAST(sum(g.number) OVER (ORDER BY g.value"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS upto,"
        " CAST(sum(g.number) OVER () AS BIGINT) AS total"
        f" FROM (SELECT {value.sql} AS value, count(*) AS number FROM {base}"
        f" WHERE {where} GROUP BY {value.sql}) g) h"
    )
    found: dict[str, Any] = rows.to_pylist()[0]
    return found


def _step(value: int | Decimal) -> int | Decimal:
    """The least by which a value of such a column can differ."""
    if not isinstance(value, Decimal):
        return 1
    return Decimal(1).scaleb(int(value.as_tuple().exponent))


def _percent(line: Comparison) -> int | Decimal:
    if not isinstance(
        line.value, int | Decimal
    ):  # pragma: no cover -- the parser reads no other
        raise TypeError("a share of clients is a number")
    return line.value
