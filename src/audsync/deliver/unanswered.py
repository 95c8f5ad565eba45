"""Batches that nobody answered, sent again as they were where all of their people are meant.

A platform that knows a batch by its key carries it out once, whether it had arrived or not.
"""

from typing import TYPE_CHECKING, Final

from audsync.contracts import VALUE
from audsync.plan.rows import contained, row_texts
from audsync.state.decisions import key_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from audsync.columns import Mask, Positions
    from audsync.state import Unanswered

_FIRST: Final = 2  # after the labels of rows that wait and of those that do not


def kept_together(
    operations: "pa.Table", waits: "Mask", unanswered: "Sequence[Unanswered]"
) -> "tuple[pa.Table, Positions, Mapping[int, str]]":
    """Operations with those of a batch that was not answered one behind the other.

    Each row has a label, equal for rows that may be in one batch; the keys are those of the
    batches, by label.
    """
    import numpy as np
    import pyarrow as pa

    labels = waits.astype(np.int64)
    keys: dict[int, str] = {}
    columns = [name for name in key_columns(operations) if name != VALUE]
    texts = row_texts(operations, columns) if unanswered else None
    kinds = operations["operation"].to_numpy()
    phases = np.asarray(operations["phase"], dtype=np.int8)
    for label, one in enumerate(unanswered, _FIRST):
        if texts is None or not set(columns) <= set(one.rows.column_names):
            continue
        found = contained(texts, row_texts(one.rows, columns)) & (labels == 0)
        found &= kinds == one.operation
        if found.sum() == one.rows.num_rows and len(np.unique(phases[found])) == 1:
            labels[found] = label
            keys[label] = one.key
    if not keys:
        return operations, labels, keys
    order = np.lexsort((labels, phases))
    return operations.take(pa.array(order, pa.int64())), labels[order], keys
