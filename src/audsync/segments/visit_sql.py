"""Blocks `visited` as SELECTs: who looked at it."""

from collections.abc import Sequence
from typing import Final

from audsync.segments.event_fields import VISIT_DAYS
from audsync.segments.purchase_sql import (
    figures_sql,
    fulfilling_sql,
    having_sql,
    items_term,
    span_sql,
)
from audsync.segments.rule import Span, Visited
from audsync.segments.terms import Term, every, from_clause
from audsync.segments.windows import Length, LengthUnit
from audsync.segments.workspace import Workspace
from audsync.sql_text import literal

_VIEWS: Final = "visit_views l"
_ANY_TIME: Final = Span(within=Length(VISIT_DAYS, LengthUnit.DAY))


def visited_sql(block: Visited, workspace: Workspace, *, exact: bool) -> str:
    """A SELECT of the `client` of every client for whom the block holds, each once.

    Without a window of its own the block is about the last 30 days.
    """
    having = having_sql(block, _quantities(workspace), workspace)
    if not having:
        rows = _matching(block, workspace, exact=exact)
        return f"SELECT DISTINCT l.client {rows}"
    return fulfilling_sql(_visits_sql(block, workspace, exact=exact), having)


def visited_figures_sql(
    block: Visited, names: Sequence[str], workspace: Workspace, *, exact: bool
) -> str:
    """A SELECT of `client` and the named quantities of every client with a match."""
    visits = _visits_sql(block, workspace, exact=exact)
    return figures_sql(visits, names, _quantities(workspace))


def _visits_sql(block: Visited, workspace: Workspace, *, exact: bool) -> str:
    rows = _matching(block, workspace, exact=exact)
    columns = "l.client, l.visit, max(l.visited_on) AS visited_on"
    return f"SELECT {columns} {rows} GROUP BY l.client, l.visit"


def _matching(block: Visited, workspace: Workspace, *, exact: bool) -> str:
    span = _ANY_TIME if block.span == Span() else block.span
    where = every(
        [
            Term(span_sql("l.visited_on", span, workspace)),
            items_term(block.items, workspace, exact=exact),
        ]
    )
    return f"FROM {from_clause(_VIEWS, where.joins)} WHERE {where.sql}"


def _quantities(workspace: Workspace) -> dict[str, str]:
    return {
        "visits": "count(*)",
        "days_since": f"days_to(max(m.visited_on), {literal(workspace.as_of)})",
    }
