"""Random columns for the invented shop: the same seed gives the same bytes."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Column: TypeAlias = "pa.Array[Any]"


def stream(seed: int, purpose: str, chunk: int = 0) -> np.random.Generator:
    """Random numbers of their own for one purpose and chunk, whatever else is drawn."""
    return np.random.default_rng([seed, chunk, *purpose.encode()])


def zipf_weights(count: int, exponent: float) -> Floats:
    """Weights of ranks 1 to `count`, falling with the rank; they add up to 1."""
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return np.asarray(weights / weights.sum(), np.float64)


def draw(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """So many indices, each as likely as its weight says."""
    edges = np.cumsum(weights)
    found = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return np.asarray(np.minimum(found, len(weights) - 1), np.int64)


def scattered(numbers: Ints, salt: int) -> Ints:
    """A fixed number from 0 to 2^31 - 1 for each number; neighbours come out far apart."""
    mixed = (numbers.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(33)).astype(np.int64)


def one_of(values: Sequence[Any], which: Ints, kind: pa.DataType | None = None) -> Column:
    """The values at those places as a column; None among them is a missing value."""
    return pa.array(values, kind or pa.string()).take(which)


def optional(values: npt.NDArray[Any], kind: pa.DataType, missing: Flags) -> Column:
    """A column of the values, some of which are missing."""
    return pa.array(values, kind, mask=missing)


def texts(prefix: str, numbers: Ints, missing: Flags | None = None) -> Column:
    """The numbers as text behind a prefix."""
    written = np.char.add(prefix, numbers.astype(np.str_))
    return pa.array(written, pa.string(), mask=missing)


def thousandths(numbers: Ints) -> Column:
    """A quantity column of that many thousandths each, which must not be below zero."""
    words = np.zeros((len(numbers), 2), np.int64)
    words[:, 0] = numbers
    return pa.Array.from_buffers(
        pa.decimal128(18, 3), len(numbers), [None, pa.py_buffer(words.tobytes())]
    )


def rounded_share(amounts: Ints, part: Ints | int, whole: Ints | int) -> Ints:
    """`amounts * part / whole`, halves rounded up."""
    return np.asarray((2 * amounts * part + whole) // (2 * np.asarray(whole)), np.int64)
