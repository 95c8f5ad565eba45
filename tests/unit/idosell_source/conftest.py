"""Shops of a fake panel, to be pulled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audsync.testing.idosell import FakeIdoSell, LivingShop, Panel, Quirks
from idosell_shop import Made, Pulls


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    fakes: list[FakeIdoSell] = []

    def make(
        *, orders: int = 40, quirks: Quirks | None = None, **settings: Any
    ) -> tuple[LivingShop, Pulls]:
        panel = Panel(quirks=quirks)
        shop = LivingShop(panel, seed=4)
        shop.fill(orders=orders, clients=orders // 2, products=20, days=60)
        fake = FakeIdoSell(panel)
        fakes.append(fake)
        fake.__enter__()
        return shop, Pulls(fake, tmp_path / "shop", settings)

    yield make
    for fake in fakes:
        fake.__exit__(None, None, None)
