"""Blocks `visited` as SELECTs: who looked at it."""

from typing import Final

from audsync.segments.event_fields import VISIT_DAYS
from audsync.segments.purchase_sql import items_term, of_clients, span_sql
from audsync.segments.rule import Span, Visited
from audsync.segments.terms import Term, every, from_clause, number_sql
from audsync.segments.windows import Length, LengthUnit
from audsync.segments.workspace import Workspace
from audsync.sql_text import literal

_VIEWS: Final = "visit_views l"
_ANY_TIME: Final = Span(within=Length(VISIT_DAYS, LengthUnit.DAY))


def visited_sql(block: Visited, workspace: Workspace, *, exact: bool) -> str:
    """A SELECT of the `client_id` of every client for whom the block holds, each once.

    Without a window of its own the block is about the last 30 days.
    """
    span = _ANY_TIME if block.span == Span() else block.span
    where = every(
        [
            Term(span_sql("l.visited_on", span, workspace)),
            items_term(block.items, workspace, exact=exact),
        ]
    )
    rows = f"FROM {from_clause(_VIEWS, where.joins)} WHERE {where.sql}"
    if not block.measures:
        return of_clients(f"SELECT DISTINCT l.client {rows}")
    quantities = {
        "visits": "count(*)",
        "days_since": f"days_to(max(m.visited_on), {literal(workspace.as_of)})",
    }
    tests = [
        number_sql(quantities[line.field.name], line, workspace.currency)
        for line in block.measures
    ]
    return of_clients(
        "SELECT m.client FROM (SELECT l.client, l.visit, max(l.visited_on) AS visited_on"
        f" {rows} GROUP BY l.client, l.visit) m GROUP BY m.client"
        f" HAVING {' AND '.join(tests)}"
    )
