"""What the guards of a plan hold, and what a confirmed number lets pass."""

from dataclasses import replace

import pyarrow as pa
import pytest

from audsync.guard_settings import GuardSettings
from audsync.plan import (
    Confirmed,
    Hold,
    Limits,
    Matching,
    Population,
    Refresh,
    consent_fell,
    consent_rose,
    judge,
)
from fakes.audience_plans import numbered, planned
from fakes.people import (
    ANNA,
    BELA,
    BY_KEY,
    BY_ROW,
    TODAY,
    Keys,
    change,
    ids,
    population,
    told,
)


def test_a_large_shrink_is_held_and_additions_still_go() -> None:
    plan = planned(numbered(900), numbered(98, start=812))
    [message] = plan.messages
    assert message == (
        "newsletter: would remove 812 of 900 members, over the limit of 20 %; check the "
        "source, or run again with --max-removed 812"
    )
    assert plan.held == {"remove": {"left": 812}}
    assert plan.counts == {"add": {"entered": 10}}
    assert (plan.delivered_count, plan.desired_count) == (900, 98)


@pytest.mark.parametrize(("leavers", "held"), [(50, False), (51, True)])
def test_fifty_may_always_leave_a_small_audience(leavers: int, *, held: bool) -> None:
    plan = planned(numbered(100), numbered(100 - leavers, start=leavers))
    assert (Hold.SHRINK in plan.holds) is held


@pytest.mark.parametrize(("leavers", "held"), [(200, False), (201, True)])
def test_a_fifth_may_leave_a_large_audience(leavers: int, *, held: bool) -> None:
    plan = planned(numbered(1000), numbered(1000 - leavers, start=leavers))
    assert (Hold.SHRINK in plan.holds) is held


def test_more_than_the_most_never_leave_without_asking() -> None:
    settings = GuardSettings(shrink_most=100)
    plan = planned(numbered(1000), numbered(899, start=101), limits=Limits(settings, 0.5, 0.5))
    assert "over the limit of 100 members" in plan.messages[0]
    just = planned(numbered(1000), numbered(900, start=100), limits=Limits(settings, 0.5, 0.5))
    assert just.holds == frozenset()


def test_an_audience_is_never_emptied_without_asking() -> None:
    plan = planned(numbered(3), {})
    [message] = plan.messages
    assert message == (
        "newsletter: would remove 3 of 3 members and leave it empty; check the source, "
        "or run again with --max-removed 3"
    )
    assert plan.operations.num_rows == 0


def test_people_the_source_no_longer_has_are_held_like_those_who_left() -> None:
    had = numbered(100)
    plan = planned(had, numbered(10), gone=tuple(had)[10:])
    assert plan.held == {"remove": {"erased": 90}}


def test_a_withdrawal_is_never_held() -> None:
    had = numbered(900)
    plan = planned(had, {}, refused=tuple(had)[:850])
    assert plan.counts == {"remove": {"consent_withdrawn": 850}}
    assert plan.held == {"remove": {"left": 50}}


def test_suppressed_people_leave_at_once_and_the_hold_out_waits_for_the_shrink_guard() -> None:
    had: dict[str, Keys] = {name: {"email": name} for name in "abcd"}
    known = population("abcd", "abc")
    reasons = pa.array(["consent_denied", "suppressed", "held_out"], pa.string())
    refused = known.refused.set_column(1, "reason", reasons)
    people = replace(known, refused=refused)
    leaving = told(change(had, {}, people))
    assert [(row[2], row[3]) for row in leaving] == [
        ("consent_withdrawn", "a"),
        ("suppressed", "b"),
        ("held_out", "c"),
        ("left", "d"),
    ]
    held = told(change(had, {}, people, holds=[Hold.SHRINK]))
    assert [(row[2], row[3]) for row in held] == [
        ("consent_withdrawn", "a"),
        ("suppressed", "b"),
    ]


@pytest.mark.parametrize("matching", [BY_KEY, BY_ROW])
def test_an_old_key_goes_after_the_new_one_also_where_somebody_else_leaves_with_it(
    matching: Matching,
) -> None:
    old: Keys = {"phone": "p"} if matching is BY_KEY else {"email": "e", "phone": "p"}
    had: dict[str, Keys] = {"a": old, "b": {"email": "e", "phone": "p"}}
    moved: dict[str, Keys] = {"a": {"email": "new", "phone": "new-p"}}
    rows = change(had, moved, population("ab", "b"), matching).operations.to_pylist()
    parts = ("phase", "operation", "client_id", "email", "phone")
    sent = [tuple(row[part] for part in parts) for row in rows]
    by_key = [(0, "remove", "b", "e", None)] if matching is BY_KEY else []
    email = None if matching is BY_KEY else "e"
    assert sent == [
        *by_key,
        (1, "add", "a", "new", "new-p"),
        (2, "remove", "b", email, "p"),
        (2, "remove", "a", email, "p"),
    ]


def test_where_rows_match_who_shares_a_key_with_an_old_row_still_leaves_first() -> None:
    had: dict[str, Keys] = {"a": ANNA, "b": {"email": "bela", "phone": "p-anna"}}
    moved: dict[str, Keys] = {"a": {"email": "new", "phone": "new-p"}}
    assert told(change(had, moved, population("ab", "b"), BY_ROW)) == [
        (0, "remove", "consent_withdrawn", "b", "bela", "p-anna"),
        (1, "add", "key_changed", "a", "new", "new-p"),
        (2, "remove", "key_changed", "a", "anna", "p-anna"),
    ]


def test_a_withdrawal_spares_a_key_of_somebody_whose_removal_is_held() -> None:
    had: dict[str, Keys] = {"a": ANNA, "b": {"email": "bela", "phone": "p-anna"}}
    plan = planned(had, {}, refused=("a",))
    assert told(plan) == [(0, "remove", "consent_withdrawn", "a", "anna", None)]


@pytest.mark.parametrize(("number", "held"), [(812, False), (811, True), (5000, False)])
def test_a_confirmed_number_lets_at_most_so_many_leave(number: int, *, held: bool) -> None:
    limits = Limits(GuardSettings(), 0.5, 0.5, confirmed=Confirmed(max_removed=number))
    plan = planned(numbered(900), numbered(88, start=812), limits=limits)
    assert (Hold.SHRINK in plan.holds) is held
    if held:
        [message] = plan.messages
        assert message == (
            "newsletter: would remove 812 of 900 members, over the 811 of --max-removed; check "
            "the source, or run again with --max-removed 812"
        )


def test_a_confirmed_number_holds_a_worse_result_even_below_the_usual_limits() -> None:
    limits = Limits(GuardSettings(), 0.5, 0.5, confirmed=Confirmed(max_removed=10))
    plan = planned(numbered(900), numbered(880, start=20), limits=limits)
    assert plan.held == {"remove": {"left": 20}}


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        (0, 5000, False),
        (600, 1200, False),
        (600, 1201, True),
        (10, 510, False),
        (10, 511, True),
    ],
)
def test_an_audience_that_more_than_doubles_and_by_500_waits(
    before: int, after: int, *, held: bool
) -> None:
    plan = planned(numbered(before), numbered(after))
    assert (Hold.GROWTH in plan.holds) is held
    if held:
        assert plan.held == {"add": {"entered": after - before}}
        assert plan.operations.num_rows == 0
        [message] = plan.messages
        assert message == (
            f"newsletter: would add {after - before} members to {before}, over the limit of "
            f"100 %; check the segment, or run again with --max-added {after - before}"
        )


@pytest.mark.parametrize(("number", "held"), [(601, False), (600, True)])
def test_a_confirmed_number_lets_at_most_so_many_enter(number: int, *, held: bool) -> None:
    limits = Limits(GuardSettings(), 0.5, 0.5, confirmed=Confirmed(max_added=number))
    plan = planned(numbered(600), numbered(1201), limits=limits)
    assert (Hold.GROWTH in plan.holds) is held
    if held:
        assert "over the 600 of --max-added; check" in plan.messages[0]


def test_members_who_may_not_leave_count_when_others_enter() -> None:
    plan = planned(numbered(600), numbered(1001, start=600))
    assert plan.holds == {Hold.SHRINK, Hold.GROWTH}
    confirmed = Limits(GuardSettings(), 0.5, 0.5, confirmed=Confirmed(max_removed=600))
    plan = planned(numbered(600), numbered(1001, start=600), limits=confirmed)
    assert plan.holds == frozenset()


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [(0.3, 0.4, True), (0.3, 0.399, False), (None, 1.0, False), (0.9, 0.1, False)],
)
def test_a_rise_of_the_consent_share_holds_additions(
    before: float | None, now: float, *, held: bool
) -> None:
    plan = planned(
        {"a": ANNA, "b": BELA},
        {"a": {"email": "anna-new"}, "c": {"email": "c"}},
        refused=("b",),
        limits=Limits(GuardSettings(), now, before),
    )
    assert (Hold.CONSENT in plan.holds) is held
    if held:
        assert plan.counts == {"remove": {"consent_withdrawn": 1}}
        [message] = plan.messages
        assert message == (
            "newsletter: would add 2 members after the share of consenting clients rose from "
            "30.0 % to 40.0 %; check the consent rule and its column, or run again with "
            "--max-consent-share 40.0"
        )


def test_one_member_is_told_of_as_one() -> None:
    plan = planned({"z": ANNA}, {"a": BELA}, limits=Limits(GuardSettings(), 0.4, 0.3))
    assert "newsletter: would add 1 member after the share" in "".join(plan.messages)


def test_a_rise_of_the_consent_share_also_holds_who_is_only_sent_again() -> None:
    limits = Limits(GuardSettings(), 0.4, 0.3)
    plan = planned(numbered(2), numbered(2), limits=limits, refresh=Refresh(TODAY))
    assert plan.held == {"add": {"refresh": 2}}
    assert plan.operations.num_rows == 0


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [(0.4, 0.3, True), (0.4, 0.301, False), (0.3, 0.9, False), (None, 0.0, False)],
)
def test_a_fall_of_the_consent_share_by_the_points_is_told_and_nothing_held(
    before: float | None, now: float, *, told: bool
) -> None:
    limits = Limits(GuardSettings(), now, before)
    assert consent_fell(limits) is told
    plan = planned({"a": ANNA, "b": BELA}, {"a": ANNA}, refused=("b",), limits=limits)
    assert plan.counts == {"remove": {"consent_withdrawn": 1}}
    assert not (told and plan.holds)


@pytest.mark.parametrize(("percent", "held"), [(66.7, False), (66.6, True), (100, False)])
def test_a_confirmed_share_lets_no_higher_one_pass(percent: float, *, held: bool) -> None:
    confirmed = Confirmed(max_consent_share=percent)
    limits = Limits(GuardSettings(), 2 / 3, 0.5, confirmed=confirmed)
    plan = planned({"a": ANNA}, {"a": ANNA, "b": BELA}, limits=limits)
    assert (Hold.CONSENT in plan.holds) is held
    assert consent_rose(limits) is held
    if held:
        assert plan.messages[0].endswith("run again with --max-consent-share 66.7")


@pytest.mark.parametrize(("percent", "rose"), [(40.0, False), (39.9, True)])
def test_a_share_that_is_just_the_confirmed_one_passes(percent: float, *, rose: bool) -> None:
    confirmed = Confirmed(max_consent_share=percent)
    assert consent_rose(Limits(GuardSettings(), 0.4, 0.2, confirmed=confirmed)) is rose


def test_those_who_are_held_out_wait_as_those_who_left_do() -> None:
    had, out = numbered(100), numbered(60)
    reasons = pa.repeat(pa.scalar("held_out"), len(out))
    people = Population(ids(out).append_column("reason", reasons), ids(had))
    verdict = judge(
        change(had, numbered(40, start=60), people).operations,
        name="newsletter",
        delivered_count=100,
        desired_count=40,
        limits=Limits(GuardSettings(), 0.5, 0.5),
    )
    assert verdict.held == {"remove": {"held_out": 60}}


def test_a_ceiling_of_zero_is_a_ceiling() -> None:
    none = Confirmed(max_removed=0, max_added=0, max_consent_share=0.0)
    limits = Limits(GuardSettings(), 0.5, 0.5, confirmed=none)
    plan = planned(numbered(900), numbered(900, start=1), limits=limits)
    assert plan.held == {"add": {"entered": 1}, "remove": {"left": 1}}
    assert plan.operations.num_rows == 0
    assert consent_rose(Limits(GuardSettings(), 0.4, 0.2, confirmed=none))


def test_nothing_to_do_is_nothing_to_hold() -> None:
    verdict = judge(
        change({"a": ANNA}, {"a": ANNA}).operations,
        name="newsletter",
        delivered_count=1,
        desired_count=1,
        limits=Limits(GuardSettings(), 0.9, 0.1, confirmed=Confirmed(max_removed=0)),
    )
    assert (verdict.holds, verdict.held, verdict.messages) == (frozenset(), {}, ())
