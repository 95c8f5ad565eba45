"""The plan: who enters, who leaves, why, and what the guards hold."""

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from audsync.contracts import AudienceSpec, Match, Purpose
from audsync.guard_settings import GuardSettings
from audsync.plan import (
    AudiencePlan,
    Confirmed,
    Desired,
    Hold,
    Limits,
    Matching,
    Plan,
    Population,
    Refresh,
    consent_fell,
    consent_rose,
    desired,
    diff,
    judge,
    plan_audience,
    plan_withdrawals,
    refresh_for,
)
from audsync.plan.refresh import _numbers as client_numbers
from audsync.plan.rows import by_client, contained, held_rows, one_each, positions, same_rows
from fakes.people import (
    BY_KEY,
    BY_ROW,
    TODAY,
    YESTERDAY,
    Keys,
    change,
    confirmed,
    consents,
    delivered,
    denied,
    ids,
    key_rows,
    population,
    told,
    wanted,
)

SOURCE = Path(__file__).parents[2] / "src"
ANNA: Keys = {"email": "anna", "phone": "p-anna"}
BELA: Keys = {"email": "bela", "phone": "p-bela"}


def test_a_first_delivery_adds_everybody() -> None:
    assert told(change(None, {"b": BELA, "a": ANNA})) == [
        (1, "add", "entered", "a", "anna", "p-anna"),
        (1, "add", "entered", "b", "bela", "p-bela"),
    ]


def test_operations_have_the_columns_of_a_plan_file() -> None:
    schema = change(None, {"a": ANNA}).operations.schema
    assert [(field.name, str(field.type)) for field in schema] == [
        ("phase", "int8"),
        ("operation", "string"),
        ("reason", "string"),
        ("wanted_as", "string"),
        ("client_id", "string"),
        ("email", "string"),
        ("phone", "string"),
    ]


def test_each_way_out_has_its_reason_and_withdrawals_are_sent_first() -> None:
    had = {name: {"email": f"{name}@example.com"} for name in "abcd"}
    difference = change(had, {"d": had["d"]}, population("bad", refused="b"))
    assert [row[:4] for row in told(difference)] == [
        (0, "remove", "consent_withdrawn", "b"),
        (0, "remove", "erased", "c"),
        (0, "remove", "left", "a"),
    ]


def test_a_refused_person_who_is_gone_from_the_source_counts_as_withdrawn() -> None:
    difference = change({"a": ANNA}, {"b": BELA}, population("b", refused="a"))
    assert [row[2:4] for row in told(difference) if row[1] == "remove"] == [
        ("consent_withdrawn", "a")
    ]


def test_a_changed_key_is_added_before_the_old_one_is_removed() -> None:
    new = {"email": "anna-new", "phone": "p-anna"}
    assert told(change({"a": ANNA}, {"a": new})) == [
        (1, "add", "key_changed", "a", "anna-new", "p-anna"),
        (2, "remove", "key_changed", "a", "anna", None),
    ]


def test_where_whole_rows_match_the_old_row_is_removed_whole() -> None:
    new = {"email": "anna-new", "phone": "p-anna"}
    assert told(change({"a": ANNA}, {"a": new}, matching=BY_ROW))[1] == (
        2,
        "remove",
        "key_changed",
        "a",
        "anna",
        "p-anna",
    )


def test_a_key_that_another_member_has_is_spared() -> None:
    partner = {"email": "bela", "phone": "p-anna"}
    difference = change({"a": ANNA, "b": partner}, {"b": partner}, population("ab"))
    assert told(difference) == [(0, "remove", "left", "a", "anna", None)]


def test_a_member_all_of_whose_keys_another_has_leaves_in_silence() -> None:
    difference = change({"a": ANNA, "b": ANNA}, {"b": ANNA}, population("ab", refused="a"))
    assert told(difference) == []
    assert difference.silent.to_pylist() == [{"wanted_as": None, "client_id": "a", **ANNA}]
    assert difference.spared == 1
    left = confirmed(delivered({"a": ANNA, "b": ANNA}), difference, BY_KEY)
    assert left["client_id"].to_pylist() == ["b"]


def test_an_identical_row_of_another_member_is_spared_where_rows_match() -> None:
    other = {"email": "anna", "phone": None}
    had = {"a": ANNA, "b": ANNA, "c": other, "d": {"email": None, "phone": "p-anna"}}
    difference = change(had, {"b": ANNA}, population("abcd"), BY_ROW)
    assert told(difference) == [
        (0, "remove", "left", "c", "anna", None),
        (0, "remove", "left", "d", None, "p-anna"),
    ]
    assert difference.silent["client_id"].to_pylist() == ["a"]


def test_what_is_left_must_identify_or_nothing_is_sent() -> None:
    columns = ("email", "country")
    had = delivered({"a": {"email": "anna", "country": "CZ"}, "b": {"email": "anna"}}, columns)
    difference = diff(
        desired=wanted({"b": {"email": "anna"}}, columns),
        delivered=had,
        population=population("ab"),
        matching=Matching(Match.KEY, ("email",)),
    )
    assert told(difference) == []
    assert difference.spared == 1


def test_keys_of_which_none_identifies_are_refused() -> None:
    with pytest.raises(ValueError, match="none of the keys email, phone identifies"):
        change({}, {"a": ANNA}, matching=Matching(Match.KEY, ("hashed_email",)))


def test_a_person_joined_with_another_stays_under_the_new_id() -> None:
    difference = change(
        {"7": ANNA}, {"5": ANNA}, population("5", accounts={"5": "5", "7": "5"})
    )
    assert told(difference) == [(1, "add", "key_changed", "5", "anna", "p-anna")]
    assert difference.silent["client_id"].to_pylist() == ["7"]


def test_each_row_says_as_whom_the_person_is_wanted() -> None:
    difference = change(
        {"7": ANNA, "b": {"email": "b"}, "c": {"email": "c", "phone": "p-anna"}, "d": BELA},
        {"5": {"email": "new", "phone": "p-anna"}, "e": {"email": "b"}, "b": BELA},
        population("5bcde", accounts={"5": "5", "7": "5"}),
    )
    assert [
        (row["operation"], row["client_id"], row["wanted_as"])
        for row in difference.operations.to_pylist()
    ] == [
        ("remove", "c", None),
        ("add", "b", "b"),
        ("add", "5", "5"),
        ("add", "e", "e"),
        ("remove", "7", "5"),
    ]
    assert [(row["client_id"], row["wanted_as"]) for row in difference.silent.to_pylist()] == [
        ("b", "b"),
        ("d", None),
    ]


def test_a_joined_person_whose_other_account_denies_is_a_withdrawal() -> None:
    people = population("5", refused="5", accounts={"5": "5", "7": "5"})
    assert told(change({"7": ANNA}, {}, people)) == [
        (0, "remove", "consent_withdrawn", "7", "anna", "p-anna")
    ]


def test_a_joined_person_who_left_the_segment_left() -> None:
    people = population("5", accounts={"5": "5", "7": "5"})
    assert [row[2] for row in told(change({"7": ANNA}, {}, people))] == ["left"]


def test_without_the_account_a_person_is_known_again_by_a_key() -> None:
    new = {"email": "anna", "phone": "p-new"}
    assert told(change({"5": ANNA}, {"7": new}, population("7"))) == [
        (1, "add", "key_changed", "7", "anna", "p-new"),
        (2, "remove", "key_changed", "5", None, "p-anna"),
    ]


def test_who_is_known_again_by_no_key_has_gone() -> None:
    assert told(
        change({"5": ANNA, "6": BELA}, {"7": ANNA, "8": {"email": "c"}}, population("78"))
    ) == [
        (0, "remove", "erased", "6", "bela", "p-bela"),
        (1, "add", "key_changed", "7", "anna", "p-anna"),
        (1, "add", "entered", "8", "c", None),
    ]


def test_a_key_that_both_lack_makes_nobody_the_same_person() -> None:
    one, other = {"email": "anna"}, {"email": "bela"}
    assert told(change({"5": one}, {"7": other}, population("7"))) == [
        (0, "remove", "erased", "5", "anna", None),
        (1, "add", "entered", "7", "bela", None),
    ]


def test_all_rows_of_a_person_go_under_the_new_id_together() -> None:
    had = pa.concat_tables([delivered({"5": {"email": "old"}}), delivered({"5": ANNA})])
    assert [row[:4] for row in told(change(had, {"7": ANNA}, population("7")))] == [
        (1, "add", "key_changed", "7"),
        (2, "remove", "key_changed", "5"),
    ]


def test_a_housemate_who_was_a_member_before_inherits_nothing() -> None:
    partner = {"email": "bela", "phone": "p-anna"}
    difference = change({"a": ANNA, "b": partner}, {"b": partner}, population("b"))
    assert told(difference) == [(0, "remove", "erased", "a", "anna", None)]


def test_an_uncertain_row_is_sent_again_when_wanted_and_removed_when_not() -> None:
    had = delivered({"a": ANNA, "b": BELA}, confirmed_on=None)
    assert [row[:4] for row in told(change(had, {"a": ANNA}, population("ab")))] == [
        (0, "remove", "left", "b"),
        (1, "add", "refresh", "a"),
    ]


def test_old_keys_whose_removal_was_not_confirmed_are_removed_again() -> None:
    had = pa.concat_tables([delivered({"a": {"email": "old"}}), delivered({"a": ANNA})])
    assert told(change(had, {"a": ANNA})) == [(2, "remove", "key_changed", "a", "old", None)]


def test_a_key_column_that_is_new_changes_the_rows_that_have_it() -> None:
    had = delivered({"a": ANNA, "b": {"email": "bela"}}, columns=("email",))
    operations = told(change(had, {"a": ANNA, "b": {"email": "bela"}}))
    assert operations == [(1, "add", "key_changed", "a", "anna", "p-anna")]


def test_members_are_added_again_before_their_membership_ends() -> None:
    had = pa.concat_tables(
        [
            delivered({"a": ANNA}, confirmed_on=TODAY - timedelta(days=21)),
            delivered({"b": BELA}, confirmed_on=TODAY - timedelta(days=19)),
        ]
    )
    refresh = Refresh(TODAY - timedelta(days=20))
    assert told(change(had, {"a": ANNA, "b": BELA}, refresh=refresh)) == [
        (1, "add", "refresh", "a", "anna", "p-anna")
    ]


@pytest.mark.parametrize("membership_days", [1, 2, 3, 7, 30, 60])
def test_every_member_is_refreshed_in_time_and_never_twice_a_day(membership_days: int) -> None:
    people: dict[str, Keys] = {
        f"{number}": {"email": f"e{number}"} for number in range(990, 1050)
    }
    want = wanted(people)
    sent = [
        diff(
            desired=want,
            delivered=delivered(people, confirmed_on=TODAY - timedelta(days=age)),
            population=Population(denied(()), want.rows),
            matching=BY_KEY,
            refresh=refresh_for(TODAY, membership_days),
        ).operations.num_rows
        for age in range(membership_days + 1)
    ]
    assert sent[0] == 0
    assert sent[max(1, membership_days - 1)] == len(people)
    assert sent == sorted(sent)
    if membership_days >= 30:
        # Spread: no single day takes most of them.
        assert max(late - early for early, late in pairwise(sent)) < len(people) / 2


def test_the_refresh_of_a_long_membership_keeps_a_sixth_in_reserve() -> None:
    refresh = refresh_for(TODAY, 540)
    assert refresh == Refresh(TODAY - timedelta(days=449), 90)


def test_the_refresh_of_a_short_membership_is_of_whole_days() -> None:
    assert refresh_for(TODAY, 7) == Refresh(TODAY - timedelta(days=5), 1)
    assert refresh_for(TODAY, 13) == Refresh(TODAY - timedelta(days=10), 2)
    assert refresh_for(TODAY, 1) == Refresh(TODAY, 1)


def test_the_day_of_a_refresh_differs_from_person_to_person_and_stays_the_same() -> None:
    people: dict[str, Keys] = {f"{number}": {"email": f"e{number}"} for number in range(9)}
    numbers = client_numbers(pa.chunked_array([sorted(people)], pa.string())).tolist()
    refresh = Refresh(TODAY - timedelta(days=20), 3)
    want = wanted(people)
    for day in range(-2, 5):
        operations = diff(
            desired=want,
            delivered=delivered(people, confirmed_on=refresh.before + timedelta(days=day)),
            population=Population(denied(()), want.rows),
            matching=BY_KEY,
            refresh=refresh,
        ).operations
        due = [name for name, number in zip(people, numbers, strict=True) if day < number % 3]
        assert sorted(map(str, operations["client_id"].to_pylist())) == due


def test_the_day_of_a_refresh_goes_by_the_bytes_of_the_client_id() -> None:
    ids = ["", "a", "ab", "\u017eofie", "0123456789" * 3, "z", "\u00ff" * 40]
    expected = []
    for text in ids:
        number = 0
        for byte in text.encode():
            number = (31 * number + byte) % 2**64
        expected.append(number)
    numbers = client_numbers(pa.chunked_array([ids[:3], ids[3:]], pa.string()))
    assert numbers.tolist() == expected
    assert numbers.dtype == np.uint64
    nothing = client_numbers(pa.chunked_array([["", ""]], pa.string()))
    assert nothing.tolist() == [0, 0]
    assert nothing.dtype == np.uint64


def test_a_plan_adds_members_again_before_their_membership_ends() -> None:
    plan = planned(numbered(2), numbered(2), refresh=Refresh(TODAY))
    assert plan.counts == {"add": {"refresh": 2}}
    assert planned(numbered(2), numbered(2)).counts == {}


def test_a_membership_without_end_needs_no_refresh() -> None:
    assert refresh_for(TODAY, None) is None


def test_desired_counts_what_became_of_every_candidate() -> None:
    gate = consents({"a": True, "b": False, "c": True})
    found = desired(
        gate.consented,
        ids("ccbbaax"),
        key_rows({"a": ANNA, "b": BELA}, ("email",)),
        refused=gate.refused,
    )
    assert found.purpose is Purpose.ADVERTISING
    assert found.rows["client_id"].to_pylist() == ["a"]
    assert found.candidates == 4
    assert found.refused == {"consent_denied": 1, "consent_unknown": 1}
    assert found.unreachable == 1


def test_whoever_is_suppressed_after_the_gate_is_not_desired() -> None:
    gate = consents({"a": True, "b": True})
    suppressed = pa.table({"client_id": ["a"], "reason": ["suppressed"]})
    keys = key_rows({"a": ANNA, "b": BELA}, ("email",))
    found = desired(gate.consented, ids("ab"), keys, refused=suppressed)
    assert found.rows["client_id"].to_pylist() == ["b"]
    assert found.refused == {"suppressed": 1}


def test_the_plan_takes_only_consented_people() -> None:
    keys = key_rows({"a": ANNA}, ("email",))
    with pytest.raises(TypeError, match=r"^the plan takes only those whom the consent gate"):
        desired(ids("a"), ids("a"), keys, refused=ids(""))  # type: ignore[arg-type]  # must fail
    with pytest.raises(TypeError, match=r"^only desired\(\) says who should be in"):
        Desired(Purpose.ADVERTISING, keys, 1, {}, 0, object())
    with pytest.raises(TypeError, match=r"^the plan takes only what desired\(\) made$"):
        diff(
            desired=keys,  # type: ignore[arg-type]  # must fail
            delivered=None,
            population=population("a"),
            matching=BY_KEY,
        )


def test_no_other_module_makes_desired() -> None:
    wrong = [
        str(path.relative_to(SOURCE))
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Desired"
    ]
    assert wrong == ["audsync/plan/desired_members.py"]


def test_the_member_list_is_sorted_dated_and_marked_with_its_rules() -> None:
    had = delivered({"a": ANNA, "c": {"email": "c"}})
    difference = change(had, {"a": ANNA, "b": BELA}, population("abc"))
    members = confirmed(had, difference, BY_KEY, rules_version="7")
    assert members.select(["client_id", "confirmed_on"]).to_pylist() == [
        {"client_id": "a", "confirmed_on": YESTERDAY},
        {"client_id": "b", "confirmed_on": TODAY},
    ]
    assert members.schema.metadata == {b"audsync.rules": b"7"}


@pytest.mark.parametrize(
    ("values", "among"),
    [
        (["a", "b", "d"], ["b", "c", "d"]),
        (["d", "a"], ["a", "d"]),
        (["a", None], ["a", None]),
        (["a", "a"], ["a", "b"]),
        (["a", "b"], ["b", "b"]),
        (["a" * 40, "b"], ["b", "c"]),
        (["a", "a\x00"], ["a\x00", "b"]),
        (["é", "ž"], ["ž", "žž"]),
        ([], ["a"]),
        (["a"], []),
        (["c"], ["a", "b", "c", "d", "e"]),
        (["c", None], ["a", None, "b", "c", "d", "e", "f", "g", "h"]),
        (["x", None], ["a", None, "b", "c", "d", "e", "f", "g", "h"]),
        (["a", "c", "d", "e", "z"], ["a", "b", "c", "e", "z"]),
        (["a" * 32, "b"], ["a" * 32, "c"]),
        (["a" * 33, "b"], ["a" * 33, "c"]),
        (["", "a"], ["", "b"]),
        (["b", None, "b", "x"], ["a", "b", "b", None, "c", "b"]),
    ],
)
def test_positions_are_those_of_a_plain_search(
    values: list[str | None], among: list[str | None]
) -> None:
    found = positions(
        pa.chunked_array([values], pa.string()), pa.chunked_array([among], pa.string())
    )
    expected = [
        among.index(value) if value is not None and value in among else -1 for value in values
    ]
    assert found.tolist() == expected
    held = contained(
        pa.chunked_array([values], pa.string()), pa.chunked_array([among], pa.string())
    )
    assert held.tolist() == [place >= 0 for place in expected]


def test_rows_are_compared_in_parts_and_null_equals_null() -> None:
    count = 40_000  # of which 16,384 are a part
    texts = [None if number % 7 == 0 else f"t{number}" for number in range(count)]
    right = pa.table({"client_id": texts, "email": pa.array(texts, pa.string())})
    others = [None if number % 11 == 0 else text for number, text in enumerate(texts)]
    left = pa.table({"client_id": texts, "email": pa.array(others, pa.string())})
    places = np.arange(count, dtype=np.int64)
    places[20_000:] -= 1
    places[[5, 17_000]] = -1
    found = same_rows(left, right, ["email"], at=places)
    expected = [
        place >= 0 and others[row] == texts[place] for row, place in enumerate(places.tolist())
    ]
    assert found.tolist() == expected
    assert 15_000 < sum(expected) < 25_000
    assert same_rows(left, right, [], at=places).tolist() == (places >= 0).tolist()
    every_other = np.array([1, 3, 5], dtype=np.int64)
    assert same_rows(left.slice(1, 3), right, ["client_id"], at=every_other).tolist() == [
        True,
        False,
        False,
    ]
    assert same_rows(left.take([1, 3, 5]), right, ["client_id"], at=every_other).all()


def test_rows_are_held_where_every_column_is_equal_and_null_equals_null() -> None:
    pairs: list[tuple[str | None, str | None]] = [
        *(("ab", "c"), ("a", "bc"), ("a:null:b", "c"), ("a", "b:null:c"), ("a:1:b", "c")),
        *(("null", "c"), (None, "c"), ("", "c"), ("c", None), ("c", "null"), (None, None)),
    ]

    def rows(chosen: Iterable[tuple[str | None, str | None]]) -> pa.Table:
        one, other = zip(*chosen, strict=True)
        return pa.table(
            {"email": pa.array(one, pa.string()), "phone": pa.array(other, pa.string())}
        )

    for pair in pairs:
        held = held_rows(rows(pairs), [rows([pair])], ["email", "phone"])
        assert held.tolist() == [pair == another for another in pairs]
    parts = [rows(pairs[:2]), rows(pairs[3:4])]
    held = held_rows(rows(pairs), parts, ["email", "phone"])
    assert [number for number, is_held in enumerate(held) if is_held] == [0, 1, 3]
    assert not held_rows(rows(pairs), [], ["email", "phone"]).any()


def test_rows_are_sorted_by_client_and_those_of_one_by_their_keys() -> None:
    rows = pa.table({"email": ["z", "b", "a"], "client_id": ["2", "1", "1"]})
    assert by_client(rows).to_pylist() == [
        {"email": "a", "client_id": "1"},
        {"email": "b", "client_id": "1"},
        {"email": "z", "client_id": "2"},
    ]


def numbered(count: int, start: int = 0) -> dict[str, Keys]:
    return {f"{number:06}": {"email": f"e{number}"} for number in range(start, start + count)}


def planned(
    had: Mapping[str, Keys],
    want: Mapping[str, Keys],
    *,
    refused: tuple[str, ...] = (),
    limits: Limits | None = None,
    gone: tuple[str, ...] = (),
    refresh: Refresh | None = None,
) -> AudiencePlan:
    known = [name for name in {**had, **want} if name not in gone]
    people = Population(denied(refused), ids(known))
    return plan_audience(
        shop="kolo",
        segment="newsletter",
        sink="files",
        spec=AudienceSpec("kolo.newsletter", "Newsletter"),
        rules_version="1",
        desired=wanted(want),
        delivered=delivered(had) if had else None,
        population=people,
        matching=BY_KEY,
        limits=limits or Limits(GuardSettings(), 0.5, 0.5),
        refresh=refresh,
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
    had: Mapping[str, Keys] | pa.Table, people: Population, matching: Matching = BY_KEY
) -> AudiencePlan:
    return plan_withdrawals(
        shop="kolo",
        segment="newsletter",
        sink="files",
        spec=AudienceSpec("kolo.newsletter", "Newsletter"),
        rules_version="7",
        consented=consents({"a": True, "b": True}).consented,
        delivered=delivered(had) if isinstance(had, Mapping) else had,
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
    assert (plan.effect, plan.is_replaced) == ("", False)
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
