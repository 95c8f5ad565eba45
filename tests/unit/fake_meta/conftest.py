"""The fake Graph API and the official SDK that calls it."""

from collections.abc import Iterator

import pytest

from audsync.testing.meta import APP_SECRET, FakeMeta
from fakes.graph_caller import Caller


@pytest.fixture
def fake() -> Iterator[FakeMeta]:
    with FakeMeta() as fake:
        yield fake


@pytest.fixture
def caller(fake: FakeMeta) -> Iterator[Caller]:
    caller = Caller(fake, secret=APP_SECRET)
    yield caller
    caller.close()
