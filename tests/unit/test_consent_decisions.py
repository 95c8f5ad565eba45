"""The consent gate over decisions: whose they are, what they are about, and beside accounts."""

import pytest

from audsync.consent import BroadConsentRule, ConsentRule, gate
from audsync.contracts import Purpose
from audsync.eligibility import nobody
from audsync.errors import ConsentError
from fakes.decisions import CONSENT, verdicts
from fakes.people import account, populate

DECISIONS_ALONE = ConsentRule("consents", ("granted",))
DECIDED_ONLY = frozenset({"consents.answer"})


def judge(
    *decisions: dict[str, object],
    rule: ConsentRule = DECISIONS_ALONE,
    purpose: Purpose = Purpose.ADVERTISING,
    provided: frozenset[str] = DECIDED_ONLY,
) -> dict[str, str]:
    """The verdicts on Anna, who has an account, and a guest, by what was decided."""
    named = [("customer_id", "7", "anna"), ("email", "g@example.com", "g-1")]
    anna = account("7", "anna", ad_consent=None, further={"newsletter_frequency": None})
    people = populate([anna], ["g-1"], decisions, named)
    decided = gate(people, purpose, rule, provided=provided, excluded=nobody())
    return verdicts(decided)


def decision(
    answer: object, purpose: object = "advertising", **further: object
) -> dict[str, object]:
    return {"customer_id": "7", "purpose": purpose, "answer": answer, **further}


def test_decisions_alone_say_who_consented_guests_too() -> None:
    guest = {"customer_id": None, "email_normal": "g@example.com"}
    assert judge(decision("granted"), decision("granted", **guest)) == {
        "anna": "yes",
        "g-1": "yes",
    }
    assert judge() == {"anna": "consent_unknown", "g-1": "consent_unknown"}


def household(*decisions: dict[str, object]) -> dict[str, str]:
    """The verdicts on two people with one number, by what was decided."""
    named = [("email", "a@example.com", "a"), ("phone", "+1", "a"), ("phone", "+1", "b")]
    people = populate(
        [], ["a", "b"], [{"purpose": "advertising", **one} for one in decisions], named
    )
    rule, purpose = DECISIONS_ALONE, Purpose.ADVERTISING
    return verdicts(gate(people, purpose, rule, provided=DECIDED_ONLY, excluded=nobody()))


def test_a_shared_number_takes_a_no_to_everybody_and_a_yes_to_nobody() -> None:
    refused = dict.fromkeys("ab", "consent_denied")
    assert household({"answer": "granted", "phone_e164": "+1"}) == dict.fromkeys(
        "ab", "consent_unknown"
    )
    assert household({"answer": "denied", "phone_e164": "+1"}) == refused
    anna = {"email_normal": "a@example.com", "phone_e164": "+1"}
    assert household({"answer": "granted", **anna}) == {"a": "yes", "b": "consent_unknown"}
    assert household({"answer": "denied", **anna}) == refused


def test_a_yes_that_names_an_account_nobody_knows_is_nobodys() -> None:
    named = {"customer_id": "gone", "email_normal": "a@example.com"}
    assert household({"answer": "granted", **named})["a"] == "consent_unknown"
    assert household({"answer": "denied", **named})["a"] == "consent_denied"


def test_a_decision_about_another_purpose_is_none_about_this_one() -> None:
    asked = decision("granted", "newsletter"), decision("granted", "all")
    assert judge(*asked)["anna"] == "consent_unknown"
    assert judge(*asked, purpose=Purpose.NEWSLETTER)["anna"] == "yes"
    assert judge(decision("granted"), decision("denied", "newsletter"))["anna"] == "yes"
    assert judge(decision("granted"), decision("denied", "other"))["anna"] == "yes"
    assert judge(decision("granted"), decision("denied", "all"))["anna"] == "consent_denied"


def test_a_decision_to_leave_a_newsletter_that_stood_for_advertising_is_a_withdrawal() -> None:
    rule = BroadConsentRule("newsletter_frequency", ("every_day",))
    provided = DECIDED_ONLY | {"customers.newsletter_frequency"}
    asked = decision("granted"), decision("denied", "newsletter")
    assert judge(*asked, rule=rule, provided=provided)["anna"] == "consent_denied"


def test_a_newsletter_that_stands_for_advertising_makes_no_text_message_stand_for_it() -> None:
    rule = BroadConsentRule("newsletter_frequency", ("every_day",))
    provided = DECIDED_ONLY | {"customers.newsletter_frequency"}
    assert judge(decision("granted", "sms"), rule=rule, provided=provided) == {
        "anna": "consent_unknown",
        "g-1": "consent_unknown",
    }
    asked = decision("granted"), decision("denied", "sms")
    assert judge(*asked, rule=rule, provided=provided)["anna"] == "yes"


def test_a_rule_about_decisions_needs_them_and_the_word_granted() -> None:
    with pytest.raises(ConsentError, match="the source does not provide the table consents"):
        judge(provided=CONSENT)
    with pytest.raises(ConsentError, match="granted: no value means yes"):
        judge(rule=ConsentRule("consents", ("yes",)))
    with pytest.raises(ConsentError, match=r'field = "consents"\n    granted = \["granted"\]'):
        judge(rule=ConsentRule("param.ads", ("yes",)))
