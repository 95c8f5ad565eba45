"""Google's own clients of both APIs; a test of the Data Manager may choose the transport."""

from collections.abc import Iterator

import pytest

from audsync.testing.google import FakeGoogle
from fakes.google_clients import Ads, DataManager, ads_session, data_manager_session


@pytest.fixture
def ads(google: FakeGoogle) -> Iterator[Ads]:
    with ads_session(google) as session:
        yield session


@pytest.fixture
def transport() -> str:
    return "grpc"


@pytest.fixture
def session(google: FakeGoogle, transport: str) -> Iterator[DataManager]:
    with data_manager_session(google, transport) as made:
        yield made
