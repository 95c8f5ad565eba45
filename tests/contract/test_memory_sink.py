"""The sink in memory keeps the contract that the connectors are held to."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audsync.contracts import AudienceSpec, Match
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from audsync.testing.remote_sink_contract import RemoteSinkContract

if TYPE_CHECKING:
    from audsync.contracts import Sink


class TestMemoryByKey(RemoteSinkContract):
    vectors = Path(__file__).parents[1] / "vectors" / "memory.json"
    offers_all = True

    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        return MemoryPlatform(match=Match.KEY)

    @pytest.fixture
    def sink(self, platform: MemoryPlatform) -> "Sink":
        return MemorySink(platform=platform, max_batch=5, offers_all=self.offers_all)

    def restarted(self, platform: MemoryPlatform) -> "Sink":
        return MemorySink(platform=platform, max_batch=5, offers_all=self.offers_all)

    def occupy(self, platform: MemoryPlatform, spec: AudienceSpec) -> None:
        platform.strangers.add(spec.name)

    def lose(self, platform: MemoryPlatform, remote_id: str) -> None:
        platform.forget(remote_id)


class TestMemoryByRow(TestMemoryByKey):
    offers_all = False

    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        return MemoryPlatform(match=Match.ROW)


class TestMemoryOfSeveral(TestMemoryByKey):
    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        return MemoryPlatform(match=Match.KEY, several=True)


class TestMemoryOfSeveralByPerson(TestMemoryOfSeveral):
    offers_all = False

    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        return MemoryPlatform(match=Match.PERSON, several=True)


class TestMemoryLater(TestMemoryByKey):
    @pytest.fixture
    def platform(self) -> MemoryPlatform:
        self.clock = MemoryPlatform(match=Match.KEY, delay=2)
        return self.clock

    def wait(self) -> None:
        self.clock.advance()
