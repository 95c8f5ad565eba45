"""What orders cost: without VAT, without lines, and where the panel counts in another way."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audsync.contracts import Level
from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel, Quirks
from audsync.testing.idosell.records import Terms
from audsync_source_idosell import IdoSellOptions
from audsync_source_idosell.adding_up import amount_findings
from audsync_source_idosell.orders import Orders
from idosell_shop import Pulls, differences

ELSE: dict[str, Any] = {"orderStatus": "new", "orderAddDate": "2026-03-02 18:41:07"}
LINE = {
    "productId": 7716,
    "productQuantity": 3,
    "productOrderPrice": Decimal("10.01"),
    "productOrderPriceNet": Decimal("8.14"),
}


def order(
    *lines: dict[str, Any], goods: object = Decimal("30.03"), **payments: Any
) -> dict[str, Any]:
    """An order with a delivery for 12.30 as the panel writes it."""
    costs = {
        "currencyId": "PLN",
        "orderProductsCost": goods,
        "orderDeliveryCost": Decimal("12.3"),
    }
    base = {"billingCurrency": "PLN", "orderDeliveryVat": 23}
    said = {"orderCurrency": costs, "orderBaseCurrency": base, **payments}
    details = {**ELSE, "payments": said, "productsResults": [*lines]}
    return {"orderSerialNumber": 1, "orderDetails": details}


def amounts(record: dict[str, Any]) -> tuple[object, ...]:
    """Gross and net of the whole order, then of its shipping."""
    orders, _ = Orders(2, ZoneInfo("Europe/Warsaw"), set()).pages([record], expected=None)
    [row] = orders.rows.to_pylist()
    names = ("total_gross", "total_net", "shipping_gross", "shipping_net")
    return tuple(row[f"{name}_minor"] for name in names)


def test_an_order_has_the_vat_that_it_states() -> None:
    assert amounts(order(LINE)) == (4233, 3442, 1230, 1000)


def test_an_order_without_vat_costs_no_more_than_its_net() -> None:
    line = {**LINE, "productOrderPrice": Decimal("8.14"), "productVat": 0}
    sold = order(line, goods=Decimal("24.42"), orderVatExists="n")
    assert amounts(sold) == (3672, 3672, 1230, 1230)


@pytest.mark.parametrize("percent", [None, -1])
def test_without_a_percentage_nobody_guesses_what_is_net(percent: object) -> None:
    base = {"orderDeliveryVat": percent}
    assert amounts(order(LINE, orderBaseCurrency=base)) == (4233, None, 1230, None)


def test_goods_that_no_line_tells_of_are_not_free() -> None:
    assert amounts(order()) == (4233, None, 1230, 1000)
    assert amounts(order(goods=0)) == (1230, 1000, 1230, 1000)
    assert amounts(order(LINE, goods=None)) == (None, 3442, 1230, 1000)


def test_gifts_count_units_and_cost_nothing() -> None:
    gift = {**LINE, "productOrderPrice": 0, "productOrderPriceNet": 0, "orderSalesMode": "gift"}
    sold = order(LINE, gift)
    assert amounts(sold) == amounts(order(LINE))
    _, lines = Orders(2, ZoneInfo("Europe/Warsaw"), set()).pages([sold], expected=None)
    assert [row["gross_minor"] for row in lines.rows.to_pylist()] == [3003, 0]


Made = Callable[..., Pulls]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    fakes: list[FakeIdoSell] = []

    def make(**quirks: Any) -> Pulls:
        panel = Panel(quirks=Quirks(**quirks))
        shop = LivingShop(panel, seed=4)
        shop.fill(orders=20, clients=10, products=10, days=60)
        goods = panel.sales.orders[panel.sales.last_serial].lines
        for rebate in (5, 10, 15):
            trader = shop.register().client_id
            panel.customers.change_group(trader, 4, is_wholesaler=True)
            account = panel.customers.accounts[trader]
            panel.sales.place(account, 2, goods, Terms(kind="t", rebate_percent=rebate))
        fakes.append(FakeIdoSell(panel))
        fakes[-1].__enter__()
        return Pulls(fakes[-1], tmp_path / "shop")

    yield make
    for fake in fakes:
        fake.__exit__(None, None, None)


def told(pulls: Pulls) -> tuple[Level, str, str]:
    [found] = [one for one in pulls.source().check() if "amounts" in one.message]
    return found.level, found.message, found.remedy or ""


@pytest.mark.parametrize(
    ("quirks", "settings"),
    [
        ({"prices_after_rebate": False}, {"unit_prices": "before_rebate"}),
        ({"costs_follow_settlement": True}, {"goods_cost": "as_settled"}),
    ],
)
def test_where_a_panel_counts_in_another_way_a_setting_says_so_and_the_doctor_which(
    made: Made, quirks: dict[str, bool], settings: dict[str, str]
) -> None:
    pulls = made(**quirks)
    pulls.pull()
    assert differences(pulls) != []
    level, message, remedy = told(pulls)
    assert level is Level.WARNING
    assert "amounts add up another way than the options say" in message
    wanted = " and ".join(f'{name} = "{word}"' for name, word in settings.items())
    assert remedy == f"write {wanted} in the table of the source"
    pulls.settings = settings
    pulls.pull()
    assert differences(pulls) == []
    assert told(pulls)[0] is Level.OK


def test_amounts_that_add_up_are_told_with_how_many_orders_tell(made: Made) -> None:
    level, message, _ = told(made())
    assert level is Level.OK
    assert "orders add up as unit_prices and goods_cost say" in message
    assert re.search("; [0-9]+ of them would not if these were set otherwise$", message)


def judged(*records: dict[str, Any]) -> list[tuple[Level, str]]:
    found = amount_findings(records, IdoSellOptions(url="panel.example"))
    return [(one.level, one.message) for one in found]


def test_what_tells_nothing_or_adds_up_in_no_way_is_said() -> None:
    right, wrong = order(LINE), order(LINE, goods=99)
    assert judged(order(), order(LINE, goods=0), order(LINE, goods="x"), {}) == []
    [(level, message)] = judged(right, order(LINE, goods=Decimal("30.06")))
    assert level is Level.OK
    assert "amounts of 2 orders add up" in message
    assert "none has a rebate" in message
    [(level, message)] = judged(right, wrong, wrong)
    assert level is Level.WARNING
    assert "of 3 orders 2 cost something else than their lines are worth" in message


def test_a_shop_that_counts_in_another_currency_than_the_config_is_told(made: Made) -> None:
    pulls = made()
    panel = pulls.fake.panel
    assert not [one for one in pulls.source().check() if "in the panel" in one.message]
    panel.shops = (panel.shops[0], replace(panel.shops[1], currency="EUR"))
    [found] = [one for one in pulls.source().check() if "in the panel" in one.message]
    assert found.level is Level.WARNING
    assert "the shop is in EUR in the panel and in PLN here" in found.message
    assert found.remedy is not None
    assert 'currency = "EUR"' in found.remedy
