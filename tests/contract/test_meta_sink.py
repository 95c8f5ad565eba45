"""The sink connector `meta` keeps the contract: the official SDK and the fake Graph API."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audsync.contracts import AudienceSpec
from audsync.testing.meta import FakeMeta, Matching
from audsync.testing.remote_sink_contract import RemoteSinkContract
from meta_shop import sink_of

if TYPE_CHECKING:
    from audsync.contracts import Sink


class TestMetaByRow(RemoteSinkContract):
    vectors = Path(__file__).parents[1] / "vectors" / "meta-keys.json"
    matching = Matching.WHOLE_ROW

    @pytest.fixture
    def platform(self) -> Iterator[FakeMeta]:
        with FakeMeta() as fake:
            fake.graph.quirks.matching = self.matching
            fake.graph.access.needs_proof = True
            yield fake
            assert fake.mistakes == {}

    @pytest.fixture
    def sink(self, platform: FakeMeta) -> "Sink":
        return sink_of(platform, max_batch=50)

    def restarted(self, platform: FakeMeta) -> "Sink":
        return sink_of(platform, max_batch=50)

    def occupy(self, platform: FakeMeta, spec: AudienceSpec) -> None:
        platform.graph.add(spec.name, subtype="WEBSITE")

    def lose(self, platform: FakeMeta, remote_id: str) -> None:
        del platform.graph.audiences[remote_id]


class TestMetaByAnyKey(TestMetaByRow):
    matching = Matching.ANY_KEY
