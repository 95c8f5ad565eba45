"""The IdoSell source keeps the contract of sources, over a fake panel."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from audsync.contracts import Source
from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel, faults
from audsync.testing.idosell.records import Address, Channel, Line
from audsync.testing.memory_source import CANARIES
from audsync.testing.remote_source_contract import RemoteSourceContract
from audsync.warehouse import Warehouse
from idosell_shop import SHOP, Pulls

EMAIL, PHONE, FIRST, LAST = CANARIES


def canary_panel() -> Panel:
    """A small shop in which everybody is a canary."""
    panel = Panel()
    shop = LivingShop(panel, seed=3)
    shop.stock(1)
    shop.stock(2)
    address = Address(FIRST, LAST, "Kraków", "31-002", phone=PHONE)
    goods = [*panel.catalogue.products.values()]
    for number in range(4):
        account = panel.customers.register(
            SHOP, f"{number}.{EMAIL}", address, login=EMAIL, agrees_to=[Channel.EMAIL]
        )
        lines = [Line(one.product_id, one.name, Decimal(2), 2460, 2000) for one in goods]
        order = panel.sales.place(account, SHOP, lines)
        panel.sales.set_status(order.serial, "finished")
        made = panel.sales.give_back(order.serial, [(lines[0], lines[0].quantity)])
        panel.sales.settle_return(made.return_id, 11)
    panel.sales.place_as_guest(SHOP, EMAIL, address, lines)
    panel.customers.subscribe(Channel.EMAIL, EMAIL, SHOP)
    panel.customers.subscribe(Channel.SMS, PHONE, SHOP)
    panel.clock.advance(hours=1)
    return panel


class TestIdoSell(RemoteSourceContract):
    sends_again = True

    @pytest.fixture(autouse=True)
    def _made(self) -> None:
        self._pulls: dict[int, Pulls] = {}

    @pytest.fixture
    def platform(self) -> Iterator[FakeIdoSell]:
        with FakeIdoSell(canary_panel()) as fake:
            yield fake

    @pytest.fixture
    def source(self, platform: FakeIdoSell, tmp_path: Path) -> Source:
        return self._of(platform, tmp_path)

    @pytest.fixture
    def reordered(self, platform: FakeIdoSell, tmp_path: Path) -> Source:
        types = ("wholesale", "retail")
        return self._of(platform, tmp_path, page_size=1, order_types=types)

    @pytest.fixture
    def unreadable(self, tmp_path: Path) -> Iterator[Source]:
        with FakeIdoSell(canary_panel()) as fake:
            fake.faults.plan(faults.fault_code(9, EMAIL), times=None)
            yield self._of(fake, tmp_path)

    def attached(self, source: Source, warehouse: Warehouse) -> Source:
        return self._pulls[id(source)].source(warehouse)

    def _of(self, fake: FakeIdoSell, folder: Path, **settings: Any) -> Source:
        pulls = Pulls(fake, folder, settings, attempts=1)
        source = pulls.source()
        self._pulls[id(source)] = pulls
        return source
