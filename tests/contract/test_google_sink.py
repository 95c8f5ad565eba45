"""The sink connector `google` keeps the contract: Google's own clients and the fake Google."""

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from audsync.contracts import AudienceSpec
from audsync.testing.google import ADVERTISER, CUSTOMER, FakeGoogle, Removal
from audsync.testing.remote_sink_contract import RemoteSinkContract
from google_shop import sink_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audsync.contracts import Sink


class TestDataManager(RemoteSinkContract):
    vectors = Path(__file__).parents[1] / "vectors" / "google-keys.json"
    settings: ClassVar[dict[str, Any]] = {}
    account: ClassVar[str] = CUSTOMER
    removal: ClassVar[Removal] = Removal.IDENTIFIERS

    @pytest.fixture
    def platform(self, google: FakeGoogle) -> "Iterator[FakeGoogle]":
        google.platform.quirks.removal = self.removal
        self.fake = google
        yield google
        assert google.platform.mistakes == {}

    @pytest.fixture
    def sink(self, platform: FakeGoogle) -> "Sink":
        return self.restarted(platform)

    def restarted(self, platform: FakeGoogle) -> "Sink":
        return sink_of(platform, max_batch=50, account=self.account, **self.settings)

    def occupy(self, platform: FakeGoogle, spec: AudienceSpec) -> None:
        platform.platform.add_list(self.account, spec.name, kind="mobile")

    def lose(self, platform: FakeGoogle, remote_id: str) -> None:
        del platform.platform.lists[int(remote_id)]

    def wait(self) -> None:
        self.fake.platform.clock.advance(hours=1)


class TestDataManagerOverRest(TestDataManager):
    settings: ClassVar[dict[str, Any]] = {"transport": "rest"}

    @pytest.fixture
    def platform(
        self, google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
    ) -> "Iterator[FakeGoogle]":
        """A platform that is as stubborn about a login as Google's client is."""
        fail = google.fail_next

        def fail_next(status: int, retry_after: float | None = None) -> None:
            for _ in range(3 if status == HTTPStatus.UNAUTHORIZED else 1):
                fail(status, retry_after)

        monkeypatch.setattr(google, "fail_next", fail_next)
        self.fake = google
        yield google
        assert google.platform.mistakes == {}


class TestDisplayVideo(TestDataManager):
    settings: ClassVar[dict[str, Any]] = {"product": "display_video"}
    account: ClassVar[str] = ADVERTISER


class TestGoogleAds(TestDataManager):
    settings: ClassVar[dict[str, Any]] = {"api": "google_ads"}


class TestReplacing(TestDataManager):
    settings: ClassVar[dict[str, Any]] = {"delivery": "replace"}


class TestRemovalOfWholePeople(TestDataManager):
    removal: ClassVar[Removal] = Removal.PEOPLE
