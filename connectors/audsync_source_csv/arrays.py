"""Types of the arrays that columns are made of, and their contents as Python values."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Values = pa.Array[Any]
    Texts = pa.DictionaryArray[Any, Any]  # distinct texts, and the index of each row's text
    Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
    Index = np.ndarray[tuple[int], np.dtype[np.int64]]
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


def distinct(texts: "Texts") -> list[str]:
    """The distinct texts of a column, in the order of their indices."""
    values: list[Any] = texts.dictionary.to_pylist()
    return values


def strings(values: "Values") -> list[str]:
    """Texts without nulls as Python strings."""
    made: list[Any] = values.to_pylist()
    return made


def mask(values: "Values") -> "Mask":
    """A boolean column as numpy, null as false."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    filled: Any = pc.coalesce(values, pa.scalar(value=False))
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.bool_)
