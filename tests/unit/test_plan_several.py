"""Several addresses and numbers of a person: a key is one wherever it stands."""

from collections.abc import Mapping

import pytest

from audsync.contracts import Match, Replacing
from audsync.plan import Difference, Matching, Population, diff
from audsync.plan.replacement import Ways, replacement
from audsync.plan.rows import shares
from fakes.people import Keys, delivered, key_rows, population, told, wanted

COLUMNS = ("email", "email_2", "phone")
KINDS = (("email", "email_2"), ("phone",))
BY_KEY, BY_PERSON, BY_ROW, EITHER = (
    Matching(match, KINDS) for match in (Match.KEY, Match.PERSON, Match.ROW, Match.EITHER)
)
ANNA: Keys = {"email": "anna", "email_2": "family", "phone": "p-anna"}
BELA: Keys = {"email": "family", "phone": "p-bela"}
CILA: Keys = {"email": "cila", "phone": "p-cila"}


def change(
    had: Mapping[str, Keys],
    want: Mapping[str, Keys],
    matching: Matching,
    people: Population | None = None,
) -> Difference:
    return diff(
        desired=wanted(want, COLUMNS),
        delivered=delivered(had, COLUMNS),
        population=people or population("abc"),
        matching=matching,
    )


def test_rows_share_a_key_in_any_column_of_its_kind_and_in_no_other() -> None:
    others = key_rows({"b": BELA, "c": {"email": "p-anna"}}, COLUMNS)
    rows = key_rows({"a": ANNA, "b": CILA, "c": {"email_2": "family"}}, COLUMNS)
    assert shares(rows, others, KINDS).tolist() == [True, False, True]
    assert shares(rows, others, (("email",), ("email_2",), ("phone",))).tolist() == [False] * 3
    assert shares(rows, others.slice(0, 0), KINDS).tolist() == [False] * 3


@pytest.mark.parametrize("matching", [BY_KEY, BY_PERSON])
def test_a_removal_names_all_addresses_but_those_that_others_have_in_another_column(
    matching: Matching,
) -> None:
    three: Keys = {"email": "old", "email_2": "family", "phone": "p-anna"}
    changes = change({"a": three, "c": CILA}, {"c": CILA}, matching)
    assert told(changes) == [(0, "remove", "left", "a", "old", "family", "p-anna")]
    changes = change({"a": ANNA, "b": BELA}, {"b": BELA}, matching)
    leaves = (0, "remove", "left", "a", "anna", None, "p-anna")
    again = (1, "add", "restored", "b", "family", None, "p-bela")
    assert told(changes) == ([leaves, again] if matching is BY_PERSON else [leaves])


@pytest.mark.parametrize("matching", [BY_KEY, BY_PERSON])
def test_an_address_that_moved_to_another_column_of_the_same_person_is_not_removed(
    matching: Matching,
) -> None:
    newer: Keys = {"email": "new", "email_2": "anna", "phone": "p-anna"}
    changes = change({"a": {"email": "anna", "phone": "p-anna"}}, {"a": newer}, matching)
    assert told(changes) == [(1, "add", "key_changed", "a", "new", "anna", "p-anna")]
    assert changes.spared == 1
    # Of two the one that is gone is removed, behind the addition.
    changes = change({"a": ANNA}, {"a": {"email": "family", "phone": "p-anna"}}, matching)
    later: list[tuple[object, ...]] = [
        (1, "add", "key_changed", "a", "family", None, "p-anna"),
        (2, "remove", "key_changed", "a", "anna", None, None),
    ]
    again = (3, "add", "restored", "a", "family", None, "p-anna")
    assert told(changes) == ([*later, again] if matching is BY_PERSON else later)


def test_an_old_key_that_who_leaves_has_in_another_column_goes_after_the_additions() -> None:
    had = {"a": ANNA, "b": BELA}
    want: dict[str, Keys] = {"a": {"email": "new", "phone": "p-anna"}}
    assert told(change(had, want, BY_KEY)) == [
        (0, "remove", "left", "b", None, None, "p-bela"),
        (1, "add", "key_changed", "a", "new", None, "p-anna"),
        (2, "remove", "left", "b", "family", None, None),
        (2, "remove", "key_changed", "a", "anna", "family", None),
    ]


def test_where_nobody_knows_how_members_are_found_all_who_share_a_key_are_restored() -> None:
    had = {"a": ANNA, "b": BELA, "c": CILA}
    assert told(change(had, {"b": BELA, "c": CILA}, EITHER)) == [
        (0, "remove", "left", "a", "anna", "family", "p-anna"),
        (1, "add", "restored", "b", "family", None, "p-bela"),
    ]
    assert told(change(had, {"b": BELA, "c": CILA}, BY_ROW)) == [
        (0, "remove", "left", "a", "anna", "family", "p-anna")
    ]


def test_a_person_whose_account_was_deleted_is_found_by_a_key_in_another_column() -> None:
    heir: Keys = {"email": "new", "email_2": "anna"}
    want = {"b": heir, "c": CILA, "d": {"email": "x", "phone": "p"}}
    changes = change({"a": {"email": "anna"}}, want, BY_KEY, population("bcd"))
    # He never drops out: what he had stays, what is new is added under his new id.
    assert told(changes) == [
        (1, "add", "key_changed", "b", "new", "anna", None),
        (1, "add", "entered", "c", "cila", None, "p-cila"),
        (1, "add", "entered", "d", "x", None, "p"),
    ]
    assert changes.silent["wanted_as"].to_pylist() == ["b"]


def test_a_late_replacement_restores_whoever_shares_a_key_in_another_column() -> None:
    had = {"a": ANNA, "b": BELA, "c": CILA}
    want = wanted({"b": BELA, "c": CILA}, COLUMNS)
    changes = diff(
        desired=want,
        delivered=delivered(had, COLUMNS),
        population=population("abc", "a"),
        matching=BY_PERSON,
    )
    whole = replacement(
        want.rows,
        delivered(had, COLUMNS),
        changes,
        ways=Ways(Replacing.ALWAYS, is_late=True),
        matching=BY_PERSON,
    )
    assert [row[1:4] for row in told(whole)] == [
        ("remove", "consent_withdrawn", "a"),
        ("replace", "staying", "c"),
        ("replace", "restored", "b"),
    ]
