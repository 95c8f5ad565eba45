"""Which orders and lines count, and what they are worth."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from audsync.errors import ConfigError
from audsync.model.report import NotCounted
from audsync.model.settings import ModelSettings, MoneyBasis, OrderDate
from fakes.model_shop import EVERYTHING, ModelShop, at, line

NET = ModelSettings(money=MoneyBasis.NET)


@pytest.fixture
def shop() -> ModelShop:
    shop = ModelShop()
    shop.account("1")
    return shop


def test_a_finished_order_counts_with_its_units_and_value(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p", 3, 500), line("q", "0.5", 1000))
    client = shop.client()
    assert client["order_count"] == 1
    assert client["product_count"] == Decimal("3.5")
    assert client["total_revenue_minor"] == 2000
    assert client["avg_order_value_minor"] == 2000


@pytest.mark.parametrize("status", ["open", "cancelled", "returned", "excluded"])
def test_an_order_of_another_status_never_counts(shop: ModelShop, status: str) -> None:
    shop.order("a", "2026-06-01 12:00", line("p"), status=status)
    report = shop.build()
    assert report.not_counted == {NotCounted.STATUS: 1}
    assert shop.read("counted_orders") == []


def test_the_shop_says_which_statuses_count(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p"), status="open")
    shop.order("b", "2026-06-01 12:00", line("p"))
    settings = ModelSettings(counted_status=("open", "finished"))
    assert shop.client(settings)["order_count"] == 2


def test_a_test_order_never_counts(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p"), is_test=True)
    shop.order("b", "2026-06-01 12:00", line("p"), is_test=False)
    report = shop.build()
    assert report.not_counted == {NotCounted.TEST: 1}
    assert report.counted == 1


def test_an_order_after_the_day_never_counts(shop: ModelShop) -> None:
    shop.order("a", "2026-07-01 23:59:59", line("p"))
    shop.order("b", "2026-07-02 00:00:00", line("p"))
    report = shop.build(as_of=date(2026, 7, 1))
    assert report.not_counted == {NotCounted.FUTURE: 1}
    assert report.counted == 1


def test_an_order_of_nobody_is_counted_as_anonymous(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p"), client=None)
    assert shop.build().not_counted == {NotCounted.ANONYMOUS: 1}


def test_an_order_of_postage_alone_is_no_purchase(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("post", is_goods=False))
    assert shop.build().not_counted == {NotCounted.NO_GOODS: 1}
    assert shop.client()["order_count"] == 0


def test_postage_adds_nothing_to_an_order_of_goods(shop: ModelShop) -> None:
    shop.order(
        "a", "2026-06-01 12:00", line("p", 1, 1000), line("post", 1, 300, is_goods=False)
    )
    client = shop.client()
    assert client["total_revenue_minor"] == 1000
    assert client["product_count"] == 1
    assert client["unique_product_count"] == 1
    assert client["min_product_price_net_minor"] == 1000


def test_an_order_without_any_line_counts_with_its_total_less_shipping(
    shop: ModelShop,
) -> None:
    shop.order("a", total_gross_minor=5000, shipping_gross_minor=700, total_net_minor=4000)
    client = shop.client()
    assert client["order_count"] == 1
    assert client["total_revenue_minor"] == 4300
    assert client["product_count"] == 0
    assert shop.client(NET)["total_revenue_minor"] == 4000


def test_spend_is_counted_with_or_without_vat(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p", 1, 1230, net_minor=1000))
    assert shop.client()["total_revenue_minor"] == 1230
    assert shop.client(NET)["total_revenue_minor"] == 1000


def test_a_refund_reduces_the_order_and_never_below_zero(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p", 1, 1000), refunded_gross_minor=400)
    shop.order("b", "2026-06-02 12:00", line("p", 1, 1000), refunded_gross_minor=1500)
    shop.order("c", "2026-06-03 12:00", total_gross_minor=900, refunded_gross_minor=100)
    report = shop.build()
    assert [row["value_minor"] for row in shop.read("counted_orders")] == [600, 0, 800]
    assert report.clamped_orders == 1
    (message,) = report.messages
    assert message.startswith("1 orders are refunded beyond their value and count as 0")


def test_a_gift_counts_as_product_and_units_only(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p", 1, 1000), line("gift", 2, 0))
    client = shop.client()
    assert client["product_count"] == 3
    assert client["unique_product_count"] == 2
    assert client["total_revenue_minor"] == 1000
    assert client["min_product_price_net_minor"] == 1000


def test_an_order_of_gifts_alone_is_an_order_of_value_zero(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("gift", 1, 0))
    client = shop.client()
    assert client["order_count"] == 1
    assert client["avg_order_value_minor"] == 0
    assert client["min_product_price_net_minor"] is None


def test_the_order_moment_is_when_it_was_finished_else_made(shop: ModelShop) -> None:
    shop.order("a", "2026-05-01 12:00", line("p"), finished_at=at("2026-05-20 12:00"))
    shop.order("b", "2026-05-10 12:00", line("p"))
    assert shop.client()["last_order"] == date(2026, 5, 20)
    by_creation = ModelSettings(order_date=OrderDate.CREATED)
    assert shop.client(by_creation)["last_order"] == date(2026, 5, 10)


def test_every_order_has_one_fate(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p"))
    shop.order("b", "2027-06-01 12:00", line("p"), status="open", is_test=True)
    shop.order("c", "2027-06-01 12:00", line("p"), is_test=True, client=None)
    shop.order("d", "2027-06-01 12:00", line("p"), client=None)
    shop.order("e", "2026-06-01 12:00", line("p"), client=None)
    shop.order("f", "2026-06-01 12:00", line("post", is_goods=False))
    shop.order("g", "2026-06-01 12:00", line("back"))
    shop.give_back("back")
    report = shop.build()
    assert report.not_counted == dict.fromkeys(NotCounted, 1)
    assert report.counted == 1
    assert report.orders == report.counted + sum(report.not_counted.values())


def test_money_that_the_source_does_not_state_is_refused(shop: ModelShop) -> None:
    net_only = EVERYTHING - {"order_lines.gross_minor", "orders.total_gross_minor"}
    with pytest.raises(ConfigError, match=r'set model\.money = "net"') as failure:
        shop.build(provided=net_only)
    assert "order_lines.gross_minor or orders.total_gross_minor" in str(failure.value)
    shop.build(NET, provided=net_only)


def test_money_that_no_column_states_asks_for_a_mapping(shop: ModelShop) -> None:
    with pytest.raises(ConfigError, match="map one of these columns"):
        shop.build(provided=frozenset({"orders.order_id"}))


def test_a_source_without_orders_has_clients_all_the_same(shop: ModelShop) -> None:
    provided = frozenset({"customers.customer_id"})
    assert shop.client(provided=provided)["order_count"] == 0


def test_without_line_values_an_order_is_worth_its_total_less_shipping(
    shop: ModelShop,
) -> None:
    bare: dict[str, Any] = {"gross_minor": None, "unit_gross_minor": None}
    shop.order(
        "a",
        "2026-06-01 12:00",
        line("p", **bare),
        total_gross_minor=5000,
        shipping_gross_minor=500,
    )
    totals = EVERYTHING - {"order_lines.gross_minor"}
    assert shop.client(provided=totals)["total_revenue_minor"] == 4500
    assert shop.build(provided=totals).lines_without_value == 0


def test_a_line_whose_value_is_missing_is_worth_nothing_and_is_counted(
    shop: ModelShop,
) -> None:
    shop.order("a", "2026-06-01 12:00", line("p", 1, 700), line("q", gross_minor=None))
    report = shop.build()
    assert report.lines_without_value == 1
    (message,) = report.messages
    assert message.startswith("1 lines of counted orders state no value and count as 0")
    assert shop.client()["total_revenue_minor"] == 700


@pytest.mark.parametrize("status", ["done", "Finished"])
def test_a_status_that_does_not_exist_is_refused(shop: ModelShop, status: str) -> None:
    with pytest.raises(ConfigError, match=f'"{status}" is none of open, finished'):
        shop.build(ModelSettings(counted_status=("finished", status)))


def test_no_counted_status_at_all_is_refused(shop: ModelShop) -> None:
    with pytest.raises(ConfigError, match="no order would count"):
        shop.build(ModelSettings(counted_status=()))
