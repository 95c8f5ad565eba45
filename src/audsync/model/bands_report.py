"""How clients were ranked by value and frequency, and where they were cut."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """Clients of about the same rank; number 1 has the lowest values.

    `lowest` and `highest` are minor units of an average order, or orders. `index` is what a
    client of the bucket has spent in percent of what one of all has.
    """

    number: int
    clients: int
    sales_minor: int
    lowest: int
    highest: int
    index: int


@dataclass(frozen=True, slots=True)
class Cuts:
    """Up to bucket `low` a client is low, from bucket `high` on high, between them mid."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Quadrant:
    """The clients of one combination of value and frequency, with all they ever ordered."""

    clients: int
    orders: int
    sales_minor: int


@dataclass(frozen=True, slots=True)
class BandsReport:
    """Bands of one build; `quadrants` has `between` for clients in the middle of a band."""

    value: tuple[Bucket, ...]
    frequency: tuple[Bucket, ...]
    value_cuts: Cuts
    frequency_cuts: Cuts
    quadrants: Mapping[str, Quadrant]
    recency: Mapping[str, int]
    active_days: int
    lost_days: int
