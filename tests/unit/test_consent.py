"""The consent gate, answer by answer."""

import ast
import dataclasses
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from audsync.consent import BroadConsentRule, Consented, ConsentRule, Gate, Refusal, gate
from audsync.contracts import Purpose
from audsync.eligibility import nobody
from audsync.errors import ConsentError
from fakes.people import RULE, account, populate

SOURCE = Path(__file__).parents[2] / "src"
CONSENT = frozenset({"customers.ad_consent"})
DATED = CONSENT | {"customers.ad_consent_at"}
PERMITS = CONSENT | {"customers.data_permission"}
DECISIONS_ALONE = ConsentRule("consents", ("granted",))
DECIDED_ONLY = frozenset({"consents.answer"})
MAY = datetime(2026, 5, 1)  # noqa: DTZ001 -- times of the tables are UTC without a zone
JUNE = datetime(2026, 6, 1)  # noqa: DTZ001 -- as above


def decide(
    *accounts: dict[str, object],
    rule: ConsentRule = RULE,
    provided: frozenset[str] = CONSENT,
    guests: tuple[str, ...] = (),
    purpose: Purpose = Purpose.ADVERTISING,
    forgotten: tuple[str, ...] = (),
    excluded: pa.Table | None = None,
) -> Gate:
    return gate(
        populate(accounts, guests),
        purpose,
        rule,
        provided=provided,
        excluded=nobody() if excluded is None else excluded,
        forgotten=forgotten,
    )


def verdicts(decided: Gate) -> dict[str, str]:
    rows = {row["client_id"]: str(row["reason"]) for row in decided.refused.to_pylist()}
    return rows | dict.fromkeys(decided.consented.clients["client_id"].to_pylist(), "yes")


def test_only_a_granted_value_is_yes() -> None:
    decided = decide(
        account("1", ad_consent="yes"),
        account("2", ad_consent="no"),
        account("3", ad_consent="maybe"),
        account("4", ad_consent=None),
    )
    assert verdicts(decided) == {
        "1": "yes",
        "2": "consent_denied",
        "3": "consent_denied",
        "4": "consent_unknown",
    }


def test_answers_are_compared_without_case_and_outer_spaces() -> None:
    decided = decide(
        account("1", ad_consent="  YES\u00a0"),
        account("2", ad_consent="ANO"),
        account("3", ad_consent="Straße"),
        account("4", ad_consent="y es"),
        rule=ConsentRule("ad_consent", ("Yes ", "ano", "STRASSE")),
    )
    assert verdicts(decided) == {"1": "yes", "2": "yes", "3": "yes", "4": "consent_denied"}


def test_a_blank_answer_is_no_answer() -> None:
    decided = decide(account("1", ad_consent=" "), account("2", ad_consent=""))
    assert set(verdicts(decided).values()) == {"consent_unknown"}


def test_a_blank_granted_value_grants_nothing() -> None:
    rule = ConsentRule("ad_consent", ("", "yes"))
    assert verdicts(decide(account("1", ad_consent=""), rule=rule)) == {"1": "consent_unknown"}


def test_a_value_with_quotes_and_backslashes_is_compared_as_it_stands() -> None:
    said = 'it\'s \\ "fine"'
    rule = ConsentRule("ad_consent", (said,))
    decided = decide(account("1", ad_consent=said), account("2", ad_consent="it"), rule=rule)
    assert verdicts(decided) == {"1": "yes", "2": "consent_denied"}


def test_a_guest_without_consent_is_never_sent() -> None:
    assert verdicts(decide(account("1"), guests=("g-1",))) == {
        "1": "yes",
        "g-1": "consent_unknown",
    }


def test_a_denial_on_any_account_of_a_person_denies_all() -> None:
    decided = decide(
        account("1", ad_consent="yes"),
        account("2", client_id="1", ad_consent="no"),
        account("3", client_id="1", ad_consent="yes"),
    )
    assert verdicts(decided) == {"1": "consent_denied"}


def test_an_account_without_an_answer_does_not_take_a_grant_back() -> None:
    decided = decide(account("1", ad_consent=None), account("2", client_id="1"))
    assert verdicts(decided) == {"1": "yes"}


@pytest.mark.parametrize(
    ("yes_at", "no_at", "verdict"),
    [
        (JUNE, MAY, "yes"),
        (MAY, JUNE, "consent_denied"),
        (MAY, MAY, "consent_denied"),
        (JUNE, None, "consent_denied"),
        (None, MAY, "consent_denied"),
    ],
)
def test_the_latest_answer_holds_only_when_all_are_dated_and_a_tie_is_a_denial(
    yes_at: datetime | None, no_at: datetime | None, verdict: str
) -> None:
    decided = decide(
        account("1", ad_consent="yes", ad_consent_at=yes_at),
        account("2", client_id="1", ad_consent="no", ad_consent_at=no_at),
        provided=DATED,
    )
    assert verdicts(decided) == {"1": verdict}


def test_the_date_of_an_account_without_an_answer_counts_for_nothing() -> None:
    decided = decide(
        account("1", ad_consent="no", ad_consent_at=MAY),
        account("2", client_id="1", ad_consent="yes", ad_consent_at=JUNE),
        account("3", client_id="1", ad_consent=None, ad_consent_at=None),
        provided=DATED,
    )
    assert verdicts(decided) == {"1": "yes"}


def test_dates_play_no_part_where_the_source_does_not_fill_them() -> None:
    decided = decide(
        account("1", ad_consent="yes", ad_consent_at=JUNE),
        account("2", client_id="1", ad_consent="no", ad_consent_at=MAY),
        provided=CONSENT,
    )
    assert verdicts(decided) == {"1": "consent_denied"}


def test_dates_of_ad_consent_say_nothing_of_another_field() -> None:
    field = "param.ads"
    decided = decide(
        account("1", ad_consent_at=JUNE, further={field: "yes"}),
        account("2", client_id="1", ad_consent_at=MAY, further={field: "no"}),
        rule=ConsentRule(field, ("yes",)),
        provided=DATED | {f"customers.{field}"},
    )
    assert verdicts(decided) == {"1": "consent_denied"}


@pytest.mark.parametrize(
    ("value", "granted"),
    [(True, "true"), (1, "1"), ("Ja", "ja")],
    ids=["flag", "number", "text"],
)
def test_a_parameter_of_any_type_is_compared_as_text(value: object, granted: str) -> None:
    field = 'param.Smíme "cílit"?'
    decided = decide(
        account("1", further={field: value}),
        account("2", further={field: None}),
        rule=ConsentRule(field, (granted,)),
        provided=frozenset({f"customers.{field}"}),
    )
    assert verdicts(decided) == {"1": "yes", "2": "consent_unknown"}


def test_a_parameter_that_holds_lists_is_refused() -> None:
    rule = ConsentRule("param.labels", ("yes",))
    with pytest.raises(ConsentError, match=r"customers\.param\.labels holds lists"):
        decide(
            account("1", further={"param.labels": ["yes"]}),
            rule=rule,
            provided=frozenset({"customers.param.labels"}),
        )


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        (("full",), "yes"),
        (("full", None), "yes"),
        ((None,), "permission_unknown"),
        ((" ",), "permission_unknown"),
        (("full", "something"), "permission_unknown"),
        (("full", "do_not_personalize"), "permission_do_not_personalize"),
        (("anonymized_only", "full"), "permission_anonymized_only"),
        (("do_not_personalize", "anonymized_only"), "permission_anonymized_only"),
    ],
)
def test_the_strictest_data_permission_of_a_person_holds(
    stated: tuple[str | None, ...], verdict: str
) -> None:
    accounts = [
        account(str(number), client_id="1", data_permission=permission)
        for number, permission in enumerate(stated, start=1)
    ]
    assert verdicts(decide(*accounts, provided=PERMITS)) == {"1": verdict}


def test_data_permission_plays_no_part_where_the_source_does_not_fill_it() -> None:
    assert verdicts(decide(account("1", data_permission="anonymized_only"))) == {"1": "yes"}


def test_of_several_reasons_what_a_person_said_comes_first() -> None:
    decided = decide(
        account("1", ad_consent="no", data_permission="anonymized_only"),
        account("2", ad_consent=None, data_permission="do_not_personalize"),
        account("3", ad_consent=None, data_permission=None),
        provided=PERMITS,
    )
    assert verdicts(decided) == {
        "1": "consent_denied",
        "2": "permission_do_not_personalize",
        "3": "consent_unknown",
    }


def test_whoever_was_forgotten_is_refused_and_is_no_part_of_the_share() -> None:
    decided = decide(
        account("1"),
        account("2"),
        account("3", ad_consent="no"),
        account("4", ad_consent="no"),
        forgotten=("2", "3", "gone"),
    )
    assert verdicts(decided) == {
        "1": "yes",
        "2": "forgotten",
        "3": "forgotten",
        "4": "consent_denied",
    }
    assert decided.share == 0.5
    assert decide(account("1"), forgotten=("1",)).share == 0.0


def test_whom_the_shop_keeps_out_is_refused_for_that_only_if_nothing_else_speaks() -> None:
    kept_out = pa.table(
        {"client_id": ["2", "3", "5"], "reason": ["suppressed", "held_out", "suppressed"]}
    )
    decided = decide(
        account("1"),
        account("2"),
        account("3"),
        account("5", ad_consent="no"),
        excluded=kept_out,
    )
    assert verdicts(decided) == {
        "1": "yes",
        "2": "suppressed",
        "3": "held_out",
        "5": "consent_denied",
    }
    assert decided.share == 0.75  # of those who agreed


def test_counts_and_share_cover_all_clients() -> None:
    decided = decide(
        account("1"),
        account("2", ad_consent="no"),
        account("3", ad_consent="no"),
        guests=("g",),
    )
    assert decided.counts == {
        "forgotten": 0,
        "consent_denied": 2,
        "permission_anonymized_only": 0,
        "permission_do_not_personalize": 0,
        "consent_unknown": 1,
        "permission_unknown": 0,
        "suppressed": 0,
        "held_out": 0,
    }
    assert decided.share == 0.25
    assert list(decided.counts) == [reason.value for reason in Refusal]


def test_a_shop_without_clients_has_a_share_of_zero() -> None:
    assert decide().share == 0.0


def test_clients_come_sorted_by_code_point() -> None:
    decided = decide(account("b"), account("10"), account("9"), account("Z"), account("é"))
    assert decided.consented.clients["client_id"].to_pylist() == ["10", "9", "Z", "b", "é"]


@pytest.mark.parametrize(
    ("purpose", "field"),
    [(Purpose.NEWSLETTER, "newsletter_frequency"), (Purpose.SMS, "sms_frequency")],
)
def test_newsletter_and_sms_have_rules_of_their_own(purpose: Purpose, field: str) -> None:
    decided = decide(
        account("1", ad_consent="no", further={field: "every_day"}),
        account("2", ad_consent="yes", further={field: "never"}),
        rule=ConsentRule(field, ("every_day", "special_occasions")),
        provided=CONSENT | {f"customers.{field}"},
        purpose=purpose,
    )
    assert verdicts(decided) == {"1": "yes", "2": "consent_denied"}
    assert decided.consented.purpose is purpose


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


def test_only_the_gate_can_make_consented() -> None:
    clients = pa.table({"client_id": ["1"]})
    with pytest.raises(TypeError, match=r"^only the consent gate says who has consented$"):
        Consented(Purpose.ADVERTISING, clients, object())
    made = decide(account("1")).consented
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(made, clients=clients)  # type: ignore[call-arg]  # must fail
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.clients = clients  # type: ignore[misc]  # must fail


def test_no_other_module_makes_consented_or_touches_what_proves_it() -> None:
    wrong = []
    for path in sorted(SOURCE.rglob("*.py")):
        if path == SOURCE / "audsync" / "consent.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "attr", getattr(called, "id", None))
            imported = [
                alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")
            ]
            if (
                name == "Consented"
                or "_GATE" in imported
                or getattr(node, "attr", "") == "_GATE"
            ):
                wrong.append(f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}")
    assert wrong == []


def test_no_client_shows_in_a_representation() -> None:
    decided = decide(account("canary-1"), account("canary-2", ad_consent="no"))
    assert "canary" not in repr(decided)


@pytest.mark.parametrize(("value", "granted"), [("100.0000", "100"), ("0.5000", "0.5")])
def test_a_decimal_is_compared_as_people_write_it(value: str, granted: str) -> None:
    field = "param.level"
    decided = decide(
        account("1", further={field: Decimal(value)}),
        rule=ConsentRule(field, (granted,)),
        provided=frozenset({f"customers.{field}"}),
    )
    assert verdicts(decided) == {"1": "yes"}


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


def test_a_rule_about_decisions_needs_them_and_the_word_granted() -> None:
    with pytest.raises(ConsentError, match="the source does not provide the table consents"):
        judge(provided=CONSENT)
    with pytest.raises(ConsentError, match="granted: no value means yes"):
        judge(rule=ConsentRule("consents", ("yes",)))
    with pytest.raises(ConsentError, match=r'field = "consents"\n    granted = \["granted"\]'):
        judge(rule=ConsentRule("param.ads", ("yes",)))
