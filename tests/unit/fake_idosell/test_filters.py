"""Each filter of the fake IdoSell panel finds what it should, and nothing else."""

from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from audsync.testing.idosell import FakeIdoSell, Panel, Reading, Truth
from audsync.testing.idosell.records import Address, Channel, Line, Origin, Terms
from fakes.idosell_reader import ANNA, Reader, hat

EWA = Address("Ewa", "Wrona", "Brno", "602 00", "CZ", tax_number="0000000000")
CAP = Line(1, "Czapka", Decimal(3), 1230, 1000)
ROPE = Line(2, "Linka", Decimal(1), 2460, 2000)
FIRST, SECOND, THIRD = 40_001, 40_002, 40_003


@pytest.fixture
def panel() -> Panel:
    """Three orders an hour apart from 10:00 on: Anna's, Ewa's, and Anna's in shop 1."""
    panel = Panel()
    anna = panel.customers.register(2, "anna@example.com", ANNA, login="anna")
    ewa = panel.customers.register(2, "ewa@example.com", EWA, login="ewa")
    panel.sales.place(anna, 2, [CAP], Terms(discount_code="ZIMA", invoice="e"))
    panel.clock.advance(hours=1)
    market = Origin("marketplace", "Allegro", "allegro", "m-7")
    panel.sales.place(ewa, 2, [ROPE], Terms("EUR", "p", delivery_cost=1230, origin=market))
    panel.clock.advance(hours=1)
    panel.sales.place(anna, 1, [CAP, ROPE])
    panel.sales.pay(FIRST)
    panel.clock.advance(hours=1)
    panel.sales.set_status(SECOND, "finished")
    return panel


def dates(kind: str, begin: str, end: str) -> dict[str, Any]:
    asked = {
        "ordersDateType": kind,
        "ordersDateBegin": f"2026-06-01 {begin}:00",
        "ordersDateEnd": f"2026-06-01 {end}:00",
    }
    return {"ordersRange": {"ordersDateRange": asked}}


CHANGED = "clientsLastModificationDate"
NUMBERED = {"ordersSerialNumberBegin": SECOND, "ordersSerialNumberEnd": THIRD}
BOTH = {
    **dates("add", "10:30", "11:30")["ordersRange"]["ordersDateRange"],
    "ordersDatesTypes": [{"ordersDatesType": "payment"}],
}


class TestOrders:
    @pytest.mark.parametrize(
        ("params", "found"),
        [
            ({}, [FIRST, SECOND, THIRD]),
            (dates("add", "10:00", "10:59"), [FIRST]),
            (dates("dispatch", "10:00", "23:00"), [SECOND]),
            (dates("payment", "10:00", "23:00"), [FIRST]),
            (dates("modified", "12:00", "12:30"), [FIRST, THIRD]),
            (dates("no such date", "12:00", "12:30"), [FIRST, SECOND, THIRD]),
            (
                {
                    "ordersRange": {
                        "ordersDateRange": {**BOTH, "ordersDateEnd": "2026-06-01 12:00:00"}
                    }
                },
                [FIRST, SECOND, THIRD],
            ),
            ({"ordersRange": {"ordersDateRange": BOTH}}, [SECOND]),
            ({"ordersRange": {"ordersSerialNumberRange": NUMBERED}}, [SECOND, THIRD]),
            ({"ordersSerialNumbers": [THIRD, FIRST]}, [FIRST, THIRD]),
            ({"ordersIds": ["anna-2"]}, [THIRD]),
            ({"ordersStatuses": ["finished"]}, [SECOND]),
            ({"ordersStatusesIds": [12]}, [SECOND]),
            ({"orderSource": {"shopsIds": [1]}}, [THIRD]),
            (
                {"orderSource": {"auctionsParams": {"auctionsServicesNames": ["allegro"]}}},
                [SECOND],
            ),
            ({"orderType": "wholesale"}, [SECOND]),
            ({"orderType": "retail"}, [FIRST, THIRD]),
            ({"clients": [{"clientLogin": "ewa"}]}, [SECOND]),
            ({"clients": [{"clientEmail": "anna@example.com"}]}, [FIRST, THIRD]),
            ({"clients": [{"clientNip": "0000000000"}]}, [SECOND]),
            ({"campaign": {"discountCodes": ["ZIMA"]}}, [FIRST]),
            ({"clientRequestInvoice": "e"}, [FIRST]),
            ({"orderCurrency": "EUR"}, [SECOND]),
            ({"orderPrepaidStatus": "unpaid"}, [SECOND, THIRD]),
            ({"limit": 1, "modifiedSince": "2026-06-01"}, [FIRST, SECOND, THIRD]),
        ],
    )
    def test_a_search_finds(
        self, reader: Reader, params: dict[str, Any], found: list[int]
    ) -> None:
        answer = reader.search(**params)
        assert [one["orderSerialNumber"] for one in answer.json()["Results"]] == found

    @pytest.mark.parametrize(
        ("key", "order"),
        [
            ("order_time", [THIRD, SECOND, FIRST]),
            ("id", [SECOND, THIRD, FIRST]),
            ("order_value", [THIRD, FIRST, SECOND]),
            ("status", [FIRST, THIRD, SECOND]),
        ],
    )
    def test_a_search_is_sorted(self, reader: Reader, key: str, order: list[int]) -> None:
        sorts = [{"elementName": key, "sortDirection": "DESC"}]
        answer = reader.post("orders/orders/search", ordersBy=sorts).json()
        assert [one["orderSerialNumber"] for one in answer["Results"]] == order

    def test_closed_orders_are_not_unfinished(self, reader: Reader) -> None:
        sorts = [{"elementName": "sn"}]
        answer = reader.post("orders/unfinished/search", ordersBy=sorts).json()
        assert [one["orderSerialNumber"] for one in answer["Results"]] == [FIRST, THIRD]

    @pytest.mark.parametrize(
        ("ids", "found"),
        [
            ({"ordersIds": "anna-1,ewa-1"}, [FIRST, SECOND]),
            ({"orderExternalId": "m-7"}, [SECOND]),
        ],
    )
    def test_orders_by_other_ids(
        self, reader: Reader, ids: dict[str, str], found: list[int]
    ) -> None:
        answer = reader.get("orders/orders", **ids).json()
        assert [one["orderSerialNumber"] for one in answer["Results"]] == found


class TestPeople:
    @pytest.mark.parametrize(
        ("params", "found"),
        [
            ({"clientsIds": "9002,9999"}, ["ewa"]),
            ({"shopId": 1}, ["anna"]),
            (
                {"clientRegistrationDate[clientRegistrationDateEnd]": "2026-06-01"},
                ["anna", "ewa"],
            ),
            (
                {"clientLastPurchaseDate[clientLastPurchaseDateBegin]": "2026-06-01 12:00:00"},
                ["anna"],
            ),
            (
                {f"{CHANGED}[{CHANGED}End]": "2026-06-01 10:00:00"},
                ["ewa"],
            ),
        ],
    )
    def test_accounts(self, reader: Reader, params: dict[str, Any], found: list[str]) -> None:
        assert sorted(one["clientLogin"] for one in reader.clients(**params)) == found

    @pytest.mark.parametrize(
        ("params", "found"),
        [
            ({"clientEmail": "example.com"}, ["anna", "ewa"]),
            ({"clientEmail": "ewa@example.com", "settingsExactSearch": True}, ["ewa"]),
            ({"clientLogin": "ann"}, ["anna"]),
            ({"searchByShops": {"shopsIds": [1]}}, ["anna"]),
            (
                {"clientRegistrationDate": {"clientRegistrationDateBegin": "2026-06-01"}},
                ["anna", "ewa"],
            ),
        ],
    )
    def test_crm(self, reader: Reader, params: dict[str, Any], found: list[str]) -> None:
        answer = reader.post("clients/crm/search", **params).json()
        assert sorted(one["clientLogin"] for one in answer["clientsResults"]) == found

    def test_crm_of_old_versions_is_asked_by_a_query(self, panel: Panel) -> None:
        with FakeIdoSell(panel) as fake:
            reader = Reader(fake, major=4)
            answer = reader.get("clients/crm", clientLogin="ewa").json()
            assert [one["clientId"] for one in answer["clientsResults"]] == [9002]
            reader.close()

    def test_newsletters_by_answer_account_and_date(self, panel: Panel, reader: Reader) -> None:
        panel.customers.decide(9001, Channel.EMAIL, 2, given=True)
        panel.clock.advance(hours=1)
        panel.customers.subscribe(Channel.EMAIL, "gast@example.com", 2)

        def found(**params: Any) -> list[str]:
            return sorted(
                one["login"] or one["email"] for one in reader.readers("email", **params)
            )

        assert found() == ["anna", "ewa", "gast@example.com"]
        assert found(shops=[{"shop_id": 2, "approval": "y"}]) == ["anna", "gast@example.com"]
        assert found(shops=[{"shop_id": 2, "registered": "n"}]) == ["gast@example.com"]
        assert found(date={"from": "2026-06-01 13:30:00"}) == ["gast@example.com"]
        assert found(date={"to": "2026-06-01 13:30:00"}) == ["anna"]


class TestGoods:
    @pytest.mark.parametrize(
        ("params", "found"),
        [
            ({"productParams": [{"productId": 2}]}, [2]),
            ({"productIndexes": [{"productIndex": "P-1"}]}, [1]),
            ({"productShops": [{"shopId": 1}]}, []),
            ({"searchByShops": {"shopsIds": [2]}}, [1, 2]),
            ({"categories": [{"categoryId": 12}]}, [1, 2]),
            (
                {"productDate": {"productDateMode": "added", "productDateEnd": "2026-06-01"}},
                [1],
            ),
            (
                {"productDate": {"productDateMode": "none", "productDateEnd": "2026-06-01"}},
                [1, 2],
            ),
            ({"ordersBy": [{"elementName": "id", "sortDirection": "DESC"}]}, [2, 1]),
            ({"ordersBy": [{"elementName": "code", "sortDirection": "ASC"}]}, [1, 2]),
        ],
    )
    def test_products(
        self, panel: Panel, reader: Reader, params: dict[str, Any], found: list[int]
    ) -> None:
        panel.catalogue.add(hat(1))
        panel.clock.advance(days=1)
        panel.catalogue.add(hat(2))
        ids = [one["productId"] for one in reader.products(**params)]
        assert ids == found if "ordersBy" in params else sorted(ids) == found

    @pytest.mark.parametrize(
        ("params", "found"),
        [
            ({"order_sn": SECOND}, [702]),
            ({"return_ids": "701,702"}, [701, 702]),
            ({"status": "1"}, [702]),
            (
                {
                    "range[date][date_begin]": "2026-06-02",
                    "range[date][dates_type]": "date_add",
                },
                [702],
            ),
            (
                {
                    "range[date][date_begin]": "2026-06-01",
                    "range[date][dates_type]": "date_end",
                },
                [701],
            ),
            (
                {"range[date][date_begin]": "2026-06-02", "range[date][dates_type]": "edited"},
                [701, 702],
            ),
        ],
    )
    def test_returns(
        self, panel: Panel, reader: Reader, params: dict[str, Any], found: list[int]
    ) -> None:
        panel.sales.give_back(FIRST, [(CAP, Decimal(2))])
        panel.sales.settle_return(701, 11)
        panel.clock.advance(days=1)
        panel.sales.give_back(SECOND, [(ROPE, Decimal(1))])
        answer = reader.get("returns/returns", **params).json()
        assert sorted(one["id"] for one in answer["returns"]) == found


class TestReadings:
    def test_finished_at_is_the_dispatch_or_the_change_of_status(self, panel: Panel) -> None:
        panel.clock.advance(days=1)
        panel.sales.set_status(SECOND, "finished_ext")
        sent = Truth(panel, 2).orders[1]["finished_at"]
        changed = Truth(panel, 2, Reading(finished="status_change")).orders[1]["finished_at"]
        assert (sent.day, changed.day) == (1, 2)
        assert sent.tzinfo is UTC

    def test_what_was_fetched_is_finished_by_its_last_change(self, panel: Panel) -> None:
        panel.sales.set_status(FIRST, "finished", is_sent=False)
        panel.clock.advance(days=1)
        panel.sales.note(FIRST)
        assert Truth(panel, 2).orders[0]["finished_at"].day == 2

    def test_a_return_counts_from_its_end_or_from_when_it_was_added(self, panel: Panel) -> None:
        panel.sales.give_back(FIRST, [(CAP, Decimal(2))])
        panel.clock.advance(days=3)
        panel.sales.settle_return(701, 11)
        assert Truth(panel, 2).returns[0]["returned_at"].day == 4
        assert Truth(panel, 2, Reading(returned="add")).returns[0]["returned_at"].day == 1
        panel.sales.settle_return(701, 3)
        assert Truth(panel, 2).returns == []

    def test_a_deleted_product_is_told_apart(self, panel: Panel) -> None:
        for number in (1, 2):
            panel.catalogue.add(hat(number))
        panel.catalogue.delete(1)
        truth = Truth(panel, 2)
        assert [row["product_id"] for row in truth.products] == ["2"]
        assert truth.deleted_products == {"1"}

    def test_rates_are_of_one_unit(self, panel: Panel) -> None:
        assert Truth(panel, 2).rates == {
            "PLN": 1,
            "EUR": Decimal("4.2573"),
            "CZK": Decimal("0.171045"),
        }
