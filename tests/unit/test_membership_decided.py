"""What became of the operations of a plan, row by row."""

from dataclasses import replace

import pyarrow as pa
import pytest

from audsync.contracts import Match, Operation, Outcome, RejectedRows
from audsync.state import BatchState, JournalBatch, JournalPlan, Range
from audsync.state.decisions import decided_rows, key_columns
from fakes.member_lists import TUESDAY

PLAN = JournalPlan(
    7, "run-1", "a", "files", "file", "1", Match.KEY, (("email",),), made_on=TUESDAY
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


# A client of the same id with other keys, one with the same row, and one who shares a key.
OTHERS = pa.table(
    {
        "client_id": ["1", "3", "8", "9"],
        "email": ["e9", "e0", "e4", "e2"],
        "city": ["c", "c", "c", "d"],
    }
)
BOTH = (
    batch("remove", 0, 2, BatchState.CONFIRMED, Outcome(2)),
    batch("add", 2, 6, BatchState.CONFIRMED, Outcome(4)),
)


@pytest.mark.parametrize(
    ("match", "taken_out"),
    [
        (Match.KEY, {"4", "5"}),
        (Match.ROW, {"4"}),
        (Match.EITHER, {"4", "5"}),
        # Of a person the platform may know more than the keys of one row.
        (Match.PERSON, {"3", "4", "5"}),
    ],
)
def test_an_addition_is_uncertain_that_a_removal_may_have_taken_out(
    match: Match, taken_out: set[str]
) -> None:
    removed = OTHERS.set_column(1, "email", pa.array(["e1", "e0", "e4", "e5"]))
    assert _uncertain(match, removed_since=removed) == taken_out


@pytest.mark.parametrize(
    ("match", "brought_back"),
    [
        (Match.KEY, {"1", "2"}),
        (Match.ROW, {"1"}),
        (Match.EITHER, {"1"}),
        (Match.PERSON, {"1", "2"}),
    ],
)
def test_a_removal_is_uncertain_of_which_an_addition_may_have_brought_something_back(
    match: Match, brought_back: set[str]
) -> None:
    added = OTHERS.set_column(1, "email", pa.array(["e9", "e0", "e1", "e2"]))
    assert _uncertain(match, added_before=added) == brought_back


def _uncertain(match: Match, **others: pa.Table) -> set[str]:
    """Clients of uncertain rows; all live in one city but those whose row differs in it."""
    rows = ROWS.append_column("city", pa.array(["c"] * ROWS.num_rows))
    nobody = rows.select(["client_id", "email", "city"]).slice(0, 0)
    told = {"removed_since": nobody, "added_before": nobody, **others}
    found = decided_rows(replace(PLAN, match=match), BOTH, rows, **told)
    return {row["client_id"] for row in found.to_pylist() if not row["certain"]}


def test_of_a_replacement_whoever_was_removed_since_or_is_to_be_restored_is_uncertain() -> None:
    parts = ROWS.slice(2).drop_columns(["operation", "reason"])
    rows = parts.add_column(1, "operation", pa.array(["replace"] * 4))
    rows = rows.add_column(2, "reason", pa.array(["staying", "restored", "entered", None]))
    since = pa.table({"client_id": ["9"], "email": ["e5"]})

    def certain(state: BatchState, outcome: Outcome | None) -> list[bool]:
        whole = batch("replace", 0, 4, state, outcome)
        found = decided_rows(PLAN, [whole], rows, since, NOBODY)
        return [bool(row["certain"]) for row in found.to_pylist()]

    assert certain(BatchState.CONFIRMED, Outcome(4)) == [True, False, False, True]
    # What is at work is taken as accepted, and sent again when it is settled.
    assert certain(BatchState.SENT, None) == [True, True, False, True]
