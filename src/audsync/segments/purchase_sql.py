"""Purchase blocks as SELECTs: who bought it, and what each client spent in a window."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from audsync.segments.comparison_sql import comparison_term
from audsync.segments.operands import ARTICLE_JOIN, ARTICLES, LINES, ORDERS, PRODUCT_JOIN
from audsync.segments.operators import Operator
from audsync.segments.registry import PRODUCT
from audsync.segments.rule import Block, Bought, Comparison, Group, Rule, Span, Visited
from audsync.segments.terms import (
    Term,
    days_sql,
    every,
    from_clause,
    negated,
    number_sql,
    some,
)
from audsync.segments.windows import Days, during, within
from audsync.segments.workspace import Workspace
from audsync.sql_text import literal

# Found in the name of a parameter as well, where it costs time and changes nothing.
_OF_A_LINE: Final = re.compile(r"\bl\.")
_SAME_ORDER: Final = "o.client = l.client AND o.order_rank = l.order_rank"
_OF_LINES: Final = frozenset({"units", "items_total"})
_OF_ORDERS: Final = frozenset({"order_total", "offer_code"})
# Fields of clients that ask for a purchased product, and the product field that answers.
PRODUCT_ASKED: Final = {
    "purchased_product_id": PRODUCT["product_id"],
    "purchased_product_name": PRODUCT["title"],
}


@dataclass(frozen=True, slots=True)
class _Base:
    """What a block reads: its FROM text and the alias that dates and counts come from."""

    table: str
    alias: str
    has_lines: bool


def bought_sql(block: Bought, workspace: Workspace, *, exact: bool) -> str:
    """A SELECT of the `client`, the number, for whom the block holds, each once."""
    having = having_sql(block, _quantities(workspace), workspace)
    if not having:
        base, rows = _matching(block, workspace, exact=exact)
        return f"SELECT DISTINCT {base.alias}.client {rows}"
    return fulfilling_sql(_orders_sql(block, workspace, exact=exact), having)


def bought_figures_sql(
    block: Bought, names: Sequence[str], workspace: Workspace, *, exact: bool
) -> str:
    """A SELECT of `client` and the named quantities of every client with a match."""
    orders = _orders_sql(block, workspace, exact=exact)
    return figures_sql(orders, names, _quantities(workspace))


def fulfilling_sql(rows: str, having: str) -> str:
    """The `client` of those for whom the rows of a SELECT by client fulfil a HAVING."""
    return f"SELECT m.client FROM ({rows}) m GROUP BY m.client{having}"


def figures_sql(rows: str, names: Sequence[str], quantities: Mapping[str, str]) -> str:
    """The named quantities by `client`, of the rows of a SELECT by client."""
    columns = ", ".join(f"{quantities[name]} AS {name}" for name in names)
    return f"SELECT m.client, {columns} FROM ({rows}) m GROUP BY m.client"


def _orders_sql(block: Bought, workspace: Workspace, *, exact: bool) -> str:
    """The matching orders of each client, with what their matching lines come to."""
    base, rows = _matching(block, workspace, exact=exact)
    client, order = f"{base.alias}.client", f"{base.alias}.order_rank"
    lines = (
        "coalesce(sum(l.quantity), 0) AS units, coalesce(sum(l.value_minor), 0) AS value_minor"
        if base.has_lines
        else "0 AS units, 0 AS value_minor"
    )
    return (
        f"SELECT {client}, {order}, max({base.alias}.ordered_on) AS ordered_on, {lines}"
        f" {rows} GROUP BY {client}, {order}"
    )


def _matching(block: Bought, workspace: Workspace, *, exact: bool) -> tuple[_Base, str]:
    """What is read, and the text from FROM on that leaves its matching rows."""
    base = _base(block)
    where = every(
        [
            Term(span_sql(f"{base.alias}.ordered_on", block.span, workspace)),
            items_term(block.items, workspace, exact=exact),
            *(
                _order_term(line, workspace, exact=exact)
                for line in block.measures
                if line.field.name in _OF_ORDERS
            ),
        ]
    )
    return base, f"FROM {from_clause(base.table, where.joins)} WHERE {where.sql}"


def spent_sql(span: Span, workspace: Workspace) -> str:
    """A SELECT of `client` and `value_minor`, what clients spent in the window."""
    return (
        "SELECT o.client, CAST(sum(o.value_minor) AS BIGINT) AS value_minor"
        f" FROM {ORDERS} WHERE {span_sql('o.ordered_on', span, workspace)} GROUP BY o.client"
    )


def asked_product(line: Comparison) -> Bought:
    """The block that says the same as a line about purchased products."""
    field = PRODUCT_ASKED[line.field.name]
    operator = {Operator.HAS: Operator.IS, Operator.HAS_ANY: Operator.ONE_OF}.get(
        line.operator, line.operator
    )
    if operator is Operator.MISSING:
        product = Comparison(field, operator, value=False)
    else:
        product = replace(line, field=field, operator=operator)
    return Bought(Span(), (), Group(Block.ALL, (product,)), line.path)


def _base(block: Bought) -> _Base:
    """The least that has to be read.

    Without a product every counted order is looked at, those without lines too.
    """
    names = {line.field.name for line in block.measures}
    if block.items is None:
        if names.isdisjoint(_OF_LINES):
            return _Base(ORDERS, "o", has_lines=False)
        return _Base(f"{ORDERS} LEFT JOIN {LINES} ON {_SAME_ORDER}", "o", has_lines=True)
    if names.isdisjoint(_OF_ORDERS):
        return _Base(LINES, "l", has_lines=True)
    return _Base(f"{LINES} JOIN {ORDERS} ON {_SAME_ORDER}", "l", has_lines=True)


def items_term(items: Group | None, workspace: Workspace, *, exact: bool) -> Term:
    """Where a line `l`, which has an `article`, is of the products asked for.

    What only the product decides is answered once per product, not for every line.
    """
    if items is None:
        return Term("TRUE")
    terms = [_product_term(line, workspace, exact=exact) for line in items.lines]
    of_lines = every([term for term in terms if _reads_lines(term)])
    joins = (ARTICLE_JOIN, PRODUCT_JOIN, *of_lines.joins) if of_lines.sql != "TRUE" else ()
    of_products = every([term for term in terms if not _reads_lines(term)])
    articles = from_clause(ARTICLES, (PRODUCT_JOIN, *of_products.joins))
    chosen = f"SELECT b.article FROM {articles} WHERE {of_products.sql}"
    return Term(of_lines.sql, (f"JOIN ({chosen}) a ON a.article = l.article", *joins))


def _reads_lines(term: Term) -> bool:
    return _OF_A_LINE.search(" ".join((term.sql, *term.joins))) is not None


def _product_term(rule: Rule, workspace: Workspace, *, exact: bool) -> Term:
    match rule:
        case Comparison():
            return comparison_term(rule, workspace, exact=exact)
        case Group():
            terms = [_product_term(line, workspace, exact=exact) for line in rule.lines]
            return group_term(rule.block, terms)
        case _:  # pragma: no cover -- the parser puts nothing else there
            raise ValueError("a purchase block holds product lines only")


def group_term(block: Block, terms: list[Term]) -> Term:
    """The lines of a block together."""
    match block:
        case Block.ALL:
            return every(terms)
        case Block.ANY:
            return some(terms)
        case Block.NONE:
            return negated(some(terms))


def _order_term(line: Comparison, workspace: Workspace, *, exact: bool) -> Term:
    if line.field.name == "offer_code":
        return comparison_term(line, workspace, exact=exact)
    return Term(number_sql("o.value_minor", line, workspace.currency))


def _quantities(workspace: Workspace) -> dict[str, str]:
    return {
        "orders": "count(*)",
        "units": "sum(m.units)",
        "items_total": "CAST(sum(m.value_minor) AS BIGINT)",
        "days_since": f"days_to(max(m.ordered_on), {literal(workspace.as_of)})",
    }


def having_sql(
    block: Bought | Visited, quantities: Mapping[str, str], workspace: Workspace
) -> str:
    """HAVING with each quantity that the block asks for; empty where it asks for none."""
    tests = [
        number_sql(quantities[line.field.name], line, workspace.currency)
        for line in block.measures
        if line.field.name in quantities
    ]
    return f" HAVING {' AND '.join(tests)}" if tests else ""


def span_sql(value: str, span: Span, workspace: Workspace) -> str:
    """Whether a date that is not null lies in the window, as SQL."""
    if span.within is not None:
        return days_sql(value, within(span.within, workspace.as_of))
    if span.during is not None:
        return days_sql(value, during(span.during, workspace.as_of))
    return days_sql(value, Days(span.since, span.until))
