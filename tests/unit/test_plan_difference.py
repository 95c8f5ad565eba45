"""The difference of two member lists: who enters, who leaves, and why."""

import pyarrow as pa
import pytest

from audsync.contracts import Match
from audsync.plan import Matching, diff
from fakes.people import (
    ANNA,
    BELA,
    BY_KEY,
    BY_ROW,
    TODAY,
    YESTERDAY,
    change,
    confirmed,
    delivered,
    population,
    told,
    wanted,
)


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
        matching=Matching(Match.KEY, (("email",),)),
    )
    assert told(difference) == []
    assert difference.spared == 1


def test_keys_of_which_none_identifies_are_refused() -> None:
    with pytest.raises(ValueError, match="none of the keys email, phone identifies"):
        change({}, {"a": ANNA}, matching=Matching(Match.KEY, (("hashed_email",),)))


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


def test_the_member_list_is_sorted_dated_and_marked_with_its_rules() -> None:
    had = delivered({"a": ANNA, "c": {"email": "c"}})
    difference = change(had, {"a": ANNA, "b": BELA}, population("abc"))
    members = confirmed(had, difference, BY_KEY, rules_version="7")
    assert members.select(["client_id", "confirmed_on"]).to_pylist() == [
        {"client_id": "a", "confirmed_on": YESTERDAY},
        {"client_id": "b", "confirmed_on": TODAY},
    ]
    assert members.schema.metadata == {b"audsync.rules": b"7"}
