"""Amounts of an order: where they stand, and what they add up to in whole minor units."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from audsync.money import to_decimal
from audsync_source_idosell import cells
from audsync_source_idosell.cells import dig, elements
from audsync_source_idosell.options import IdoSellOptions

_SHIPPING: Final = ("orderDeliveryCost", "orderPayformCost", "orderInsuranceCost")
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Prices:
    """Where amounts of an order stand, and what is assumed of them.

    `costs` is the block of the four costs, `currency` what they are in, `net` and `gross` are
    prices of a unit. With `before_rebate` the order's rebate is not in these yet; with
    `as_settled` goods cost what they do without VAT where the order is settled so.
    """

    costs: str
    currency: str
    net: str
    gross: str
    before_rebate: bool = False
    as_settled: bool = False


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


def prices_of(options: IdoSellOptions) -> Prices:
    """The prices that the options ask for."""
    return replace(
        OF_SHOP if options.amounts == "shop" else OF_ORDER,
        before_rebate=options.unit_prices == "before_rebate",
        as_settled=options.goods_cost == "as_settled",
    )


class Amounts:
    """The amounts of one order, by its details: each None where these do not state it.

    Each raises BadCellError where what they state is no amount.
    """

    def __init__(self, details: Any, prices: Prices, currency: str) -> None:
        self.goods = elements(details, "productsResults")
        self._payments = dig(details, "payments")
        self._costs = dig(self._payments, prices.costs)
        self._prices, self._currency = prices, currency

    def total_gross(self) -> int | None:
        """The order with VAT: goods and shipping."""
        goods = self._goods_gross()
        return None if goods is None else self._minor(goods + sum(self._shipping().values()))

    def total_net(self) -> int | None:
        """The order without VAT: its lines and shipping."""
        goods, shipping = self.lines(self._prices.net), self.shipping_net()
        if goods is None or shipping is None:
            return None
        return cells.in_range(goods + shipping)

    def shipping_gross(self) -> int | None:
        """Delivery, the fee of payment and insurance, with VAT."""
        costs = self._shipping()
        return self._minor(sum(costs.values(), Decimal(0))) if costs else None

    def shipping_net(self) -> int | None:
        """The same without VAT, by the percentages that the order states."""
        total = Decimal(0)
        for name, gross in self._shipping().items():
            rate = self._vat(name) if gross else Decimal(0)
            if rate is None or rate < 0:
                return None
            total += gross * _PERCENT / (_PERCENT + rate)
        return self._minor(total)

    def line(self, product: Any, price: str) -> int | None:
        """What a line is worth at one of its prices, which is that of one unit."""
        number = cells.decimal(dig(product, price))
        units = cells.quantity(dig(product, "productQuantity"))
        if number is None or units is None:
            return None
        worth = number * units
        if self._prices.before_rebate:
            worth *= 1 - self.rebate() / _PERCENT
        return self._minor(worth)

    def lines(self, price: str) -> int | None:
        """What all lines are worth; without any the goods must cost nothing."""
        values = [self.line(product, price) for product in self.goods]
        if None in values or (not values and self.goods_cost()):
            return None
        return cells.in_range(sum(value or 0 for value in values))

    def goods_cost(self) -> Decimal | None:
        """What the panel says that the goods cost."""
        return cells.decimal(dig(self._costs, "orderProductsCost"))

    def rebate(self) -> Decimal:
        """The rebate of the whole order in percent."""
        return cells.decimal(dig(self._payments, "orderRebatePercent")) or Decimal(0)

    def is_settled_net(self) -> bool:
        """Whether the order is settled by amounts without VAT."""
        return bool(dig(self._payments, "orderWorthCalculateType") == "net")

    def _goods_gross(self) -> Decimal | None:
        if not (self._prices.as_settled and self.is_settled_net()):
            return self.goods_cost()
        value = self.lines(self._prices.gross)
        return None if value is None else to_decimal(value, self._currency)

    def _shipping(self) -> dict[str, Decimal]:
        costs = {name: cells.decimal(dig(self._costs, name)) for name in _SHIPPING}
        return {name: cost for name, cost in costs.items() if cost is not None}

    def _vat(self, cost: str) -> Decimal | None:
        if dig(self._payments, "orderVatExists") == "n":
            return Decimal(0)
        return cells.decimal(
            dig(self._payments, "orderBaseCurrency", cost.replace("Cost", "Vat"))
        )

    def _minor(self, amount: Decimal) -> int | None:
        return cells.minor(amount, self._currency)
