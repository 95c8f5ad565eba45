"""What became of the operations of a plan, as rows: certain, or answered by nobody."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from audsync.columns import filled
from audsync.contracts import VALUE, Match, Operation
from audsync.match_keys import Kinds
from audsync.plan.reasons import Reason
from audsync.plan.rows import held_rows, shares
from audsync.state.journal import BatchState, JournalBatch, JournalPlan
from audsync.state.members import CLIENT, CONFIRMED

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask

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


def counted(batches: Sequence[JournalBatch]) -> Counter[str]:
    """Members of decided batches by operation and what became of them, as in the ledger."""
    counts: Counter[str] = Counter()
    for batch in batches:
        size = batch.range.stop - batch.range.start
        accepted = batch.outcome.accepted if batch.outcome else 0
        if batch.state is BatchState.UNKNOWN:
            counts[f"{batch.range.operation}_unanswered"] += size
        else:
            counts[f"{batch.range.operation}_confirmed"] += accepted
            counts[f"{batch.range.operation}_rejected"] += size - accepted
    return +counts


def decided_rows(
    plan: JournalPlan,
    batches: Sequence[JournalBatch],
    rows: "pa.Table",
    removed_since: "pa.Table",
    added_before: "pa.Table",
) -> "pa.Table":
    """The rows of these batches that a platform took or may have taken, as `fold` reads them.

    `certain` is false for a batch that nobody answered, for an addition that one of
    `removed_since` may take out, by a later plan while this one was still at work or by an
    earlier one that nobody answered, for a removal of what one of `added_before` may bring
    back, by an earlier plan that was at work meanwhile, and for whom a settled replacement has
    as `restored`. Which of the two the platform did last is not known. Rejected rows are left
    out. Both tables have the columns of `rows` from the client on.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    left = [batch for batch in batches if batch.state is not BatchState.REJECTED]
    none = rows.slice(0, 0).append_column("certain", _all(0))
    chosen = pa.concat_tables([none, *(_taken(batch, rows) for batch in left)])
    certain = chosen["certain"]
    crossings = (
        (ADDS, taken_out(chosen, removed_since, plan.match, plan.kinds)),
        ((Operation.REMOVE,), brought_back(chosen, added_before, plan.match, plan.kinds)),
    )
    for operations, touched in crossings:
        crossed = pc.is_in(chosen["operation"], value_set=pa.array(operations, pa.string()))
        certain = pc.and_not(certain, pc.and_(crossed, pa.array(touched)))
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


def taken_out(rows: "pa.Table", removed: "pa.Table", match: Match, kinds: Kinds) -> "Mask":
    """Which rows a removal of others may take out."""
    if match is Match.ROW:
        return held_rows(rows, [removed], _row_columns(rows))
    # Of a person the platform may know more than the keys of one row.
    by_client = [(CLIENT,)] if match is Match.PERSON else []
    return shares(rows, removed, [*by_client, *kinds])


def brought_back(rows: "pa.Table", added: "pa.Table", match: Match, kinds: Kinds) -> "Mask":
    """Of which rows an addition of others may bring something back."""
    if match.removes_rows:
        return held_rows(rows, [added], _row_columns(rows))
    return shares(rows, added, kinds)


def _row_columns(rows: "pa.Table") -> list[str]:
    """The columns that tell rows apart for the platform; `certain` and a value do not."""
    return [name for name in key_columns(rows) if name not in (VALUE, "certain")]


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
