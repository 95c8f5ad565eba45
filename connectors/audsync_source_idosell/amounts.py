"""Amounts of an order: where they stand, and what they add up to in whole minor units."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from audsync_source_idosell import cells
from audsync_source_idosell.cells import dig


@dataclass(frozen=True, slots=True)
class Prices:
    """Where amounts of an order stand: costs, their currency, net and gross price of a unit."""

    costs: str
    currency: str
    net: str
    gross: str


OF_ORDER: Final = Prices(
    "orderCurrency", "currencyId", "productOrderPriceNet", "productOrderPrice"
)
# In the shop's own currency, at the rate that the order was made at.
OF_SHOP: Final = Prices(
    "orderBaseCurrency",
    "billingCurrency",
    "productOrderPriceNetBaseCurrency",
    "productOrderPriceBaseCurrency",
)


def gross_sum(values: list[Any], currency: str) -> int | None:
    """Amounts added up; None where none is stated."""
    stated = [number for number in map(cells.decimal, values) if number is not None]
    return cells.minor(sum(stated), currency) if stated else None


def net_sum(parts: list[tuple[Any, Any]], currency: str) -> int | None:
    """Gross amounts, each with its VAT in percent, added up without it."""
    total = Decimal(0)
    for amount, percent in parts:
        gross, rate = cells.decimal(amount), cells.decimal(percent)
        if not gross:
            continue
        if rate is None or rate < 0:
            return None
        total += gross * 100 / (100 + rate)
    return cells.minor(total, currency)


def total_net(goods: list[Any], price: str, order: dict[str, Any], currency: str) -> int | None:
    """The order without VAT: lines and shipping; None where one of them is not stated."""
    shipping = order.get("shipping_net_minor")
    values = [
        line_value(
            dig(product, price), cells.quantity(dig(product, "productQuantity")), currency
        )
        for product in goods
    ]
    if shipping is None or None in values:
        return None
    return cells.in_range(shipping + sum(value or 0 for value in values))


def line_value(price: Any, units: Decimal | None, currency: str) -> int | None:
    """The price of one unit times the units."""
    number = cells.decimal(price)
    if number is None or units is None:
        return None
    return cells.minor(number * units, currency)
