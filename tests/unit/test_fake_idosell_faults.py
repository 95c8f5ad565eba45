"""The fake IdoSell panel fails as told: who may call, what breaks, where and how often."""

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import pytest
import requests

from audsync.testing.idosell import KEY, FakeIdoSell, Panel, Truth, faults
from audsync.testing.idosell.access import LOGIN, PASSWORD
from audsync.testing.idosell.faults import Fault
from audsync.testing.idosell.records import Address, Channel, Line, Origin, Product, Terms
from fakes.idosell_reader import BY_SERIAL, Reader

ANNA = Address("Anna", "Nowina", "Łódź", "90-001", phone="+44 7700 900123")
SEARCH = "orders/orders/search"


@pytest.fixture
def fake() -> Iterator[FakeIdoSell]:
    """A panel with five orders of one client."""
    panel = Panel()
    account = panel.customers.register(2, "anna@example.com", ANNA)
    for _ in range(5):
        panel.clock.advance(minutes=1)
        panel.sales.place(account, 2, [Line(1, "Czapka", Decimal(1), 1230, 1000)])
    with FakeIdoSell(panel) as fake:
        yield fake


@pytest.fixture
def reader(fake: FakeIdoSell) -> Iterator[Reader]:
    reader = Reader(fake)
    yield reader
    reader.close()


def search(reader: Reader, **params: Any) -> requests.Response:
    return reader.post(SEARCH, ordersBy=BY_SERIAL, **params)


class TestAccess:
    def test_a_wrong_key_is_refused(self, fake: FakeIdoSell) -> None:
        reader = Reader(fake, key="nobody's")
        answer = search(reader)
        assert answer.status_code == 401
        assert answer.headers["x-error"].encode("latin-1").decode() == "Nieprawidłowy klucz API"
        reader.close()

    def test_a_missing_scope_is_named(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.access.keys[KEY] = frozenset({"system", "crm"})
        assert reader.get("system/shopsData").status_code == 200
        answer = search(reader)
        assert answer.status_code == 403
        assert "Scope: oms, level: r" in answer.json()["errors"][0]["message"]
        assert "uprawnieÅ\x84" in answer.headers["x-error"]

    def test_a_key_for_other_hosts_is_refused(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.access.other_hosts_only = True
        assert search(reader).status_code == 403

    def test_a_token_is_good_for_an_hour(self, fake: FakeIdoSell) -> None:
        address = f"{fake.url}/api/authorize/1/authorize/accessToken"
        wrong = requests.post(address, auth=(LOGIN, "wrong"), json={}, timeout=30)
        assert wrong.status_code == 401
        answer = requests.post(address, auth=(LOGIN, PASSWORD), json={}, timeout=30).json()
        assert answer["expires_in"] == 3600

        def status() -> int:
            time = f"{fake.url}/api/admin/v8/system/serverTime"
            bearer = {"Authorization": f"Bearer {answer['access_token']}"}
            return requests.get(time, headers=bearer, timeout=30).status_code

        assert status() == 200
        fake.panel.clock.advance(hours=1)
        assert status() == 401

    def test_calls_beyond_the_quota_are_refused_and_counted(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.panel.quirks.quota = 2
        assert [search(reader).status_code for _ in range(3)] == [200, 200, 429]
        assert fake.calls == {SEARCH: 3}
        assert [call.status for call in fake.seen] == [200, 200, 429]

    def test_a_blocked_shop_says_so_by_the_code_of_its_endpoint(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.panel.quirks.is_blocked = True
        answers = [
            search(reader),
            reader.get("clients/clients"),
            reader.post("products/products/search"),
            reader.get("system/shopsData"),
            reader.get("products/brands"),
        ]
        assert [one.status_code for one in answers] == [207] * 5
        assert [one.json()["errors"]["faultCode"] for one in answers] == [4, 4, 5, 2, 2]


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "status", "is_json"),
        [
            (faults.http_error(500), 500, True),
            (faults.http_error(502, html=True), 502, False),
            (faults.html_page(), 200, False),
            (faults.truncated(), 200, False),
            (faults.fault_code(4), 207, True),
            (faults.fault_code(2, status=200), 200, True),
            (faults.other_json(["no", "object"]), 200, True),
        ],
    )
    def test_one_call_fails_and_the_next_does_not(
        self, fake: FakeIdoSell, reader: Reader, fault: Fault, status: int, *, is_json: bool
    ) -> None:
        fake.faults.plan(fault)
        answer = search(reader)
        assert answer.status_code == status
        assert _is_json(answer) == is_json
        assert "Results" not in (answer.json() if is_json else {})
        assert len(search(reader).json()["Results"]) == 5

    def test_too_many_requests_may_say_when_to_come_back(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.fail_next(429, retry_after=7)
        assert search(reader).headers["Retry-After"] == "7"
        fake.fail_next(429)
        assert "Retry-After" not in search(reader).headers

    @pytest.mark.parametrize("fault", [faults.reset(), faults.cut_off()])
    def test_a_connection_breaks(self, fake: FakeIdoSell, reader: Reader, fault: Fault) -> None:
        fake.faults.plan(fault)
        with pytest.raises(
            (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
        ):
            search(reader)
        assert search(reader).status_code == 200

    def test_a_slow_answer_is_the_right_one(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.faults.plan(faults.slow(0.2))
        answer = search(reader)
        assert answer.elapsed.total_seconds() >= 0.2
        assert len(answer.json()["Results"]) == 5

    def test_a_fault_may_wait_for_a_page_an_endpoint_and_a_count(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fault = faults.http_error(503)
        fake.faults.plan(fault, endpoint="orders/*", page=1, after=2, times=2)
        assert reader.get("clients/clients", resultsPage=1, resultsLimit=1).status_code == 207
        pages = [0, 1, 1, 1, 1, 1]
        statuses = [search(reader, resultsPage=n, resultsLimit=2).status_code for n in pages]
        assert statuses == [200, 200, 200, 503, 503, 200]
        assert fake.faults.is_empty

    def test_some_elements_have_errors(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.faults.plan(faults.element_errors(1, 3))
        answer = search(reader)
        assert answer.status_code == 207
        assert [bool(one["errors"]) for one in answer.json()["Results"]] == [
            False,
            True,
            False,
            True,
            False,
        ]

    def test_the_list_is_missing_or_the_count_is_off(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.faults.plan(faults.no_list())
        assert "Results" not in search(reader).json()
        fake.faults.plan(faults.other_count(3))
        assert search(reader).json()["resultsNumberAll"] == 8
        fake.faults.plan(faults.other_count(-1))
        wanted = {
            "range[date][date_begin]": "2026-06-01",
            "range[date][dates_type]": "date_add",
        }
        order = fake.panel.sales.orders[40_001]
        fake.panel.sales.give_back(order.serial, [(order.lines[0], Decimal(1))])
        fake.panel.sales.give_back(order.serial, [(order.lines[0], Decimal(1))])
        assert reader.get("returns/returns", **wanted).json()["results_number_all"] == "1"

    def test_filters_are_ignored(self, fake: FakeIdoSell, reader: Reader) -> None:
        wanted = {"orderSource": {"shopsIds": [1]}}
        assert search(reader, **wanted).status_code == 207
        fake.faults.plan(faults.ignored_filters())
        assert len(search(reader, **wanted).json()["Results"]) == 5

    def test_something_happens_between_two_pages(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        def window(page: int) -> list[int]:
            dates = {
                "ordersDateType": "modified",
                "ordersDateBegin": "2026-06-01 10:00:00",
                "ordersDateEnd": "2026-06-01 10:05:00",
            }
            asked = {"ordersRange": {"ordersDateRange": dates}}
            answer = search(reader, resultsPage=page, resultsLimit=2, **asked).json()
            return [one["orderSerialNumber"] for one in answer["Results"]]

        def change() -> None:
            fake.panel.clock.advance(hours=1)
            fake.panel.sales.note(40_001)

        fake.faults.plan(faults.event(change), page=1)
        assert [window(0), window(1)] == [[40_001, 40_002], [40_004, 40_005]]  # 40003 slips by

    def test_what_is_malformed_is_refused(self, reader: Reader) -> None:
        assert reader.raw(SEARCH, b'{"params": {').status_code == 422
        assert reader.get("orders/orders").status_code == 422
        many = ",".join(map(str, range(101)))
        assert reader.get("orders/orders", ordersSerialNumbers=many).status_code == 422


def _is_json(answer: requests.Response) -> bool:
    try:
        answer.json()
    except ValueError:
        return False
    return True


def product(product_id: int, **values: Any) -> Product:
    return Product(
        product_id,
        f"P-{product_id}",
        "Czapka",
        "Halny",
        12,
        4990,
        23,
        0,
        0,
        frozenset({2}),
        **values,
    )


class TestQuirks:
    def test_nothing_is_written_in_many_ways(self, fake: FakeIdoSell, reader: Reader) -> None:
        shown = [one["orderDetails"] for one in search(reader).json()["Results"]]
        forms = {json.dumps(one["orderDispatchDate"]) for one in shown}
        assert forms == {"null", "0", '""', '"0000-00-00 00:00:00"'}
        assert all(one["auctionInfo"] == [] for one in shown)
        fake.panel.quirks.empty_map_is_list = False
        assert search(reader).json()["Results"][0]["orderDetails"]["auctionInfo"] == {}

    def test_whole_amounts_are_ints(self, fake: FakeIdoSell, reader: Reader) -> None:
        def net() -> str:
            line = search(reader).json()["Results"][0]["orderDetails"]["productsResults"][0]
            return json.dumps([line["productOrderPrice"], line["productOrderPriceNet"]])

        assert net() == "[12.3, 10]"
        fake.panel.quirks.whole_amounts_are_ints = False
        assert net() == "[12.3, 10.0]"

    def test_an_order_by_its_id_says_when_its_status_changed(self, reader: Reader) -> None:
        [one] = reader.get("orders/orders", ordersSerialNumbers="40001,99").json()["Results"]
        assert one["orderDetails"]["orderStatusChangeDate"] == "2026-06-01 10:01:00"
        found = search(reader, ordersSerialNumbers=[40_001]).json()["Results"][0]
        assert "orderStatusChangeDate" not in found["orderDetails"]

    def test_an_order_without_lines(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.panel.sales.change_lines(40_001, [])

        def shown() -> object:
            details = search(reader).json()["Results"][0]["orderDetails"]
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
        assert len(search(reader).json()["Results"]) == 6
        fake.panel.quirks.retail_by_default = True
        assert len(search(reader).json()["Results"]) == 5
        assert len(search(reader, orderType="wholesale").json()["Results"]) == 1

    def test_shops_may_be_named_by_a_mask(self, fake: FakeIdoSell, reader: Reader) -> None:
        account = fake.panel.customers.accounts[9001]
        fake.panel.sales.place(account, 1, [])
        source = {"shopsMask": 1, "shopsIds": [2]}
        assert len(search(reader, orderSource=source).json()["Results"]) == 1

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
        assert [*search(reader, resultsPage=9).json()] == ["errors"]
        fake.panel.quirks.empty_has_counters = True
        assert search(reader, resultsPage=9).json()["resultsNumberAll"] == 5

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
        fake.panel.catalogue.add(product(1))
        records = [search(reader).json()["Results"], reader.clients(), reader.products()]
        assert all("x_added_lately" in some[0] for some in records)

    def test_deleted_products_are_found_by_who_asks_for_them(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        for number in (1, 2):
            fake.panel.catalogue.add(product(number))
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
        fake.panel.catalogue.add(product(1, series="Grań"))
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
            fake.panel.catalogue.add(product(number))
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
        [one] = search(reader, orderSource=source).json()["Results"]
        assert one["orderSerialNumber"] == order.serial
        assert Truth(fake.panel, 2).marketplace_orders == {str(order.serial)}

    def test_the_load_and_the_clock_are_the_panels(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        assert reader.get("system/serverTime").json() == {"time": fake.panel.clock.now}
        assert reader.get("system/serverLoad").json() == {"serverLoadStatus": "normal"}
        fake.panel.quirks.is_overloaded = True
        assert reader.get("system/serverLoad").json() == {"serverLoadStatus": "overloaded"}


class TestRoutes:
    @pytest.mark.parametrize(
        ("method", "path", "params", "key"),
        [
            ("POST", "orders/unfinished/search", {}, "Results"),
            ("GET", "orders/statuses", {}, "statuses"),
            ("GET", "orders/history", {"orderSerialNumber": 40_001}, "historyEvents"),
            ("GET", "orders/documents", {"orderSerialNumber": 40_001}, "documents"),
            ("GET", "orders/analytics", {"orderSerialNumber": 40_001}, "results"),
            ("GET", "orders/profitability", {"orderSerialNumber": 40_001}, "results"),
            ("GET", "orders/auctionDetails", {"orders": "40001"}, "results"),
            ("POST", "orders/opinions/search", {}, None),
            ("GET", "clients/clients", {}, "results"),
            ("POST", "clients/crm/search", {}, "clientsResults"),
            ("POST", "clients/newsletter/email/search", {}, "clients"),
            ("POST", "clients/newsletter/sms/search", {}, "clients"),
            ("GET", "clients/deliveryAddress", {"clientIds": "9001"}, "results"),
            ("GET", "clients/payerAddress", {"clientId": 9001}, "payerAddressesResults"),
            ("GET", "clients/tags", {"clientId": 9001}, "results"),
            ("GET", "discounts/groups", {}, "groups"),
            ("GET", "discounts/groups/clients", {"discountGroupId": 0}, "result"),
            ("GET", "clients/prices/discountGroups", {}, "results"),
            ("GET", "clients/prices/discounts", {}, "results"),
            ("GET", "clients/pricelists", {}, "result"),
            ("GET", "clients/pricelists/clients", {"priceListId": 1}, "result"),
            ("GET", "clients/profitPoints", {}, "clientsProfitPointsResults"),
            ("GET", "clients/membershipCards", {"id": 9001}, None),
            ("GET", "clients/provinceList", {"country_code": "pl"}, "results"),
            ("POST", "products/products/search", {}, "results"),
            ("GET", "products/brands", {}, "producers"),
            ("GET", "products/series", {}, "series"),
            ("GET", "products/categories", {}, "categories"),
            ("POST", "products/categoriesIdosell/search", {}, "categoriesIdoSell"),
            ("POST", "products/parameters/search", {}, "parametersResult"),
            ("GET", "sizes/sizes", {}, "size_groups"),
            ("GET", "returns/returns", {"order_sn": 40_001}, "returns"),
            ("GET", "returns/statuses", {}, "statuses"),
            ("GET", "rma/rma", {"creationDate[dateFrom]": "2026-06-01"}, "rmas"),
            ("GET", "rma/statuses", {}, "statuses"),
            ("GET", "payments/payments", {"paymentNumber": "40002-1"}, "result"),
            ("GET", "payments/forms", {}, "result"),
            ("GET", "refunds/retrieveRefundsList", {"page": 1}, "result"),
            ("GET", "vouchers/vouchers", {"status": "all"}, None),
            ("GET", "vouchers/types", {}, "vouchersTypes"),
            ("POST", "clients/giftcards/search", {}, None),
            ("GET", "system/shopsData", {}, "shops"),
            ("GET", "system/config", {}, "shops"),
            ("GET", "system/currencies", {}, "currencies"),
            ("GET", "shops/currencies", {}, "shops"),
            ("GET", "shops/languages", {}, "shops"),
        ],
    )
    def test_each_call_answers_with_its_own_key(
        self,
        fake: FakeIdoSell,
        reader: Reader,
        method: str,
        path: str,
        params: dict[str, Any],
        key: str | None,
    ) -> None:
        panel = fake.panel
        panel.catalogue.add(product(1, parameters={"Sezon": "zima"}))
        panel.sales.set_status(40_001, "complainted")
        panel.sales.pay(40_002)
        order = panel.sales.orders[40_001]
        panel.sales.give_back(order.serial, [(order.lines[0], Decimal(1))])
        answer = (reader.post if method == "POST" else reader.get)(path, **params)
        if key is None:
            assert (answer.status_code, answer.json()["errors"]["faultCode"]) == (207, 2)
            return
        assert answer.status_code == 200, answer.text
        assert len(answer.json()[key]) > 0 or path.startswith(
            ("clients/tags", "orders/auction", "refunds")
        )


def test_a_panel_in_a_process_of_its_own_does_as_it_is_told() -> None:
    command = [sys.executable, "-m", "audsync.testing.idosell", "--orders", "30"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def say(line: str) -> dict[str, Any]:
            process.stdin.write(f"{line}\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            told: dict[str, Any] = json.loads(process.stdout.readline())  # type: ignore[union-attr]
            return told

        served = json.loads(process.stdout.readline())
        address = f"{served['url']}/api/admin/v8/system/serverTime"
        before = requests.get(address, headers={"X-API-KEY": served["key"]}, timeout=30).json()
        told = say("advance 60")
        assert told == {"calls": {"system/serverTime": 1}, "now": before["time"] + 60}
        assert "error" in say("dance")
        assert say("happen 5")["now"] >= told["now"]
        process.stdin.close()
        assert process.wait(30) == 0
