"""What a build of the Clients model counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from audsync.lists import ListCount
from audsync.model.affluence_report import AffluenceReport
from audsync.model.bands_report import BandsReport
from audsync.model.rfm_report import RfmReport
from audsync.model.value_report import ValueReport


class NotCounted(StrEnum):
    """Why an order does not count; the first that applies."""

    STATUS = "status"  # not in model.counted_status
    TEST = "test"
    FUTURE = "future"  # dated after the day
    ANONYMOUS = "anonymous"  # belongs to no client
    REFUNDED = "refunded"  # what its goods were worth was paid back
    NO_GOODS = "no_goods"  # postage, fees and the like alone
    RETURNED = "returned"  # all of the goods came back


@dataclass(frozen=True, slots=True)
class ReturnCounts:
    """Lines of returns: what became of them, and the units that exceed what was bought."""

    linked: int = 0  # named their order
    attached: int = 0  # an order was found for them
    unmatched: int = 0  # no order
    future: int = 0  # dated after the day
    excess_units: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ModelReport:
    """Counts of one build; `orders` is `counted` and the sum of `not_counted`.

    What nobody asked for is None.
    """

    orders: int
    counted: int
    not_counted: Mapping[NotCounted, int]
    converted_orders: Mapping[str, int]  # counted orders by currency other than the shop's
    lines_without_value: int  # counted lines whose value the source left out; they count as 0
    clamped_orders: int  # refunded beyond their value, which is held at zero
    returns: ReturnCounts
    clients: int
    clients_with_orders: int
    earliest_order: date | None
    currency: str  # of all amounts
    rfm: RfmReport
    unpriced_products: Mapping[str, int]  # products by currency without a rate: no prices
    value: ValueReport | None = None
    lists: Mapping[str, ListCount] = field(default_factory=dict)  # by the list's name
    bands: BandsReport | None = None
    affluence: AffluenceReport | None = None
    # Rates by currency of converted orders that no config states, but the source.
    source_rates: Mapping[str, str] = field(default_factory=dict)

    @property
    def messages(self) -> list[str]:
        """A sentence for each thing that makes figures smaller than they should be."""
        found = []
        if self.clamped_orders:
            found.append(
                f"{self.clamped_orders} orders are refunded beyond their value and count as 0; "
                "look at the refunds in the source"
            )
        if self.lines_without_value:
            found.append(
                f"{self.lines_without_value} lines of counted orders state no value and count "
                "as 0; look at the prices in the source"
            )
        found += [
            f"{products} products are priced in {currency}, which has no rate: their prices "
            "are missing; add the rate to the shop's rates"
            for currency, products in sorted(self.unpriced_products.items())
        ]
        for analysis in (self.value, self.affluence):
            found += [] if analysis is None else analysis.messages
        return found
