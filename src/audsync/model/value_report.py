"""What was fitted to predict value, how well it fits, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

_HIGH_CORRELATION: Final = 0.3
_WEAK_FIT: Final = 0.2  # of the repeats that there were


@dataclass(frozen=True, slots=True)
class OrderFit:
    """The model of orders. `alpha` is in days; `expected_repeats` stands beside `repeats`."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    repeats: int  # days with an order after the first, of all clients
    expected_repeats: float  # as many as the model expects in the same time

    @property
    def is_weak(self) -> bool:
        """Whether it expects far more or fewer repeats than there were."""
        return abs(self.expected_repeats - self.repeats) > _WEAK_FIT * self.repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendFit:
    """The model of what an order is worth; `v` and the means are in minor units.

    Without parameters it is the same mean for everybody. `cap` is what counts at most of a
    client's mean; `correlation` is that of number of orders and mean, which should be near 0.
    """

    p: float | None = None
    q: float | None = None
    v: float | None = None
    log_likelihood: float | None = None
    mean: float
    cap: float
    correlation: float | None


@dataclass(frozen=True, slots=True)
class OnceLimits:
    """Days since the only order until which a client is active, and possibly churned."""

    active: int
    churned: int


@dataclass(frozen=True, slots=True)
class ValueReport:
    """Predictions of one build. `clv_model` is mbg, bg or none, then with the reason.

    `category_bounds` has the lowest and the highest predicted value of each category in minor
    units, the last two the sums over all clients.
    """

    clv_model: str
    why_none: str | None
    fitted_on: date
    buyers: int
    repeaters: int
    orders: OrderFit | None
    spend: SpendFit | None
    once: OnceLimits
    gaps: int | None  # from a first to a second order, where these were asked for
    activity: Mapping[str, int]
    categories: Mapping[str, int]
    category_bounds: Mapping[str, tuple[int, int]]
    predicted_orders: float | None
    predicted_clv_minor: int | None

    @property
    def messages(self) -> list[str]:
        """A sentence for each thing that makes predictions less than they should be."""
        found = []
        if self.why_none is not None:
            found.append(
                f"value is not predicted: {self.why_none}; activity is told by each client's "
                "own rhythm, and segments that need more than that fail"
            )
        if self.gaps is not None:
            found.append(
                f"{self.gaps} clients have a second order, and model.clv.one_time = shop_gap "
                "needs 200: days since the order are taken"
            )
        if self.orders is not None and self.orders.is_weak:
            expected, there = self.orders.expected_repeats, self.orders.repeats
            found.append(
                f"the model of orders fits weakly: it expects {expected:,.0f} repeats where "
                f"there were {there:,}; predicted orders and values may be off by as much: "
                "choose by rank (clv_category, top_percent) and not by amount, and see whether "
                "the feed begins in the middle of the shop's history"
            )
        correlation = self.spend.correlation if self.spend else None
        if correlation is not None and abs(correlation) > _HIGH_CORRELATION:
            found.append(
                "clients who order often spend otherwise than those who do not (correlation "
                f"{correlation:.2f}), which predicted values leave out: take them with care"
            )
        if self.spend is not None and self.spend.p is None:
            found.append(
                "no model fits what orders are worth: the same mean is taken for every client"
            )
        return found
