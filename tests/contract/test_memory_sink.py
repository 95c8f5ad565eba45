"""The sink in memory keeps the contract that the connectors are held to."""

from typing import TYPE_CHECKING

import pytest

from audsync.contracts import Match
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from audsync.testing.sink_contract import RemoteSinkContract

if TYPE_CHECKING:
    from audsync.contracts import Sink


class TestMemoryByKey(RemoteSinkContract):
    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        return MemoryPlatform(match=Match.KEY)

    @pytest.fixture
    def sink(self, platform: MemoryPlatform) -> "Sink":
        return MemorySink(platform=platform, max_batch=5)


class TestMemoryByRow(TestMemoryByKey):
    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        return MemoryPlatform(match=Match.ROW)


class TestMemoryLater(TestMemoryByKey):
    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        self.clock = MemoryPlatform(match=Match.KEY, delay=2)
        return self.clock

    def wait(self) -> None:
        self.clock.advance()
