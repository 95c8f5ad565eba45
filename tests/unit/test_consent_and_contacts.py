"""Which addresses and numbers find a person besides the latest, and which are left out."""

from dataclasses import replace

import pytest

from audsync.config import SinkConfig
from audsync.consent import BroadConsentRule, ConsentRule, refusing
from audsync.contracts import Purpose
from audsync.errors import Problem
from audsync.identity.google_keys import google_rules
from audsync.run.further_contacts import (
    FURTHER_PLACES,
    further_columns,
    keep_further_places,
)
from audsync.run.identities import fact_name
from fakes.model_shop import ModelShop, Row, at

RULE = ConsentRule("ad_consent", ("yes",))
NOTHING = Problem("", 0, 0, "", "")
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


def further(shop: ModelShop) -> dict[str, Row]:
    """What each client has besides, by client id, without what is null."""
    shop.build()
    return found(shop, RULE)


def found(shop: ModelShop, rule: ConsentRule) -> dict[str, Row]:
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
    shop.order("o2", "2026-06-01 12:00", client="ana", phone="+420600000004")
    assert further(shop)["ana"] == {
        "email_2": "ana@example.com",
        "phone_2": "+420600000002",
        "phone_3": "+420600000001",
    }


def test_the_latest_word_comes_first_however_the_rows_lie(shop: ModelShop) -> None:
    for number, moment in ((3, None), (4, at("2026-01-15 12:00")), (5, None)):
        shop.account(str(number), "ana", email=f"{number}@example.com", updated_at=moment)
    # The third is said once more, and later.
    shop.account("6", "ana", email="3@example.com", updated_at=at("2026-01-20 12:00"))
    for seed in range(2):
        shop.shuffle(seed)
        found = further(shop)["ana"]
        assert [found["email_2"], found["email_3"]] == ["3@example.com", "4@example.com"]


def test_a_no_to_messages_counts_where_an_answer_about_them_is_one_about_advertising() -> None:
    shop = ModelShop()
    for place in (1, 2):
        shop.account(f"{place}", "ana", email=f"{place}@example.com")
    said = {"answer": "denied", "decided_at": at("2025-01-01 12:00"), "customer_id": "1"}
    shop.rows["consents"].append({"consent_id": "1", "purpose": "newsletter", **said})
    shop.build()
    told = BroadConsentRule("newsletter_frequency", ("every_day",))
    for rule, left in ((RULE, 1), (told, 0)):
        provided = frozenset({f"customers.{rule.field}", "consents.answer"})
        refused = refusing(shop.engine, Purpose.ADVERTISING, rule, provided=provided)
        keep_further_places(shop.engine, COLUMNS, refused)
        assert len(shop.read(FURTHER_PLACES)) == left


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_what_anybody_else_ever_gave_is_not_further(shop: ModelShop, kind: str) -> None:
    value = {"email": "ana@example.com", "phone": "+420600000001"}[kind]
    shop.order("o1", "2020-06-01 12:00", client="g-1", **{kind: value}, status="excluded")
    shop.order("o2", "2026-06-01 12:00", client="g-1", **{kind: f"{value}9"})
    assert set(further(shop)["ana"]) == {"email_2", "phone_2"} - {f"{kind}_2"}


@pytest.fixture
def gmail(shop: ModelShop) -> ModelShop:
    """Ana has two mailboxes at Gmail besides."""
    for number, email in enumerate(("an.na+shop@gmail.com", "ana.other@gmail.com"), start=3):
        shop.account(str(number), "ana", email=email, updated_at=at(f"2026-01-1{number} 12:00"))
    return shop


def test_a_mailbox_at_gmail_is_somebody_elses_in_every_spelling(gmail: ModelShop) -> None:
    both = {"email_2": "ana.other@gmail.com", "email_3": "an.na+shop@gmail.com"}
    assert further(gmail)["ana"].items() >= both.items()
    gmail.order("o1", "2020-06-01 12:00", client="g-1", email="a.n.n.a@googlemail.com")
    # Elsewhere two spellings are two mailboxes.
    gmail.order("o2", "2020-06-01 12:00", client="g-2", email="a.na@example.com")
    left = {"email_2": "ana.other@gmail.com", "email_3": "ana@example.com"}
    assert further(gmail)["ana"].items() >= left.items()


@pytest.mark.parametrize("said", ["at another account", "in the log"])
def test_a_no_under_one_spelling_of_a_mailbox_at_gmail_holds_for_all(
    gmail: ModelShop, said: str
) -> None:
    if said == "in the log":
        no = {"purpose": "advertising", "answer": "denied", "email_normal": "anna@gmail.com"}
        gmail.rows["consents"].append(
            {"consent_id": "1", "decided_at": at("2025-01-01 12:00"), **no}
        )
    else:
        gmail.account("5", "ana", email="anna@googlemail.com", ad_consent="no")
    left = {"email_2": "ana.other@gmail.com", "email_3": "ana@example.com"}
    assert further(gmail)["ana"].items() >= left.items()


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
    for number, answer in enumerate(("yes", None, "yes", "yes"), start=3):
        name = "bob" if number < 5 else "eva"
        shop.account(str(number), name, email=f"{number}@example.com", ad_consent=answer)
    assert further(shop) == {
        "bob": {"email_2": "3@example.com"},
        "eva": {"email_2": "5@example.com"},
    }


def test_a_no_that_was_logged_under_an_address_or_number_keeps_it_back() -> None:
    shop, left = ModelShop(), {}
    for number, (kind, stays) in enumerate(
        (
            ("email_normal", {"phone_2"}),
            ("phone_e164", {"email_2"}),
            ("customer_id", set()),
            ("another", {"email_2", "phone_2"}),
            ("agreed", {"email_2", "phone_2"}),
        )
    ):
        client = f"c{number}"
        for place in (1, 2):
            shop.account(
                f"{number}-{place}",
                client,
                email=f"{number}{place}@example.com",
                phone=f"+42060000000{number}{place}",
            )
        first, second = shop.rows["customers"][-2:]
        match kind:
            case "another":
                named = {"customer_id": second["customer_id"]}
            case "agreed":
                named = {"email_normal": first["email_normal"]}
            case _:
                named = {kind: first[kind]}
        answers = {"denied": "2025-01-01 12:00", "granted": "2026-01-01 12:00"}
        for answer in ["granted"] if kind == "agreed" else answers:
            told = {"consent_id": f"{number}{answer}", "purpose": "advertising"}
            said = {"answer": answer, "decided_at": at(answers[answer]), **named}
            shop.rows["consents"].append({**told, **said})
        left[client] = stays
    shop.build()
    for rule in (RULE, replace(RULE, field="consents", granted=("granted",))):
        names = {client: set(row) for client, row in found(shop, rule).items()}
        assert names == {client: stays for client, stays in left.items() if stays}


def test_only_sinks_that_take_several_ask_for_further_columns() -> None:
    keys = ("email", "phone", "address")
    assert further_columns(google_rules(keys).values()) == []
    assert further_columns(google_rules(keys, per_person=3).values()) == COLUMNS


def test_a_value_has_one_fact_for_all_places_so_that_nothing_is_read_anew() -> None:
    keys = ("email", "phone")
    sink = SinkConfig("ads", "google", Purpose.ADVERTISING, None, lambda *_: NOTHING)
    one, several = google_rules(keys), google_rules(keys, per_person=4)
    assert {fact_name(sink, name, several) for name in several} == {
        fact_name(sink, name, one) for name in one
    }
