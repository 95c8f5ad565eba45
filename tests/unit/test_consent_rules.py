"""Which field may answer for consent, and what is said where none does."""

import pytest

from audsync.consent import BroadConsentRule, ConsentRule, gate
from audsync.contracts import Purpose
from audsync.eligibility import nobody
from audsync.errors import ConsentError
from fakes.decisions import JUNE, MAY, decide, verdicts
from fakes.people import RULE, account, populate


def refusal(
    rule: ConsentRule | None,
    *provided: str,
    purpose: Purpose = Purpose.ADVERTISING,
    shop: str = "kolo",
) -> str:
    with pytest.raises(ConsentError) as caught:
        gate(
            populate([]),
            purpose,
            rule,
            provided=frozenset(provided),
            shop=shop,
            excluded=nobody(),
        )
    assert caught.value.exit_code == 8
    return str(caught.value)


def test_without_a_rule_the_message_says_what_to_write() -> None:
    assert refusal(None, "customers.ad_consent", "customers.email") == (
        "no consent rule for advertising: nobody may be used without one\n"
        "Write into the config which column of customers holds the answer, and which of its "
        "values mean yes (all others mean no):\n"
        "    [shops.kolo.consent]\n"
        '    field = "ad_consent"\n'
        '    granted = ["yes"]\n'
        "Columns of this shop that may hold it: ad_consent"
    )


def test_parameters_that_sound_like_consent_are_proposed() -> None:
    message = refusal(
        None, "customers.param.Souhlas s reklamou", "customers.param.shoe_size", "orders.email"
    )
    assert 'field = "param.Souhlas s reklamou"' in message
    assert message.endswith("may hold it: param.Souhlas s reklamou")


def test_the_columns_of_a_shop_are_named_as_they_are_and_all_of_them() -> None:
    message = refusal(
        None,
        "customers.param.Zgoda na reklam\u0119",
        "customers.param.marketing_ok",
        purpose=Purpose.SMS,
    )
    assert 'field = "param.Zgoda na reklam\u0119"\n    granted = ["yes"]\n' in message
    assert message.endswith("may hold it: param.Zgoda na reklam\u0119, param.marketing_ok")


def test_a_source_without_any_such_column_is_told_to_map_one() -> None:
    message = refusal(None, "customers.email", purpose=Purpose.SMS)
    assert "[shops.kolo.consent.sms]" in message
    assert 'granted = ["every_day", "special_occasions"]' in message
    assert message.endswith("map one to customers.sms_frequency")


def test_a_field_the_source_does_not_provide_is_refused() -> None:
    message = refusal(RULE, "customers.param.marketing_ok")
    assert message.startswith(
        "[shops.kolo.consent] field: the source does not provide customers.ad_consent\n"
    )
    assert "param.marketing_ok" in message


@pytest.mark.parametrize("field", ["newsletter_frequency", "email", "ad_consent_at"])
def test_a_column_that_is_no_answer_about_advertising_is_refused(field: str) -> None:
    rule = ConsentRule(field, ("every_day",))
    assert f"customers.{field} is no answer about advertising" in refusal(
        rule, f"customers.{field}"
    )


def test_consent_to_messages_counts_where_the_config_says_that_customers_were_told() -> None:
    decided = decide(
        account("1", further={"newsletter_frequency": "every_day"}),
        account("2", further={"newsletter_frequency": "never"}),
        account("3", further={"newsletter_frequency": None}),
        rule=BroadConsentRule("newsletter_frequency", ("every_day",)),
        provided=frozenset({"customers.newsletter_frequency"}),
    )
    assert verdicts(decided) == {"1": "yes", "2": "consent_denied", "3": "consent_unknown"}


@pytest.mark.parametrize("field", ["email", "registered_at", "data_permission"])
def test_even_then_nothing_else_counts(field: str) -> None:
    rule = BroadConsentRule(field, ("every_day",))
    assert "is no answer about advertising" in refusal(rule, f"customers.{field}")


def test_of_two_accounts_the_later_answer_about_messages_holds() -> None:
    dated = "newsletter_frequency_at"
    for of_yes, of_no, verdict in ((JUNE, MAY, "yes"), (MAY, JUNE, "consent_denied")):
        decided = decide(
            account("a", "1", further={"newsletter_frequency": "every_day", dated: of_yes}),
            account("b", "1", further={"newsletter_frequency": "never", dated: of_no}),
            rule=BroadConsentRule("newsletter_frequency", ("every_day",)),
            provided=frozenset({"customers.newsletter_frequency", f"customers.{dated}"}),
        )
        assert verdicts(decided) == {"1": verdict}


def test_a_source_that_knows_messages_alone_is_told_what_that_takes() -> None:
    message = refusal(None, "customers.newsletter_frequency", "customers.sms_frequency")
    assert message.endswith(
        "This source has no answer about advertising, only about messages: "
        "newsletter_frequency, sms_frequency. Where the customers were told, when they gave "
        "it, that this consent is also one to advertising on other platforms, write into the "
        "config:\n"
        "    [shops.kolo.consent]\n"
        '    field = "newsletter_frequency"\n'
        '    granted = ["every_day"]\n'
        "    newsletter_counts_as_advertising = true\n"
        "Where they were not, nobody may be used for advertising"
    )


@pytest.mark.parametrize("granted", [(), ("", "  ")])
def test_a_rule_that_grants_nothing_is_refused(granted: tuple[str, ...]) -> None:
    message = refusal(ConsentRule("ad_consent", granted), "customers.ad_consent")
    assert "no value means yes" in message
