"""Tables filled by feeds with one row per order line: order_lines, returns, and orders."""

from typing import TYPE_CHECKING, Final

from audsync.contracts import Loss
from audsync.tables import TABLES
from audsync_source_csv import amounts
from audsync_source_csv.arrays import mask
from audsync_source_csv.draft import Draft, Typed
from audsync_source_csv.filling import Part, begins, fill_orders, part, refuse_zero
from audsync_source_csv.inheritance import Inheritance
from audsync_source_csv.numbering import Numbering
from audsync_source_csv.options import OrderLines
from audsync_source_csv.values import numbers

if TYPE_CHECKING:
    from audsync_source_csv.arrays import Mask
    from audsync_source_csv.cells import Cells
    from audsync_source_csv.mapping import Mapping

_LINE_COLUMNS: Final = frozenset(column.name for column in TABLES["order_lines"].columns)
# Said once per order; `order_id` stands on every row.
ORDER_COLUMNS: Final = (
    *(column.name for column in TABLES["orders"].columns if column.name not in _LINE_COLUMNS),
    "returned_at",
)


class LineRecords:
    """Lines of orders; with `orders`, the rows also say what the orders are.

    A row with a negative quantity, or of a cancelling invoice, is a row of `returns`. An order
    is what its first good line says, with what is blank there taken from its first row.
    """

    def __init__(self, *, orders: bool) -> None:
        self.orders = orders
        self.has_numbers = False
        self.lines = Numbering()
        self.returns = Numbering()
        self.inheritance = Inheritance()

    @property
    def spread(self) -> int:
        """Orders and returns whose lines lie in several files, and have no numbers there."""
        return self.returns.spread + (0 if self.has_numbers else self.lines.spread)

    def parts(self, cells: "Cells", mapping: "Mapping") -> list[Part]:
        """The rows of one block."""
        import numpy as np

        given_back = self._given_back(cells, mapping)
        headers = mapping.headers(ORDER_COLUMNS) if self.orders else ()
        family = self.inheritance.family(mapping.texts("order_id", cells), cells, headers)
        sold = np.flatnonzero(~given_back)
        lines = Draft("order_lines", family.rows(sold, mapping.headers(("currency",))))
        self._fill_lines(lines, mapping)
        numbers_of = self.lines.number(lines, "order_id")
        self.has_numbers = "line_number" in mapping
        if not self.has_numbers:
            lines.add_numbers(numbers_of)
        parts = [part(lines)]
        if self.orders:
            orders = Draft("orders", family.rows(sold[numbers_of == 1], headers))
            fill_orders(orders, mapping, vat=_vat_is_constant(mapping))
            parts.insert(0, part(orders))
        if fills_returns(mapping):
            parts.append(
                self._returns(family.rows(np.flatnonzero(given_back), headers), mapping)
            )
        return parts

    def _given_back(self, cells: "Cells", mapping: "Mapping") -> "Mask":
        import numpy as np
        import pyarrow.compute as pc

        if not fills_returns(mapping):
            return np.zeros(len(cells), np.bool_)
        ids = mapping.texts("order_id", cells)
        quantity = mapping.typed("quantity", cells).values
        negative = mask(pc.less(quantity, numbers.quantity(0)))
        cancelled = begins(ids, _feed(mapping).cancelled_prefix)
        return (negative | cancelled) & mask(ids.is_valid())

    def _fill_lines(self, draft: Draft, mapping: "Mapping") -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        mapping.fill(draft)
        below = mask(pc.less(draft.columns["quantity"], numbers.quantity(0)))
        draft.refuse("quantity", below, "negative_quantity", loss=Loss.ROW)
        refuse_zero(draft)
        not_goods = _feed(mapping).not_goods
        if not_goods:
            listed = pc.is_in(draft.columns["product_id"], value_set=pa.array(not_goods))
            goods = pc.invert(listed)
            stated = draft.columns.get("is_goods", goods)
            draft.columns["is_goods"] = pc.and_kleene(goods, stated)
        scale = mapping.minor_scale(draft.cells)
        negative = amounts.add_line_amounts(draft, mapping, scale, draft.columns["quantity"])
        if "is_goods" in draft.columns:
            negative = negative & ~mask(pc.invert(draft.columns["is_goods"]))
        if negative.any():
            price = next(name for name in draft.columns if name.endswith("_minor"))
            draft.refuse(price, negative, "negative_price", loss=Loss.ROW)

    def _returns(self, cells: "Cells", mapping: "Mapping") -> Part:
        import pyarrow as pa
        import pyarrow.compute as pc

        draft = Draft("returns", cells)
        ids = mapping.texts("order_id", cells)
        draft.add("return_id", Typed(ids.dictionary_decode(), ids))
        cancelled = pa.array(begins(ids, _feed(mapping).cancelled_prefix))
        draft.columns["order_id"] = pc.if_else(cancelled, None, draft.columns["return_id"])
        for name in ("customer_id", "product_id"):
            if name in mapping:
                draft.add(name, mapping.typed(name, cells))
        quantity = mapping.typed("quantity", cells)
        draft.add("quantity", Typed(pc.abs(quantity.values), quantity.texts, quantity.wrong))
        refuse_zero(draft)
        moment = "returned_at" if "returned_at" in mapping else "created_at"
        draft.add("returned_at", mapping.typed(moment, cells))
        draft.add_numbers(self.returns.number(draft, "return_id"))
        return part(draft)


def fills_returns(mapping: "Mapping") -> bool:
    """Whether the feed says when something was given back."""
    return "created_at" in mapping or "returned_at" in mapping


def _feed(mapping: "Mapping") -> OrderLines:
    assert isinstance(mapping.feed, OrderLines)  # noqa: S101 -- holds by construction of the source
    return mapping.feed


def _vat_is_constant(mapping: "Mapping") -> bool:
    """A rate that differs between lines says nothing of the order's totals."""
    cell = mapping.cells.get("vat_percent")
    return cell is not None and cell.value is not None
