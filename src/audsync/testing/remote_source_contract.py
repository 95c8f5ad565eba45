"""What every source that talks to a shop over a network keeps to besides.

    class TestMine(RemoteSourceContract): ...

as a `SourceContract`, with a fixture `platform`: an object with `fail_next(status,
retry_after)`, which answers the next call of a pull or a check with that HTTP status.
"""

from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pytest

from audsync.contracts import Level, Source
from audsync.errors import AudsyncError, CredentialError, TransientError
from audsync.testing.error_texts import texts_of
from audsync.testing.memory_source import CANARIES
from audsync.testing.remote_sink_contract import REFUSALS
from audsync.testing.source_contract import SourceContract


class RemoteShop(Protocol):
    """A shop that answers with HTTP statuses."""

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        """Answer the next call with this status."""


class RemoteSourceContract(SourceContract):
    """The laws of a source that talks to a shop over a network."""

    @pytest.fixture
    def platform(self) -> RemoteShop:
        """The shop behind the source."""
        raise NotImplementedError

    @pytest.mark.parametrize(("status", "error"), REFUSALS)
    def test_a_refusal_is_the_right_error_and_the_pull_can_be_made_again(
        self,
        source: Source,
        platform: RemoteShop,
        tmp_path: Path,
        status: int,
        error: type[AudsyncError],
    ) -> None:
        """Whoever has to act is told, without a value of a person; nothing is lost."""
        whole = self.held(source, tmp_path / "whole")
        platform.fail_next(status)
        with pytest.raises(error) as caught:
            self.held(source, tmp_path / "failed")
        spoken = " ".join(texts_of(caught.value)).lower()
        assert not any(canary.lower() in spoken for canary in CANARIES)
        assert self.held(source, tmp_path / "failed") == whole

    def test_a_check_that_is_refused_says_so(
        self, source: Source, platform: RemoteShop
    ) -> None:
        """In a finding, or as the right error."""
        platform.fail_next(401)
        with suppress(CredentialError):
            assert Level.ERROR in {one.level for one in source.check()}

    def test_the_shop_says_when_to_come_back(
        self, source: Source, platform: RemoteShop
    ) -> None:
        """`retry_after` reaches the core in seconds."""
        platform.fail_next(429, retry_after=7)
        with pytest.raises(TransientError) as caught:
            self.pages(source)
        assert caught.value.retry_after == 7  # noqa: PLR2004 -- as ordered above
