"""Records of the panel as rows: what each value becomes, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audsync.contracts import Page
from audsync_source_idosell import cells
from audsync_source_idosell.cells import BadCellError
from audsync_source_idosell.orders import Orders
from audsync_source_idosell.products import Products
from audsync_source_idosell.returns import Returns
from audsync_source_idosell.spans import Span

WARSAW = ZoneInfo("Europe/Warsaw")


def order(**details: Any) -> dict[str, Any]:
    """An order as the panel writes it."""
    return {
        "orderId": "ana@example.com-3",
        "orderSerialNumber": 48213,
        "errors": [],
        "clientResult": {
            "clientAccount": {
                "clientId": 9071,
                "clientLogin": "ana@example.com",
                "clientEmail": "ana@example.com",
                "clientPhone1": "",
            },
            "clientBillingAddress": {
                "clientFirstName": "Ana",
                "clientLastName": "Testowa",
                "clientPhone1": "+44 7700 900123",
            },
            "clientDeliveryAddress": {
                "clientDeliveryAddressZipCode": "31-002",
                "clientDeliveryAddressCity": "Kraków",
                "clientDeliveryAddressCountryId": "pl",
                "clientDeliveryAddressCountry": "Polska",
            },
        },
        "orderDetails": {
            "orderStatus": "finished",
            "orderAddDate": "2026-03-02 18:41:07",
            "orderChangeDate": "2026-03-04 09:12:55",
            "orderDispatchDate": "2026-03-03 15:20:00",
            "clientRequestInvoice": "e_invoice",
            "discountCode": {"campaignId": "14", "discountCodeName": "WIOSNA10"},
            "payments": {
                "orderCurrency": {
                    "currencyId": "PLN",
                    "orderProductsCost": Decimal("307.9"),
                    "orderDeliveryCost": Decimal("12.3"),
                    "orderPayformCost": 0,
                    "orderInsuranceCost": Decimal("1.23"),
                },
                "orderBaseCurrency": {
                    "orderDeliveryVat": 23,
                    "orderPayformVat": 23,
                    "orderInsuranceVat": 23,
                },
            },
            "orderSourceResults": {"orderSourceType": "shop", "shopId": 2},
            "productsResults": [
                {
                    "productId": 7716,
                    "sizeId": "M",
                    "productName": "Kurtka",
                    "productQuantity": 2,
                    "productOrderPrice": 129,
                    "productOrderPriceNet": Decimal("104.88"),
                },
                {
                    "productId": 912,
                    "sizeId": "uniw",
                    "productQuantity": Decimal("0.5"),
                    "productOrderPrice": Decimal("99.8"),
                    "productOrderPriceNet": Decimal("81.14"),
                },
            ],
            **details,
        },
    }


def rows(*records: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    pages = Orders(2, WARSAW, set()).pages(records, expected=None)
    return pages[0].rows.to_pylist(), pages[1].rows.to_pylist()


def reasons(page: Page) -> list[tuple[str, str, str]]:
    return [(one.column, one.reason, str(one.loss)) for one in page.rejected]


def test_an_order_has_the_sum_of_its_costs_and_nothing_of_its_id() -> None:
    [row], lines = rows(order())
    assert row == {
        "order_id": "48213",
        "customer_id": "9071",
        "email": "ana@example.com",
        "phone": "+44 7700 900123",
        "first_name": "Ana",
        "last_name": "Testowa",
        "created_at": datetime(2026, 3, 2, 17, 41, 7, tzinfo=UTC),
        "finished_at": datetime(2026, 3, 3, 14, 20, tzinfo=UTC),
        "status": "finished",
        "status_original": "finished",
        "currency": "PLN",
        "total_net_minor": 20976 + 4057 + 1100,
        "total_gross_minor": 32143,
        "shipping_net_minor": 1100,
        "shipping_gross_minor": 1353,
        "offer_code": "WIOSNA10",
        "has_invoice": True,
        "zip": "31-002",
        "city": "Kraków",
        "country": "PL",
        "store": "shop",
    }
    assert [(one["sku"], one["quantity"], one["gross_minor"]) for one in lines] == [
        ("7716-M", 2, 25800),
        ("912", Decimal("0.5"), 4990),
    ]
    assert [one["product_id"] for one in lines] == ["7716", "912"]
    assert "ana@example.com-3" not in str(rows(order()))


def test_a_line_is_rounded_once_after_units_and_price_are_multiplied() -> None:
    """A price without VAT may have more decimals than its currency."""
    line = {
        "productId": 1,
        "productQuantity": 3,
        "productOrderPrice": Decimal("0.333"),
        "productOrderPriceNet": Decimal("40.567"),
    }
    _, [found] = rows(order(productsResults=[line]))
    assert (found["unit_net_minor"], found["net_minor"]) == (4057, 12170)
    assert (found["unit_gross_minor"], found["gross_minor"]) == (33, 100)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("new", "open"),
        ("suspended", "open"),
        ("finished_ext", "finished"),
        ("false", "cancelled"),
        ("lost", "cancelled"),
        ("complained", "returned"),
        ("joined", "excluded"),
    ],
)
def test_a_status_has_its_class(word: str, status: str) -> None:
    [row], _ = rows(order(orderStatus=word))
    assert (row["status"], row["status_original"]) == (status, word)
    assert (row["finished_at"] is not None) == (status == "finished")


def test_a_status_that_nobody_knows_is_excluded_and_counted() -> None:
    page, _ = Orders(2, WARSAW, set()).pages([order(orderStatus="moon")], expected=None)
    [row] = page.rows.to_pylist()
    assert (row["status"], row["status_original"]) == ("excluded", "moon")
    assert reasons(page) == [("status", "unknown_status", "value")]


@pytest.mark.parametrize("dispatch", [None, 0, "", "0000-00-00 00:00:00"])
def test_without_a_dispatch_the_last_change_says_when_it_was_finished(dispatch: object) -> None:
    [row], _ = rows(order(orderDispatchDate=dispatch))
    assert row["finished_at"] == datetime(2026, 3, 4, 8, 12, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "wants"),
    [("n", False), ("y", True), ("e", True), ("invoice", True), ("", None), ("?", None)],
)
def test_both_vocabularies_of_invoices_are_read(word: str, wants: object) -> None:
    assert rows(order(clientRequestInvoice=word))[0][0]["has_invoice"] is wants


@pytest.mark.parametrize(
    ("source", "store"),
    [
        ({"orderSourceType": "shop", "auctionsServiceName": "allegro"}, "allegro"),
        ({"orderSourceType": "marketplace", "auctionsServiceName": ""}, "marketplace"),
        ({"orderSourceType": "auction", "auctionsServiceName": None}, "auction"),
    ],
)
def test_nobody_is_found_by_an_order_of_a_marketplace(
    source: dict[str, Any], store: str
) -> None:
    [row], _ = rows(order(orderSourceResults={"shopId": 2, **source}))
    assert [row[name] for name in ("email", "phone", "first_name", "last_name")] == [None] * 4
    assert row["store"] == store


@pytest.mark.parametrize(
    ("written", "code"),
    [("pl", "PL"), (" PL ", "PL"), ("uk", "GB"), ("el", "GR"), ("Polska", "PL"), ("xx", None)],
)
def test_a_country_has_its_code_in_whichever_form_it_is_written(
    written: str, code: str | None
) -> None:
    record = order()
    record["clientResult"]["clientDeliveryAddress"]["clientDeliveryAddressCountryId"] = written
    [row], _ = rows(record)
    assert row["country"] == code


@pytest.mark.parametrize("goods", [None, [], {}])
def test_an_order_without_goods_is_an_order(goods: object) -> None:
    [row], lines = rows(order(productsResults=goods))
    assert (row["order_id"], lines) == ("48213", [])


def test_a_bad_value_costs_itself_and_a_missing_number_the_row() -> None:
    bad = order(orderAddDate="2026-02-30 00:00:00")
    wrong = order()
    wrong["clientResult"]["clientDeliveryAddress"]["clientDeliveryAddressCountryId"] = "Nowhere"
    orders = Orders(2, WARSAW, set())
    page, lines = orders.pages([bad, wrong, {"orderDetails": []}], expected=None)
    assert page.rows.num_rows == 1
    assert lines.rows.num_rows == 2
    assert reasons(page) == [
        ("created_at", "not_a_time", "row"),
        ("country", "unknown_country", "value"),
        ("order_id", "missing_key", "row"),
    ]
    assert page.whole_of == ("48213",)


def test_a_record_that_the_panel_could_not_read_stays_as_it_was_and_is_asked_again() -> None:
    unread: set[int] = set()
    faulty = {**order(), "errors": [{"faultCode": 1, "faultString": "x"}]}
    pages = Orders(2, WARSAW, unread).pages([faulty], expected=None)
    assert [page.whole_of for page in pages] == [(), ()]
    assert reasons(pages[0]) == [("", "refused_by_the_panel", "row")]
    assert unread == {48213}
    Orders(2, WARSAW, unread).pages([order()], expected=None)
    assert unread == set()


def test_returns_count_once_they_are_accepted() -> None:
    made = {
        "id": 731,
        "order_sn": 48213,
        "status_numeric": 77,
        "parentStatusNumeric": 11,
        "shop_id": 2,
        "date_add": "2026-03-10 09:00:00",
        "date_end": None,
        "products": [{"id": 7716, "size": "M", "quantity": 1}],
    }
    [row] = Returns(2, WARSAW, set()).page([made]).rows.to_pylist()
    assert row == {
        "return_id": "731",
        "line_number": 1,
        "order_id": "48213",
        "product_id": "7716",
        "quantity": 1,
        "returned_at": datetime(2026, 3, 10, 8, tzinfo=UTC),
    }
    refused = Returns(2, WARSAW, set()).page([{**made, "parentStatusNumeric": 3}])
    assert (refused.rows.num_rows, refused.whole_of) == (0, ("731",))
    assert Returns(1, WARSAW, set()).page([made]).whole_of == ()
    unsaid = {**made, "shop_id": None}
    assert Returns(1, WARSAW, set(), lambda _: ["48213"]).page([unsaid]).rows.num_rows == 1
    assert Returns(2, WARSAW, set(), lambda _: []).page([unsaid]).whole_of == ()


def test_a_product_has_its_path_its_series_and_the_parameters_asked_for() -> None:
    record = {
        "productId": 7716,
        "productDisplayedCode": "HAL-01",
        "producerName": "Halny",
        "categoryName": "Kurtki",
        "categoryIdoSellPath": "Odzież > Kurtki",
        "currencyId": "PLN",
        "productRetailPrice": 129,
        "productSeries": {"seriesPanelName": "Zima 2026"},
        "productDescriptionsLangData": [
            {"langId": "eng", "productName": "Jacket"},
            {"langId": "pol", "productName": "Kurtka"},
        ],
        "productParameters": [
            {
                "parameterId": 5,
                "parameterValues": [
                    {
                        "parameterValueDescriptionsLangData": [
                            {"langId": "pol", "parameterValueName": "zima"}
                        ]
                    }
                ],
            }
        ],
    }
    page = Products("pol", {"season": 5, "sort": 6}, set()).page([record], ["7716", "8"])
    known, unknown = page.rows.to_pylist()
    assert known == {
        "product_id": "7716",
        "sku": "HAL-01",
        "title": "Kurtka",
        "brand": "Halny",
        "product_line": "Zima 2026",
        "category": "Odzież | Kurtki",
        "price_minor": 12900,
        "currency": "PLN",
        "param.season": "zima",
        "param.sort": None,
    }
    assert unknown["product_id"] == "8"
    assert {value for name, value in unknown.items() if name != "product_id"} == {None}


def test_a_product_that_could_not_be_read_is_not_taken_for_one_that_is_gone() -> None:
    unread: set[int] = set()
    faulty = {"productId": 7716, "errors": [{"faultCode": 1}]}
    page = Products("pol", {}, unread).page([faulty], ["7716"])
    assert (page.rows.num_rows, unread) == (0, {7716})


def test_times_are_of_the_panels_clock_and_an_hour_that_comes_twice_is_the_first() -> None:
    assert cells.moment("2026-10-25 02:30:00", WARSAW) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
    assert cells.moment("2026-07-01 00:00:00", WARSAW) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert cells.day("1990-01-02 00:00:00") == date(1990, 1, 2)
    with pytest.raises(BadCellError, match="not_a_date"):
        cells.day("1990-02-30")
    with pytest.raises(BadCellError, match="not_a_number"):
        cells.decimal("1,5")


def test_a_span_over_the_end_of_summer_time_is_told_longer() -> None:
    begin = datetime(2026, 10, 25, 0, 35, tzinfo=UTC)  # 02:35, and 02:35 an hour later again
    end = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)  # the second 02:20
    assert Span(begin, end).walls(WARSAW) == ("2026-10-25 01:35:00", "2026-10-25 03:20:00")
    summer = Span(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC))
    assert summer.walls(WARSAW) == ("2026-07-01 02:00:00", "2026-07-02 02:00:00")
    assert summer.days(WARSAW) == ("2026-07-01", "2026-07-02")
