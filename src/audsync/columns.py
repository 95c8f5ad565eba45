"""Whole-column operations on Arrow text."""

from typing import TYPE_CHECKING, Any

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


def are_digests(texts: "Text") -> Any:
    """Which texts are 64 lower-case hex digits, as an Arrow column; null for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Trimming leaves nothing of hex digits alone, in a tenth of a pattern's time.
    is_hex = pc.equal(pc.ascii_trim(texts, "0123456789abcdef"), pa.scalar(""))
    return pc.and_(is_hex, pc.equal(pc.utf8_length(texts), pa.scalar(64, pa.int32())))


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


def whole(texts: "Text") -> Any:
    """A text column as one array; a single chunk is not copied."""
    return texts.chunk(0) if texts.num_chunks == 1 else texts.combine_chunks()


def distinct(texts: "Text") -> list[str]:
    """The different texts of a column, without null."""
    found: list[Any] = texts.unique().drop_null().to_pylist()
    return found


def is_sorted(texts: "Text") -> bool:
    """Whether each text is less than the next, by code point; no two are equal."""
    import pyarrow.compute as pc

    array = whole(texts)
    return len(array) == 0 or mask(pc.less(array[:-1], array[1:])).all().item()
