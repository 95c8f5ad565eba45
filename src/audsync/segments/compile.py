"""Rules as SQL predicates over `numbered_clients c`, in the subset both engines share.

Every predicate is true or false and never NULL, so that `none` keeps a client whose value is
missing. Text, lists and anniversaries are compared in Python over distinct values; the engine
then only looks up which values match, and no text of a person becomes part of a statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from audsync.segments.comparison_sql import comparison_term, presence_term
from audsync.segments.operands import CLIENTS, bucket_operand
from audsync.segments.operators import POSITIVE, Operator
from audsync.segments.purchase_sql import (
    PRODUCT_ASKED,
    asked_product,
    bought_sql,
    group_term,
    spent_sql,
)
from audsync.segments.rule import (
    Bought,
    Comparison,
    Group,
    InList,
    InSegment,
    Query,
    Rule,
    Spent,
    Visited,
)
from audsync.segments.segment import Segment
from audsync.segments.terms import Term, every, from_clause, negated, number_sql, some
from audsync.segments.visit_sql import visited_sql
from audsync.segments.workspace import Workspace, numbers_sql
from audsync.sql_text import literal, literals

_HALF = 50


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles the lines of one segment.

    `members` names the table of the members of every segment that may be referred to.
    """

    segment: Segment
    workspace: Workspace
    members: Mapping[str, str] = field(default_factory=dict)

    def members_sql(self) -> str:
        """A SELECT of the `client`, the number, of the segment's members."""
        term = self.term(self.segment.rule)
        return f"SELECT c.client FROM {from_clause(CLIENTS, term.joins)} WHERE {term.sql}"

    def term(self, rule: Rule) -> Term:  # noqa: PLR0911 -- one return per kind reads best
        """Where a block or line holds."""
        match rule:
            case Group():
                return group_term(rule.block, [self.term(line) for line in rule.lines])
            case Comparison():
                return self._comparison(rule)
            case Bought() | Visited():
                return self._items(rule)
            case Spent():
                return self._spent(rule)
            case InSegment():
                return _in_some([_is_in(self.members[name]) for name in rule.segments], rule)
            case InList():
                return _in_some([self._listed(name) for name in rule.lists], rule)
            case Query():
                return _is_in(self.workspace.answer(rule.sql))

    def _listed(self, name: str) -> Term:
        key = "list", name
        found = self.workspace.found
        if key not in found:
            rows = f"SELECT l.client_id FROM listed l WHERE l.list_name = {literal(name)}"
            found[key] = self.workspace.store(numbers_sql(rows))
        return _is_in(found[key])

    def missing(self, line: Comparison) -> Term | None:
        """Where the field of a comparison has no value; None where it always has one."""
        if Operator.MISSING not in line.field.operators or line.operator is Operator.MISSING:
            return None
        if line.field.name in PRODUCT_ASKED:
            return None
        return negated(presence_term(line, self.workspace))

    def _comparison(self, line: Comparison) -> Term:
        if line.field.name == "ab_group":
            return self._group(line)
        if line.field.name in PRODUCT_ASKED:
            return self._product(line)
        return comparison_term(line, self.workspace, exact=self.segment.exact)

    def _product(self, line: Comparison) -> Term:
        values = line.value if isinstance(line.value, tuple) else (line.value,)
        if line.operator is Operator.HAS_ALL:
            return every(
                [
                    self._items(
                        asked_product(replace(line, operator=Operator.HAS, value=value))
                    )
                    for value in values
                ]
            )
        term = self._items(asked_product(line))
        is_absence = line.operator is Operator.MISSING and line.value is True
        return negated(term) if is_absence else term

    def half(self) -> Term:
        """The half of the segment's own split that each client is in, `A` or `B`."""
        number = bucket_operand(self.segment.id, self.workspace)
        half = f"CASE WHEN {number.sql} <= {_HALF} THEN 'A' ELSE 'B' END"
        return Term(f"({half})", number.joins)

    def _group(self, line: Comparison) -> Term:
        values = line.value if isinstance(line.value, tuple) else (line.value,)
        half = self.half()
        names = literals(str(value) for value in values)
        word = "NOT IN" if line.operator in POSITIVE else "IN"
        return Term(f"({half.sql} {word} {names})", half.joins)

    def _items(self, block: Bought | Visited) -> Term:
        key = block, self.segment.exact
        found = self.workspace.found
        if key not in found:
            exact = self.segment.exact
            found[key] = self.workspace.store(
                bought_sql(block, self.workspace, exact=exact)
                if isinstance(block, Bought)
                else visited_sql(block, self.workspace, exact=exact)
            )
        return _is_in(found[key])

    @staticmethod
    def spent_value(block: Spent, workspace: Workspace) -> Term:
        """What the client spent in the window of a block, in minor units."""
        key = "spent", block.span
        found = workspace.found
        if key not in found:
            found[key] = workspace.store(spent_sql(block.span, workspace))
        name: str = found[key]
        join = f"LEFT JOIN {name} ON {name}.client = c.client"
        return Term(f"coalesce({name}.value_minor, 0)", (join,))

    def _spent(self, block: Spent) -> Term:
        value = self.spent_value(block, self.workspace)
        currency = self.workspace.currency
        tests = [f"({number_sql(value.sql, line, currency)})" for line in block.measures]
        return every([Term(test, value.joins) for test in tests])


def _in_some(terms: Sequence[Term], rule: InSegment | InList) -> Term:
    return negated(some(terms)) if rule.negated else some(terms)


def _is_in(table: str) -> Term:
    join = f"LEFT JOIN {table} ON {table}.client = c.client"
    return Term(f"({table}.client IS NOT NULL)", (join,))
