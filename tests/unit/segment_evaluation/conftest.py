"""An engine without a table."""

from collections.abc import Iterator

import pytest

from fakes.engine import MemoryEngine


@pytest.fixture
def engine() -> Iterator[MemoryEngine]:
    with MemoryEngine() as engine:
        yield engine
