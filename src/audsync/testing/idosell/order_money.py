"""What an order costs and what was paid, as the API writes it."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.records import Order
from audsync.testing.idosell.shapes import Json, Shapes

_PERCENT: Final = 100


def payments(panel: Panel, shapes: Shapes, order: Order) -> Json:
    """The four costs of an order, in its currency and in the panel's; there is no total."""
    is_net = panel.quirks.costs_follow_settlement and order.terms.kind in {"p", "t"}
    goods = goods_cost(order, net=is_net, is_rebated=panel.quirks.prices_after_rebate)
    costs = {
        "orderProductsCost": goods,
        "orderDeliveryCost": order.terms.delivery_cost,
        "orderPayformCost": order.terms.fee_cost,
        "orderInsuranceCost": order.terms.insurance_cost,
    }
    own = {name: shapes.amount(minor) for name, minor in costs.items()}
    base = {name: shapes.amount(round(minor * order.rate)) for name, minor in costs.items()}
    vats = dict.fromkeys(("orderDeliveryVat", "orderPayformVat", "orderInsuranceVat"), 23)
    return {
        "orderPaymentType": "prepaid" if order.paid_at else "cash_on_delivery",
        "orderPaymentDays": 0,
        "orderRebatePercent": order.terms.rebate_percent,
        "orderWorthCalculateType": "net" if order.terms.kind in {"p", "t"} else "gross",
        "orderVatExists": "y" if order.terms.has_vat else "n",
        "orderCurrency": {
            "currencyId": order.terms.currency,
            "orderCurrencyValue": shapes.quantity(order.rate),
            "billingCurrencyRate": 1,
            **own,
        },
        "orderBaseCurrency": {"billingCurrency": panel.base_currency, **base, **vats},
    }


def goods_cost(order: Order, *, net: bool, is_rebated: bool) -> int:
    """What the panel says the goods of an order cost."""
    percent = _PERCENT if is_rebated else _PERCENT - order.terms.rebate_percent
    values = (line.quantity * (line.net if net else line.gross) for line in order.lines)
    return sum(
        int((value * percent / _PERCENT).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        for value in values
    )


def prepaids(panel: Panel, shapes: Shapes, order: Order) -> list[Json]:
    """What was paid ahead."""
    if order.paid_at is None:
        return []
    goods = goods_cost(order, net=False, is_rebated=panel.quirks.prices_after_rebate)
    paid = goods + order.terms.delivery_cost + order.terms.fee_cost + order.terms.insurance_cost
    at = panel.clock.wall(order.paid_at)
    return [
        {
            "prepaidId": order.serial + 10_000,
            "paymentOrdinalNumber": 1,
            "paymentNumber": f"{order.serial}-1",
            "paymentAddDate": at,
            "paymentModifiedDateByClient": "",
            "paymentModifiedDateByShop": at,
            "paymentStatus": "y",
            "paymentType": "payment",
            "payformId": 29,
            "payformName": "IdoPay",
            "payformAccount": "",
            "paymentValue": shapes.amount(paid),
            "currencyId": order.terms.currency,
        }
    ]
