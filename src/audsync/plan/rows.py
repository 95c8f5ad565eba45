"""Whole-column operations on Arrow rows of people: membership, look-up, order, equality."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Text = pa.ChunkedArray[Any]
    Mask = npt.NDArray[np.bool_]
    Positions = npt.NDArray[np.int64]


def filled(column: Any, value: bool | int | str) -> Any:  # noqa: FBT001 -- the value of nulls
    """An Arrow column with a value in place of null."""
    import pyarrow.compute as pc

    fill: Any = pc.fill_null
    return fill(column, value)


def mask(column: Any) -> "Mask":
    """An Arrow boolean column as numpy; null is False."""
    import numpy as np

    return np.asarray(filled(column, False), dtype=np.bool_)


def text_bytes(texts: "Text") -> "tuple[Positions, npt.NDArray[np.uint8]]":
    """The length in bytes of each text, -1 for null, and the UTF-8 bytes of all of them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = np.asarray(filled(pc.binary_length(texts), -1), dtype=np.int64)
    # Joined anew, since a slice carries the bytes of its neighbours; a null may carry some too.
    joined = pa.concat_arrays([pa.array([], pa.string()), *filled(texts, "").chunks])
    data = joined.buffers()[2]
    total = int(np.maximum(lengths, 0).sum())
    empty = np.zeros(0, dtype=np.uint8)
    return lengths, empty if data is None else np.frombuffer(data, np.uint8, total)


def contained(values: "Text", among: "Text") -> "Mask":
    """Which values occur among others; null never does."""
    import pyarrow.compute as pc

    # The hash table is made of the smaller side: made of a million digests it costs most.
    if len(values) < len(among):
        among = among.filter(pc.is_in(among, value_set=values, skip_nulls=True))
    return mask(pc.is_in(values, value_set=among, skip_nulls=True))


def positions(values: "Text", among: "Text") -> "Positions":
    """Where each value first stands among others; -1 where it does not, or is null."""
    import numpy as np
    import pyarrow.compute as pc

    if values.equals(among):
        return np.arange(len(values), dtype=np.int64)
    hits: Positions = np.arange(len(among), dtype=np.int64)
    if len(values) * 4 < len(among):
        hits = np.flatnonzero(contained(among, values))
        among = among.take(hits)
    found = pc.index_in(values, value_set=among, skip_nulls=True)
    at = np.asarray(filled(found, -1), dtype=np.int64)
    return np.where(at < 0, at, hits[at]) if len(hits) else at


def looked_up(values: "Text", keys: "Text", answers: "Text") -> "Text":
    """For each value the answer that stands beside the same key; null where there is none."""
    import pyarrow as pa

    at = positions(values, keys)
    return answers.take(pa.array(at, pa.int64(), mask=at < 0))


def same_rows(left: "pa.Table", right: "pa.Table", columns: Sequence[str]) -> "Mask":
    """Which rows of two tables of one length are equal in these columns; null equals null."""
    import numpy as np
    import pyarrow.compute as pc

    same = np.ones(left.num_rows, dtype=np.bool_)
    for name in columns:
        one, other = left[name], right[name]
        equal = mask(pc.equal(one, other))
        if one.null_count and other.null_count:
            equal |= mask(pc.and_(pc.is_null(one), pc.is_null(other)))
        same &= equal
    return same


def row_texts(rows: "pa.Table", columns: Sequence[str]) -> "Text":
    """Each row as one text that is equal for equal rows only; null equals null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Every part is led by its length, so that no separator can be mistaken for a value.
    parts: list[Any] = []
    for name in columns:
        parts += [pc.cast(pc.binary_length(rows[name]), pa.string()), rows[name]]
    joined: Text = pc.binary_join_element_wise(
        *parts, pa.scalar(":"), null_handling="replace", null_replacement="null"
    )
    return joined


def by_client(rows: "pa.Table") -> "pa.Table":
    """The rows sorted by `client_id`, and rows of one client by their other columns."""
    import pyarrow.compute as pc

    clients = rows["client_id"].combine_chunks()
    # Lists come sorted from where they are made: to look costs a hundredth of sorting.
    if len(clients) < 2 or pc.all(pc.less(clients[:-1], clients[1:])).as_py():  # noqa: PLR2004 -- one row is in order
        return rows
    others = [name for name in rows.column_names if name != "client_id"]
    return in_order(rows, ["client_id", *others])


def in_order(rows: "pa.Table", columns: Sequence[str]) -> "pa.Table":
    """The rows sorted by these columns, text by code point and nulls last."""
    import pyarrow.compute as pc

    order: list[tuple[str, Literal["ascending", "descending"]]] = [
        (name, "ascending") for name in columns
    ]
    return rows.take(pc.sort_indices(rows, sort_keys=order))


def text_columns(rows: "pa.Table", columns: Sequence[str]) -> "pa.Table":
    """The rows with exactly these columns, as text in one chunk; one that is absent is null."""
    import pyarrow as pa

    parts = [
        pa.chunked_array([rows[name].cast(pa.string()).combine_chunks()])
        if name in rows.column_names
        else pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
        for name in columns
    ]
    return pa.Table.from_arrays(parts, list(columns))


def chosen(rows: "pa.Table", wanted: "Mask") -> "pa.Table":
    """The rows that a mask marks, without a copy where it marks all."""
    import pyarrow as pa

    return rows if wanted.all() else rows.filter(pa.array(wanted))


def held_rows(
    rows: "pa.Table", current: Sequence["pa.Table"], columns: Sequence[str]
) -> "Mask":
    """Which rows stand, equal in all columns, among current rows too; null equals null."""
    import numpy as np
    import pyarrow.compute as pc

    held = np.zeros(rows.num_rows, dtype=np.bool_)
    for others in current:
        near = others
        # Few rows leave and many stay: look only at those that could be equal.
        for name in columns:
            near = near.filter(pc.is_in(near[name], value_set=rows[name]))
        held |= contained(row_texts(rows, columns), row_texts(near, columns))
    return held
