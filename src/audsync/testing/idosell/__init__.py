"""A fake IdoSell panel: an invented shop that lives, its truth, and its API on 127.0.0.1.

panel = Panel()
shop = LivingShop(panel, seed=7)
shop.fill(orders=500, clients=200)
with FakeIdoSell(panel) as fake:
    ...                                    # pull from fake.url with the key KEY
    assert held == Truth(panel, shop_id=2).tables
    shop.happen(20)                        # orders, withdrawals, deletions, …
    fake.faults.plan(faults.truncated(), endpoint="orders/*", page=1)
    ...                                    # pull again, compare again
"""

from audsync.testing.idosell import faults
from audsync.testing.idosell.access import KEY
from audsync.testing.idosell.living import LivingShop
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.quirks import Quirks
from audsync.testing.idosell.server import FakeIdoSell
from audsync.testing.idosell.truth import Reading, Truth

__all__ = [
    "KEY",
    "FakeIdoSell",
    "LivingShop",
    "Panel",
    "Quirks",
    "Reading",
    "Truth",
    "faults",
]
