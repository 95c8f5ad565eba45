"""Platforms that do not say how they find members, and members of a value."""

import pytest

from audsync.contracts import VALUE, Match
from audsync.guard_settings import GuardSettings
from audsync.identity.google_keys import ADDRESS_PARTS, GOOGLE_RULES
from audsync.identity.meta_keys import META_RULES
from audsync.plan import (
    Limits,
    Matching,
    diff,
    judge,
)
from audsync.plan.difference import matching_of
from fakes.people import (
    ANNA,
    BY_KEY,
    CILA,
    EITHER,
    HOUSEMATE,
    PERSON,
    Keys,
    change,
    delivered,
    population,
    told,
    wanted,
)

WORTH = ("email", "phone", VALUE)


def test_whoever_shares_a_key_with_one_who_leaves_is_added_again_after_it() -> None:
    had = {"a": ANNA, "b": HOUSEMATE, "c": CILA}
    assert told(change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), EITHER)) == [
        (0, "remove", "consent_withdrawn", "b", "bela", "p-anna"),
        (1, "add", "restored", "a", "anna", "p-anna"),
    ]


def test_one_shared_key_of_several_is_enough_to_be_added_again() -> None:
    other: Keys = {"email": "anna", "phone": "p-other"}
    had = {"a": ANNA, "b": other, "c": CILA}
    assert told(change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), EITHER)) == [
        (0, "remove", "consent_withdrawn", "b", "anna", "p-other"),
        (1, "add", "restored", "a", "anna", "p-anna"),
    ]


def test_members_are_found_by_the_keys_that_identify_and_by_their_parts() -> None:
    google = matching_of(Match.PERSON, GOOGLE_RULES)
    assert google == Matching(
        Match.PERSON, (("email",), ("phone",), ("address",)), {"address": ADDRESS_PARTS}
    )
    meta = matching_of(Match.EITHER, META_RULES)
    assert meta == Matching(Match.EITHER, (("EMAIL",), ("PHONE",)), {})


def test_whoever_shares_a_key_with_an_old_row_is_added_again_last_of_all() -> None:
    moved: Keys = {"email": "new", "phone": "p-anna"}
    had = {"a": ANNA, "b": HOUSEMATE, "c": CILA}
    assert told(change(had, {"a": moved, "b": HOUSEMATE, "c": CILA}, None, EITHER)) == [
        (1, "add", "key_changed", "a", "new", "p-anna"),
        (2, "remove", "key_changed", "a", "anna", "p-anna"),
        (3, "add", "restored", "b", "bela", "p-anna"),
        (3, "add", "restored", "a", "new", "p-anna"),
    ]


def test_who_is_added_anyway_has_that_reason_and_an_equal_row_is_spared() -> None:
    had = {"b": HOUSEMATE, "c": CILA}
    assert told(change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), EITHER)) == [
        (0, "remove", "consent_withdrawn", "b", "bela", "p-anna"),
        (1, "add", "entered", "a", "anna", "p-anna"),
    ]
    same = change({"a": ANNA, "b": ANNA}, {"a": ANNA}, population("ab", "b"), EITHER)
    assert (told(same), same.spared) == ([], 1)


def test_a_person_leaves_by_what_nobody_shares_and_whoever_shares_the_rest_is_added_again() -> (
    None
):
    had = {"a": ANNA, "b": HOUSEMATE, "c": CILA}
    assert told(change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), PERSON)) == [
        (0, "remove", "consent_withdrawn", "b", "bela", None),
        (1, "add", "restored", "a", "anna", "p-anna"),
    ]


def test_an_old_key_of_a_person_goes_last_and_whoever_shares_the_rest_is_added_after_it() -> (
    None
):
    moved: Keys = {"email": "new", "phone": "p-anna"}
    had = {"a": ANNA, "b": HOUSEMATE, "c": CILA}
    assert told(change(had, {"a": moved, "b": HOUSEMATE, "c": CILA}, None, PERSON)) == [
        (1, "add", "key_changed", "a", "new", "p-anna"),
        (2, "remove", "key_changed", "a", "anna", None),
        (3, "add", "restored", "b", "bela", "p-anna"),
        (3, "add", "restored", "a", "new", "p-anna"),
    ]


def test_a_person_all_of_whose_keys_others_have_is_nobody_who_could_be_told_apart() -> None:
    both: Keys = {"email": "anna", "phone": "p-cila"}
    had = {"a": ANNA, "b": both, "c": CILA}
    changes = change(had, {"a": ANNA, "c": CILA}, population("abc", "b"), PERSON)
    assert (told(changes), changes.spared) == ([], 1)
    # With the last other member of a key it goes.
    after = change(had, {"c": CILA}, population("abc", "ab"), PERSON)
    assert told(after) == [
        (0, "remove", "consent_withdrawn", "a", "anna", "p-anna"),
        (0, "remove", "consent_withdrawn", "b", "anna", None),
        (1, "add", "restored", "c", "cila", "p-cila"),
    ]


HOME: Keys = {"email": "anna", "first": "f", "country": "GB", "address": "home"}
PARTS = ("email", "first", "country", "address")
IN_PARTS = Matching(Match.PERSON, (("email",), ("address",)), {"address": ("first", "country")})


@pytest.mark.parametrize("shares", [True, False])
def test_a_key_in_parts_leaves_whole_or_not_at_all(*, shares: bool) -> None:
    home = HOME["address"] if shares else "villa"
    partner: Keys = {"email": "bela", "first": "f", "country": "GB", "address": home}
    changes = diff(
        desired=wanted({"b": partner}, PARTS),
        delivered=delivered({"a": HOME, "b": partner}, PARTS),
        population=population("ab", "a"),
        matching=IN_PARTS,
    )
    gone = (None, None, None) if shares else ("f", "GB", "home")
    assert told(changes)[0] == (0, "remove", "consent_withdrawn", "a", "anna", *gone)
    assert [row[1:4] for row in told(changes)[1:]] == ([("add", "restored", "b")] * shares)


def test_a_key_in_parts_that_is_old_of_somebody_else_goes_whole_and_last() -> None:
    had: dict[str, Keys] = {"a": HOME, "b": {**HOME, "email": "bela"}}
    changes = diff(
        desired=wanted({"b": {**HOME, "email": "bela", "address": "villa"}}, PARTS),
        delivered=delivered(had, PARTS),
        population=population("ab", "a"),
        matching=IN_PARTS,
    )
    gone = (None, None, None)
    assert told(changes)[0] == (0, "remove", "consent_withdrawn", "a", "anna", *gone)
    assert (2, "remove", "consent_withdrawn", "a", None, "f", "GB", "home") in told(changes)


def test_another_value_of_the_same_keys_is_sent_and_nobody_is_removed() -> None:
    had = delivered({"a": {**ANNA, VALUE: "10.00"}, "c": {**CILA, VALUE: "5.00"}}, WORTH)
    want = wanted({"a": {**ANNA, VALUE: "12.00"}, "c": {**CILA, VALUE: "5.00"}}, WORTH)
    changes = diff(desired=want, delivered=had, population=population("ac"), matching=BY_KEY)
    assert told(changes) == [(1, "add", "value_changed", "a", "anna", "p-anna", "12.00")]
    rose = Limits(GuardSettings(), 0.4, 0.3)
    verdict = judge(
        changes.operations, name="a", delivered_count=2, desired_count=2, limits=rose
    )
    assert verdict.held == {"add": {"value_changed": 1}}


def test_a_member_who_leaves_is_told_from_others_by_keys_and_not_by_the_value() -> None:
    had = delivered({"a": {**ANNA, VALUE: "1.00"}, "b": {**ANNA, VALUE: "2.00"}}, WORTH)
    want = wanted({"a": {**ANNA, VALUE: "1.00"}}, WORTH)
    changes = diff(desired=want, delivered=had, population=population("ab"), matching=EITHER)
    assert (told(changes), changes.spared) == ([], 1)
