"""Orders to a fake IdoSell panel in a process of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import available_timezones

from audsync.testing.idosell import faults
from audsync.testing.idosell.access import KEY, SCOPES
from audsync.testing.idosell.living import LivingShop
from audsync.testing.idosell.server import FakeIdoSell

_FAILURES: Final = range(400, 600)


class IdoSellConsole:
    """A panel whose shop has a past, and lives as it is told."""

    name = "A fake IdoSell panel"
    orders: Sequence[str] = (
        *("happen COUNT", "advance SECONDS", "fail STATUS", "pages COUNT", "scopes MODULE …"),
        *("block", "unblock", "timezone NAME"),
    )
    secrets: Final[Mapping[str, str]] = {"idosell_api_key": KEY}

    def __init__(
        self, *, port: int, orders: int, clients: int, products: int, seed: int
    ) -> None:
        self.fake = FakeIdoSell(port=port)
        self._shop = LivingShop(self.fake.panel, seed=seed)
        self._shop.fill(orders=orders, clients=clients, products=products)

    def config(self, shop: str) -> str:
        """The source of a shop."""
        source = f'type = "idosell"\nurl = "{self.fake.url}"\nshop_id = 2'
        return f"[shops.{shop}.source]\n{source}\n"

    def obey(self, words: Sequence[str]) -> bool:
        """Let things happen in the shop, time pass, calls fail, or the panel be another."""
        panel = self.fake.panel
        with self.fake.lock:
            match words:
                case ["happen", count] if count.isdigit():
                    self._shop.happen(int(count))
                case ["advance", seconds] if seconds.isdigit():
                    panel.clock.advance(seconds=int(seconds))
                case ["fail", status] if status.isdigit() and int(status) in _FAILURES:
                    self.fake.fail_next(int(status))
                case ["pages", count] if count.isdigit():
                    self.fake.faults.plan(faults.html_page(), times=int(count))
                case ["scopes", *modules] if SCOPES.issuperset(modules):
                    self.fake.access.keys[KEY] = frozenset(modules)
                case ["block" | "unblock" as order]:
                    panel.quirks.is_blocked = order == "block"
                case ["timezone", name] if name in available_timezones():
                    panel.clock.timezone = name
                case _:
                    return False
        return True

    def state(self) -> dict[str, Any]:
        """The calls by endpoint, and the panel's time."""
        return {"calls": dict(self.fake.calls), "now": self.fake.panel.clock.moment.isoformat()}
