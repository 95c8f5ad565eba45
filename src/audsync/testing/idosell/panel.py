"""A whole panel: its shops, people, goods and sales, and one clock for all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from audsync.testing.idosell.catalogue import Catalogue
from audsync.testing.idosell.clock import Clock
from audsync.testing.idosell.customers import Customers
from audsync.testing.idosell.quirks import Quirks
from audsync.testing.idosell.records import Shop
from audsync.testing.idosell.sales import RATES, Sales

SHOPS: Final = (Shop(1, "Hurt"), Shop(2, "Halny.example"))
START: Final = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


class Panel:
    """What an invented IdoSell panel holds. Empty at first; events fill it.

    `rates` are what currencies cost today, each with the units that the price is for.

    `panel.customers`, `.sales` and `.catalogue` have a method for each thing that may happen.
    """

    def __init__(
        self,
        *,
        shops: Sequence[Shop] = SHOPS,
        timezone: str = "Europe/Warsaw",
        now: datetime = START,
        quirks: Quirks | None = None,
    ) -> None:
        self.shops = tuple(shops)
        self.quirks = quirks or Quirks()
        self.clock = Clock(now, timezone)
        self.customers = Customers(self.clock, self.quirks)
        self.sales = Sales(self.clock, self.quirks, self.customers)
        self.catalogue = Catalogue(self.clock)
        self.base_currency = "PLN"
        self.rates = dict(RATES)
