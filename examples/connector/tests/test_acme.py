"""The connector keeps the laws of audsync's contract kits, against a fake Acme."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audsync.contracts import AudienceSpec, Context, Source
from audsync.testing.memory_source import CANARIES
from audsync.testing.remote_sink_contract import RemoteSinkContract
from audsync.testing.remote_source_contract import RemoteSourceContract
from audsync_acme import AcmeSink, AcmeSource
from audsync_acme.api import AcmeOptions
from fake_acme import KEY, FakeAcme

EMAIL, PHONE, FIRST, LAST = CANARIES
PERSON = {"email": EMAIL, "phone": PHONE, "first_name": FIRST, "last_name": LAST}
ORDER = {"created_at": "2024-01-01T10:00:00+00:00", "status": "finished", "currency": "GBP"}


@pytest.fixture
def platform() -> Iterator[FakeAcme]:
    with FakeAcme() as acme:
        yield acme


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "acme.key").write_text(f"{KEY}\n", encoding="utf-8")
    return Context("shop", "UTC", "GB", "GBP", tmp_path, lambda text: tmp_path / text)


def options(acme: FakeAcme) -> AcmeOptions:
    return AcmeOptions(acme.url, "acme.key")


class TestAcmeSink(RemoteSinkContract):
    vectors = Path(__file__).with_name("vectors.json")

    @pytest.fixture
    def platform(self, platform: FakeAcme, context: Context) -> FakeAcme:
        self._acme, self._context = platform, context
        return platform

    @pytest.fixture
    def sink(self, platform: FakeAcme) -> AcmeSink:
        return self.restarted(platform)

    def restarted(self, platform: FakeAcme) -> AcmeSink:
        return AcmeSink(options(platform), self._context)

    def occupy(self, platform: FakeAcme, spec: AudienceSpec) -> None:
        platform.lists["L9"] = {"id": "L9", "name": spec.name, "kind": "lookalike"}

    def wait(self) -> None:
        self._acme.work()


class TestAcmeSource(RemoteSourceContract):
    @pytest.fixture
    def platform(self, platform: FakeAcme) -> FakeAcme:
        return platform

    @pytest.fixture
    def source(self, platform: FakeAcme, context: Context) -> Source:
        return self._shop(platform, context, [*range(1, 6)])

    @pytest.fixture
    def reordered(self, context: Context) -> Iterator[Source]:
        with FakeAcme() as other:
            yield self._shop(other, context, [*range(5, 0, -1)])

    @pytest.fixture
    def unreadable(self, context: Context) -> Iterator[Source]:
        with FakeAcme() as other:
            other.put("customers", {"customer_id": "1", **PERSON, "ad_consent": [EMAIL]})
            yield AcmeSource(options(other), context)

    def _shop(self, acme: FakeAcme, context: Context, numbers: list[int]) -> Source:
        for number in numbers:
            acme.put("customers", {"customer_id": str(number), **PERSON, "ad_consent": "yes"})
            acme.put("customers", PERSON)
            acme.put("orders", {"order_id": f"A{number}", **ORDER, "total_gross_minor": 100})
        return AcmeSource(options(acme), context)
