"""Pieces of SQL: a predicate or a value together with the joins that it needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from audsync.money import exponent, to_minor
from audsync.segments.fields import Unit
from audsync.segments.operators import Operator
from audsync.segments.rule import Comparison
from audsync.segments.windows import Days
from audsync.sql_text import literal

_SIGNS = {
    Operator.IS: "=",
    Operator.IS_NOT: "<>",
    Operator.AT_LEAST: ">=",
    Operator.AT_MOST: "<=",
    Operator.MORE_THAN: ">",
    Operator.LESS_THAN: "<",
    Operator.ON: "=",
    Operator.BEFORE: "<",
    Operator.AFTER: ">",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A predicate that is true or false, never NULL; or a value."""

    sql: str
    joins: tuple[str, ...] = ()


NEVER = Term("FALSE")


def joined(terms: Iterable[Term]) -> tuple[str, ...]:
    """The joins of all terms, each once, in order."""
    return tuple(dict.fromkeys(join for term in terms for join in term.joins))


def every(terms: Sequence[Term]) -> Term:
    """True where all terms are; of none it is true."""
    return Term(_folded([term.sql for term in terms], "AND", "TRUE"), joined(terms))


def some(terms: Sequence[Term]) -> Term:
    """True where at least one term is; of none it is false."""
    return Term(_folded([term.sql for term in terms], "OR", "FALSE"), joined(terms))


def negated(term: Term) -> Term:
    """True where the term is false."""
    return Term(f"(NOT {term.sql})", term.joins)


def from_clause(base: str, joins: Iterable[str]) -> str:
    """`base` and its joins as the text after FROM."""
    return " ".join((base, *joins))


def number_sql(value: str, line: Comparison, currency: str, *, per: str | None = None) -> str:
    """The comparison of a number that is not null, as SQL.

    Money is compared in minor units. With `per` the value is a numerator and every bound is
    multiplied by that divisor, so that shares are compared exactly.
    """
    factor = "" if per is None else f" * {per}"
    bounds = [f"{literal(_bound(line, item, currency))}{factor}" for item in _items(line)]
    match line.operator:
        case Operator.BETWEEN:
            return f"({value} >= {bounds[0]} AND {value} <= {bounds[1]})"
        case Operator.ONE_OF:
            return "(" + " OR ".join(f"{value} = {bound}" for bound in bounds) + ")"
        case Operator.NONE_OF:
            return "(" + " AND ".join(f"{value} <> {bound}" for bound in bounds) + ")"
        case _:
            return f"{value} {_SIGNS[line.operator]} {bounds[0]}"


def days_sql(value: str, days: Days) -> str:
    """Whether a date that is not null lies in the range, as SQL."""
    parts = []
    if days.first is not None:
        parts.append(f"{value} >= {literal(days.first)}")
    if days.last is not None:
        parts.append(f"{value} <= {literal(days.last)}")
    return _folded(parts, "AND", "TRUE")


def sign(operator: Operator) -> str:
    """The SQL sign of a comparison with one value."""
    return _SIGNS[operator]


def _bound(line: Comparison, item: int | Decimal, currency: str) -> int | Decimal:
    if line.field.unit is not Unit.MONEY:
        return item
    scaled = Decimal(item).scaleb(exponent(currency))
    minor = to_minor(item, currency)
    # A bound between two minor units is kept as it is: rounding it would move who matches.
    return minor if minor is not None and minor == scaled else scaled


def _items(line: Comparison) -> list[int | Decimal]:
    values = line.value if isinstance(line.value, tuple) else (line.value,)
    return [value for value in values if isinstance(value, int | Decimal)]


def _folded(parts: Sequence[str], word: str, empty: str) -> str:
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else "(" + f" {word} ".join(parts) + ")"
