"""Members of several audiences in one request: which plans share, how they are cut, bundles."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audsync.contracts import VALUE, Batch, Bundle, SendsTogether, Sink
from audsync.plan import AudiencePlan
from audsync.plan.rows import chosen, text_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Positions


def groups(plans: Sequence[AudiencePlan], sinks: Mapping[str, Sink]) -> list[list[int]]:
    """The places of plans that are sent in lock-step; of others each is a group of its own.

    Together are those of one sink that can, as many as it takes at once, which add or remove
    somebody and replace no audience as a whole.
    """
    found: list[list[int]] = []
    growing: dict[tuple[str, bool], list[int]] = {}
    for place, plan in enumerate(plans):
        sink = sinks[plan.sink]
        kind = plan.sink, VALUE in plan.operations.column_names
        group = growing.get(kind, []) if _can_share(plan, sink) else []
        if not group or len(group) == sink.capabilities.audiences_per_send:
            group = []
            found.append(group)
        if _can_share(plan, sink):
            growing[kind] = group
        group.append(place)
    return found


def _can_share(plan: AudiencePlan, sink: Sink) -> bool:
    is_able = isinstance(sink, SendsTogether) and sink.capabilities.audiences_per_send > 1
    return is_able and plan.operations.num_rows > 0 and not plan.is_replaced


def requests(
    plans: "Sequence[pa.Table]",
    labels: "Sequence[Positions]",
    columns: Sequence[str],
    *,
    max_batch: int,
) -> "list[Positions]":
    """For each row of each plan the number of the request that it leaves in.

    Requests are of one phase and one label, in their order, and of at most `max_batch`
    different members: rows of several plans that equal each other in `columns` are one member.
    Each is where the first plan that has him puts him.
    """
    import numpy as np

    phases = [np.asarray(rows["phase"], dtype=np.int64) for rows in plans]
    found = [np.zeros(rows.num_rows, dtype=np.int64) for rows in plans]
    kinds = [
        np.stack([of_phase, of_label])
        for of_phase, of_label in zip(phases, labels, strict=True)
    ]
    number = 0
    for kind in np.unique(np.concatenate(kinds, axis=1), axis=1).T:
        at = [(one == kind[:, None]).all(axis=0) for one in kinds]
        parts = [chosen(rows, some) for rows, some in zip(plans, at, strict=True)]
        members = _members(parts, columns)
        for of_plan, some, of_part in zip(found, at, members, strict=True):
            of_plan[some] = number + of_part // max_batch
        number += 1 + max(int(one.max(initial=0)) for one in members) // max_batch
    return found


def bundled(batches: Sequence[Batch]) -> Bundle:
    """Batches of one operation as what is sent at once."""
    import numpy as np
    import pyarrow as pa

    tables = [batch.rows for batch in batches]
    places = _members(tables, tables[0].column_names)
    _, first = np.unique(np.concatenate(places), return_index=True)
    return Bundle(tuple(batches), pa.concat_tables(tables).take(first), tuple(places))


def _members(tables: "Sequence[pa.Table]", columns: Sequence[str]) -> "list[Positions]":
    """A number for each row, from 0 in the order in which they first occur.

    Equal for rows of different tables that are equal; a row that a table has twice is two.
    """
    import numpy as np
    import pyarrow as pa

    edges = np.cumsum([rows.num_rows for rows in tables])[:-1]
    texts = pa.concat_tables([text_columns(rows, columns) for rows in tables])
    numbers = _codes([texts[name] for name in columns])
    again = np.concatenate([_occurrences(one) for one in np.split(numbers, edges)])
    if again.any():
        numbers = _codes([pa.chunked_array([numbers]), pa.chunked_array([again])])
    return np.split(numbers, edges)


def _codes(columns: "Sequence[pa.ChunkedArray[Any]]") -> "Positions":
    """A number for each row, equal where all columns are, in the order of first occurrence."""
    import pyarrow as pa

    numbers = _code(columns[0])
    for column in columns[1:]:
        own = _code(column)
        # Both are below the count of rows, so that the product is below 2 ** 63.
        both = numbers * (int(own.max(initial=0)) + 1) + own
        numbers = _code(pa.chunked_array([both]))
    return numbers


def _code(column: "pa.ChunkedArray[Any]") -> "Positions":
    """A number for each value, null among them, in the order of first occurrence."""
    import numpy as np

    # The chunks of one column have one dictionary.
    encoded: Any = column.dictionary_encode(null_encoding="encode")
    parts = [np.asarray(chunk.indices, dtype=np.int64) for chunk in encoded.chunks]
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _occurrences(numbers: "Positions") -> "Positions":
    """How often each number stands before that place."""
    import numpy as np

    order = np.argsort(numbers, kind="stable")
    in_order = numbers[order]
    starts = np.flatnonzero(np.diff(in_order, prepend=-1))
    found = np.empty(len(numbers), dtype=np.int64)
    lengths = np.diff(starts, append=len(numbers))
    found[order] = np.arange(len(numbers)) - np.repeat(starts, lengths)
    return found
