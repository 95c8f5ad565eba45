"""What became of the operations of a plan, as rows: certain, or answered by nobody."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from audsync.contracts import Match, Operation
from audsync.state.journal import BatchState, JournalBatch, JournalPlan
from audsync.state.members import CLIENT, CONFIRMED

if TYPE_CHECKING:
    import pyarrow as pa

# States in which nothing more will be heard of a batch.
DECIDED: Final = frozenset({BatchState.CONFIRMED, BatchState.REJECTED, BatchState.UNKNOWN})


def key_columns(rows: "pa.Table") -> list[str]:
    """The key columns of a plan file, in order."""
    return rows.column_names[rows.column_names.index(CLIENT) + 1 :]


def decided_rows(
    plan: JournalPlan,
    batches: Sequence[JournalBatch],
    rows: "pa.Table",
    removed_since: "pa.Table",
) -> "pa.Table":
    """The rows of these batches that a platform took or may have taken, as `fold` reads them.

    `certain` is false for a batch that nobody answered, and for an addition of a client who is
    among `removed_since`, by a later plan while this one was still at work, or who shares a key
    with one of these where that may be how members are found: which of the two the platform did
    last is not known. Rejected rows are left out.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    left = [batch for batch in batches if batch.state is not BatchState.REJECTED]
    none = rows.slice(0, 0).append_column("certain", _all(0))
    chosen = pa.concat_tables([none, *(_taken(batch, rows) for batch in left)])
    among = [CLIENT, *(plan.identifying if plan.match is Match.EITHER else ())]
    gone: Any = _all(chosen.num_rows, value=False)
    for name in among:
        others = removed_since[name].combine_chunks().drop_null()
        gone = pc.or_(gone, pc.is_in(chosen[name], value_set=others))
    is_added = pc.equal(chosen["operation"], pa.scalar(Operation.ADD.value))
    overtaken = pc.and_(is_added, gone)
    certain = pc.and_not(chosen["certain"], overtaken)
    confirmed = pc.if_else(certain, pa.scalar(plan.made_on, pa.date32()), None)
    return (
        chosen.drop_columns(["certain", "reason"])
        .append_column("certain", certain)
        .append_column(CONFIRMED, confirmed)
    )


def _taken(batch: JournalBatch, rows: "pa.Table") -> "pa.Table":
    """The rows of a batch that were not rejected, with `certain`."""
    import numpy as np
    import pyarrow as pa

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
    return chosen.append_column("certain", _all(len(chosen), value=certain))


def _all(count: int, *, value: bool = True) -> "pa.BooleanArray":
    import pyarrow as pa

    return pa.repeat(pa.scalar(value, pa.bool_()), count)
