"""Lists of people: what their values are, whose they are, and who is kept out by them."""

import hashlib
from datetime import date

import pytest

from audsync.consent import ConsentRule, gate
from audsync.contracts import Purpose
from audsync.eligibility import EligibilitySettings, excluded
from audsync.identity.facts import KINDS
from audsync.identity.hiding import Hiding
from audsync.lists import Holds, list_values, match_lists
from audsync.segments import evaluate
from audsync.segments.buckets import bucket
from fakes.model_shop import ModelShop
from fakes.segment_shop import codes, segment

HIDING = Hiding(b"a key that is long enough to be one", {})


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def shop() -> ModelShop:
    """Anna with two accounts, Bob with a phone, a guest, and nobody else."""
    made = ModelShop()
    made.account("1", email="anna@example.com", ad_consent="yes")
    made.account("11", client="1", email="anna.b@example.com", ad_consent="yes")
    made.account("2", phone="+420777123456", ad_consent="yes")
    made.order("o1", client="g-1", email="guest@example.com")
    made.build()
    return made


def members(made: ModelShop, text: str) -> list[str]:
    evaluate([segment(text)], made.engine, as_of=date(2026, 7, 1), currency="EUR")
    return [row["client_id"] for row in made.read("membership")]


@pytest.mark.parametrize(
    ("holds", "values", "found"),
    [
        (Holds.EMAIL, [" Anna.B@Example.COM "], ["1"]),
        (Holds.EMAIL, [digest("anna@example.com").upper()], ["1"]),
        (Holds.EMAIL, ["guest@example.com", "stranger@example.com"], ["g-1"]),
        (Holds.PHONE, ["777 123 456"], ["2"]),
        (Holds.PHONE, [digest("+420777123456")], ["2"]),
        (Holds.CUSTOMER_ID, ["11", "3"], ["1"]),
        (Holds.CUSTOMER_ID, [digest("2")], ["2"]),
        (Holds.CUSTOMER_ID, ["anna@example.com"], []),
    ],
)
def test_a_value_belongs_to_the_client_who_is_known_by_it(
    holds: Holds, values: list[str], found: list[str]
) -> None:
    made = shop()
    match_lists(made.engine, {"few": list_values(holds, values, country="CZ")})
    assert members(made, '[all]\nin_list = "few"') == found


def test_what_is_nobodys_or_nothing_is_counted() -> None:
    made = shop()
    values = [
        *("anna@example.com", " ANNA@example.com", "anna.b@example.com", "", "no address"),
        *("stranger@example.com", digest("stranger@example.com")),
    ]
    counts = match_lists(made.engine, {"few": list_values(Holds.EMAIL, values, country="CZ")})
    assert (counts["few"].rows, counts["few"].clients) == (5, 1)
    assert (counts["few"].unmatched, counts["few"].unreadable) == (2, 1)


def test_a_line_asks_for_any_of_the_lists_or_none() -> None:
    made = shop()
    lists = {
        "mails": list_values(Holds.EMAIL, ["anna@example.com"], country="CZ"),
        "ids": list_values(Holds.CUSTOMER_ID, ["2", "11"], country="CZ"),
        "nobody": list_values(Holds.CUSTOMER_ID, [], country="CZ"),
    }
    match_lists(made.engine, lists)
    assert members(made, '[all]\nin_list.one_of = ["mails", "ids"]') == ["1", "2"]
    assert members(made, '[all]\nin_list.is_not = "mails"') == ["2", "g-1"]
    assert members(made, '[all]\nin_list.none_of = ["mails", "ids"]') == ["g-1"]
    assert members(made, '[none]\nin_list = "nobody"') == ["1", "2", "g-1"]


def test_pseudonyms_are_found_by_the_value_and_by_its_digest() -> None:
    made = ModelShop()
    anna, bob = (
        HIDING.pseudonym("email", name) for name in ("anna@example.com", "bob@example.com")
    )
    made.account("1", email_normal=anna)
    made.account("2", email_normal=bob)
    made.build()
    assert KINDS["email"] == "email_normal"
    facts = made.engine.fetch(
        f"SELECT 'email' AS kind, '{bob}' AS value, 'sha256' AS fact,"
        f" '{digest('bob@example.com')}' AS text"
    )
    made.engine.register("identity_facts", facts)
    plain = list_values(Holds.EMAIL, ["Anna@example.com"], country="CZ", hiding=HIDING)
    hashed = list_values(Holds.EMAIL, [digest("bob@example.com")], country="CZ", hiding=HIDING)
    assert "anna" not in repr(plain)
    counts = match_lists(made.engine, {"plain": plain, "hashed": hashed})
    assert [one.unmatched for one in counts.values()] == [0, 0]
    assert members(made, '[all]\nin_list = "plain"') == ["1"]
    assert members(made, '[all]\nin_list = "hashed"') == ["2"]


def test_a_name_that_no_list_can_have_is_a_mistake() -> None:
    assert codes('[all]\nin_list = "Staff list"') == [("S110", 2, 11)]
    assert codes('[all]\nin_list.contains = "staff"') == [("S102", 2, 9)]


# Who is in no audience


RULE = ConsentRule("ad_consent", ("yes",))
GRANTED = frozenset({"customers.ad_consent"})


def refused(made: ModelShop, settings: EligibilitySettings) -> dict[str, str]:
    """Client → why not; who is consented is not in it."""
    kept_out = excluded(made.engine, settings)
    verdict = gate(made.engine, Purpose.ADVERTISING, RULE, provided=GRANTED, excluded=kept_out)
    granted = verdict.consented.clients["client_id"].to_pylist()
    found = {row["client_id"]: row["reason"] for row in verdict.refused.to_pylist()}
    assert not {*granted} & {*found}
    assert sum(verdict.counts.values()) == len(found)
    return found


def test_suppressed_and_held_out_people_are_refused_and_counted() -> None:
    made = ModelShop()
    for number in range(300):
        answer = "no" if number < 10 else "yes"
        made.account(f"c{number}", ad_consent=answer)
    made.build()
    staff = list_values(Holds.CUSTOMER_ID, ["c0", "c10", "c11"], country="CZ")
    match_lists(made.engine, {"staff": staff})
    settings = EligibilitySettings(("staff",), holdout_percent=10)
    held_out = {f"c{n}" for n in range(300) if bucket(f"c{n}") <= 10}
    found = refused(made, settings)
    assert {name for name, why in found.items() if why == "consent_denied"} == {
        f"c{number}" for number in range(10)
    }
    assert {name for name, why in found.items() if why == "suppressed"} == {"c10", "c11"}
    assert {name for name, why in found.items() if why == "held_out"} == held_out - {
        f"c{number}" for number in range(12)
    }
    assert 15 <= len(held_out) <= 45


def test_another_salt_holds_out_others() -> None:
    made = ModelShop()
    for number in range(300):
        made.account(f"c{number}", ad_consent="yes")
    made.build()
    first = refused(made, EligibilitySettings(holdout_percent=10))
    other = refused(made, EligibilitySettings(holdout_percent=10, holdout_salt="spring"))
    assert first.keys() != other.keys()
    assert refused(made, EligibilitySettings()) == {}
    larger = refused(made, EligibilitySettings(holdout_percent=20))
    assert first.keys() < larger.keys()


def test_whoever_is_kept_out_has_consented_all_the_same() -> None:
    """Else the guard of consents would take a hold-out for a mistake in the data."""
    made = ModelShop()
    for number in range(10):
        made.account(f"c{number}", ad_consent="yes")
    made.build()
    kept_out = excluded(made.engine, EligibilitySettings(holdout_percent=90))
    assert kept_out.num_rows
    verdict = gate(made.engine, Purpose.ADVERTISING, RULE, provided=GRANTED, excluded=kept_out)
    assert verdict.share == 1.0
    assert verdict.consented.clients.num_rows == 10 - kept_out.num_rows
