"""Old keys that must stay, since a platform refused the new ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audsync.plan import Phase
from audsync.plan.rows import chosen, contained, held_rows, shares
from audsync.state import JournalPlan
from audsync.state.decisions import key_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask


def still_needed(operations: "pa.Table", refused: Sequence[int], plan: JournalPlan) -> "Mask":
    """Which removals of replaced keys would take one from a member who has no other.

    `refused` are the rows of the additions that the platform did not take.
    """
    import numpy as np
    import pyarrow as pa

    replaced = np.asarray(operations["phase"], dtype=np.int8) == Phase.REPLACED.value
    without_new = operations["client_id"].take(pa.array(refused, pa.int64()))
    old = chosen(operations, replaced & contained(operations["wanted_as"], without_new))
    needed: Mask
    if plan.match.removes_rows:
        needed = held_rows(operations, [old], key_columns(operations))
    else:
        needed = shares(operations, old, plan.kinds)
    needed &= replaced
    return needed
