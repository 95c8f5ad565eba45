"""A panel in which nothing happened, the fake that shows it, and a client."""

from collections.abc import Iterator

import pytest

from audsync.testing.idosell import FakeIdoSell, Panel
from fakes.idosell_reader import Reader


@pytest.fixture
def panel() -> Panel:
    return Panel()


@pytest.fixture
def fake(panel: Panel) -> Iterator[FakeIdoSell]:
    with FakeIdoSell(panel) as fake:
        yield fake


@pytest.fixture
def reader(fake: FakeIdoSell) -> Iterator[Reader]:
    reader = Reader(fake)
    yield reader
    reader.close()
