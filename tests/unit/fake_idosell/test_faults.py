"""The fake IdoSell panel fails as told: who may call, what breaks, where and how often."""

from contextlib import suppress
from decimal import Decimal

import pytest
import requests

from audsync.testing.idosell import KEY, FakeIdoSell, Panel, faults
from audsync.testing.idosell.access import LOGIN, PASSWORD
from audsync.testing.idosell.faults import Fault
from fakes.idosell_reader import SEARCH, Reader, five_orders


@pytest.fixture
def panel() -> Panel:
    return five_orders()


class TestAccess:
    def test_a_wrong_key_is_refused(self, fake: FakeIdoSell) -> None:
        reader = Reader(fake, key="nobody's")
        answer = reader.search()
        assert answer.status_code == 401
        assert answer.headers["x-error"].encode("latin-1").decode() == "Nieprawidłowy klucz API"
        reader.close()

    def test_a_missing_scope_is_named(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.access.keys[KEY] = frozenset({"system", "crm"})
        assert reader.get("system/shopsData").status_code == 200
        answer = reader.search()
        assert answer.status_code == 403
        assert "Scope: oms, level: r" in answer.json()["errors"][0]["message"]
        assert "uprawnieÅ\x84" in answer.headers["x-error"]

    def test_a_key_for_other_hosts_is_refused(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.access.other_hosts_only = True
        assert reader.search().status_code == 403

    def test_a_token_is_good_for_an_hour(self, fake: FakeIdoSell) -> None:
        address = f"{fake.url}/api/authorize/1/authorize/accessToken"
        wrong = requests.post(address, auth=(LOGIN, "wrong"), json={}, timeout=60)
        assert wrong.status_code == 401
        answer = requests.post(address, auth=(LOGIN, PASSWORD), json={}, timeout=60).json()
        assert answer["expires_in"] == 3600

        def status() -> int:
            time = f"{fake.url}/api/admin/v8/system/serverTime"
            bearer = {"Authorization": f"Bearer {answer['access_token']}"}
            return requests.get(time, headers=bearer, timeout=60).status_code

        assert status() == 200
        fake.panel.clock.advance(hours=1)
        assert status() == 401

    def test_calls_beyond_the_quota_are_refused_and_counted(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.panel.quirks.quota = 2
        assert [reader.search().status_code for _ in range(3)] == [200, 200, 429]
        assert fake.calls == {SEARCH: 3}
        assert [call.status for call in fake.seen] == [200, 200, 429]

    def test_a_blocked_shop_says_so_by_the_code_of_its_endpoint(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.panel.quirks.is_blocked = True
        answers = [
            reader.search(),
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
        answer = reader.search()
        assert answer.status_code == status
        assert _is_json(answer) == is_json
        assert "Results" not in (answer.json() if is_json else {})
        assert len(reader.search().json()["Results"]) == 5

    def test_too_many_requests_may_say_when_to_come_back(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fake.fail_next(429, retry_after=7)
        assert reader.search().headers["Retry-After"] == "7"
        fake.fail_next(429)
        assert "Retry-After" not in reader.search().headers

    @pytest.mark.parametrize("fault", [faults.reset(), faults.cut_off()])
    def test_a_connection_breaks(self, fake: FakeIdoSell, reader: Reader, fault: Fault) -> None:
        fake.faults.plan(fault)
        with pytest.raises(
            (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
        ):
            reader.search()
        assert reader.search().status_code == 200

    def test_a_slow_answer_is_the_right_one(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.faults.plan(faults.slow(0.2))
        answer = reader.search()
        assert answer.elapsed.total_seconds() >= 0.2
        assert len(answer.json()["Results"]) == 5

    def test_a_slow_body_is_the_right_one(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.faults.plan(faults.slow_body(0.2))
        assert len(reader.search().json()["Results"]) == 5

    def test_a_fault_may_wait_for_a_page_an_endpoint_and_a_count(
        self, fake: FakeIdoSell, reader: Reader
    ) -> None:
        fault = faults.http_error(503)
        fake.faults.plan(fault, endpoint="orders/*", page=1, after=2, times=2)
        assert reader.get("clients/clients", resultsPage=1, resultsLimit=1).status_code == 207
        pages = [0, 1, 1, 1, 1, 1]
        statuses = [reader.search(resultsPage=n, resultsLimit=2).status_code for n in pages]
        assert statuses == [200, 200, 200, 503, 503, 200]
        assert fake.faults.is_empty

    def test_some_elements_have_errors(self, fake: FakeIdoSell, reader: Reader) -> None:
        fake.faults.plan(faults.element_errors(1, 3))
        answer = reader.search()
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
        assert "Results" not in reader.search().json()
        fake.faults.plan(faults.other_count(3))
        assert reader.search().json()["resultsNumberAll"] == 8
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
        assert reader.search(**wanted).status_code == 207
        fake.faults.plan(faults.ignored_filters())
        assert len(reader.search(**wanted).json()["Results"]) == 5

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
            answer = reader.search(resultsPage=page, resultsLimit=2, **asked).json()
            return [one["orderSerialNumber"] for one in answer["Results"]]

        def change() -> None:
            fake.panel.clock.advance(hours=1)
            fake.panel.sales.note(40_001)

        fake.faults.plan(faults.event(change), page=1)
        assert [window(0), window(1)] == [[40_001, 40_002], [40_004, 40_005]]  # 40003 slips by

    def test_an_event_that_fails_fails_the_test(self) -> None:
        def fail() -> None:
            raise ValueError("a mistake of the test")

        def search() -> None:
            with FakeIdoSell(five_orders()) as fake:
                fake.faults.plan(faults.event(fail))
                reader = Reader(fake)
                with suppress(requests.ConnectionError):
                    reader.search()
                reader.close()

        with pytest.raises(ValueError, match="a mistake"):
            search()

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
