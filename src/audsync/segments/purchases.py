"""Reading the blocks `bought`, `visited` and `spent`."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from audsync.segments.blocks import BLOCKS, Vocabulary, read_group, refuse_key
from audsync.segments.codes import Mistake
from audsync.segments.fields import Field, Unit
from audsync.segments.lines import Subject, read_lines
from audsync.segments.mistakes import Mistakes
from audsync.segments.operators import Operator
from audsync.segments.product_fields import SPEND_FIELD
from audsync.segments.registry import (
    CLIENT,
    PRODUCT,
    PURCHASE,
    VISIT,
    VISITED_PRODUCT,
    by_name,
)
from audsync.segments.rule import Block, Bought, Comparison, Group, Span, Spent, Visited
from audsync.segments.values import Wrong, read_date, read_length, read_period
from audsync.toml_file import KeyPath

WINDOW: Final = ("within", "during", "since", "until")
EXACT_CATEGORY: Final = "exact_category"
_COUNTS: Final = frozenset({"orders", "units", "visits"})
_SPENT_KNOWN: Final = Vocabulary({}, (*WINDOW, *SPEND_FIELD.operators))


@dataclass(frozen=True, slots=True)
class _Block:
    """What may stand in a block about products, and what is said of a count of nothing."""

    name: str
    measures: Mapping[str, Field]
    products: Mapping[str, Field]
    counted: str

    @property
    def known(self) -> Vocabulary:
        """Every word of the block."""
        fields = by_name((*self.products.values(), *self.measures.values()))
        return Vocabulary(fields, (*WINDOW, EXACT_CATEGORY))


_BOUGHT: Final = _Block("bought", PURCHASE, PRODUCT, "order")
_VISITED: Final = _Block("visited", VISIT, VISITED_PRODUCT, "visit")


def read_bought(table: Mapping[str, Any], path: KeyPath, mistakes: Mistakes) -> Bought:
    """One `bought` block."""
    measures, items = _read_lines(_BOUGHT, table, path, mistakes)
    return Bought(_read_span(table, path, mistakes), measures, items, path)


def read_visited(table: Mapping[str, Any], path: KeyPath, mistakes: Mistakes) -> Visited:
    """One `visited` block."""
    measures, items = _read_lines(_VISITED, table, path, mistakes)
    return Visited(_read_span(table, path, mistakes), measures, items, path)


def _read_lines(
    block: _Block, table: Mapping[str, Any], path: KeyPath, mistakes: Mistakes
) -> tuple[tuple[Comparison, ...], Group | None]:
    """How much the block asks for, and of which products."""
    exact = _read_exact(table, path, mistakes)
    measures: list[Comparison] = []
    about_products: dict[str, Any] = {}
    for key, raw in table.items():
        here = (*path, key)
        if key in block.measures:
            lines = read_lines(Subject(block.measures[key], here, Block.ALL), raw, mistakes)
            for line in lines:
                _check_not_nothing(block, line, mistakes)
            measures += lines
        elif key in block.products or key in BLOCKS:
            about_products[key] = raw
        elif key not in block.known.words:
            refuse_key(key, here, block.known, mistakes)
    items = None
    if about_products:
        vocabulary = Vocabulary(block.products, exact_category=exact)
        items = read_group(Block.ALL, about_products, path, vocabulary, mistakes)
    return tuple(measures), items


def read_spent(table: Mapping[str, Any], path: KeyPath, mistakes: Mistakes) -> Spent:
    """One `spent` block: a window and at least one comparison."""
    measures: list[Comparison] = []
    for key, raw in table.items():
        if key in WINDOW:
            continue
        if key in set(SPEND_FIELD.operators):
            subject = Subject(SPEND_FIELD, path, Block.ALL)
            measures += read_lines(subject, {key: raw}, mistakes)
        else:
            refuse_key(key, (*path, key), _SPENT_KNOWN, mistakes)
    if not set(table) - set(WINDOW):
        mistakes.add(
            Mistake.NO_LINES,
            "spent does not say how much",
            path,
            hint="write a comparison such as at_least = 1000",
        )
    return Spent(_read_span(table, path, mistakes), tuple(measures), path)


def _read_exact(table: Mapping[str, Any], path: KeyPath, mistakes: Mistakes) -> bool:
    raw = table.get(EXACT_CATEGORY, False)
    if not isinstance(raw, bool):
        wrong = Wrong(
            Mistake.VALUE_TYPE, "neither true nor false", "write true or false without quotes"
        )
        mistakes.add_wrong(wrong, (*path, EXACT_CATEGORY))
    return raw is True


def _read_span(table: Mapping[str, Any], path: KeyPath, mistakes: Mistakes) -> Span:
    bounds: dict[str, Any] = {}
    for key in WINDOW:
        if key not in table:
            continue
        try:
            bounds[key] = _read_bound(key, table[key])
        except Wrong as wrong:
            mistakes.add_wrong(wrong, (*path, key))
    given = [key for key in WINDOW if key in table]
    if len(given) > 1 and given != ["since", "until"]:
        mistakes.add(
            Mistake.WINDOWS,
            f"{' and '.join(given)} in one block",
            (*path, given[1]),
            hint="write one of within and during, or since and until",
        )
    span = Span(**bounds)
    if span.since is not None and span.until is not None and span.since > span.until:
        mistakes.add(
            Mistake.BOUNDS,
            "since is after until",
            (*path, "since"),
            hint="both days are included",
        )
    return span


def _read_bound(key: str, raw: Any) -> object:
    if key == "within":
        return read_length(raw)
    return read_period(raw) if key == "during" else read_date(raw)


def _check_not_nothing(block: _Block, line: Comparison, mistakes: Mistakes) -> None:
    if line.field.name not in _COUNTS or _highest(line) > 0:
        return
    mistakes.add(
        Mistake.NOTHING_BOUGHT,
        f"{block.name} asks for at least one {block.counted}, so that {line} never holds",
        line.path,
        hint=f"for clients who did not, write the block as [none.{block.name}]",
    )


def _highest(line: Comparison) -> int | Decimal:
    """The greatest number that the comparison lets pass; 1 where there is no bound."""
    numbers = [
        value
        for value in (line.value if isinstance(line.value, tuple) else (line.value,))
        if isinstance(value, int | Decimal)
    ]
    match line.operator:
        case Operator.IS | Operator.AT_MOST | Operator.BETWEEN | Operator.ONE_OF:
            return max(numbers)
        case Operator.LESS_THAN:
            return max(numbers) - (1 if line.field.unit is Unit.INTEGER else 0)
        case _:
            return 1


CLIENTS: Final = Vocabulary(
    CLIENT, readers={"bought": read_bought, "spent": read_spent, "visited": read_visited}
)
