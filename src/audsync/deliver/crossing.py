"""What must wait for what a platform is still at work on, since it may do that last.

Additions wait for removals that could take out one of their people, and removals of old keys
for the additions that stand in for them. People who have nothing to do with each other do not
wait: else a list from which somebody leaves each day would never take anybody in.
"""

from itertools import chain
from typing import TYPE_CHECKING

from audsync.columns import mask
from audsync.contracts import Operation
from audsync.match_keys import Kinds
from audsync.plan import Phase
from audsync.plan.rows import chosen, contained, shares, text_columns
from audsync.state import CLIENT, WANTED

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask

_OPERATION = "operation"


def columns_of(kinds: Kinds) -> list[str]:
    """The columns by which rows of operations are told to be about the same people."""
    return [_OPERATION, WANTED, CLIENT, *chain(*kinds)]


def crossing(
    rows: "pa.Table", busy: "pa.Table", members: "pa.Table | None", kinds: Kinds
) -> "Mask":
    """Which rows of operations must wait until `busy` ones are settled.

    Rows are of one phase, and `busy` has the columns of `columns_of`. `members` are rows that
    the platform holds: what a removal leaves out of them may go with it. Everything waits for a
    replacement. One waits as a whole: for additions, and for a removal that could take out one
    of its people.
    """
    import numpy as np

    mine = set(rows[_OPERATION].unique().to_pylist())
    others = set(busy[_OPERATION].unique().to_pylist())
    if Operation.REPLACE in others:
        return np.full(rows.num_rows, fill_value=True)
    if Operation.REPLACE in mine:
        waits = _touched(rows, _removed(busy, members, kinds), kinds)
        return np.full(rows.num_rows, fill_value=Operation.ADD in others or bool(waits.any()))
    if Operation.ADD in mine:
        return _touched(rows, _removed(busy, members, kinds), kinds)
    added = chosen(busy, _are(busy, Operation.ADD))
    waits = _touched(rows, added, kinds)
    # An old key goes with none of its rows before all who had it are found by another.
    return waits | shares(rows, chosen(rows, waits), kinds)


def arranged(
    operations: "pa.Table",
    busy: "pa.Table",
    members: "pa.Table | None",
    kinds: Kinds,
) -> "tuple[pa.Table, Mask]":
    """Operations with those last in each phase that wait for earlier phases or `busy` ones."""
    import numpy as np
    import pyarrow as pa

    phases = np.asarray(operations["phase"], dtype=np.int8)
    waits = np.zeros(operations.num_rows, dtype=np.bool_)
    columns = columns_of(kinds)
    for phase in (Phase.ADDING, Phase.REPLACED, Phase.RESTORED):
        earlier = text_columns(chosen(operations, phases < phase.value), columns)
        rows = chosen(operations, phases == phase.value)
        before = pa.concat_tables([busy, earlier])
        waits[phases == phase.value] = crossing(rows, before, members, kinds)
    if not waits.any():
        return operations, waits
    order = np.lexsort((waits, phases))
    return operations.take(pa.array(order, pa.int64())), waits[order]


def _removed(busy: "pa.Table", members: "pa.Table | None", kinds: Kinds) -> "pa.Table":
    """The removals among operations, and all rows of the people whom they take out."""
    import pyarrow as pa

    removed = chosen(busy, _are(busy, Operation.REMOVE))
    if members is None or not removed.num_rows:
        return removed
    theirs = chosen(members, contained(members[CLIENT], removed[CLIENT]))
    return pa.concat_tables([removed, text_columns(theirs, columns_of(kinds))])


def _touched(rows: "pa.Table", others: "pa.Table", kinds: Kinds) -> "Mask":
    """Which rows are of a client among others, or have a key of one."""
    return shares(rows, others, [(CLIENT, WANTED), *kinds])


def _are(rows: "pa.Table", operation: Operation) -> "Mask":
    import pyarrow as pa
    import pyarrow.compute as pc

    return mask(pc.equal(rows[_OPERATION], pa.scalar(operation.value)))
