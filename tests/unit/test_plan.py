"""A plan as a whole: its JSON, its checksum, and one of withdrawals alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa

from audsync.contracts import VALUE, AudienceSpec, Match
from audsync.plan import (
    AudiencePlan,
    Confirmed,
    Matching,
    Plan,
    Population,
    plan_withdrawals,
)
from audsync.plan.rows import one_each
from fakes.audience_plans import newsletter_target, numbered, planned
from fakes.people import (
    ANNA,
    BELA,
    BY_KEY,
    BY_ROW,
    TODAY,
    Keys,
    change,
    consents,
    delivered,
    ids,
    population,
    told,
)


def test_a_plan_as_json_holds_counts_and_no_person() -> None:
    had: dict[str, Keys] = {"canary-1": {"email": "canary-mail"}, "canary-2": {"email": "x"}}
    plan = Plan(TODAY, (planned(had, {"canary-2": {"email": "x"}, "canary-3": BELA}),))
    document = plan.to_json()
    assert "canary" not in json.dumps(document)
    assert "canary" not in repr(plan)
    assert document == {
        "schema": "audsync.plan/1",
        "as_of": "2026-11-23",
        "checksum": plan.checksum,
        "audiences": [
            {
                "audience": "kolo.newsletter.files",
                "segment": "newsletter",
                "sink": "files",
                "name": "Newsletter",
                "rules_version": "1",
                "delivered": 2,
                "desired": 2,
                "candidates": 2,
                "refused": {},
                "unreachable": 0,
                "operations": {"add": {"entered": 1}, "remove": {"left": 1}},
                "replaced": None,
                "effect": None,
                "spared": 0,
                "held": {},
                "messages": [],
            }
        ],
    }


def test_a_plan_as_json_says_what_is_held_and_why() -> None:
    document = planned(numbered(900), numbered(98, start=812)).to_json()
    assert document["held"] == {"remove": {"left": 812}}
    assert document["operations"] == {"add": {"entered": 10}}
    assert document["messages"] == list(
        planned(numbered(900), numbered(98, start=812)).messages
    )


def test_the_checksum_changes_with_a_person_and_not_with_the_day_or_the_order() -> None:
    one = planned({}, {"a": ANNA})
    other = replace(one, key="kolo.buyers.files")
    checksum = Plan(TODAY, (one, other)).checksum
    assert Plan(TODAY + timedelta(days=1), (other, one)).checksum == checksum
    chunked = pa.concat_tables([one.operations[:0], one.operations])
    assert Plan(TODAY, (replace(one, operations=chunked), other)).checksum == checksum
    changed = [
        planned({}, {"a": BELA}),
        planned({}, {"b": ANNA}),
        replace(one, rules_version="2"),
        replace(one, spec=AudienceSpec("kolo.newsletter", "Newsletter", membership_days=30)),
        replace(one, silent=ids("z")),
    ]
    sums = {Plan(TODAY, (audience, other)).checksum for audience in changed}
    assert len(sums | {checksum}) == len(changed) + 1


def test_audiences_are_sorted_by_key() -> None:
    first = planned({}, {"a": ANNA})
    plan = Plan(TODAY, (first, replace(first, key="kolo.buyers.files")))
    assert [audience.key for audience in plan.audiences] == [
        "kolo.buyers.files",
        "kolo.newsletter.files",
    ]


def withdrawals(
    had: Mapping[str, Keys] | pa.Table,
    people: Population,
    matching: Matching = BY_KEY,
    keys: Sequence[str] = ("email", "phone"),
) -> AudiencePlan:
    return plan_withdrawals(
        newsletter_target("7"),
        consented=consents({"a": True, "b": True}).consented,
        delivered=delivered(had) if isinstance(had, Mapping) else had,
        keys=keys,
        population=people,
        matching=matching,
    )


def test_of_rows_of_one_client_the_first_stands_for_all() -> None:
    rows = pa.table(
        {"client_id": ["b", "a", "b", "c", "a"], "email": ["1", "2", "3", "4", "5"]}
    )
    first = one_each(rows)
    assert first.to_pylist() == rows.slice(0, 2).to_pylist() + rows.slice(3, 1).to_pylist()
    assert one_each(first).equals(first)
    assert one_each(rows.slice(0, 0)).num_rows == 0


def test_where_nothing_is_evaluated_only_those_who_withdrew_leave() -> None:
    had: dict[str, Keys] = {"a": ANNA, "b": BELA, "c": {"email": "c"}, "d": {"email": "d"}}
    plan = withdrawals(had, population("abc", refused="bc"))
    assert told(plan) == [
        (0, "remove", "consent_withdrawn", "b", "bela", "p-bela"),
        (0, "remove", "consent_withdrawn", "c", "c", None),
    ]
    assert plan.silent.num_rows == 0
    assert (plan.effect, plan.is_replaced, plan.only_withdraws) == ("", False, True)
    assert plan.to_json() == {
        "audience": "kolo.newsletter.files",
        "segment": "newsletter",
        "sink": "files",
        "name": "Newsletter",
        "rules_version": "7",
        "delivered": 4,
        "desired": 2,
        "candidates": 4,
        "refused": {},
        "unreachable": 0,
        "operations": {"remove": {"consent_withdrawn": 2}},
        "replaced": None,
        "effect": None,
        "spared": 0,
        "held": {},
        "messages": [],
    }
    assert plan.holds == frozenset()


def test_whoever_withdrew_leaves_by_the_keys_that_a_sink_takes_today() -> None:
    """With a release that takes more of them, or fewer, a batch has all of today's columns."""
    several = Matching(Match.KEY, (("email", "email_2"), ("phone",)))
    had = delivered({"a": ANNA, "b": BELA}).append_column(VALUE, pa.array(["1", "2"]))
    plan = withdrawals(had, population("ab", refused="b"), several, ("email", "email_2"))
    assert told(plan) == [(0, "remove", "consent_withdrawn", "b", "bela", None, "2")]
    assert plan.operations.column_names[-3:] == ["email", "email_2", VALUE]


def test_a_withdrawal_spares_the_keys_of_those_who_stay_unevaluated() -> None:
    had: dict[str, Keys] = {"a": ANNA, "b": {"email": "bela", "phone": "p-anna"}, "c": ANNA}
    plan = withdrawals(had, population("abc", refused="ac"))
    assert told(plan) == [
        (0, "remove", "consent_withdrawn", "a", "anna", None),
        (0, "remove", "consent_withdrawn", "c", "anna", None),
    ]
    by_row = withdrawals({"a": ANNA, "b": ANNA}, population("ab", refused="a"), BY_ROW)
    assert by_row.operations.num_rows == 0
    assert by_row.silent["client_id"].to_pylist() == ["a"]


def test_members_of_several_rows_are_counted_once() -> None:
    rows = pa.concat_tables([delivered({"a": ANNA, "b": BELA}), delivered({"b": ANNA})])
    plan = withdrawals(rows, population("ab", refused="b"))
    assert (plan.delivered_count, plan.desired_count, plan.candidates) == (2, 1, 2)
    whole = change(rows, {"a": ANNA}, population("ab", refused="b"))
    assert whole.operations["client_id"].unique().to_pylist() == ["b"]


def test_a_confirmation_reads_as_words_of_the_command_line() -> None:
    assert Confirmed().flags() == []
    assert Confirmed(max_removed=0).flags() == ["--max-removed", "0"]
    assert Confirmed(812, 5, 66.7).flags() == [
        *("--max-removed", "812", "--max-added", "5", "--max-consent-share", "66.7")
    ]


def test_the_checksum_is_the_same_on_every_machine_and_on_every_day() -> None:
    """A person confirms it on another machine, perhaps; a change of it must be meant."""
    had: dict[str, Keys] = {"a": ANNA, "b": BELA, "c": ANNA}
    plan = planned(had, {"b": BELA, "ž": {"email": "žofie"}, "a": {"email": "x"}})
    spec = AudienceSpec("kolo.novinky", "Žlutý kůň", "Popis", 30)
    other = replace(plan, key="kolo.novinky.files", spec=spec, refused={"b": 1, "a": 2})
    assert Plan(TODAY, (plan, other)).checksum == (
        "c48730185047e0130b37778e59b22ca4e470480b8c483d7574d55fd951278bca"
    )
