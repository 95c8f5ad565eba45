"""Whether the amounts of a panel's orders add up in the way that the options say.

Its documentation leaves open whether the price of a unit has the rebate of the order in it, and
whether goods cost what they do without VAT where the order is settled so. Orders tell: what
their lines are worth is what the goods cost.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from audsync.contracts import Finding, Level
from audsync.money import to_minor
from audsync_source_idosell import cells
from audsync_source_idosell.amounts import OF_ORDER, Amounts, prices_of
from audsync_source_idosell.answers import Record
from audsync_source_idosell.cells import BadCellError, dig, elements
from audsync_source_idosell.options import IdoSellOptions

# As the options are written: unit_prices, goods_cost.
_WORDS: Final = (("after_rebate", "before_rebate"), ("gross", "as_settled"))
Reading = tuple[bool, bool]
_READINGS: Final[tuple[Reading, ...]] = (
    *((False, False), (False, True), (True, False), (True, True)),
)


def amount_findings(records: Iterable[Record], options: IdoSellOptions) -> Iterator[Finding]:
    """One finding, unless no order has goods: in which way their amounts add up."""
    held = [_held_by(one) for record in records if (one := dig(record, "orderDetails"))]
    judged = [one for one in held if one is not None]
    if not judged:
        return
    telling = [one for one in judged if 0 < len(one) < len(_READINGS)]
    stated = prices_of(options)
    own = (stated.before_rebate, stated.as_settled)
    counts = {one: sum(one in held_by for held_by in telling) for one in _READINGS}
    best = max(_READINGS, key=lambda one: (counts[one], one == own, -sum(one)))
    strange = sum(not one for one in judged)
    if counts[best] > counts[own]:
        yield _another(counts[best], len(telling), best, own)
    elif 2 * strange > len(judged):
        yield Finding(
            Level.WARNING,
            f"idosell: of {len(judged):,} orders {strange:,} cost something else than their "
            "lines are worth",
            "compare total_gross of a few orders with the panel",
        )
    else:
        yield _right(len(judged), len(telling))


def _another(holding: int, telling: int, best: Reading, own: Reading) -> Finding:
    names = ("unit_prices", "goods_cost")
    changes = " and ".join(
        f'{name} = "{words[int(found)]}"'
        for name, words, found, stated in zip(names, _WORDS, best, own, strict=True)
        if found != stated
    )
    return Finding(
        Level.WARNING,
        f"idosell: amounts add up another way than the options say, in {holding:,} of the "
        f"{telling:,} orders that tell",
        f"write {changes} in the table of the source",
    )


def _right(judged: int, telling: int) -> Finding:
    tells = (
        f"{telling:,} of them would not if these were set otherwise"
        if telling
        else "none has a rebate or is settled without VAT, which would tell more"
    )
    return Finding(
        Level.OK,
        f"idosell: amounts of {judged:,} orders add up as unit_prices and goods_cost say; "
        f"{tells}",
    )


def _held_by(details: object) -> frozenset[Reading] | None:
    """The ways in which an order adds up; None where it has no goods, or says too little."""
    try:
        currency = cells.currency(dig(details, "payments", OF_ORDER.costs, OF_ORDER.currency))
        if currency is None:
            return None
        gaps = {
            (before, settled): _gap(
                Amounts(
                    details,
                    replace(OF_ORDER, before_rebate=before, as_settled=settled),
                    currency,
                ),
                is_settled=settled,
                currency=currency,
            )
            for before, settled in _READINGS
        }
    except BadCellError:
        return None
    if None in gaps.values():
        return None
    lines = len(elements(details, "productsResults"))
    return frozenset(one for one, gap in gaps.items() if gap is not None and gap <= lines)


def _gap(amounts: Amounts, *, is_settled: bool, currency: str) -> int | None:
    """How far from what the lines are worth the goods cost, in minor units."""
    cost, is_net = amounts.goods_cost(), is_settled and amounts.is_settled_net()
    worth = amounts.lines(OF_ORDER.net if is_net else OF_ORDER.gross)
    told = to_minor(cost, currency) if cost else None
    return None if told is None or worth is None else abs(told - worth)
