"""Records of the panel as rows: what each value becomes, and what is refused."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audsync.contracts import Page
from audsync_source_idosell import cells
from audsync_source_idosell.cells import BadCellError
from audsync_source_idosell.consents import EMAIL, SMS, Answer, Consents
from audsync_source_idosell.customers import Customers
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
    assert "orderId" not in str(rows(order())) + "ana@example.com-3".replace("ana", "")


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


def test_nobody_is_found_by_an_order_of_a_marketplace() -> None:
    source = {"orderSourceType": "shop", "shopId": 2, "auctionsServiceName": "allegro"}
    [row], _ = rows(order(orderSourceResults=source))
    assert [row[name] for name in ("email", "phone", "first_name", "last_name")] == [None] * 4
    assert row["store"] == "allegro"


@pytest.mark.parametrize("goods", [None, [], {}])
def test_an_order_without_goods_is_an_order(goods: object) -> None:
    [row], lines = rows(order(productsResults=goods))
    assert (row["order_id"], lines) == ("48213", [])


def test_a_bad_value_costs_itself_and_a_missing_number_the_row() -> None:
    bad = order(orderAddDate="2026-02-30 00:00:00")
    wrong = order()
    wrong["clientResult"]["clientDeliveryAddress"]["clientDeliveryAddressCountryId"] = "Polska"
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


def client(**more: Any) -> dict[str, Any]:
    """A client as the panel writes it."""
    return {
        "clientId": 9071,
        "clientLogin": "ana",
        "clientEmail": "ana@example.com",
        "clientsLastModificationDate": "0000-00-00 00:00:00",
        "clientRegistrationDate": "2024-08-11",
        "clientBillingAddress": [],
        "clientPersonalData": {"clientBirthDate": "0000-00-00"},
        "clientPreferences": {"clientIsWholesaler": "yes", "clientGroupDiscountName": "VIP"},
        "newsletterEmailApprovalsData": [
            {"newsletterEmailApprovalDate": "2025-01-01 10:00:00", "shopId": 1},
            {"newsletterEmailApprovalDate": "0000-00-00 00:00:00", "shopId": 2},
        ],
        "newsletterSmsApprovalsData": [
            {"newsletterSmsApprovalDate": "2025-11-20 10:02:31", "shopId": 2}
        ],
        "clientActiveInShops": [{"shopId": 2}],
        **more,
    }


def customers(shop: int = 2) -> Customers:
    return Customers(shop, WARSAW, Consents(shop, WARSAW, {}), set())


def test_a_client_answers_for_each_shop_apart() -> None:
    [row] = customers().page([client()], expected=None).rows.to_pylist()
    assert row["customer_type"] == "wholesale"
    assert row["price_category"] == "VIP"
    assert (row["born_on"], row["updated_at"]) == (None, None)
    assert row["registered_at"] == datetime(2024, 8, 10, 22, tzinfo=UTC)
    assert (row["newsletter_frequency"], row["newsletter_frequency_at"]) == ("never", None)
    assert row["sms_frequency"] == "every_day"
    assert row["sms_frequency_at"] == datetime(2025, 11, 20, 9, 2, 31, tzinfo=UTC)
    elsewhere = client(newsletterEmailApprovalsData=[])
    assert customers(1).page([elsewhere], expected=None).rows.num_rows == 0
    [agreed] = customers(1).page([client()], expected=None).rows.to_pylist()
    assert agreed["newsletter_frequency"] == "every_day"
    everywhere = client(clientActiveInShops=[])
    [other] = customers(1).page([everywhere], expected=None).rows.to_pylist()
    assert (other["newsletter_frequency"], other["sms_frequency"]) == ("every_day", None)


@pytest.mark.parametrize(
    ("number", "name", "group"),
    [(3, "VIP", "VIP"), (3, None, "3"), (0, "", None), (None, None, None)],
)
def test_a_group_for_special_prices_without_a_name_is_its_number(
    number: object, name: object, group: object
) -> None:
    given = {"clientGroupDiscountNumber": number, "clientGroupDiscountName": name}
    [row] = customers().page([client(clientPreferences=given)], expected=None).rows.to_pylist()
    assert row["price_category"] == group


@pytest.mark.parametrize(
    ("kind", "gender"),
    [("female", "female"), ("male", "male"), ("private", None), ("firm", None), (None, None)],
)
def test_a_client_says_whether_it_is_a_woman_or_a_man(kind: object, gender: object) -> None:
    [row] = customers().page([client(clientType=kind)], expected=None).rows.to_pylist()
    assert row["gender"] == gender


@pytest.mark.parametrize("date_of_yes", ["2025-99-01 10:00:00", "yes", "", None, 0])
def test_a_date_that_cannot_be_read_is_no_consent(date_of_yes: object) -> None:
    said = [{"newsletterEmailApprovalDate": date_of_yes, "shopId": 2}]
    record = client(newsletterEmailApprovalsData=said)
    [row] = customers().page([record], expected=None).rows.to_pylist()
    assert row["newsletter_frequency"] == "never"


def test_a_deleted_client_that_is_listed_still_is_gone() -> None:
    page = customers().page([client(clientLogin="", clientEmail="")], expected=None)
    assert (page.rows.num_rows, page.whole_of) == (0, ("9071",))


def test_of_two_views_the_newer_counts_and_of_two_as_old_the_no() -> None:
    consents = Consents(2, WARSAW, {})
    maker = Customers(2, WARSAW, consents, set())
    yes_at = datetime(2025, 11, 20, 9, 2, 31, tzinfo=UTC)

    def sms() -> tuple[object, object]:
        [row] = maker.page([client()], expected=None).rows.to_pylist()
        return row["sms_frequency"], row["sms_frequency_at"]

    consents.hear(SMS, "9071", Answer(granted=False, since=yes_at.replace(year=2024)), client())
    assert sms() == ("every_day", yes_at)
    consents.hear(SMS, "9071", Answer(granted=False, since=yes_at), client())
    assert sms() == ("never", yes_at)
    consents.hear(SMS, "9071", Answer(granted=True, since=yes_at), client())
    assert sms() == ("every_day", yes_at)


def test_a_subscriber_is_known_by_the_address_and_the_first_shop_is_not_the_one() -> None:
    record = {
        "client_number": "",
        "login": "Pop.Up@example.com",
        "email": "",
        "shops": {
            "1": {"shop_id": 1, "approval": "n", "date_modification": "2025-12-01 08:00:00"},
            "2": {"shop_id": 2, "approval": "y", "date_modification": "2026-02-14 12:00:00"},
        },
    }
    [row] = customers().subscribers([record], EMAIL).rows.to_pylist()
    assert re.fullmatch("s-[0-9a-f]{24}", row["customer_id"])
    assert row["email"] == "Pop.Up@example.com"
    assert row["newsletter_frequency"] == "every_day"
    assert row["newsletter_frequency_at"] == datetime(2026, 2, 14, 11, tzinfo=UTC)
    phone = {**record, "phone_cellular": "+44 7700 900123", "login": ""}
    [of_phone] = customers().subscribers([phone], SMS).rows.to_pylist()
    assert re.fullmatch("s-[0-9a-f]{24}", of_phone["customer_id"])
    assert of_phone["customer_id"] != row["customer_id"]
    assert (of_phone["phone"], of_phone["email"]) == ("+44 7700 900123", None)
    for other in ({**record, "shops": []}, {**record, "client_number": 9071}):
        page = customers().subscribers([other], EMAIL)
        assert (page.rows.num_rows, page.whole_of) == (0, ())


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
