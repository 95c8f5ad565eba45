"""What every sink that talks to a platform over a network keeps to besides.

    class TestMine(RemoteSinkContract): ...

as a `SinkContract`; `platform` also has `fail_next(status, retry_after)`, which answers the
next call with that HTTP status and changes nothing, `lose_next_reply(after)`, whereupon the
next call (or one later) is carried out and its caller hears nothing, `recover()`, which takes
such orders back, and `audiences()`, the ids of all audiences.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

import pytest

from audsync.contracts import AudienceInfo, Level, Operation, Sink, TakesSteps
from audsync.errors import (
    AudsyncError,
    CredentialError,
    RejectedError,
    TransientError,
)
from audsync.testing.error_texts import texts_of
from audsync.testing.sink_contract import SPEC, Platform, SinkContract

if TYPE_CHECKING:
    from collections.abc import Collection

REFUSALS: Final = [
    (429, TransientError),
    (500, TransientError),
    (503, TransientError),
    (400, RejectedError),
    (401, CredentialError),
]


class RemotePlatform(Platform, Protocol):
    """A platform that answers with HTTP statuses."""

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        """Answer the next call with this status, and change nothing."""

    def lose_next_reply(self, after: int = 0) -> None:
        """Carry out the next call, or one `after` it, and cut the connection then."""

    def recover(self) -> None:
        """Forget the faults that were ordered and have not happened."""

    def audiences(self) -> "Collection[str]":
        """The ids of all audiences."""


class RemoteSinkContract(SinkContract):
    """The laws of a sink that talks to a platform over a network."""

    @pytest.mark.parametrize(("status", "error"), REFUSALS)
    @pytest.mark.parametrize("operation", [Operation.ADD, Operation.REMOVE])
    def test_a_refusal_is_the_right_error_and_changes_nothing(
        self,
        sink: Sink,
        platform: RemotePlatform,
        audience: AudienceInfo,
        operation: Operation,
        status: int,
        error: type[AudsyncError],
    ) -> None:
        """Whoever has to act is told, without a key of a person."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 2))
        held = set(platform.members(audience.remote_id))
        rows = self.rows(sink, 2, start=20 if operation is Operation.ADD else 0)
        platform.fail_next(status)
        with pytest.raises(error) as caught:
            sink.send(self.batch(sink, audience, operation, rows))
        assert set(platform.members(audience.remote_id)) == held
        assert not self.keys_in(sink, rows, *texts_of(caught.value))

    def test_a_check_that_is_refused_says_so(
        self, sink: Sink, platform: RemotePlatform
    ) -> None:
        """In a finding, or as the right error."""
        platform.fail_next(401)
        with suppress(CredentialError):
            assert Level.ERROR in {one.level for one in sink.check()}

    @pytest.mark.parametrize(("status", "error"), REFUSALS)
    def test_an_audience_that_could_not_be_made_is_made_later(
        self,
        sink: Sink,
        platform: RemotePlatform,
        status: int,
        error: type[AudsyncError],
    ) -> None:
        """A refusal leaves nothing behind that a second attempt could stumble over."""
        platform.fail_next(status)
        with pytest.raises(error):
            sink.open(SPEC, None)
        assert sink.open(SPEC, None).created

    @pytest.mark.parametrize(("status", "error"), REFUSALS)
    def test_an_outcome_that_could_not_be_asked_for_is_asked_for_later(
        self,
        sink: Sink,
        platform: RemotePlatform,
        audience: AudienceInfo,
        status: int,
        error: type[AudsyncError],
    ) -> None:
        """Where asking is a call; a sink that knows the outcome already may tell it."""
        receipt = sink.send(self.batch(sink, audience, Operation.ADD, self.rows(sink, 2)))
        platform.fail_next(status)
        with suppress(error):
            sink.settle(receipt)
        platform.recover()
        assert self.settled(sink, receipt).accepted == 2  # noqa: PLR2004 -- as sent above

    def test_the_platform_says_when_to_come_back(
        self, sink: Sink, platform: RemotePlatform, audience: AudienceInfo
    ) -> None:
        """`retry_after` reaches the core in seconds."""
        platform.fail_next(429, retry_after=7)
        with pytest.raises(TransientError) as caught:
            sink.send(self.batch(sink, audience, Operation.ADD, self.rows(sink, 1)))
        assert caught.value.retry_after == 7  # noqa: PLR2004 -- as ordered above

    @pytest.mark.parametrize("operation", [Operation.ADD, Operation.REMOVE])
    def test_a_batch_whose_reply_was_lost_may_be_sent_again(
        self,
        sink: Sink,
        platform: RemotePlatform,
        audience: AudienceInfo,
        operation: Operation,
    ) -> None:
        """The platform took it, the answer never came: it is a TransientError, and harmless."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 1, start=10))
        before = set(platform.members(audience.remote_id))
        rows = self.rows(sink, 3)
        self.deliver(sink, audience, Operation.ADD, rows)
        added = set(platform.members(audience.remote_id))
        if operation is Operation.ADD:
            self.deliver(sink, audience, Operation.REMOVE, rows)
        batch = self.batch(sink, audience, operation, rows)
        platform.lose_next_reply()
        with pytest.raises(TransientError):
            sink.send(batch)
        assert self.settled(sink, sink.send(batch)).accepted == rows.num_rows
        wanted = added if operation is Operation.ADD else before
        assert set(platform.members(audience.remote_id)) == wanted

    def test_a_step_that_was_not_answered_may_be_taken_again(
        self, sink: Sink, platform: RemotePlatform, audience: AudienceInfo
    ) -> None:
        """Where a replacement has steps: each is carried out, unheard, and taken once more."""
        if Operation.REPLACE not in sink.capabilities.operations:
            return
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3, start=10))
        alone = set(platform.members(audience.remote_id))
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 4))
        rows = self.rows(sink, 3, start=10)
        receipt = sink.send(self.batch(sink, audience, Operation.REPLACE, rows))
        while sink.settle(receipt) is None:
            self.wait()
            if isinstance(sink, TakesSteps):
                steps: TakesSteps = sink
                platform.lose_next_reply()
                with suppress(TransientError):
                    receipt = steps.step(receipt) or receipt
                platform.recover()
                receipt = steps.step(receipt) or receipt
        assert set(platform.members(audience.remote_id)) == alone

    @pytest.mark.parametrize("after", [0, 1, 2])
    def test_an_audience_whose_making_was_not_answered_is_not_made_twice(
        self, sink: Sink, platform: RemotePlatform, after: int
    ) -> None:
        """Whichever call of it was not answered: it is found, or made then."""
        platform.lose_next_reply(after)
        with suppress(TransientError):
            sink.open(SPEC, None)
        platform.recover()
        found = sink.open(SPEC, None)
        assert sink.open(SPEC, found.remote_id).remote_id == found.remote_id
        assert len(platform.audiences()) == 1
