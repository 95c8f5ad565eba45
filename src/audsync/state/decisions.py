"""What became of the operations of a plan, as rows: certain, or answered by nobody."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from audsync.columns import filled
from audsync.contracts import Operation
from audsync.plan.reasons import Reason
from audsync.state.journal import BatchState, JournalBatch, JournalPlan
from audsync.state.members import CLIENT, CONFIRMED

if TYPE_CHECKING:
    import pyarrow as pa

# States in which nothing more will be heard of a batch.
DECIDED: Final = frozenset({BatchState.CONFIRMED, BatchState.REJECTED, BatchState.UNKNOWN})
AT_WORK: Final = frozenset({BatchState.SENDING, BatchState.SENT})
# A platform that has not said by then what became of a batch will not: the receipt is given up
# and its members are uncertain. Customer lists are worked in within two days at most.
GIVEN_UP_AFTER: Final = timedelta(days=7)
ADDS: Final = (Operation.ADD, Operation.REPLACE)


def key_columns(rows: "pa.Table") -> list[str]:
    """The key columns of a plan file, in order."""
    return rows.column_names[rows.column_names.index(CLIENT) + 1 :]


def decided_rows(
    plan: JournalPlan,
    batches: Sequence[JournalBatch],
    rows: "pa.Table",
    removed_since: "pa.Table",
    added_before: "pa.Table",
) -> "pa.Table":
    """The rows of these batches that a platform took or may have taken, as `fold` reads them.

    `certain` is false for a batch that nobody answered, for an addition of a client who is
    among `removed_since`, by a later plan while this one was still at work or by an earlier one
    that nobody answered, and for a removal of one who is among `added_before`, by an earlier
    plan that was at work meanwhile; also of who shares a key with one of these where that may
    be how members are found, as of whom a settled replacement has as `restored`. Which of the
    two the platform did last is not known. Rejected rows are left out.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    left = [batch for batch in batches if batch.state is not BatchState.REJECTED]
    none = rows.slice(0, 0).append_column("certain", _all(0))
    chosen = pa.concat_tables([none, *(_taken(batch, rows) for batch in left)])
    certain = chosen["certain"]
    crossings = ((ADDS, removed_since), ((Operation.REMOVE,), added_before))
    for operations, others in crossings:
        crossed = pc.is_in(chosen["operation"], value_set=pa.array(operations, pa.string()))
        overtaken = pc.and_(crossed, _touched(plan, chosen, others))
        certain = pc.and_not(certain, overtaken)
    confirmed = pc.if_else(certain, pa.scalar(plan.made_on, pa.date32()), None)
    return (
        chosen.drop_columns(["certain", "reason"])
        .append_column("certain", certain)
        .append_column(CONFIRMED, confirmed)
    )


def _restored(rows: "pa.Table") -> "pa.BooleanArray":
    """Which rows of a replacement share a key with a removal that went out before it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    replaces = pc.equal(rows["operation"], pa.scalar(Operation.REPLACE.value))
    restored = filled(pc.equal(rows["reason"], pa.scalar(Reason.RESTORED.value)), False)
    found: pa.BooleanArray = pc.and_(replaces, restored)
    return found


def _touched(plan: JournalPlan, rows: "pa.Table", others: "pa.Table") -> "pa.BooleanArray":
    """Which rows are of a client among others, or share a key with one where that may count."""
    import pyarrow.compute as pc

    found: Any = _all(rows.num_rows, value=False)
    for name in (CLIENT, *(plan.identifying if plan.match.restores else ())):
        among = others[name].combine_chunks().drop_null()
        found = pc.or_(found, pc.is_in(rows[name], value_set=among))
    touched: pa.BooleanArray = found
    return touched


def _taken(batch: JournalBatch, rows: "pa.Table") -> "pa.Table":
    """The rows of a batch that were not rejected, with `certain`."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = rows.slice(batch.range.start, batch.range.stop - batch.range.start)
    certain = batch.state is not BatchState.UNKNOWN
    if batch.outcome is None:
        return chosen.append_column("certain", _all(len(chosen), value=certain))
    told = [row for one in batch.outcome.rejected for row in one.rows]
    stays = np.ones(len(chosen), dtype=bool)
    stays[told] = False
    if sum(one.count for one in batch.outcome.rejected) > len(told):
        # The platform does not say which rows. An addition counts for all of them, so that all
        # are removed one day; a removal counts for none, so that it is sent again.
        certain = certain and batch.range.operation is not Operation.REMOVE
    chosen = chosen.filter(pa.array(stays)) if told else chosen
    are_certain = pc.and_not(_all(len(chosen), value=certain), _restored(chosen))
    return chosen.append_column("certain", are_certain)


def _all(count: int, *, value: bool = True) -> "pa.BooleanArray":
    import pyarrow as pa

    return pa.repeat(pa.scalar(value, pa.bool_()), count)
