"""The member list of people with several addresses: a key is one wherever it stands."""

from datetime import date

import pyarrow as pa
import pytest

from audsync.contracts import Match
from audsync.state.membership import fold
from fakes.member_lists import MONDAY, TUESDAY, Member, members

COLUMNS = ("email", "email_2", "phone")
KINDS = (("email", "email_2"), ("phone",))
ANNA: Member = ("a", "anna", "family", "p-anna")
BELA: Member = ("b", "family", None, "p-bela")


def after(
    had: pa.Table,
    *rows: tuple[int, str, bool, Member],
    silent: Member | None = None,
    wanted_as: str | None = None,
    match: Match = Match.KEY,
) -> list[tuple[object, ...]]:
    """The member list after operations of phase, kind, certain, member; one is silent."""
    gone = members(*([] if silent is None else [silent]), keys=COLUMNS)
    days = [TUESDAY if row[2] else None for row in rows]
    done = members(*(row[3] for row in rows), keys=COLUMNS)
    done = done.set_column(1, "confirmed_on", pa.array(days, pa.date32()))
    for name, values, kind in (
        ("wanted_as", [wanted_as for _ in rows], pa.string()),
        ("certain", [row[2] for row in rows], pa.bool_()),
        ("operation", [row[1] for row in rows], pa.string()),
        ("phase", [row[0] for row in rows], pa.int8()),
    ):
        done = done.add_column(0, name, pa.array(values, kind))
    folded = fold(
        had,
        done,
        gone.drop_columns(["confirmed_on"]).add_column(
            0, "wanted_as", pa.array([wanted_as] * gone.num_rows, pa.string())
        ),
        match=match,
        kinds=KINDS,
        rules_version="1",
    )
    return [tuple(row.values()) for row in folded.to_pylist()]


def held(member: Member, on: date | None = MONDAY) -> tuple[object, ...]:
    return (member[0], on, *member[1:])


def test_a_removed_key_is_taken_from_rows_that_have_it_in_another_column() -> None:
    # Of the client himself and of others: the platform has it once, and no columns.
    had = members(ANNA, ("a", "old", "anna", None), ("c", "family", "anna", None), keys=COLUMNS)
    gone = (0, "remove", True, ("a", "anna", None, None))
    assert after(had, gone) == [
        held(("a", None, "family", "p-anna")),
        held(("a", "old", None, None)),
        held(("c", "family", None, None)),
    ]


def test_where_nobody_answered_rows_with_the_key_in_another_column_are_uncertain() -> None:
    had = members(ANNA, BELA, ("c", "x", None, "p"), keys=COLUMNS)
    assert after(had, (0, "remove", False, ("b", "family", None, None))) == [
        held(ANNA, None),
        held(BELA, None),
        held(("c", "x", None, "p")),
    ]


def test_whoever_shares_a_key_in_another_column_with_who_was_removed_is_uncertain() -> None:
    had = members(ANNA, BELA, ("c", "x", None, "p"), keys=COLUMNS)
    gone = (0, "remove", True, ("a", "anna", None, "p-anna"))
    assert after(had, gone, match=Match.PERSON) == [
        held(BELA, None),
        held(("c", "x", None, "p")),
    ]


@pytest.mark.parametrize("match", [Match.KEY, Match.PERSON])
def test_what_is_left_of_a_row_goes_where_another_has_its_keys_in_any_column(
    match: Match,
) -> None:
    newer: Member = ("a", "family", "anna", "p-anna")
    added = (1, "add", True, newer)
    had = members(ANNA, keys=COLUMNS)
    assert after(had, added, silent=ANNA, wanted_as="a", match=match) == [held(newer, TUESDAY)]
    # What nobody else has stays known.
    other = (1, "add", True, ("a", "family", None, "p-anna"))
    assert after(had, other, silent=ANNA, wanted_as="a", match=match) == [
        held(ANNA),
        held(("a", "family", None, "p-anna"), TUESDAY),
    ]


def test_an_older_row_that_loses_a_key_of_another_column_is_what_is_left_of_one_that_went() -> (
    None
):
    new: Member = ("a", "anna", None, "p-anna")
    oldest: Member = ("a", "old", None, None)
    had = members(new, oldest, ("a", "anna", "old", None), keys=COLUMNS)
    assert after(had, (2, "remove", True, oldest), wanted_as="a") == [held(new)]
