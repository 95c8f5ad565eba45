"""The fake IdoSell panel: pages, windows, access, and that wire and truth tell one story."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel, Quirks, Truth
from audsync.testing.idosell.records import Channel, Line, Terms
from fakes.idosell_reader import ANNA, BY_SERIAL, Reader

ROPE = Line(31, "Linka", Decimal("1.5"), 2460, 2000)
HAT = Line(12, "Czapka", Decimal(2), 4990, 4057, size="M")


@pytest.fixture
def panel() -> Panel:
    return Panel()


@pytest.fixture
def fake(panel: Panel) -> Iterator[FakeIdoSell]:
    with FakeIdoSell(panel) as fake:
        yield fake


@pytest.fixture
def reader(fake: FakeIdoSell) -> Iterator[Reader]:
    reader = Reader(fake)
    yield reader
    reader.close()


def test_the_example_of_the_docs_runs() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "test-against-a-fake-idosell.md"
    [example] = re.findall(
        r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(compile(example, page.name, "exec"), {})  # noqa: S102 -- it is our own page


def place(panel: Panel, count: int = 1, **terms: Any) -> list[int]:
    """Serial numbers of so many orders of shop 2, one minute apart."""
    account = panel.customers.register(2, "anna@example.com", ANNA)
    serials = []
    for _ in range(count):
        panel.clock.advance(minutes=1)
        order = panel.sales.place(account, 2, [HAT, ROPE], Terms(**terms))
        serials.append(order.serial)
    return serials


def serials(answer: Any) -> list[int]:
    return [one["orderSerialNumber"] for one in answer.json()["Results"]]


def modified(begin: str, end: str | None = None) -> dict[str, Any]:
    asked = {"ordersDateType": "modified", "ordersDateBegin": begin}
    if end is not None:
        asked["ordersDateEnd"] = end
    return {"ordersRange": {"ordersDateRange": asked}, "ordersBy": BY_SERIAL}


class TestPages:
    def test_the_first_page_is_page_zero_and_the_one_after_the_last_a_fault(
        self, panel: Panel, reader: Reader
    ) -> None:
        made = place(panel, 7)
        pages = [
            reader.post(
                "orders/orders/search", ordersBy=BY_SERIAL, resultsPage=page, resultsLimit=3
            )
            for page in range(4)
        ]
        assert [serial for page in pages[:3] for serial in serials(page)] == made
        first = pages[0].json()
        assert (first["resultsNumberAll"], first["resultsNumberPage"]) == (7, 3)
        assert pages[3].status_code == 207
        assert pages[3].json()["errors"]["faultCode"] == 2
        assert "Results" not in pages[3].json()

    def test_a_limit_over_a_hundred_gives_a_hundred(self, panel: Panel, reader: Reader) -> None:
        place(panel, 101)
        answer = reader.post("orders/orders/search", resultsLimit=5000)
        assert len(serials(answer)) == 100

    def test_without_a_sort_pages_overlap(self, panel: Panel, reader: Reader) -> None:
        made = place(panel, 60)
        seen = [
            serial
            for page in range(6)
            for serial in serials(
                reader.post("orders/orders/search", resultsPage=page, resultsLimit=10)
            )
        ]
        assert len(seen) == 60
        assert sorted(seen) != made

    def test_newsletters_and_returns_page_in_the_other_words(
        self, panel: Panel, reader: Reader
    ) -> None:
        for number in range(5):
            panel.customers.subscribe(Channel.EMAIL, f"gast{number}@example.com", 2)
        path = "clients/newsletter/email/search"
        answer = reader.post(path, results_page=1, results_limit=3).json()
        assert len(answer["clients"]) == 2
        assert (answer["results_number_all"], answer["results_number_page"]) == ("5", 2)
        ignored = reader.post(path, resultsPage=1, resultsLimit=3).json()
        assert len(ignored["clients"]) == 5

    def test_filters_outside_params_are_ignored(self, panel: Panel, reader: Reader) -> None:
        place(panel, 3)
        body = b'{"ordersStatuses": ["finished"]}'
        assert len(serials(reader.raw("orders/orders/search", body))) == 3
        found = reader.post("orders/orders/search", ordersStatuses=["finished"])
        assert found.status_code == 207

    def test_a_filter_of_another_shape_finds_everything(
        self, panel: Panel, reader: Reader
    ) -> None:
        panel.customers.subscribe(Channel.EMAIL, "gast@example.com", 1)
        panel.customers.subscribe(Channel.EMAIL, "host@example.com", 2)
        assert len(reader.readers("email", shops=[{"shop_id": 2}])) == 1
        assert len(reader.readers("email", shops={"shop_id": 2})) == 2


class TestWindows:
    def test_both_ends_of_a_window_belong_to_it(self, panel: Panel, reader: Reader) -> None:
        made = place(panel, 3)  # at 10:01, 10:02 and 10:03 in Warsaw
        window = modified("2026-06-01 10:02:00", "2026-06-01 10:03:00")
        assert serials(reader.post("orders/orders/search", **window)) == made[1:]
        panel.quirks.end_is_inclusive = False
        assert serials(reader.post("orders/orders/search", **window)) == made[1:2]

    def test_a_window_is_in_the_wall_time_of_the_panel(
        self, panel: Panel, reader: Reader
    ) -> None:
        made = place(panel)
        in_utc = modified("2026-06-01 08:00:00", "2026-06-01 08:59:59")
        assert reader.post("orders/orders/search", **in_utc).status_code == 207
        panel.clock.timezone = "UTC"
        assert serials(reader.post("orders/orders/search", **in_utc)) == made

    def test_an_hour_that_occurs_twice_is_one_window(
        self, panel: Panel, reader: Reader
    ) -> None:
        panel.clock.now = int(datetime(2026, 10, 25, 0, 29, tzinfo=UTC).timestamp())
        made = place(panel)  # 02:30 in summer time
        panel.clock.advance(hours=1)
        made += place(panel)  # 02:31 an hour later
        window = modified("2026-10-25 02:30:00", "2026-10-25 02:31:00")
        assert serials(reader.post("orders/orders/search", **window)) == made

    def test_an_hour_that_does_not_occur_hides_nothing(
        self, panel: Panel, reader: Reader
    ) -> None:
        panel.clock.now = int(datetime(2026, 3, 29, 1, 9, tzinfo=UTC).timestamp())
        made = place(panel)  # 03:10, ten minutes after 01:59
        window = modified("2026-03-29 02:30:00", "2026-03-29 03:30:00")
        assert serials(reader.post("orders/orders/search", **window)) == made

    def test_a_day_as_the_end_is_its_midnight_or_its_last_second(
        self, panel: Panel, reader: Reader
    ) -> None:
        made = place(panel)
        window = modified("2026-05-01", "2026-06-01")
        assert reader.post("orders/orders/search", **window).status_code == 207
        panel.quirks.end_of_day = True
        assert serials(reader.post("orders/orders/search", **window)) == made

    def test_a_changed_order_leaves_its_window(self, panel: Panel, reader: Reader) -> None:
        made = place(panel, 2)
        window = modified("2026-06-01 10:00:00", "2026-06-01 10:30:00")
        panel.clock.advance(hours=1)
        panel.sales.note(made[0])
        assert serials(reader.post("orders/orders/search", **window)) == made[1:]

    def test_products_are_told_by_the_day(self, panel: Panel, reader: Reader) -> None:
        shop = LivingShop(panel)
        shop.stock()
        dates = {
            "productDateMode": "modified",
            "productDateBegin": "2026-06-01 23:00:00",
            "productDateEnd": "2026-06-01 23:30:00",
        }
        assert len(reader.products(productDate=dates)) == 1


class TestVersions:
    def test_old_versions_say_get_and_new_ones_search(
        self, panel: Panel, fake: FakeIdoSell
    ) -> None:
        place(panel)
        for major in (3, 4, 5, 6, 7, 8):
            reader = Reader(fake, major=major)
            verb, other = ("get", "search") if major < 5 else ("search", "get")
            assert reader.post(f"orders/orders/{verb}").status_code == 200
            assert reader.post(f"orders/orders/{other}").status_code == 404
            known = reader.get("orders/statuses").status_code
            assert known == (200 if major >= 7 else 404)
            reader.close()
        reader = Reader(fake, major=9)
        assert reader.get("clients/clients").status_code == 404
        reader.close()


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
