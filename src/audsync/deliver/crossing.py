"""What must wait for what a platform is still at work on, since it may do that last.

Additions wait for removals that could take out one of their people, and removals of old keys
for the additions that stand in for them. People who have nothing to do with each other do not
wait: else a list from which somebody leaves each day would never take anybody in.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audsync.columns import mask
from audsync.contracts import VALUE, Match, Operation
from audsync.plan import Phase
from audsync.plan.rows import chosen, contained, held_rows, text_columns
from audsync.state import CLIENT, WANTED
from audsync.state.decisions import brought_back, key_columns, shares, taken_out

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask

_OPERATION = "operation"


def columns_of(operations: "pa.Table") -> list[str]:
    """The columns by which rows of operations are told to be about the same people."""
    keys = [name for name in key_columns(operations) if name != VALUE]
    return [_OPERATION, WANTED, CLIENT, *keys]


def crossing(
    rows: "pa.Table",
    busy: "pa.Table",
    members: "pa.Table | None",
    match: Match,
    found_by: Sequence[str],
) -> "Mask":
    """Which rows of operations must wait until `busy` ones are settled.

    Rows are of one phase; both have the columns of `columns_of`. `members` are rows that the
    platform holds: what a removal leaves out of them may go with it, where the platform finds
    a person. Everything waits for a replacement. One waits as a whole: for additions, and for
    a removal that could take out one of its people.
    """
    import numpy as np

    kinds = set(rows[_OPERATION].unique().to_pylist())
    others = set(busy[_OPERATION].unique().to_pylist())
    if Operation.REPLACE in others:
        return np.full(rows.num_rows, fill_value=True)
    added = chosen(busy, _are(busy, Operation.ADD))
    if Operation.REMOVE in kinds:
        return _held_back(rows, added, match, found_by)
    removed = _removed(busy, members, match, rows.column_names)
    waits = taken_out(rows, removed, match, found_by)
    if Operation.REPLACE in kinds:
        return np.full(rows.num_rows, fill_value=added.num_rows > 0 or bool(waits.any()))
    return waits


def arranged(
    operations: "pa.Table",
    busy: "pa.Table",
    members: "pa.Table | None",
    match: Match,
    found_by: Sequence[str],
) -> "tuple[pa.Table, Mask]":
    """Operations with those last in each phase that wait for earlier phases or `busy` ones."""
    import numpy as np
    import pyarrow as pa

    phases = np.asarray(operations["phase"], dtype=np.int8)
    waits = np.zeros(operations.num_rows, dtype=np.bool_)
    all_of_them = text_columns(operations, columns_of(operations))
    for phase in (Phase.ADDING, Phase.REPLACED, Phase.RESTORED):
        rows = chosen(all_of_them, phases == phase.value)
        before = pa.concat_tables([busy, chosen(all_of_them, phases < phase.value)])
        waits[phases == phase.value] = crossing(rows, before, members, match, found_by)
    if not waits.any():
        return operations, waits
    order = np.lexsort((waits, phases))
    return operations.take(pa.array(order, pa.int64())), waits[order]


def _held_back(
    rows: "pa.Table", added: "pa.Table", match: Match, found_by: Sequence[str]
) -> "Mask":
    """Which removals of old rows wait for additions: of their people, or that undo them."""
    waits = brought_back(rows, added, match, found_by)
    for mine in (CLIENT, WANTED):
        for theirs in (CLIENT, WANTED):
            waits |= contained(rows[mine], added[theirs])
    held = chosen(rows, waits)
    # An old key goes with none of its rows before all who had it are found by another.
    if match is Match.ROW:
        return waits | held_rows(rows, [held], key_columns(rows))
    return waits | shares(rows, held, found_by)


def _removed(
    busy: "pa.Table", members: "pa.Table | None", match: Match, columns: Sequence[str]
) -> "pa.Table":
    """The removals among operations, and all rows of the people whom they may take out."""
    import pyarrow as pa

    removed = chosen(busy, _are(busy, Operation.REMOVE))
    if match is not Match.PERSON or members is None or not removed.num_rows:
        return removed
    theirs = chosen(members, contained(members[CLIENT], removed[CLIENT]))
    return pa.concat_tables([removed, text_columns(theirs, columns)])


def _are(rows: "pa.Table", operation: Operation) -> "Mask":
    import pyarrow as pa
    import pyarrow.compute as pc

    return mask(pc.equal(rows[_OPERATION], pa.scalar(operation.value)))
