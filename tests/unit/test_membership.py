"""What became of operations, as rows; and the member list after them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from audsync.contracts import VALUE, Match, Operation, Outcome, RejectedRows
from audsync.state import BatchState, JournalBatch, JournalPlan, Range
from audsync.state.decisions import decided_rows, key_columns
from audsync.state.members import member_schema
from audsync.state.membership import fold, fold_replacement

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
KEYS = ("email", "phone", "country")
Member = tuple[str | None, ...]  # client and keys


def members(*rows: Member, on: date | None = MONDAY, keys: Sequence[str] = KEYS) -> pa.Table:
    """A member list of these clients and keys."""
    columns = list(zip(*rows, strict=True)) or [()] * (len(keys) + 1)
    table = pa.table(
        {
            "client_id": pa.array(columns[0], pa.string()),
            "confirmed_on": pa.array([on] * len(rows), pa.date32()),
            **{
                name: pa.array(values, pa.string())
                for name, values in zip(keys, columns[1:], strict=True)
            },
        }
    )
    return table.cast(member_schema(list(keys), "0"))


def operations(*rows: tuple[int, str, bool, Member]) -> pa.Table:
    """Phase, operation, whether certain, and the member, of decided operations."""
    return pa.table(
        {
            "phase": pa.array([row[0] for row in rows], pa.int8()),
            "operation": pa.array([row[1] for row in rows], pa.string()),
            "wanted_as": pa.array([row[3][0] if row[0] else None for row in rows], pa.string()),
            "client_id": pa.array([row[3][0] for row in rows], pa.string()),
            **{
                name: pa.array([row[3][place] for row in rows], pa.string())
                for place, name in enumerate(KEYS, 1)
            },
            "certain": pa.array([row[2] for row in rows], pa.bool_()),
            "confirmed_on": pa.array(
                [TUESDAY if row[2] else None for row in rows], pa.date32()
            ),
        }
    )


def quiet(*rows: Member, wanted_as: str | None = None) -> pa.Table:
    """Members who leave without an operation, and who they are wanted as."""
    leaving = members(*rows).drop_columns(["confirmed_on"])
    return leaving.add_column(0, "wanted_as", pa.array([wanted_as] * len(rows), pa.string()))


def after(
    had: pa.Table | None,
    *rows: tuple[int, str, bool, Member],
    silent: Sequence[Member] = (),
    wanted_as: str | None = None,
    match: Match = Match.KEY,
) -> list[tuple[object, ...]]:
    """The member list after operations: client, day and keys."""
    folded = fold(
        had,
        operations(*rows),
        quiet(*silent, wanted_as=wanted_as),
        match=match,
        identifying=["email", "phone"],
        rules_version="1",
    )
    return [tuple(row.values()) for row in folded.to_pylist()]


NONE_LATE = members().drop_columns(["confirmed_on"])
ANNA: Member = ("a", "anna", "p-anna", "CZ")
BELA: Member = ("b", "bela", None, "PL")


def held(member: Member, on: date | None = MONDAY) -> tuple[object, ...]:
    return (member[0], on, *member[1:])


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
        identifying=("email", "phone"),
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
        identifying=["email", "phone"],
        rules_version="7",
    )
    assert folded.schema.equals(member_schema(list(KEYS), "7"), check_metadata=True)
    found = [tuple(row.values()) for row in folded.drop_columns(["confirmed_on"]).to_pylist()]
    assert found == [rows[4], rows[3], rows[2], rows[1], rows[0]]
    assert folded["client_id"].num_chunks == 1


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


# Decisions


PLAN = JournalPlan(
    7, "run-1", "a", "files", "file", "1", Match.KEY, ("email", "phone"), made_on=TUESDAY
)
ROWS = pa.table(
    {
        "phase": pa.array([0, 0, 1, 1, 1, 1], pa.int8()),
        "operation": ["remove", "remove", "add", "add", "add", "add"],
        "reason": ["left", "left", "entered", "entered", "entered", "entered"],
        "wanted_as": pa.array([None, None, "3", "4", "5", "6"], pa.string()),
        "client_id": ["1", "2", "3", "4", "5", "6"],
        "email": ["e1", "e2", "e3", "e4", "e5", "e6"],
    }
)
NOBODY = ROWS.select(["client_id", "email"]).slice(0, 0)


def batch(
    operation: str, start: int, stop: int, state: BatchState, outcome: Outcome | None = None
) -> JournalBatch:
    cut = Range("key", 0, 0, Operation(operation), start, stop)
    return JournalBatch(start, 7, cut, state, None, None, outcome, is_folded=False)


def decided(
    *batches: JournalBatch,
    removed_since: pa.Table = NOBODY,
    added_before: pa.Table = NOBODY,
    plan: JournalPlan = PLAN,
) -> list[tuple[str, bool]]:
    rows = decided_rows(plan, batches, ROWS, removed_since, added_before)
    for row in rows.to_pylist():
        assert row["confirmed_on"] == (TUESDAY if row["certain"] else None)
        assert row["email"] == f"e{row['client_id']}"
    return [(row["client_id"], row["certain"]) for row in rows.to_pylist()]


def test_the_keys_of_a_plan_file_stand_behind_the_client() -> None:
    rows = pa.table({name: ["x"] for name in ("reason", "client_id", "email", "phone")})
    assert key_columns(rows) == ["email", "phone"]


def test_decided_rows_have_what_a_fold_reads() -> None:
    rows = decided_rows(PLAN, [batch("add", 2, 4, BatchState.CONFIRMED)], ROWS, NOBODY, NOBODY)
    assert rows.column_names == [
        *("phase", "operation", "wanted_as", "client_id", "email", "certain", "confirmed_on")
    ]
    assert rows.schema.field("confirmed_on").type == pa.date32()
    assert rows.schema.field("certain").type == pa.bool_()


def test_of_no_batches_nothing_is_decided() -> None:
    assert decided() == []
    columns = decided_rows(PLAN, [], ROWS, NOBODY, NOBODY).column_names
    assert columns[-2:] == ["certain", "confirmed_on"]


def test_what_the_platform_took_is_certain_and_what_nobody_answered_is_not() -> None:
    assert decided(
        batch("remove", 0, 2, BatchState.CONFIRMED, Outcome(2)),
        batch("add", 2, 4, BatchState.UNKNOWN),
        batch("add", 4, 6, BatchState.SENT),
    ) == [("1", True), ("2", True), ("3", False), ("4", False), ("5", True), ("6", True)]


def test_a_rejected_batch_did_nothing() -> None:
    assert decided(
        batch("remove", 0, 2, BatchState.REJECTED),
        batch("add", 2, 4, BatchState.REJECTED, Outcome(0, (RejectedRows("x", 2),))),
        batch("add", 4, 5, BatchState.CONFIRMED, Outcome(1)),
    ) == [("5", True)]


def test_rejected_rows_that_the_platform_names_are_left_out_and_the_rest_is_certain() -> None:
    outcome = Outcome(2, (RejectedRows("x", 1, (1,)), RejectedRows("y", 1, (3,))))
    assert decided(batch("add", 2, 6, BatchState.CONFIRMED, outcome)) == [
        ("3", True),
        ("5", True),
    ]


@pytest.mark.parametrize(
    ("operation", "start", "certain"), [("add", 2, True), ("remove", 0, False)]
)
def test_where_the_platform_names_nobody_an_addition_counts_and_a_removal_does_not(
    operation: str, start: int, *, certain: bool
) -> None:
    outcome = Outcome(1, (RejectedRows("x", 1),))
    found = decided(batch(operation, start, start + 2, BatchState.CONFIRMED, outcome))
    assert [row[1] for row in found] == [certain, certain]


def test_of_rows_named_in_part_those_are_left_out_and_a_removal_of_the_rest_is_uncertain() -> (
    None
):
    outcome = Outcome(0, (RejectedRows("x", 1, (0,)), RejectedRows("y", 1)))
    removal = batch("remove", 0, 2, BatchState.CONFIRMED, outcome)
    assert decided(removal) == [("2", False)]


def test_an_addition_that_a_later_removal_overtook_is_uncertain_and_a_removal_is_not() -> None:
    since = pa.table({"client_id": ["1", "3", "9"], "email": ["e1", "e0", "e4"]})
    batches = (
        batch("remove", 0, 2, BatchState.CONFIRMED, Outcome(2)),
        batch("add", 2, 4, BatchState.CONFIRMED, Outcome(2)),
    )
    by_client = [("1", True), ("2", True), ("3", False), ("4", True)]
    assert decided(*batches, removed_since=since) == by_client
    # The removal of another may have found the person by the address that they share.
    for match in (Match.EITHER, Match.PERSON):
        plan = replace(PLAN, match=match, identifying=("email",))
        by_key = [*by_client[:3], ("4", False)]
        assert decided(*batches, removed_since=since, plan=plan) == by_key


def test_a_removal_that_left_while_an_addition_was_at_work_is_uncertain() -> None:
    before = pa.table({"client_id": ["1", "3", "9"], "email": ["e1", "e3", "e2"]})
    batches = (
        batch("remove", 0, 2, BatchState.CONFIRMED, Outcome(2)),
        batch("add", 2, 4, BatchState.CONFIRMED, Outcome(2)),
    )
    by_client = [("1", False), ("2", True), ("3", True), ("4", True)]
    assert decided(*batches, added_before=before) == by_client
    either = replace(PLAN, match=Match.EITHER, identifying=("email",))
    by_key = [by_client[0], ("2", False), *by_client[2:]]
    assert decided(*batches, added_before=before, plan=either) == by_key


def test_of_a_replacement_whoever_was_removed_since_or_is_to_be_restored_is_uncertain() -> None:
    parts = ROWS.slice(2).drop_columns(["operation", "reason"])
    rows = parts.add_column(1, "operation", pa.array(["replace"] * 4))
    rows = rows.add_column(2, "reason", pa.array(["staying", "restored", "entered", None]))
    since = pa.table({"client_id": ["5"], "email": ["e9"]})

    def certain(state: BatchState, outcome: Outcome | None) -> list[bool]:
        whole = batch("replace", 0, 4, state, outcome)
        found = decided_rows(PLAN, [whole], rows, since, NOBODY)
        return [bool(row["certain"]) for row in found.to_pylist()]

    assert certain(BatchState.CONFIRMED, Outcome(4)) == [True, False, False, True]
    # What is at work is taken as accepted, and sent again when it is settled.
    assert certain(BatchState.SENT, None) == [True, True, False, True]
