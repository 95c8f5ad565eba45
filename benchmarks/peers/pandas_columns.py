"""Whole-column steps of the pandas way."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.shop import AS_OF, TIMEZONE

TODAY = pd.Timestamp(AS_OF)


def read(folder: Path, table: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Columns of one of the shop's tables."""
    rows = pq.read_table(folder / f"{table}.parquet", columns=columns)
    frame: pd.DataFrame = rows.to_pandas()
    return frame


def local_day(moments: "pd.Series[Any]") -> "pd.Series[Any]":
    """The day in the shop's zone of UTC times."""
    zoned = moments.dt.tz_localize("UTC").dt.tz_convert(TIMEZONE)
    days: pd.Series[Any] = zoned.dt.tz_localize(None).dt.normalize()
    return days


def thousandths(quantities: "pd.Series[Any]") -> "pd.Series[Any]":
    """Decimals of three places as whole thousandths."""
    return (quantities.astype("float64") * 1000).round().astype("int64")


def unit_price(value: "pd.Series[Any]", held: "pd.Series[Any]") -> "pd.Series[Any]":
    """Value by units in thousandths, halves rounded up."""
    return ((2000 * value + held) // (2 * held)).where(value >= 0)


def rounded_ratio(amount: "pd.Series[Any]", number: "pd.Series[Any]") -> "pd.Series[Any]":
    """Amount by number, halves rounded up; missing where the number is 0."""
    some = number.where(number > 0)
    return (2 * amount + some) // (2 * some)


def sorted_lists(pairs: pd.DataFrame, column: str) -> "pd.Series[Any]":
    """The values of each client as a sorted list; `agg(list)` would take ten times as long."""
    ordered = pairs.sort_values(["client", column])
    clients, values = ordered["client"].to_numpy(), ordered[column].to_list()
    starts = np.flatnonzero(np.diff(clients, prepend=-1))
    ends = np.append(starts[1:], len(values))
    lists = [values[start:end] for start, end in zip(starts, ends, strict=True)]
    return pd.Series(lists, index=clients[starts], dtype=object)
