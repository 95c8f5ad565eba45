"""Members are added again before the platform's membership period ends, spread over days."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from audsync.columns import mask, text_bytes

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Refresh:
    """Who is added again: members confirmed before a day that differs from person to person.

    The days are `before` and the `spread_days - 1` after it; a person always has the same.
    """

    before: date
    spread_days: int = 1


def refresh_for(as_of: date, membership_days: int | None) -> Refresh | None:
    """The refresh of an audience whose members expire so many days after they were confirmed.

    A sixth of the period is kept as reserve for runs that fail, and the sixth before it is what
    the work is spread over: with 540 days a member is added again 361 to 450 days after it was
    confirmed. None where membership does not end.
    """
    if membership_days is None:
        return None
    sixth = max(1, membership_days // 6)
    first = as_of - timedelta(days=membership_days - sixth - 1)
    return Refresh(min(as_of, first), sixth)


def due(
    clients: "pa.ChunkedArray[Any]",
    confirmed_on: "pa.ChunkedArray[Any]",
    refresh: Refresh | None,
) -> "npt.NDArray[np.bool_]":
    """Who is to be added again; a member whose day is null is uncertain and always is."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    again = np.asarray(pc.is_null(confirmed_on), dtype=np.bool_)
    if refresh is None:
        return again
    last = refresh.before + timedelta(days=refresh.spread_days - 1)
    near = np.flatnonzero(mask(pc.less(confirmed_on, pa.scalar(last))))
    days = np.asarray(pc.cast(confirmed_on.take(near), pa.int32()), dtype=np.int64)
    epoch_days = (refresh.before - date(1970, 1, 1)).days
    limits = epoch_days + (
        _numbers(clients.take(near)) % np.uint64(refresh.spread_days)
    ).astype(np.int64)
    again[near] = days < limits
    return again


def _numbers(clients: "pa.ChunkedArray[Any]") -> "npt.NDArray[np.uint64]":
    """A number per text, the same on every machine: its bytes as digits to the base 31."""
    import numpy as np

    lengths, data = text_bytes(clients)
    if not len(data):
        return np.zeros(len(lengths), dtype=np.uint64)
    ends = np.cumsum(lengths)
    place_from_end = np.repeat(ends, lengths) - 1 - np.arange(len(data))
    powers = np.full(lengths.max(), 31, dtype=np.uint64)
    powers[0] = 1
    sums = np.zeros(len(data) + 1, dtype=np.uint64)
    np.cumsum(data.astype(np.uint64) * np.cumprod(powers)[place_from_end], out=sums[1:])
    numbers: npt.NDArray[np.uint64] = sums[ends] - sums[ends - lengths]
    return numbers
