"""The consent gate, answer by answer."""

import ast
import dataclasses
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from audsync.consent import Consented, ConsentRule, Refusal
from audsync.contracts import Purpose
from audsync.errors import ConsentError
from fakes.decisions import CONSENT, JUNE, MAY, decide, verdicts
from fakes.people import account

SOURCE = Path(__file__).parents[2] / "src"
DATED = CONSENT | {"customers.ad_consent_at"}
PERMITS = CONSENT | {"customers.data_permission"}


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
    rule = ConsentRule("ad_consent", ("", "  ", "yes"))
    decided = decide(account("1", ad_consent=""), account("2", ad_consent=" "), rule=rule)
    assert set(verdicts(decided).values()) == {"consent_unknown"}


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


def test_an_undated_denial_is_not_outdone_by_a_grant_after_another_denial() -> None:
    decided = decide(
        account("1", ad_consent="yes", ad_consent_at=JUNE),
        account("2", client_id="1", ad_consent="no", ad_consent_at=MAY),
        account("3", client_id="1", ad_consent="no", ad_consent_at=None),
        provided=DATED,
    )
    assert verdicts(decided) == {"1": "consent_denied"}


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
    told = r"customers\.param\.labels holds lists.*: name another column$"
    with pytest.raises(ConsentError, match=told):
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
