"""What is known of each client for a line, so that one client can be told of it."""

from audsync.segments.comparison_sql import values_of
from audsync.segments.compile import Compiler
from audsync.segments.flips import quantities
from audsync.segments.purchase_sql import bought_figures_sql
from audsync.segments.rule import Bought, Comparison, Rule, Spent, Visited
from audsync.segments.terms import Term
from audsync.segments.visit_sql import visited_figures_sql


def figures_of(rule: Rule, compiler: Compiler) -> dict[str, Term]:
    """The client's figures by the names of the fields that ask for them, as SQL values.

    One for a comparison; for purchases and visits how often, and each quantity that is asked
    for. None of what may tell who a client is.
    """
    match rule:
        case Spent():
            return {"spent": compiler.spent_value(rule, compiler.workspace)}
        case Bought() | Visited():
            return _of_block(rule, compiler)
        case Comparison() if rule.field.name == "ab_group":
            return {"ab_group": compiler.half()}
        case Comparison() if not rule.field.is_personal:
            value = values_of(rule, compiler.workspace)[0]
            return {rule.field.name: Term(value.sql, value.joins)}
        case _:
            return {}


def _of_block(block: Bought | Visited, compiler: Compiler) -> dict[str, Term]:
    exact = compiler.segment.exact
    workspace = compiler.workspace
    names = [*dict.fromkeys(line.field.name for line in quantities(block))]
    table = workspace.store(
        bought_figures_sql(block, names, workspace, exact=exact)
        if isinstance(block, Bought)
        else visited_figures_sql(block, names, workspace, exact=exact)
    )
    join = f"LEFT JOIN {table} ON {table}.client = c.client"
    return {name: Term(f"{table}.{name}", (join,)) for name in names}
