"""The fake IdoSell panel shows what truly happened, in each of its views."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from audsync.testing.idosell import LivingShop, Panel, Quirks, Truth
from audsync.testing.idosell.records import Channel
from fakes.idosell_orders import HAT, place
from fakes.idosell_reader import ANNA, Reader


def consents_shown(reader: Reader, channel: str) -> dict[object, tuple[str, str]]:
    """Approval and its date in shop 2, by client number or contact."""
    contact = "email" if channel == "email" else "phone_cellular"
    return {
        one["client_number"] or one[contact] or one["login"]: (
            one["shops"]["2"]["approval"],
            one["shops"]["2"]["date_modification"],
        )
        for one in reader.readers(channel)
        if "2" in one["shops"]
    }


class TestTruth:
    def test_the_wire_tells_what_the_truth_says_after_many_happenings(
        self, panel: Panel, reader: Reader
    ) -> None:
        shop = LivingShop(panel, seed=3)
        shop.fill(orders=260, clients=120, products=40)
        shop.happen(300)
        tables = Truth(panel, 2).tables
        shown = {str(one["orderSerialNumber"]): one for one in reader.orders(2)}
        assert [*shown] == [row["order_id"] for row in tables["orders"]]
        for row in tables["orders"]:
            _check_order(row, shown[row["order_id"]])
        lines = {(row["order_id"], row["line_number"]): row for row in tables["order_lines"]}
        assert len(lines) == sum(
            len(one["orderDetails"].get("productsResults") or ()) for one in shown.values()
        )
        for serial, one in shown.items():
            for number, line in enumerate(one["orderDetails"]["productsResults"] or (), 1):
                _check_line(lines[serial, number], line)
        clients = {str(one["clientId"]): one for one in reader.clients(shopId=2)}
        assert sorted(clients) == [row["customer_id"] for row in tables["customers"]]
        for row in tables["customers"]:
            one = clients[row["customer_id"]]
            assert (row["email"] or "") == one["clientEmail"]
            assert row["zip"] == one["clientBillingAddress"]["clientZipCode"]
        products = {str(one["productId"]): one for one in reader.products()}
        titles = {row["product_id"]: row["title"] for row in tables["products"]}
        for product_id, one in products.items():
            if any(place["shopId"] == 2 for place in one["productShops"]):
                assert (
                    titles[product_id] == one["productDescriptionsLangData"][1]["productName"]
                )
        accepted = {
            str(one["id"])
            for one in reader.returns()
            if one["shop_id"] == 2 and one["status_numeric"] in (2, 10, 11, 19, 20)
        }
        assert accepted == {row["return_id"] for row in tables["returns"]}
        assert accepted

    def test_consents_are_the_same_in_both_views(self, panel: Panel, reader: Reader) -> None:
        shop = LivingShop(panel, seed=5)
        shop.fill(orders=100, clients=60, products=20)
        for _ in range(60):
            shop.subscribe()
            shop.unsubscribe()
            shop.decide()
        for channel in Channel:
            true = {
                one.client_id or one.contact: "y" if one.is_given else "n"
                for one in Truth(panel, 2).consents
                if one.channel is channel
            }
            shown = {
                who: answer for who, (answer, _) in consents_shown(reader, channel).items()
            }
            decided = {who: answer for who, answer in shown.items() if who in true}
            assert decided == true
            assert all(shown[who] == "n" for who in shown if who not in true)
            assert {"y", "n"} == set(true.values())

    def test_totals_are_goods_and_costs_in_the_currency_of_the_order(
        self, panel: Panel
    ) -> None:
        place(panel, currency="EUR", delivery_cost=1230, fee_cost=246, insurance_cost=123)
        row, lines = Truth(panel, 2).orders[0], Truth(panel, 2).order_lines
        assert [line["gross_minor"] for line in lines] == [9980, 3690]
        assert [line["net_minor"] for line in lines] == [8114, 3000]
        assert [line["sku"] for line in lines] == ["12-M", "31"]
        assert (row["currency"], row["shipping_gross_minor"]) == ("EUR", 1599)
        assert (row["total_gross_minor"], row["total_net_minor"]) == (15269, 12414)
        assert row["created_at"] == datetime(2026, 6, 1, 8, 1, tzinfo=UTC)

    def test_a_rebate_is_in_the_prices_or_comes_off_the_line(
        self, panel: Panel, reader: Reader
    ) -> None:
        place(panel, rebate_percent=10)
        assert Truth(panel, 2).order_lines[0]["gross_minor"] == 9980
        panel.quirks.prices_after_rebate = False
        assert Truth(panel, 2).order_lines[0]["gross_minor"] == 8982
        [order] = reader.orders(2)
        costs = order["orderDetails"]["payments"]["orderCurrency"]
        assert costs["orderProductsCost"] == 123.03  # 89.82 and 33.21

    @pytest.mark.parametrize(
        ("word", "status"),
        [
            ("finished_ext", "finished"),
            ("false", "cancelled"),
            ("complainted", "returned"),
            ("joined", "excluded"),
            ("suspended", "open"),
            ("awaiting_moon", "excluded"),
        ],
    )
    def test_a_status_has_its_class(self, panel: Panel, word: str, status: str) -> None:
        [serial] = place(panel)
        panel.sales.set_status(serial, word)
        row = Truth(panel, 2).orders[0]
        assert (row["status"], row["status_original"]) == (status, word)

    def test_a_joined_order_gives_its_lines_to_the_other(self, panel: Panel) -> None:
        one, other = place(panel, 2)
        panel.sales.join(one, into=other)
        rows = {row["order_id"]: row for row in Truth(panel, 2).orders}
        assert rows[str(one)]["status"] == "excluded"
        assert rows[str(other)]["total_gross_minor"] == 2 * 13670

    def test_a_deleted_client_is_gone_and_the_orders_stay(
        self, panel: Panel, reader: Reader
    ) -> None:
        [serial] = place(panel)
        client = panel.sales.orders[serial].client_id
        panel.customers.decide(client, Channel.EMAIL, 2, given=True)
        panel.customers.delete(client)
        assert Truth(panel, 2).customers == []
        assert Truth(panel, 2).consents == []
        assert reader.clients() == reader.readers("email") == []
        assert [row["customer_id"] for row in Truth(panel, 2).orders] == [str(client)]

    def test_a_withdrawal_shows_in_each_view_of_its_shop_alone(
        self, panel: Panel, reader: Reader
    ) -> None:
        account = panel.customers.register(2, "anna@example.com", ANNA)
        for shop in (1, 2):
            panel.customers.decide(account.client_id, Channel.SMS, shop, given=True)
        panel.clock.advance(days=1)
        panel.customers.decide(account.client_id, Channel.SMS, 2, given=False)
        [one] = reader.readers("sms")
        assert {shop: answer["approval"] for shop, answer in one["shops"].items()} == {
            "1": "y",
            "2": "n",
        }
        assert one["shops"]["2"]["date_modification"] == "2026-06-02 10:00:00"
        [view] = reader.clients()
        dates = {
            entry["shopId"]: entry["newsletterSmsApprovalDate"]
            for entry in view["newsletterSmsApprovalsData"]
        }
        assert dates == {1: "2026-06-01 10:00:00", 2: "0000-00-00 00:00:00"}

    def test_a_guest_keeps_the_date_of_being_added_unless_told_otherwise(
        self, panel: Panel, reader: Reader
    ) -> None:
        for moves, date in ((False, "2026-06-01 10:00:00"), (True, "2026-06-03 10:00:00")):
            panel.quirks.consent_moves_guest_date = moves
            contact = f"gast{moves:d}@example.com"
            panel.customers.subscribe(Channel.EMAIL, contact, 2)
            panel.clock.advance(days=1)
            panel.customers.unsubscribe(Channel.EMAIL, contact, 2)
            assert consents_shown(reader, "email")[contact] == ("n", date)

    def test_a_guest_who_registers_is_a_client_with_the_same_consent(
        self, panel: Panel, reader: Reader
    ) -> None:
        panel.customers.subscribe(Channel.EMAIL, "anna@example.com", 2)
        account = panel.customers.register(2, "anna@example.com", ANNA)
        assert [*consents_shown(reader, "email")] == [account.client_id]

    def test_guests_have_an_unseen_account_or_no_number(
        self, panel: Panel, reader: Reader
    ) -> None:
        panel.sales.place_as_guest(2, "gast@example.com", ANNA, [HAT])
        [hidden] = reader.clients()
        assert hidden["isUnregistered"] == "y"
        panel.quirks.guests_have_ids = False
        panel.sales.place_as_guest(2, "host@example.com", ANNA, [HAT])
        assert len(reader.clients()) == 1
        ids = [one["clientResult"]["clientAccount"]["clientId"] for one in reader.orders(2)]
        assert ids == [hidden["clientId"], 0]
        assert Truth(panel, 2).orders[1]["customer_id"] is None

    def test_some_accounts_show_no_dates(self, panel: Panel, reader: Reader) -> None:
        for number in range(10):
            panel.customers.register(2, f"anna{number}@example.com", ANNA)
        panel.quirks.some_dates_missing = True
        [undated] = [row for row in Truth(panel, 2).customers if row["updated_at"] is None]
        changed = {
            "clientsLastModificationDate[clientsLastModificationDateBegin]": "2026-06-01"
        }
        found = reader.clients(**changed)
        assert len(found) == 9
        assert undated["customer_id"] not in {str(one["clientId"]) for one in found}
        assert len(reader.clients()) == 10

    def test_the_same_seed_makes_the_same_shop(self) -> None:
        made = []
        for seed in (4, 4, 5):
            panel = Panel()
            shop = LivingShop(panel, seed=seed)
            shop.fill(orders=50, clients=20, products=10)
            made.append((shop.happen(50), Truth(panel, 2).tables))
        assert made[0] == made[1]
        assert made[0] != made[2]

    def test_what_moves_the_date_of_an_order_is_a_quirk(self) -> None:
        for quirks, moves in (
            (Quirks(payment_moves_order=True, return_moves_order=False), (True, False)),
            (Quirks(payment_moves_order=False, return_moves_order=True), (False, True)),
        ):
            panel = Panel(quirks=quirks)
            [serial] = place(panel)
            order = panel.sales.orders[serial]
            dates = [order.changed_at]
            panel.clock.advance(hours=1)
            panel.sales.pay(serial)
            dates.append(order.changed_at)
            panel.clock.advance(hours=1)
            panel.sales.give_back(serial, [(HAT, Decimal(1))])
            dates.append(order.changed_at)
            assert (dates[0] != dates[1], dates[1] != dates[2]) == moves


def _check_order(row: dict[str, Any], one: dict[str, Any]) -> None:
    details, client = one["orderDetails"], one["clientResult"]
    costs = details["payments"]["orderCurrency"]
    total = sum(Decimal(str(costs[name])) for name in costs if name.endswith("Cost"))
    assert row["total_gross_minor"] == total * 100
    assert row["currency"] == costs["currencyId"]
    assert row["status_original"] == details["orderStatus"]
    assert (row["email"] or "") == client["clientAccount"]["clientEmail"]
    assert row["customer_id"] == str(client["clientAccount"]["clientId"])
    delivery = client["clientDeliveryAddress"]
    assert row["country"] == delivery["clientDeliveryAddressCountryId"].upper()
    is_wanted = details["clientRequestInvoice"] in ("y", "e", "invoice", "e_invoice")
    assert row["has_invoice"] == is_wanted
    if row["status"] == "finished":
        assert row["finished_at"] is not None
        assert details["orderChangeDate"]


def _check_line(row: dict[str, Any], line: dict[str, Any]) -> None:
    units = Decimal(str(line["productQuantity"]))
    assert row["quantity"] == units
    assert row["gross_minor"] == units * Decimal(str(line["productOrderPrice"])) * 100
    assert row["net_minor"] == units * Decimal(str(line["productOrderPriceNet"])) * 100
    assert row["product_id"] == str(line["productId"])
    assert row["name"] == line["productName"]
