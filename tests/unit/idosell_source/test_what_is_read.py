"""What a pull of the fake panel brings: versions, shops, currencies and statuses."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from audsync.errors import ExitCode
from audsync.testing.idosell import LivingShop, Quirks, faults
from idosell_shop import SHOP, Made, Pulls, differences, failing


@pytest.mark.parametrize("version", [3, 4, 5, 6, 7, 8])
def test_every_major_version_gives_the_same(made: Made, version: int) -> None:
    shop, pulls = made(api_version=version)
    for serial in [*shop.panel.sales.orders][:20]:  # of both shops
        _taken_back(shop, serial)
    pulls.pull()
    assert differences(pulls) == []
    assert pulls.tables()["returns"]


def _taken_back(shop: LivingShop, serial: int) -> None:
    sales = shop.panel.sales
    line = sales.orders[serial].lines[0]
    made = sales.give_back(serial, [(line, line.quantity)])
    sales.settle_return(made.return_id, 11)


def test_orders_of_types_that_are_not_wanted_are_never_asked_for(made: Made) -> None:
    types = ("retail", "wholesale")
    quirks = Quirks(retail_by_default=False)
    shop, pulls = made(orders=10, quirks=quirks, order_types=types)
    order = next(one for one in shop.panel.sales.orders.values() if one.shop_id == SHOP)
    order.terms = replace(order.terms, kind="t")
    pulls.pull()
    pulls.fake.seen.clear()
    pulls.pull()
    searches = [one for one in pulls.fake.seen if one.endpoint == "orders/orders/search"]
    assert {one.params.get("orderType") for one in searches} == {*types}


def test_amounts_may_be_in_the_currency_of_the_shop_at_the_rate_of_each_order(
    made: Made,
) -> None:
    shop, pulls = made(orders=120)
    pulls.pull()
    foreign = {r["order_id"] for r in pulls.tables()["orders"] if r["currency"] == "EUR"}
    assert foreign
    pulls.settings = {"amounts": "shop"}
    pulls.pull()
    for row in pulls.tables()["orders"]:
        assert row["currency"] == "PLN"
        order = shop.panel.sales.orders[int(row["order_id"])]
        value = sum(line.gross * line.quantity for line in order.lines)
        whole = value + order.terms.delivery_cost + order.terms.fee_cost
        whole += order.terms.insurance_cost
        assert abs(row["total_gross_minor"] - whole * order.rate) <= 3


def test_each_shop_of_a_panel_has_its_own_orders_and_consents(made: Made) -> None:
    shop, two = made(orders=60)
    one = Pulls(two.fake, two.folder.with_name("one"), {"shop_id": 1})
    for _ in range(2):
        for pulls in (one, two):
            pulls.pull()
            assert differences(pulls, is_swept=False) == []
        shop.happen(20)
        shop.panel.clock.advance(hours=5)
    ids = [{row["order_id"] for row in pulls.tables()["orders"]} for pulls in (one, two)]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_prices_of_currencies_are_those_of_today_and_gone_ones_go(made: Made) -> None:
    shop, pulls = made()
    pulls.pull()
    shop.panel.rates["EUR"] = (Decimal("4.31"), 1)
    shop.panel.rates["HUF"] = (Decimal("1.10345"), 100)  # more decimals than a price has
    del shop.panel.rates["CZK"]
    pulls.pull()
    assert differences(pulls) == ["rates: wrong"]  # they are asked for once a day
    shop.panel.clock.advance(days=1)
    pulls.pull()
    assert differences(pulls, is_swept=False) == []
    held = {row["currency"]: row for row in pulls.tables()["rates"]}
    assert held["EUR"]["base"] == "PLN"
    assert (held["HUF"]["price"], held["HUF"]["units"]) == (Decimal("11.0345"), 1000)


def test_a_key_that_may_not_ask_for_currencies_reads_all_else_until_it_may(made: Made) -> None:
    _, pulls = made()
    for _ in range(2):
        pulls.fake.faults.plan(
            faults.http_error(403, text="Scope: system, level: r"),
            endpoint="system/currencies",
        )
        report = pulls.pull()
        assert pulls.tables()["orders"]
        assert "what currencies cost was not read" in " ".join(report.messages)
        assert differences(pulls) == ["rates: wrong"]
    pulls.pull()
    assert differences(pulls) == []


def test_a_shop_that_left_the_panel_is_told_with_those_that_are_there(made: Made) -> None:
    shop, pulls = made()
    pulls.pull()
    shop.panel.shops = shop.panel.shops[:1]
    shop.panel.clock.advance(days=8)
    assert "no shop with shop_id = 2; it has: 1 (Hurt)" in failing(pulls, ExitCode.CONFIG)


@pytest.mark.parametrize(
    ("version", "called"),
    [(8, ', which the panel calls "wyjaśnianie" below "on_order"'), (6, "")],
)
def test_a_status_that_nobody_knows_is_named_as_the_panel_does(
    made: Made, version: int, called: str
) -> None:
    shop, pulls = made(api_version=version)
    known = pulls.pull()
    assert known.notes == ()
    orders = [one for one in shop.panel.sales.orders.values() if one.shop_id == SHOP]
    for order in orders[:2]:
        shop.panel.sales.set_status(order.serial, "clarifying")
    shop.panel.sales.set_status(orders[2].serial, "canary@example.com")
    shop.panel.clock.advance(minutes=1)
    report = pulls.pull()
    wanted = f'2 of the orders read have the status "clarifying"{called}: audsync does not'
    assert wanted in " ".join(report.messages)
    assert "canary" not in " ".join(report.messages)
    assert differences(pulls) == []
    asked = pulls.fake.calls["orders/statuses"]
    assert asked == (1 if called else 0)


def test_neither_order_id_nor_what_was_not_asked_for_is_kept(made: Made) -> None:
    shop, pulls = made(quirks=Quirks(extra_fields=True))
    pulls.pull()
    logins = {order.login for order in shop.panel.sales.orders.values()}
    text = json.dumps(pulls.tables()["orders"], default=str)
    assert not any(f"{login}-" in text for login in logins)
    with pulls.warehouse() as warehouse:
        cursor = json.dumps(warehouse.cursor)
    assert "@" not in cursor
