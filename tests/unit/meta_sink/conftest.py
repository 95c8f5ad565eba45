"""The fake Graph API that the sink talks to."""

from collections.abc import Iterator

import pytest

from audsync.testing.meta import FakeMeta


@pytest.fixture
def fake() -> Iterator[FakeMeta]:
    with FakeMeta() as made:
        yield made
        assert made.mistakes == {}
