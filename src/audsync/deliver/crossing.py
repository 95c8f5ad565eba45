"""What must wait for what a platform is still at work on, since it may do that last.

Additions wait for removals that could take out one of their people, and removals of old keys
for the additions that stand in for them. People who have nothing to do with each other do not
wait: else a list from which somebody leaves each day would never take anybody in. Where a
removal may take out more than it names, the old rows of people who share keys go together, so
that whoever goes with one of them is added again once, behind all.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from audsync.columns import mask
from audsync.contracts import VALUE, Match, Operation
from audsync.match_keys import Kinds
from audsync.plan import Phase
from audsync.plan.rows import chosen, contained, held_rows, shares, text_columns
from audsync.state import CLIENT, WANTED
from audsync.state.decisions import brought_back, key_columns, taken_out
from audsync.state.members import CONFIRMED

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask

_OPERATION: Final = "operation"
# For so long after his new row was confirmed may somebody's old one wait for those of others:
# where of many who share a phone somebody changes each day it would wait for ever.
_TOGETHER_WITHIN: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Held:
    """What a platform holds on a day, and how it finds a member again.

    `members` is the member list, or None where nothing was ever delivered; `kinds` are the
    keys that identify.
    """

    members: "pa.Table | None" = field(repr=False)
    match: Match
    kinds: Kinds
    as_of: date


def columns_of(operations: "pa.Table") -> list[str]:
    """The columns by which rows of operations are told to be about the same people."""
    keys = [name for name in key_columns(operations) if name != VALUE]
    return [_OPERATION, WANTED, CLIENT, *keys]


def replacements(busy: "pa.Table") -> "pa.Table":
    """The operations that replace an audience."""
    return chosen(busy, _are(busy, Operation.REPLACE))


def crossing(rows: "pa.Table", busy: "pa.Table", held: Held) -> "Mask":
    """Which rows of operations must wait until `busy` ones are settled.

    Rows are of one phase; both have the columns of `columns_of`. What a removal leaves out of
    the rows of a member may go with it, where the platform finds a person. Everything waits for
    a replacement. One waits as a whole: for additions, and for a removal that could take out
    one of its people.
    """
    import numpy as np

    mine = set(rows[_OPERATION].unique().to_pylist())
    others = set(busy[_OPERATION].unique().to_pylist())
    if Operation.REPLACE in others:
        return np.full(rows.num_rows, fill_value=True)
    added = chosen(busy, _are(busy, Operation.ADD))
    if Operation.REMOVE in mine:
        waits = _stood_in_for(rows, added, held)
        return _together(waits, rows, added, held) if held.match.restores else waits
    removed = _removed(busy, held)
    waits = taken_out(rows, removed, held.match, held.kinds)
    if Operation.REPLACE in mine:
        return np.full(rows.num_rows, fill_value=added.num_rows > 0 or bool(waits.any()))
    return waits


def arranged(operations: "pa.Table", busy: "pa.Table", held: Held) -> "tuple[pa.Table, Mask]":
    """Operations with those last in each phase that wait for earlier phases or `busy` ones."""
    import numpy as np
    import pyarrow as pa

    phases = np.asarray(operations["phase"], dtype=np.int8)
    waits = np.zeros(operations.num_rows, dtype=np.bool_)
    all_of_them = text_columns(operations, columns_of(operations))
    for phase in (Phase.ADDING, Phase.REPLACED, Phase.RESTORED):
        rows = chosen(all_of_them, phases == phase.value)
        before = pa.concat_tables([busy, chosen(all_of_them, phases < phase.value)])
        waits[phases == phase.value] = crossing(rows, before, held)
    if not waits.any():
        return operations, waits
    order = np.lexsort((waits, phases))
    return operations.take(pa.array(order, pa.int64())), waits[order]


def _stood_in_for(rows: "pa.Table", added: "pa.Table", held: Held) -> "Mask":
    """Which removals of old rows wait for additions: of their people, or that undo them."""
    waits = brought_back(rows, added, held.match, held.kinds)
    waits |= shares(rows, added, [(CLIENT, WANTED)])
    waiting = chosen(rows, waits)
    # An old key goes with none of its rows before all who had it are found by another.
    if held.match is Match.ROW:
        return waits | held_rows(rows, [waiting], key_columns(rows))
    return waits | shares(rows, waiting, held.kinds)


def _together(waits: "Mask", rows: "pa.Table", added: "pa.Table", held: Held) -> "Mask":
    """Which removals of old rows wait, with those that could take out whose own ones wait.

    Else these would have to be added again before they are certain, and wait once more.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if held.members is None or not waits.any():
        return waits
    since = pa.scalar(held.as_of - _TOGETHER_WITHIN, pa.date32())
    is_fresh = mask(pc.greater_equal(held.members[CONFIRMED], since))
    may_wait = contained(rows[WANTED], chosen(held.members, is_fresh)[CLIENT])
    people = pa.concat_tables([added, text_columns(held.members, added.column_names)])
    reach = _removed(rows, held)
    while True:
        waiting = chosen(rows, waits)[WANTED]
        endangered = chosen(people, contained(people[CLIENT], waiting))
        taking = chosen(reach, shares(reach, endangered, held.kinds))
        more = may_wait & ~waits & contained(rows[CLIENT], taking[CLIENT])
        if not more.any():
            return waits
        waits |= more


def _removed(busy: "pa.Table", held: Held) -> "pa.Table":
    """The removals among operations, and all rows of the people whom they may take out."""
    import pyarrow as pa

    removed = chosen(busy, _are(busy, Operation.REMOVE))
    if held.match is not Match.PERSON or held.members is None or not removed.num_rows:
        return removed
    theirs = chosen(held.members, contained(held.members[CLIENT], removed[CLIENT]))
    return pa.concat_tables([removed, text_columns(theirs, busy.column_names)])


def _are(rows: "pa.Table", operation: Operation) -> "Mask":
    import pyarrow as pa
    import pyarrow.compute as pc

    return mask(pc.equal(rows[_OPERATION], pa.scalar(operation.value)))
