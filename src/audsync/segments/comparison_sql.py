"""One comparison as a predicate that is true or false, never NULL."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from audsync.segments.anniversaries import next_anniversary
from audsync.segments.declared import Held
from audsync.segments.fields import Field
from audsync.segments.operands import CLIENTS, PRODUCTS, Operand, derived_number, operands
from audsync.segments.operators import POSITIVE, RANKINGS, Code, Operator
from audsync.segments.rankings import ranked
from audsync.segments.rule import Comparison, Value
from audsync.segments.terms import (
    NEVER,
    Term,
    days_sql,
    every,
    negated,
    number_sql,
    sign,
    some,
)
from audsync.segments.texts import matching
from audsync.segments.windows import Days, Length, Period, during, later, older_than, within
from audsync.segments.workspace import Workspace
from audsync.sql_text import literal, literals

if TYPE_CHECKING:
    import pyarrow as pa

# Lists that hold what follows from others, and those.
_SHORTER: Final = {'c."purchased_categories"': 'c."category_paths"'}
# What names a row of the tables that have columns of lists.
_KEYS: Final = {CLIENTS: "c.client", PRODUCTS: "p.product_id"}


def comparison_term(line: Comparison, workspace: Workspace, *, exact: bool) -> Term:
    """Where the comparison holds. A missing value fulfils nothing but `missing = true`."""
    key = "term", line, exact
    if key not in workspace.found:
        workspace.found[key] = _comparison_term(line, workspace, exact=exact)
    term: Term = workspace.found[key]
    return term


def _comparison_term(line: Comparison, workspace: Workspace, *, exact: bool) -> Term:
    if line.operator is Operator.MISSING:
        there = presence_term(line, workspace)
        return negated(there) if line.value is True else there
    if line.operator is Operator.HAS_ALL:
        return every([comparison_term(one, workspace, exact=exact) for one in _each(line)])
    positive = replace(line, operator=POSITIVE.get(line.operator, line.operator))
    found = values_of(line, workspace)
    holds = some([_term(positive, value, workspace, exact=exact) for value in found])
    if positive.operator is line.operator:
        return holds
    return every([presence_term(line, workspace), negated(holds)])


def presence_term(line: Comparison, workspace: Workspace) -> Term:
    """Where the field of the comparison has a value at all."""
    found = values_of(line, workspace)
    return some([present(value, line.field, workspace) for value in found])


def present(value: Operand, field: Field, workspace: Workspace) -> Term:
    """Where the value is not missing; an empty list is."""
    if value.held is Held.LIST:
        key = "kept", value.sql
        if key not in workspace.found:
            workspace.found[key] = _holders(value, "e.text IS NOT NULL", workspace)
        kept: Term = workspace.found[key]
        return kept
    if field.per is not None:
        return Term(f"({value.sql} IS NOT NULL AND {field.per} > 0)", value.joins)
    return Term(f"({value.sql} IS NOT NULL)", value.joins)


def values_of(line: Comparison, workspace: Workspace) -> list[Operand]:
    """What a line compares of each row, with what its family makes of a day."""
    found = operands(line, workspace)
    if not line.field.family or line.field.code is not Code.NUMBER:
        return found
    if line.operator is Operator.WITHIN_NEXT:
        return found
    return [derived_number(line, day, workspace) for day in found]


def _each(line: Comparison) -> list[Comparison]:
    values = line.value if isinstance(line.value, tuple) else (line.value,)
    return [replace(line, operator=Operator.HAS, value=value) for value in values]


def _term(line: Comparison, value: Operand, workspace: Workspace, *, exact: bool) -> Term:
    if line.operator in RANKINGS:
        return ranked(line, value, workspace)
    match value.held:
        case Held.TEXT:
            return _text_term(line, value, workspace, exact=exact)
        case Held.LIST:
            return _list_term(line, value, workspace, exact=exact)
        case Held.DATE:
            return _date_term(line, value, workspace)
        case Held.NUMBER | Held.AMOUNT:
            there = present(value, line.field, workspace)
            test = number_sql(value.sql, line, workspace.currency, per=line.field.per)
            return Term(f"({there.sql} AND {test})", value.joins)
        case Held.BOOLEAN | Held.WORD:
            wanted = line.value if isinstance(line.value, tuple) else (line.value,)
            words = literals(item for item in wanted if isinstance(item, str | bool))
            there = present(value, line.field, workspace)
            return Term(f"({there.sql} AND {value.sql} IN {words})", value.joins)


def _text_term(line: Comparison, value: Operand, workspace: Workspace, *, exact: bool) -> Term:
    # Ids and words of the shop are compared without case whatever the segment says.
    exact = exact and line.field.code is not Code.ENUM
    texts = workspace.texts(value.sql, value.table, line.field.form, exact=exact)
    import pyarrow as pa

    return _lookup(value, pa.array(matching(texts, line, exact=exact), pa.string()), workspace)


def _list_term(line: Comparison, value: Operand, workspace: Workspace, *, exact: bool) -> Term:
    elements = f"(SELECT explode({_kept(value)}) AS text FROM {value.table}) e"
    texts = workspace.texts("e.text", elements, line.field.form, exact=exact)
    wanted = matching(texts, line, exact=exact)
    if not wanted:
        return NEVER
    import pyarrow as pa

    name = workspace.register(pa.table({"value": pa.array(wanted, pa.string())}))
    return _holders(value, f"e.text IN (SELECT w.value FROM {name} w)", workspace)


def _kept(value: Operand) -> str:
    """The list to look into: what matches a path above another matches that one too."""
    return _SHORTER.get(value.sql, value.sql)


def _holders(value: Operand, test: str, workspace: Workspace) -> Term:
    """The rows whose list has an element that passes, by the key of their table."""
    key = _KEYS[value.table]
    name = workspace.store(
        f"SELECT DISTINCT e.key FROM (SELECT {key} AS key, explode({_kept(value)}) AS text"
        f" FROM {value.table}) e WHERE {test}"
    )
    return Term(f"({name}.key IS NOT NULL)", (f"LEFT JOIN {name} ON {name}.key = {key}",))


def _date_term(line: Comparison, value: Operand, workspace: Workspace) -> Term:
    if line.operator is Operator.WITHIN_NEXT:
        return _coming(line, value, workspace)
    if isinstance(line.value, date):
        test = f"{value.sql} {sign(line.operator)} {literal(line.value)}"
    else:
        test = days_sql(value.sql, days_of(line.operator, line.value, workspace.as_of))
    return Term(f"({value.sql} IS NOT NULL AND {test})", value.joins)


def days_of(operator: Operator, value: Value, as_of: date) -> Days:
    """The days that a date must lie in for a comparison with a time to hold."""
    match value:
        case Length() if operator is Operator.WITHIN:
            return within(value, as_of)
        case Length():
            return older_than(value, as_of)
        case Period():
            return during(value, as_of)
        case (date() as first, date() as last):
            return Days(first, last)
        case _:  # pragma: no cover -- the registry gives dates no other operator
            raise ValueError(f"{operator} does not compare dates")


def _coming(line: Comparison, value: Operand, workspace: Workspace) -> Term:
    """Dates whose next anniversary is near."""
    import pyarrow as pa

    if not isinstance(line.value, Length):  # pragma: no cover -- the parser reads no other
        raise TypeError("within_next takes a length of time")
    last = later(workspace.as_of, line.value)
    found = [
        day
        for day in workspace.values(value.sql, value.table)
        if (coming := next_anniversary(day, workspace.as_of, workspace.leap_day)) is not None
        and coming <= last
    ]
    return _lookup(value, pa.array(found, pa.date32()), workspace)


def _lookup(value: Operand, matches: "pa.Array[Any]", workspace: Workspace) -> Term:
    """Where the value is one of those found to match."""
    if len(matches) == 0:
        return NEVER
    import pyarrow as pa

    name = workspace.register(pa.table({"value": matches}))
    join = f"LEFT JOIN {name} ON {name}.value = {value.sql}"
    return Term(f"({name}.value IS NOT NULL)", (*value.joins, join))
