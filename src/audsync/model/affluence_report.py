"""Affluence of one build: the classes, and what is dear in which category."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """Products that are judged together: a category, or all of the shop.

    `name` is None for the latter, which has the products of no category that is large enough.
    `bands` has for each fifth of the price scores (1: 1 to 20, …, 5: 81 to 100) the lowest and
    the highest price in minor units. `buyers` counts a client once per product.
    """

    name: str | None
    products: int
    buyers: int
    weight_percent: int
    bands: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class AffluenceReport:
    """`category_bounds` has the lowest and highest score; `groups` are those of most buyers."""

    scored: int
    least_clients: int
    categories: Mapping[str, int]
    category_bounds: Mapping[str, tuple[int, int]]
    group_count: int
    groups: tuple[PriceGroup, ...]

    @property
    def messages(self) -> list[str]:
        """A sentence where there are too few clients to tell classes apart."""
        if self.scored >= self.least_clients:
            return []
        what = f"{self.scored} clients have an affluence score, and all of them are standard"
        return [f"{what}: model.affluence.least_clients asks for {self.least_clients}"]
