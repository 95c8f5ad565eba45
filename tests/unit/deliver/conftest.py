"""A state, a platform that answers at once, and its sink."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audsync.contracts import (
    Match,
)
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "shop") as opened:
        yield opened


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform(match=Match.KEY)


@pytest.fixture
def sink(platform: MemoryPlatform) -> MemorySink:
    return MemorySink(platform=platform, max_batch=2)
