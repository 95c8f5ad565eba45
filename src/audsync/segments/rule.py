"""The rule of a segment as a tree, and its lines as people write them.

`path` tells where a part stands in its file. It is no part of what a rule means, so equal parts
of different files are equal and are computed once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from audsync.segments.fields import Field
from audsync.segments.operators import Operator
from audsync.segments.windows import Length, Period
from audsync.toml_file import KeyPath

_SHOWN: Final = 60  # characters of a query

Single = str | int | bool | Decimal | date | Length | Period
Value = Single | tuple[str | int | Decimal | date, ...]


class Block(StrEnum):
    """How the lines of a block come together."""

    ALL = "all"  # every line holds
    ANY = "any"  # at least one
    NONE = "none"  # no line


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field, one operator, one value.

    `param` names the parameter of a family of fields, `salt` the split of `ab_bucket`;
    `exact_category` leaves out what lies below a category.
    """

    field: Field
    operator: Operator
    value: Value
    param: str | None = None
    salt: str | None = None
    exact_category: bool = False
    path: KeyPath = attribute(default=(), compare=False)

    def __str__(self) -> str:
        """The comparison as a line of a segment file."""
        name = self.field.name if self.param is None else f'{self.field.name}."{self.param}"'
        salt = "" if self.salt is None else f' (salt "{self.salt}")'
        return f"{name}.{self.operator} = {written(self.value)}{salt}"


@dataclass(frozen=True, slots=True)
class Span:
    """The window of a purchase block: one of within and during, or since and until."""

    within: Length | None = None
    during: Period | None = None
    since: date | None = None
    until: date | None = None

    def __str__(self) -> str:
        """The window as it is written, empty for the whole history."""
        parts = {
            "within": self.within,
            "during": self.during,
            "since": self.since,
            "until": self.until,
        }
        return ", ".join(
            f"{name} = {written(value)}" for name, value in parts.items() if value is not None
        )


@dataclass(frozen=True, slots=True)
class ProductBlock:
    """What clients did with products: with which, when, and how much or how often."""

    word: ClassVar[str]
    span: Span
    measures: tuple[Comparison, ...]
    items: "Group | None"
    path: KeyPath = attribute(default=(), compare=False)

    def __str__(self) -> str:
        """The block on one line."""
        lines = [str(line) for line in (*self.measures, *(self.items or Group()).lines)]
        return _braced(self.word, [*filter(None, [str(self.span)]), *lines])


@dataclass(frozen=True, slots=True)
class Bought(ProductBlock):
    """Purchases."""

    word: ClassVar[str] = "bought"


@dataclass(frozen=True, slots=True)
class Spent:
    """Spend in a window."""

    span: Span
    measures: tuple[Comparison, ...]
    path: KeyPath = attribute(default=(), compare=False)

    def __str__(self) -> str:
        """The block on one line."""
        lines = [f"{line.operator} = {written(line.value)}" for line in self.measures]
        return _braced("spent", [*filter(None, [str(self.span)]), *lines])


@dataclass(frozen=True, slots=True)
class Visited(ProductBlock):
    """Web visits."""

    word: ClassVar[str] = "visited"


@dataclass(frozen=True, slots=True)
class InSegment:
    """Membership of at least one of some segments, or of none of them."""

    segments: tuple[str, ...]
    negated: bool = False
    path: KeyPath = attribute(default=(), compare=False)

    def __str__(self) -> str:
        """The line as it is written."""
        operator = Operator.NONE_OF if self.negated else Operator.ONE_OF
        return f"in_segment.{operator} = {written(self.segments)}"


@dataclass(frozen=True, slots=True)
class InList:
    """Being on at least one of some lists of people, or on none of them."""

    lists: tuple[str, ...]
    negated: bool = False
    path: KeyPath = attribute(default=(), compare=False)

    def __str__(self) -> str:
        """The line as it is written."""
        operator = Operator.NONE_OF if self.negated else Operator.ONE_OF
        return f"in_list.{operator} = {written(self.lists)}"


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT of the clients that it holds for, answered apart from everything else."""

    sql: str
    path: KeyPath = attribute(default=(), compare=False)

    def __str__(self) -> str:
        """The beginning of the query, on one line."""
        words = " ".join(self.sql.split())
        shown = words if len(words) <= _SHOWN else f"{words[:_SHOWN].rstrip()} …"
        return f"sql {{ {shown} }}"


@dataclass(frozen=True, slots=True)
class Group:
    """A block: its lines, and how they come together."""

    block: Block = Block.ALL
    lines: "tuple[Rule, ...]" = ()
    path: KeyPath = attribute(default=(), compare=False)

    def __str__(self) -> str:
        """The block on one line."""
        return _braced(self.block, [str(line) for line in self.lines])


Leaf = Comparison | Bought | Spent | Visited | InSegment | InList | Query
Rule = Group | Leaf


def leaves(rule: Rule) -> Iterator[Leaf]:
    """The lines of a rule that are no blocks of lines, in order."""
    if isinstance(rule, Group):
        for line in rule.lines:
            yield from leaves(line)
    else:
        yield rule


def comparisons(rule: Rule) -> Iterator[Comparison]:
    """Every comparison in a rule, those inside blocks of purchases and visits too, in order."""
    for leaf in leaves(rule):
        match leaf:
            case Comparison():
                yield leaf
            case Bought() | Visited():
                yield from leaf.measures
                yield from () if leaf.items is None else comparisons(leaf.items)
            case Spent():
                yield from leaf.measures
            case InSegment() | InList() | Query():
                pass


def references(rule: Rule) -> tuple[str, ...]:
    """Ids of the segments that a rule refers to, sorted."""
    found = {
        name for leaf in leaves(rule) if isinstance(leaf, InSegment) for name in leaf.segments
    }
    return tuple(sorted(found))


def listed(rule: Rule) -> tuple[str, ...]:
    """Names of the lists of people that a rule asks for, sorted."""
    found = {name for leaf in leaves(rule) if isinstance(leaf, InList) for name in leaf.lists}
    return tuple(sorted(found))


def query(rule: Rule) -> Query | None:
    """The query of a segment's rule, if it has one."""
    return next((leaf for leaf in leaves(rule) if isinstance(leaf, Query)), None)


def written(value: Value) -> str:
    """A value as it is written in a file."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return f"[{', '.join(map(written, value))}]"
        case str() | Length() | Period():
            text = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{text}"'
        case Decimal():
            return format(value, "f")
        case int() | date():
            return str(value)


def _braced(word: str, parts: list[str]) -> str:
    return f"{word} {{ {', '.join(parts)} }}" if parts else f"{word} {{ }}"
