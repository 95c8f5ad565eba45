"""The member list after operations were decided: who is in, and how certain that is."""

import pyarrow as pa
import pytest

from audsync.contracts import VALUE, Match
from audsync.state.members import member_schema
from audsync.state.membership import fold, fold_replacement
from fakes.member_lists import (
    ANNA,
    BELA,
    KEYS,
    MONDAY,
    TUESDAY,
    Member,
    after,
    held,
    members,
    operations,
    quiet,
)


def test_a_first_addition_makes_members_of_the_day_in_order() -> None:
    assert after(None, (1, "add", True, BELA), (1, "add", True, ANNA)) == [
        held(ANNA, TUESDAY),
        held(BELA, TUESDAY),
    ]


def test_an_addition_that_nobody_answered_is_uncertain() -> None:
    assert after(None, (1, "add", False, ANNA)) == [held(ANNA, None)]


def test_an_addition_again_renews_the_day_and_only_of_its_row() -> None:
    old: Member = ("a", "old", None, "CZ")
    assert after(members(ANNA, old, BELA), (1, "add", True, ANNA)) == [
        held(ANNA, TUESDAY),
        held(old),
        held(BELA),
    ]


def test_an_addition_again_that_nobody_answered_leaves_the_member_as_it_was() -> None:
    assert after(members(ANNA), (1, "add", False, ANNA)) == [held(ANNA)]


@pytest.mark.parametrize("phase", [0, 2])
@pytest.mark.parametrize("match", Match)
def test_a_confirmed_removal_takes_the_row_away(phase: int, match: Match) -> None:
    removal = (phase, "remove", True, ANNA)
    assert after(members(ANNA, BELA), removal, match=match) == [held(BELA)]


@pytest.mark.parametrize("phase", [0, 2])
@pytest.mark.parametrize("match", Match)
def test_a_removal_that_nobody_answered_leaves_the_row_uncertain(
    phase: int, match: Match
) -> None:
    removal = (phase, "remove", False, ANNA)
    assert after(members(ANNA, BELA), removal, match=match) == [held(ANNA, None), held(BELA)]


@pytest.mark.parametrize("match", Match)
def test_what_was_removed_is_gone_for_whoever_else_had_it(match: Match) -> None:
    twin: Member = ("t", *ANNA[1:])
    removal = (0, "remove", True, ANNA)
    assert after(members(ANNA, twin), removal, match=match) == []


@pytest.mark.parametrize("match", Match)
def test_what_may_have_been_removed_is_certain_for_nobody_else(match: Match) -> None:
    twin: Member = ("t", *ANNA[1:])
    removal = (0, "remove", False, ANNA)
    assert after(members(ANNA, twin), removal, match=match) == [
        held(ANNA, None),
        held(twin, None),
    ]


def test_where_whole_rows_match_only_the_very_row_goes() -> None:
    other: Member = ("a", "anna", None, "CZ")
    removal = (0, "remove", True, ANNA)
    assert after(members(ANNA, other), removal, match=Match.ROW) == [held(other)]
    maybe = (0, "remove", False, ANNA)
    assert after(members(ANNA, other), maybe, match=Match.ROW) == [
        held(other),
        held(ANNA, None),
    ]


def test_a_key_that_was_spared_stays_until_a_member_stands_for_it() -> None:
    """The e-mail went; the phone was spared, for a partner who is not there yet."""
    removal = (0, "remove", True, ("a", "anna", None, None))
    assert after(members(ANNA), removal) == [held(("a", None, "p-anna", "CZ"))]
    partner: Member = ("b", "bela", "p-anna", "CZ")
    assert after(members(ANNA, partner), removal) == [held(partner)]
    added = (1, "add", True, partner)
    assert after(members(ANNA), removal, added) == [held(partner, TUESDAY)]


def test_a_removal_that_nobody_answered_takes_no_key() -> None:
    removal = (0, "remove", False, ("a", "anna", None, None))
    assert after(members(ANNA), removal) == [held(ANNA, None)]


def test_whoever_shares_a_key_with_a_person_who_went_is_uncertain_until_added_again() -> None:
    partner: Member = ("b", "bela", "p-anna", "CZ")
    removal = (0, "remove", True, ("a", "anna", None, None))
    assert after(members(ANNA, partner, BELA), removal, match=Match.PERSON) == [
        held(BELA),
        held(partner, None),
    ]
    again = (1, "add", True, partner)
    assert after(members(ANNA, partner), removal, again, match=Match.PERSON) == [
        held(partner, TUESDAY)
    ]


@pytest.mark.parametrize("certain", [True, False])
def test_who_has_nothing_of_a_person_who_went_stays_as_it_was(*, certain: bool) -> None:
    removal = (0, "remove", certain, ANNA)
    rest = [] if certain else [held(ANNA, None)]
    assert after(members(ANNA, BELA), removal, match=Match.PERSON) == [*rest, held(BELA)]


def test_a_new_row_stands_for_the_old_one_although_it_is_to_be_sent_again() -> None:
    new: Member = ("a", "anna", "p-new", "CZ")
    replaced = (2, "remove", True, ("a", None, "p-anna", "CZ"))
    assert after(members(ANNA), (1, "add", True, new), replaced, match=Match.PERSON) == [
        held(new, None)
    ]
    again = (3, "add", True, new)
    assert after(members(ANNA), (1, "add", True, new), replaced, again, match=Match.PERSON) == [
        held(new, TUESDAY)
    ]


def test_several_removals_of_a_client_take_their_keys_together() -> None:
    assert after(
        members(ANNA, BELA),
        (0, "remove", True, ("a", "anna", None, None)),
        (0, "remove", True, ("a", None, "p-anna", None)),
    ) == [held(BELA)]


def test_a_changed_key_replaces_the_row() -> None:
    new: Member = ("a", "new", "p-anna", "CZ")
    assert after(
        members(ANNA), (1, "add", True, new), (2, "remove", True, ("a", "anna", None, None))
    ) == [held(new, TUESDAY)]


@pytest.mark.parametrize("match", Match)
def test_what_a_member_is_worth_goes_with_its_row(match: Match) -> None:
    def worth(rows: pa.Table, *values: str) -> pa.Table:
        return rows.append_column(VALUE, pa.array(values, pa.string()))

    anna, bela = ("a", "a", "1", "CZ"), ("b", "b", "2", None)
    had = worth(members(anna, bela), "1.00", "2.00")
    changes = operations((0, "remove", True, bela), (1, "add", True, anna))
    folded = fold(
        had.cast(member_schema([*KEYS, VALUE], "0")),
        worth(changes, "2.00", "3.00"),
        worth(quiet()),
        match=match,
        kinds=(("email",), ("phone",)),
        rules_version="0",
    )
    assert [tuple(row.values()) for row in folded.to_pylist()] == [
        (*held(anna, TUESDAY), "3.00")
    ]


@pytest.mark.parametrize("match", Match)
def test_newcomers_come_in_beside_those_who_are_there(match: Match) -> None:
    anna, bela, cila = (("a", "a", "1", "CZ"), ("b", "b", "2", None), ("c", "c", "3", "PL"))
    moved, dana = ("b", "new", "2", None), ("d", "d", "4", "SK")
    twice = (("e", "e1", "5", None), ("e", "e2", "5", None))
    had = members(anna, bela, cila)
    adds = [(1, "add", True, one) for one in (dana, *twice, moved)]
    assert after(had, *adds, (1, "add", False, ("f", "f", "6", None)), match=match) == [
        held(anna),
        held(bela),
        held(moved, TUESDAY),
        held(cila),
        held(dana, TUESDAY),
        *(held(one, TUESDAY) for one in twice),
        held(("f", "f", "6", None), None),
    ]
    # One who comes twice is there once.
    again = ((1, "add", True, dana), (3, "add", True, dana), (1, "add", True, moved))
    assert after(had, *again, match=match)[-1] == held(dana, TUESDAY)
    assert len(after(had, *again, match=match)) == 5
    # Where somebody leaves as well, all of them meet.
    gone = (0, "remove", True, cila)
    assert after(had, gone, *adds, match=match) == [
        held(anna),
        held(bela),
        held(moved, TUESDAY),
        held(dana, TUESDAY),
        *(held(one, TUESDAY) for one in twice),
    ]


def test_a_key_that_is_removed_first_and_added_again_is_there() -> None:
    assert after(members(ANNA), (0, "remove", True, ANNA), (1, "add", True, ANNA)) == [
        held(ANNA, TUESDAY)
    ]
    assert after(members(ANNA), (1, "add", True, ANNA), (2, "remove", True, ANNA)) == []


def test_a_member_list_of_older_rules_gets_the_columns_of_todays() -> None:
    had = members(("a", "anna"), keys=["email"])
    assert after(had, (1, "add", True, BELA)) == [
        ("a", MONDAY, "anna", None, None),
        held(BELA, TUESDAY),
    ]


def test_the_list_is_sorted_by_client_and_keys_and_says_its_rules() -> None:
    rows: list[Member] = [
        ("b", "x", None, None),
        ("a", "y", None, None),
        ("a", "x", "p", "CZ"),
        ("a", "x", "p", None),
        ("a", None, "p", None),
    ]
    folded = fold(
        members(*rows),
        operations(),
        quiet(),
        match=Match.KEY,
        kinds=(("email",), ("phone",)),
        rules_version="7",
    )
    assert folded.schema.equals(member_schema(list(KEYS), "7"), check_metadata=True)
    found = [tuple(row.values()) for row in folded.drop_columns(["confirmed_on"]).to_pylist()]
    assert found == [rows[4], rows[3], rows[2], rows[1], rows[0]]
    assert folded["client_id"].num_chunks == 1


def test_of_equal_rows_of_a_replacement_one_is_kept_sorted_by_keys() -> None:
    rows = operations(
        *[(1, "replace", True, BELA)] * 2, (1, "replace", True, ("b", "a", *BELA[2:]))
    )
    rows = rows.append_column("value", pa.array(["1.00", "2.00", "3.00"]))
    names = (*KEYS, "value")
    late = pa.table({name: pa.array([], pa.string()) for name in ("client_id", *names)})
    folded = fold_replacement(None, rows, late, names, is_whole=True, rules_version="1")
    assert [tuple(row.values()) for row in folded.to_pylist()] == [
        ("b", TUESDAY, "a", None, "PL", "3.00"),
        ("b", TUESDAY, "bela", None, "PL", "2.00"),
    ]


def test_equal_rows_become_one_with_the_later_day() -> None:
    had = pa.concat_tables([members(ANNA), members(ANNA, on=TUESDAY), members(ANNA, on=None)])
    assert after(had) == [held(ANNA, TUESDAY)]
