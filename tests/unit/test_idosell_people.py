"""Clients, subscribers and their consents, from records of the panel to rows."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audsync_source_idosell.consents import EMAIL, SMS, Answer, Consents
from audsync_source_idosell.customers import Customers

WARSAW = ZoneInfo("Europe/Warsaw")


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
