"""Which addresses and numbers find a person besides the latest, and which are left out."""

from dataclasses import replace

import pytest

from audsync.consent import ConsentRule, refusing
from audsync.contracts import Purpose
from audsync.identity.google_keys import google_rules
from audsync.run.further_contacts import (
    FURTHER_PLACES,
    further_columns,
    keep_further_places,
)
from fakes.model_shop import ModelShop, Row, at

RULE = ConsentRule("ad_consent", ("yes",))
COLUMNS = ["email_2", "email_3", "phone_2", "phone_3"]


@pytest.fixture
def shop() -> ModelShop:
    """Ana has two accounts, each with an address and a number; the second is the later."""
    shop = ModelShop()
    shop.account(
        "1",
        "ana",
        email="ana@example.com",
        phone="+420600000001",
        updated_at=at("2026-01-01 12:00"),
    )
    shop.account(
        "2",
        "ana",
        email="ana@example.org",
        phone="+420600000002",
        updated_at=at("2026-02-01 12:00"),
    )
    return shop


def further(shop: ModelShop, rule: ConsentRule = RULE) -> dict[str, Row]:
    """What each client has besides, by client id, without what is null."""
    shop.build()
    provided = frozenset({"customers.ad_consent", "consents.answer"})
    refused = refusing(shop.engine, Purpose.ADVERTISING, rule, provided=provided)
    keep_further_places(shop.engine, COLUMNS, refused)
    return {
        row["client_id"]: {name: row[name] for name in COLUMNS if row[name] is not None}
        for row in shop.read(FURTHER_PLACES)
    }


def test_what_another_account_says_is_further(shop: ModelShop) -> None:
    shop.account("9", email="eva@example.com", phone="+420600000009")
    assert further(shop) == {"ana": {"email_2": "ana@example.com", "phone_2": "+420600000001"}}


def test_what_an_order_says_is_not_further_but_for_the_latest(shop: ModelShop) -> None:
    shop.order("o1", "2025-06-01 12:00", client="ana", phone="+420600000003")
    assert further(shop)["ana"]["phone_2"] == "+420600000001"
    shop.order("o2", "2026-06-01 12:00", client="ana", phone="+420600000004")
    assert further(shop)["ana"] == {
        "email_2": "ana@example.com",
        "phone_2": "+420600000002",
        "phone_3": "+420600000001",
    }


def test_the_latest_word_comes_first_however_the_rows_lie(shop: ModelShop) -> None:
    for number, moment in ((3, None), (4, at("2026-01-15 12:00")), (5, None)):
        shop.account(str(number), "ana", email=f"{number}@example.com", updated_at=moment)
    for seed in range(4):
        shop.shuffle(seed)
        found = further(shop)["ana"]
        assert [found["email_2"], found["email_3"]] == ["4@example.com", "ana@example.com"]
    shop.account("6", "ana", email="3@example.com", updated_at=at("2026-01-20 12:00"))
    assert further(shop)["ana"]["email_2"] == "3@example.com"


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_what_anybody_else_ever_gave_is_not_further(shop: ModelShop, kind: str) -> None:
    value = {"email": "ana@example.com", "phone": "+420600000001"}[kind]
    shop.order("o1", "2020-06-01 12:00", client="g-1", **{kind: value}, status="excluded")
    shop.order("o2", "2026-06-01 12:00", client="g-1", **{kind: f"{value}9"})
    assert set(further(shop)["ana"]) == {"email_2", "phone_2"} - {f"{kind}_2"}


def test_what_stands_on_too_many_accounts_is_not_further(shop: ModelShop) -> None:
    for number in range(3, 7):
        shop.account(str(number), "ana", phone="+420600000001")
    assert further(shop)["ana"]["phone_2"] == "+420600000001"  # on five
    shop.order("o1", "2020-06-01 12:00", client="ana", customer_id="8", phone="+420600000001")
    assert "phone_2" not in further(shop)["ana"]


def test_an_account_that_says_no_lends_nothing_to_a_person_who_agreed_later(
    shop: ModelShop,
) -> None:
    shop.rows["customers"][0]["ad_consent"] = "no"
    shop.rows["customers"][1]["ad_consent"] = "yes"
    assert further(shop) == {}
    shop.rows["customers"][0]["ad_consent"] = "yes"
    assert set(further(shop)["ana"]) == {"email_2", "phone_2"}


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ({"email_normal": "ana@example.com"}, {"phone_2"}),
        ({"phone_e164": "+420600000001"}, {"email_2"}),
        ({"customer_id": "1"}, set()),
        ({"customer_id": "2"}, {"email_2", "phone_2"}),
    ],
)
def test_a_no_that_was_logged_under_an_address_or_number_keeps_it_back(
    shop: ModelShop, named: dict[str, str], left: set[str]
) -> None:
    denied = {
        "consent_id": "d1",
        "purpose": "advertising",
        "answer": "denied",
        "decided_at": at("2025-01-01 12:00"),
        **named,
    }
    granted = {"answer": "granted", "decided_at": at("2026-01-01 12:00")}
    shop.rows["consents"] = [denied, {**denied, "consent_id": "d2", **granted}]
    for rule in (RULE, replace(RULE, field="consents", granted=("granted",))):
        assert set(further(shop, rule).get("ana", {})) == left


def test_only_sinks_that_take_several_ask_for_further_columns() -> None:
    keys = ("email", "phone", "address")
    assert further_columns(google_rules(keys).values()) == []
    assert further_columns(google_rules(keys, per_person=3).values()) == COLUMNS
