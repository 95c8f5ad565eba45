"""The fake IdoSell panel has a switch for each way the real one may be."""

import json
from collections.abc import Iterator
from typing import Literal

import pytest

from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel, Truth
from audsync.testing.idosell.records import Channel, Origin, Terms
from fakes.idosell_reader import ANNA, BY_SERIAL, Reader, five_orders, hat


@pytest.fixture
def panel() -> Panel:
    return five_orders()


@pytest.fixture(scope="module")
def lived() -> Iterator[FakeIdoSell]:
    panel = Panel()
    shop = LivingShop(panel, seed=11)
    shop.fill(orders=90, clients=50, products=20)
    for _ in range(6):
        shop.subscribe()
    shop.delete_client()
    trader, goods = shop.register(), panel.sales.orders[panel.sales.last_serial].lines
    panel.sales.place(trader, 2, goods, Terms(kind="t", rebate_percent=5))
    panel.sales.place(trader, 2, [])
    with FakeIdoSell(panel) as fake:
        yield fake


class TestQuirks:
    def test_nothing_is_written_in_many_ways(self, fake: FakeIdoSell, reader: Reader) -> None:
        shown = [one["orderDetails"] for one in reader.search().json()["Results"]]
        forms = {json.dumps(one["orderDispatchDate"]) for one in shown}
        assert forms == {"null", "0", '""', '"0000-00-00 00:00:00"'}
        assert all(one["auctionInfo"] == [] for one in shown)
        fake.panel.quirks.empty_map_is_list = False
        assert reader.search().json()["Results"][0]["orderDetails"]["auctionInfo"] == {}

    def test_whole_amounts_are_ints(self, fake: FakeIdoSell, reader: Reader) -> None:
        def net() -> str:
            line = reader.search().json()["Results"][0]["orderDetails"]["productsResults"][0]
            return json.dumps([line["productOrderPrice"], line["productOrderPriceNet"]])

        assert net() == "[12.3, 10]"
        fake.panel.quirks.whole_amounts_are_ints = False
        assert net() == "[12.3, 10.0]"

    def test_an_order_by_its_id_says_when_its_status_changed(self, reader: Reader) -> None:
        [one] = reader.get("orders/orders", ordersSerialNumbers="40001,99").json()["Results"]
        assert one["orderDetails"]["orderStatusChangeDate"] == "2026-06-01 10:01:00"
        found = reader.search(ordersSerialNumbers=[40_001]).json()["Results"][0]
        assert "orderStatusChangeDate" not in found["orderDetails"]

    def test_an_order_without_lines(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.panel.sales.change_lines(40_001, [])

        def shown() -> object:
            details = reader.search().json()["Results"][0]["orderDetails"]
            return details.get("productsResults", "absent")

        assert shown() is None
        fake.panel.quirks.no_lines = "absent"
        assert shown() == "absent"
        assert len(Truth(fake.panel, 2).order_lines) == 4

    def test_retail_is_what_is_searched_where_nothing_is_said(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        account = fake.panel.customers.accounts[9001]
        fake.panel.sales.place(account, 2, [], Terms(kind="p"))
        assert len(reader.search().json()["Results"]) == 6
        fake.panel.quirks.retail_by_default = True
        assert len(reader.search().json()["Results"]) == 5
        assert len(reader.search(orderType="wholesale").json()["Results"]) == 1

    def test_shops_may_be_named_by_a_mask(self, fake: FakeIdoSell, reader: Reader) -> None:
        account = fake.panel.customers.accounts[9001]
        fake.panel.sales.place(account, 1, [])
        source = {"shopsMask": 1, "shopsIds": [2]}
        assert len(reader.search(orderSource=source).json()["Results"]) == 1

    def test_an_empty_list_of_returns_is_a_fault_or_a_list(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        asked = {"range[date][date_begin]": "2026-06-01", "range[date][dates_type]": "date_add"}
        assert reader.get("returns/returns", **asked).status_code == 207
        fake.panel.quirks.empty_is_fault = False
        answer = reader.get("returns/returns", **asked)
        assert (answer.status_code, answer.json()["returns"]) == (200, [])
        assert reader.get("returns/returns").status_code == 207
        fake.panel.quirks.lists_need_a_filter = False
        assert reader.get("returns/returns").status_code == 200

    def test_a_fault_for_nothing_may_have_counters(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        assert [*reader.search(resultsPage=9).json()] == ["errors"]
        fake.panel.quirks.empty_has_counters = True
        assert reader.search(resultsPage=9).json()["resultsNumberAll"] == 5

    def test_newsletter_answers_take_their_other_forms(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.panel.customers.decide(9001, Channel.SMS, 2, given=True)
        fake.panel.quirks.newsletter_shops = "list"
        fake.panel.quirks.sms_approval = "date"
        [one] = reader.readers("sms")
        assert [answer["approval"] for answer in one["shops"]] == ["2026-06-01 10:05:00"]
        fake.panel.quirks.lists_undecided = False
        assert reader.readers("email") == []

    def test_the_crm_says_it_in_letters_booleans_or_dates(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.panel.customers.decide(9001, Channel.EMAIL, 2, given=True)
        forms = []
        asked: tuple[Literal["letter", "boolean", "date"], ...] = ("letter", "boolean", "date")
        for form in asked:
            fake.panel.quirks.crm_approval = form
            answer = reader.post("clients/crm/search", clientEmail="anna@example.com").json()
            [one] = answer["clientsResults"][0]["newsletterEmailApprovalsData"]
            forms.append(one["inNewsletterEmailApproval"])
        assert forms == ["y", True, "2026-06-01 10:05:00"]

    def test_unknown_fields_come_everywhere(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.panel.quirks.extra_fields = True
        fake.panel.catalogue.add(hat(1))
        records = [reader.search().json()["Results"], reader.clients(), reader.products()]
        assert all("x_added_lately" in some[0] for some in records)

    def test_deleted_products_are_found_by_who_asks_for_them(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        for number in (1, 2):
            fake.panel.catalogue.add(hat(number))
        fake.panel.catalogue.delete(1)
        ids = [one["productId"] for one in reader.products()]
        gone = reader.products(returnProducts="deleted", productParams=[{"productId": 2}])
        assert (ids, [one["productId"] for one in gone]) == ([2], [1])
        by_id = reader.get("products/products", productIds="1,2").json()["results"]
        assert len(by_id) == 2
        assert len(reader.products(productIds=[1])) == 1  # such a filter is not known

    def test_only_the_wanted_elements_of_products_come(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.panel.catalogue.add(hat(1, series="Grań"))
        [one] = reader.products(returnElements=["code", "series"])
        assert sorted(one) == ["productDisplayedCode", "productId", "productSeries"]

    def test_deleted_clients_may_stay_as_empty_shells(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.panel.customers.delete(9001)
        assert reader.clients() == []
        fake.panel.quirks.lists_deleted_clients = True
        [one] = reader.clients()
        assert (one["clientId"], one["clientEmail"]) == (9001, "")

    def test_a_repeated_parameter_counts_once(self, fake: FakeIdoSell, reader: Reader) -> None:
        for number in (1, 2):
            fake.panel.catalogue.add(hat(number))
        readings: tuple[tuple[Literal["last", "first"], int], ...] = (("last", 2), ("first", 1))
        for which, found in readings:
            fake.panel.quirks.repeated_array = which
            answer = reader.get("products/products", productIds=["1", "2"])
            assert [one["productId"] for one in answer.json()["results"]] == [found]

    def test_a_marketplace_order_names_it(self, fake: FakeIdoSell, reader: Reader) -> None:
        origin = Origin("marketplace", "Allegro", "allegro", "m-1")
        terms = Terms(origin=origin)
        order = fake.panel.sales.place_as_guest(2, "kupujacy@example.com", ANNA, [], terms)
        source = {"auctionsParams": {"auctionsServicesNames": ["allegro"]}}
        [one] = reader.search(orderSource=source).json()["Results"]
        assert one["orderSerialNumber"] == order.serial
        assert Truth(fake.panel, 2).marketplace_orders == {str(order.serial)}

    def test_the_load_and_the_clock_are_the_panels(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        assert reader.get("system/serverTime").json() == {"time": fake.panel.clock.now}
        assert reader.get("system/serverLoad").json() == {"serverLoadStatus": "normal"}
        fake.panel.quirks.is_overloaded = True
        assert reader.get("system/serverLoad").json() == {"serverLoadStatus": "overloaded"}


class TestEveryQuirk:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("lists_deleted_clients", True),
            ("lists_undecided", False),
            ("order_of_lists", 1),
            ("invoice_words", "live"),
            ("invoice_words", "documented"),
            ("no_dispatch", "null"),
            ("no_dispatch", "empty"),
            ("empty_map_is_list", False),
            ("newsletter_shops", "list"),
            ("sms_approval", "date"),
            ("no_lines", "list"),
            ("counts_are_text", False),
            ("whole_amounts_are_ints", False),
            ("country_case", "lower"),
            ("country_case", "upper"),
            ("guest_number", "zero"),
            ("guest_number", "empty"),
            ("some_dates_missing", True),
            ("birth_date_missing", "zero"),
            ("birth_date_missing", "absent"),
            ("source_name_missing", "null"),
            ("extra_fields", True),
            ("prices_after_rebate", False),
            ("costs_follow_settlement", True),
        ],
    )
    def test_it_shows_on_the_wire_and_goes_away_again(
        self, lived: FakeIdoSell, name: str, value: object
    ) -> None:
        before, usual = _shown(lived), getattr(lived.panel.quirks, name)
        setattr(lived.panel.quirks, name, value)
        changed = _shown(lived)
        setattr(lived.panel.quirks, name, usual)
        assert changed != before
        assert _shown(lived) == before


def _shown(fake: FakeIdoSell) -> list[str]:
    """The first page of each list, as text."""
    reader = Reader(fake)
    answers = [
        reader.post("orders/orders/search", ordersBy=BY_SERIAL),
        reader.get("clients/clients"),
        reader.post("clients/newsletter/email/search"),
        reader.post("clients/newsletter/sms/search"),
    ]
    reader.close()
    return [answer.text for answer in answers]
