"""Money columns: net from gross or the other way by a rate of VAT, lines from unit prices.

Amounts stay exact decimals, in minor units, until they are rounded once, halves away from zero.
"""

from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from audsync.contracts import Loss
from audsync.tables import Kind
from audsync_source_csv.arrays import mask
from audsync_source_csv.draft import Typed
from audsync_source_csv.values import numbers

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Mask, Values
    from audsync_source_csv.draft import Draft
    from audsync_source_csv.mapping import Mapping

SIDES: Final = ("net", "gross")
ORDER_AMOUNTS: Final = ("total", "shipping", "refunded")
Exact = Pairs[str, "Values"]


def add_plain(draft: "Draft", mapping: "Mapping") -> None:
    """Add the mapped money columns of a table that has no net and gross sides."""
    scale = mapping.minor_scale(draft.cells)
    for column in draft.table.columns:
        if column.kind is Kind.MONEY:
            exact = _mapped(draft, mapping, column.name, scale)
            if exact is not None:
                _settle(draft, column.name, [exact], loss=Loss.VALUE)


def add_order_amounts(draft: "Draft", mapping: "Mapping", *, vat: bool) -> None:
    """Add totals, shipping and refunds, each side from the other where VAT is known."""
    scale = mapping.minor_scale(draft.cells)
    factor = vat_factor(draft, mapping) if vat else None
    for name in ORDER_AMOUNTS:
        exact = _sides(draft, mapping, f"{name}_", scale)
        for side in SIDES:
            made = _with_other_side([exact], side, factor)
            if made:
                _settle(draft, f"{name}_{side}_minor", made, loss=Loss.VALUE)


def add_line_amounts(
    draft: "Draft", mapping: "Mapping", scale: "Values", quantity: "Values"
) -> "Mask":
    """Add unit prices and line values; returns the rows with a price below zero."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    factor = vat_factor(draft, mapping)
    unit = _sides(draft, mapping, "unit_", scale)
    line = _sides(draft, mapping, "", scale)
    units = quantity.cast(pa.decimal256(18, 3))
    bought = {side: pc.multiply(price, units) for side, price in unit.items()}
    for side in SIDES:
        if made := _with_other_side([unit], side, factor):
            _settle(draft, f"unit_{side}_minor", made, loss=Loss.ROW)
        if made := _with_other_side([line, bought], side, factor):
            _settle(draft, f"{side}_minor", made, loss=Loss.ROW)
    negative = np.zeros(len(draft.cells), np.bool_)
    for exact in (*unit.values(), *line.values()):
        negative |= mask(pc.less(exact, numbers.exact(0)))
    return negative


def vat_factor(draft: "Draft", mapping: "Mapping") -> "Values | None":
    """What a net amount is multiplied by to make it gross, per row; None without a rate."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "vat_percent" not in mapping:
        return None
    typed = mapping.exact("vat_percent", draft.cells)
    valid = pc.and_(
        pc.greater_equal(typed.values, numbers.exact(0)),
        pc.less_equal(typed.values, numbers.exact(100)),
    )
    wrong = dict(typed.wrong) | {"out_of_range": mask(pc.invert(valid))}
    draft.refuse_all("vat_percent", Typed(typed.values, typed.texts, wrong), loss=Loss.VALUE)
    rate = pc.round(pc.if_else(valid, typed.values, None), 4).cast(pa.decimal256(7, 4))
    percent = pc.add(rate, numbers.exact(100))
    hundredth = numbers.exact(Decimal("0.01"), 2)
    factor: Values = pc.multiply(percent, hundredth).cast(pa.decimal256(10, 6))
    return factor


def _sides(draft: "Draft", mapping: "Mapping", stem: str, scale: "Values") -> Exact:
    found = {side: _mapped(draft, mapping, f"{stem}{side}_minor", scale) for side in SIDES}
    return {side: exact for side, exact in found.items() if exact is not None}


def _mapped(
    draft: "Draft", mapping: "Mapping", column: str, scale: "Values"
) -> "Values | None":
    name = column if column in mapping else column.removesuffix("_minor")
    if name not in mapping:
        return None
    typed = mapping.amount(name, draft.cells, scale)
    draft.refuse_all(column, typed, loss=Loss.VALUE)
    values: Values | None = typed.values
    return values


def _with_other_side(
    exact: Sequence[Exact], side: str, factor: "Values | None"
) -> "list[Values]":
    import pyarrow.compute as pc

    made = [amounts[side] for amounts in exact if side in amounts]
    other = "gross" if side == "net" else "net"
    if factor is not None:
        # Division cuts after 26 places, which cannot move a half: it is exact itself.
        change = pc.divide if side == "net" else pc.multiply
        made += [change(amounts[other], factor) for amounts in exact if other in amounts]
    return made


def _settle(draft: "Draft", column: str, candidates: "Sequence[Values]", *, loss: Loss) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pc.coalesce(*[numbers.whole(exact) for exact in candidates])
    beyond = mask(numbers.beyond(candidates[0], numbers.MINOR_LIMIT))
    for exact in candidates[1:]:
        beyond = beyond | mask(numbers.beyond(exact, numbers.MINOR_LIMIT))
    draft.refuse(column, beyond, "out_of_range", loss=loss)
    draft.columns[column] = pc.if_else(pa.array(beyond), None, whole)
