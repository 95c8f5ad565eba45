"""Who leaves in silence or is replaced, and who stands for the keys meanwhile."""

import pyarrow as pa
import pytest

from audsync.contracts import Match
from audsync.state.members import member_schema
from audsync.state.membership import fold_replacement
from fakes.member_lists import (
    ANNA,
    BELA,
    KEYS,
    TUESDAY,
    Member,
    after,
    held,
    members,
    operations,
)

NONE_LATE = members().drop_columns(["confirmed_on"])


@pytest.mark.parametrize("match", Match)
def test_who_leaves_in_silence_goes_when_others_stand_for_the_keys(match: Match) -> None:
    twin: Member = ("t", *ANNA[1:])
    assert after(members(ANNA, twin), silent=[ANNA], match=match) == [held(twin)]


@pytest.mark.parametrize("match", Match)
def test_who_leaves_in_silence_stays_known_while_nobody_stands_for_the_keys(
    match: Match,
) -> None:
    near: Member = ("t", "anna", "p-other", "CZ")
    assert after(members(ANNA, near), silent=[ANNA], match=match) == [held(ANNA), held(near)]


@pytest.mark.parametrize("match", Match)
def test_a_row_of_unknown_fate_stands_for_the_keys_of_who_leaves(match: Match) -> None:
    """Both may be there under the keys: one row is enough to have them removed one day."""
    twin: Member = ("t", *ANNA[1:])
    had = pa.concat_tables([members(ANNA), members(twin, on=None)])
    assert after(had, silent=[ANNA], match=match) == [held(twin, None)]


@pytest.mark.parametrize("match", Match)
def test_the_old_row_of_who_is_wanted_stays_until_a_new_one_is_confirmed(
    match: Match,
) -> None:
    twin: Member = ("t", *ANNA[1:])
    new: Member = ("a2", "new", None, "CZ")
    had = members(ANNA, twin)

    def left(*added: tuple[int, str, bool, Member]) -> list[tuple[object, ...]]:
        return after(had, *added, silent=[ANNA], wanted_as="a2", match=match)

    assert left() == [held(ANNA), held(twin)]
    assert left((1, "add", False, new)) == [held(ANNA), held(new, None), held(twin)]
    assert left((1, "add", True, new)) == [held(new, TUESDAY), held(twin)]


def test_what_is_left_of_an_old_row_stays_until_the_new_one_is_confirmed() -> None:
    """The old e-mail went, the phone was spared for a partner; the new e-mail is uncertain."""
    partner: Member = ("b", "bela", "p-anna", "CZ")
    had = pa.concat_tables([members(ANNA, partner), members(("a", "new", None, None), on=None)])
    removal = (2, "remove", True, ("a", "anna", None, None))
    rest = held(("a", None, "p-anna", "CZ"))
    assert rest in after(had, removal)
    assert rest not in after(had, (1, "add", True, ("a", "new", None, None)), removal)


def test_two_who_leave_in_silence_do_not_stand_for_one_another() -> None:
    twin: Member = ("t", *ANNA[1:])
    assert len(after(members(ANNA, twin), silent=[ANNA, twin])) == 2


def test_keys_may_be_covered_by_several_members() -> None:
    one: Member = ("x", "anna", None, "CZ")
    other: Member = ("y", None, "p-anna", "CZ")
    assert after(members(ANNA, one, other), silent=[ANNA]) == [held(one), held(other)]
    assert len(after(members(ANNA, one), silent=[ANNA])) == 2


def test_a_country_identifies_nobody_and_needs_nobody_to_stand_for_it() -> None:
    other: Member = ("x", "anna", "p-anna", "PL")
    assert after(members(ANNA, other), silent=[ANNA]) == [held(other)]
    assert len(after(members(ANNA, other), silent=[ANNA], match=Match.ROW)) == 2


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_replacement_leaves_its_own_rows_and_one_that_is_not_whole_is_certain_of_nobody(
    *, is_whole: bool
) -> None:
    had = members(ANNA, ("c", "cila", "p-cila", None))
    new = operations((1, "replace", True, BELA), (1, "replace", True, ANNA))
    folded = fold_replacement(had, new, NONE_LATE, KEYS, is_whole=is_whole, rules_version="7")
    whole = [held(ANNA, TUESDAY), held(BELA, TUESDAY)]
    torn = [held(ANNA, None), held(BELA, None), held(("c", "cila", "p-cila", None), None)]
    assert [tuple(row.values()) for row in folded.to_pylist()] == (whole if is_whole else torn)
    assert folded.schema == member_schema(list(KEYS), "7")


def test_whom_an_earlier_plan_may_still_add_is_uncertain_after_a_replacement() -> None:
    late = members(ANNA, BELA).drop_columns(["confirmed_on"])
    new = operations((1, "replace", True, ANNA))
    folded = fold_replacement(members(BELA), new, late, KEYS, is_whole=True, rules_version="7")
    assert [tuple(row.values()) for row in folded.to_pylist()] == [
        held(ANNA, TUESDAY),
        held(BELA, None),
    ]
