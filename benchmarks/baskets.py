"""Lines of the invented orders, and what of them came back."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.catalogue import Catalogue
from benchmarks.chance import (
    Column,
    Flags,
    Ints,
    draw,
    optional,
    rounded_share,
    texts,
    thousandths,
)

_VAT: Final = 21
_POSTAGE: Final = "postage"
_UNITS: Final = (1000, 2000, 3000, 4000, 6000, 12_000, 500, 1250)  # thousandths
_UNIT_WEIGHTS: Final = (84.0, 9.0, 3.0, 1.5, 1.0, 0.5, 0.5, 0.5)
_DAY: Final = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Baskets:
    """Lines in the order of their orders, and the value of each."""

    table: pa.Table
    order_of_line: Ints  # place of the order
    is_goods: Flags
    quantity: Ints  # thousandths
    gross: Ints


def make_baskets(
    rng: np.random.Generator,
    catalogue: Catalogue,
    order_ids: Column,
    *,
    lines: int,
    is_early: Flags,
) -> Baskets:
    """So many lines, at least one per order; `is_early`: before products were renamed."""
    orders = len(order_ids)
    extra = np.bincount(rng.integers(0, orders, lines - orders), minlength=orders)
    order = np.repeat(np.arange(orders), 1 + extra)
    first = np.concatenate([[0], np.cumsum(1 + extra)[:-1]])
    product = catalogue.sellable[draw(rng, catalogue.popularity, lines)]
    quantity = np.array(_UNITS)[draw(rng, np.array(_UNIT_WEIGHTS), lines)]
    is_goods = rng.random(lines) >= 0.01
    quantity[~is_goods] = 1000
    price = np.where(is_goods, catalogue.prices[product], 7900)
    discount = np.where(rng.random(lines) < 0.2, rng.integers(5, 60, lines), 0)
    unit_gross = rounded_share(price, 100 - discount, 100)
    unit_gross[rng.random(lines) < 0.005] = 0  # gifts
    unit_net = rounded_share(unit_gross, 100, 100 + _VAT)
    gross = rounded_share(unit_gross, quantity, 1000)
    net = rounded_share(gross, 100, 100 + _VAT)
    unpriced, unvalued = rng.random(lines) < 0.03, rng.random(lines) < 0.001
    name = pc.if_else(
        pa.array(is_early[order]),
        catalogue.former_titles.take(product),
        catalogue.titles.take(product),
    )
    goods = pa.array(is_goods)
    money = pa.int64()
    table = pa.table(
        {
            "order_id": order_ids.take(order),
            "line_number": pa.array(np.arange(lines) - first[order] + 1),
            "product_id": pc.if_else(goods, catalogue.ids.take(product), _POSTAGE),
            "sku": pc.if_else(goods, catalogue.skus.take(product), None),
            "name": pc.if_else(goods, name, "Poštovné"),
            "quantity": thousandths(quantity),
            "unit_net_minor": optional(unit_net, money, unpriced),
            "unit_gross_minor": optional(unit_gross, money, unpriced),
            "net_minor": optional(net, money, unvalued),
            "gross_minor": optional(gross, money, unvalued),
            "is_goods": optional(is_goods, pa.bool_(), is_goods & (rng.random(lines) < 0.01)),
        }
    )
    return Baskets(table, order, is_goods, quantity, gross)


def make_returns(
    rng: np.random.Generator,
    baskets: Baskets,
    *,
    customers: Column,
    moments: Ints,
    first_number: int,
    came_through: Flags,
) -> pa.Table:
    """About one line in a hundred comes back, of orders that came through.

    One return in five does not name its order; most of those name the account. `customers` and
    `moments` are of the orders, `first_number` is above all returns of earlier chunks.
    """
    wanted = (rng.random(len(baskets.order_of_line)) < 0.011) & baskets.is_goods
    lines = np.flatnonzero(wanted & came_through[baskets.order_of_line])
    order = baskets.order_of_line[lines]
    rows = baskets.table.take(lines)
    count = len(lines)
    linked = rng.random(count) < 0.8
    held = baskets.quantity[lines]
    back = np.where(rng.random(count) < 0.75, held, np.minimum(held, 1000))
    columns: dict[str, Any] = {
        "return_id": texts("R", first_number + np.arange(count)),
        "line_number": pa.array(np.ones(count, np.int64)),
        "order_id": pc.if_else(pa.array(linked), rows["order_id"], None),
        "customer_id": customers.take(order),
        "product_id": rows["product_id"],
        "quantity": thousandths(back),
        "returned_at": pa.array(
            moments[order] + rng.integers(2 * _DAY, 30 * _DAY, count), pa.timestamp("us")
        ),
    }
    return pa.table(columns)
