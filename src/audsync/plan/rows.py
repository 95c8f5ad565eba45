"""Whole-column operations on Arrow rows of people: membership, look-up, order, equality."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from audsync.columns import filled, is_sorted, mask, text_bytes, whole

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from audsync.columns import Mask, Positions, Text
    from audsync.match_keys import Kinds

    FixedWidth = npt.NDArray[np.bytes_]


def contained(values: "Text", among: "Text") -> "Mask":
    """Which values occur among others; null never does."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    # The hash table is made of the smaller side: made of a million digests it costs most. Each
    # text of it is marked once, since others may hold it a thousand times, as they do a name.
    if len(values) < len(among):
        asked = values.unique().drop_null()
        at = filled(pc.index_in(among, value_set=asked, skip_nulls=True), len(asked))
        found = np.zeros(len(asked) + 1, dtype=np.bool_)
        found[np.asarray(at)] = True
        among = asked.filter(pa.array(found[:-1]))
    return mask(pc.is_in(values, value_set=among, skip_nulls=True))


def shares(rows: "pa.Table", others: "pa.Table", kinds: "Kinds") -> "Mask":
    """Which rows have a key of one of the others, in whichever columns of its kind."""
    import numpy as np

    found = np.zeros(rows.num_rows, dtype=np.bool_)
    for kind in kinds if others.num_rows else ():
        theirs = of_kind(others, kind)
        for name in kind:
            found |= contained(rows[name], theirs)
    return found


def kinds_in(rows: "pa.Table", kinds: "Kinds") -> "Kinds":
    """The kinds, with those of their columns that there are."""
    names = set(rows.column_names)
    among = (tuple(name for name in kind if name in names) for kind in kinds)
    return tuple(kind for kind in among if kind)


def of_kind(rows: "pa.Table", kind: Sequence[str]) -> "Text":
    """The values of all columns of a kind, one column behind the other; nothing is copied."""
    import pyarrow as pa

    if len(kind) == 1:
        return rows[kind[0]]
    chunks = [chunk for name in kind for chunk in rows[name].chunks]
    return pa.chunked_array(chunks, pa.string())


def positions(values: "Text", among: "Text") -> "Positions":
    """Where each value first stands among others; -1 where it does not, or is null."""
    import numpy as np
    import pyarrow.compute as pc

    if not values.null_count and values.equals(among) and is_sorted(values):
        return np.arange(len(values), dtype=np.int64)
    hits: Positions = np.arange(len(among), dtype=np.int64)
    if len(values) * 4 < len(among):
        hits = np.flatnonzero(contained(among, values))
        among = among.take(hits)
    elif is_sorted(values) and is_sorted(among):
        texts = _fixed_width(among), _fixed_width(values)
        if texts[0] is not None and texts[1] is not None:
            return _merged(texts[1], texts[0])
    found = pc.index_in(values, value_set=among, skip_nulls=True)
    at = np.asarray(filled(found, -1), dtype=np.int64)
    return np.where(at < 0, at, hits[at]) if len(hits) else at


_PART: Final = 16_384  # rows
_WIDEST: Final = 32  # bytes of an id, up to which a table of bytes is smaller than hashes


def _merged(values: "FixedWidth", among: "FixedWidth") -> "Positions":
    """As `positions`, in half the time, for two long lists that are in order already."""
    import numpy as np

    texts = np.concatenate([among, values])
    # The stable sort finds the two runs and merges them: nothing is hashed.
    order = np.argsort(texts, kind="stable")
    texts = texts[order]
    # No list holds a text twice, so that two that are equal are one of each list.
    pairs = np.flatnonzero(texts[1:] == texts[:-1])
    found = np.full(len(values), -1, dtype=np.int64)
    found[order[pairs + 1] - len(among)] = order[pairs]
    return found


def _fixed_width(texts: "Text") -> "FixedWidth | None":
    """Texts as bytes of one width; None for long ones, and where there is a NUL, which pads."""
    import pyarrow.compute as pc

    lengths, data = text_bytes(texts)
    if not len(data) or lengths.max() > _WIDEST or lengths.min() < 0 or not data.min():
        return None
    width = int(lengths.max())
    _, padded = text_bytes(pc.ascii_rpad(texts, width, padding="\0"))
    return padded.view(f"S{width}")


def looked_up(values: "Text", keys: "Text", answers: "Text") -> "Text":
    """For each value the answer that stands beside the same key; null where there is none."""
    import pyarrow as pa

    at = positions(values, keys)
    return answers.take(pa.array(at, pa.int64(), mask=at < 0))


def same_rows(
    left: "pa.Table", right: "pa.Table", columns: Sequence[str], *, at: "Positions"
) -> "Mask":
    """Which rows of `left` equal the row of `right` at that place; null equals null.

    A place of -1 is no row. A part at a time, which stays in the processor's cache.
    """
    import pyarrow.compute as pc

    same = at >= 0
    for start in range(0, len(at), _PART):
        places = at[start : start + _PART]
        for name in columns:
            one = left[name].slice(start, len(places))
            other = _taken(right[name], places)
            equal = mask(pc.equal(one, other))
            if one.null_count and other.null_count:
                equal |= mask(pc.and_(pc.is_null(one), pc.is_null(other)))
            same[start : start + _PART] &= equal
    return same


def _taken(texts: "Text", places: "Positions") -> "Text":
    """The texts at some places, null at -1, without a copy of those that follow one another."""
    import numpy as np
    import pyarrow as pa

    if places[0] >= 0 and (np.diff(places) == 1).all():
        return texts.slice(int(places[0]), len(places))
    return texts.take(pa.array(places, pa.int64(), mask=places < 0))


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
    # Lists come sorted from where they are made: to look costs a hundredth of sorting.
    if is_sorted(rows["client_id"]):
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
        pa.chunked_array([whole(rows[name].cast(pa.string()))])
        if name in rows.column_names
        else pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
        for name in columns
    ]
    return pa.Table.from_arrays(parts, list(columns))


def one_each(rows: "pa.Table") -> "pa.Table":
    """The first row of each client."""
    import numpy as np
    import pyarrow as pa

    codes = np.asarray(rows["client_id"].combine_chunks().dictionary_encode().indices)
    first = np.sort(np.unique(codes, return_index=True)[1])
    return rows if len(first) == rows.num_rows else rows.take(pa.array(first, pa.int64()))


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
