"""What every sink keeps to, as tests that a connector inherits.

    class TestMine(RemoteSinkContract):
        @pytest.fixture
        def platform(self) -> Iterator[FakeMine]: ...

        @pytest.fixture
        def sink(self, platform: FakeMine) -> Sink: ...

`platform` is where the members go: an object with `members(remote_id)`, a set that has one
thing or more per member, and for a sink that talks to a network `fail_next(status,
retry_after)`. `sink` takes batches of at least 4 members and of at most some thousands.
"""

import logging
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

import pytest

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Form,
    Operation,
    Outcome,
    Sink,
)
from audsync.deliver import make_batch
from audsync.errors import (
    AudsyncError,
    CredentialError,
    RejectedError,
    TableError,
    TransientError,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa

SPEC = AudienceSpec("shop.people", "People")


class Platform(Protocol):
    """What the kit asks of the platform behind a sink."""

    def members(self, remote_id: str) -> "Collection[object]":
        """Who is in an audience."""


class RemotePlatform(Platform, Protocol):
    """A platform that answers with HTTP statuses."""

    def fail_next(self, status: int, retry_after: float | None = None) -> None:
        """Answer the next call with this status."""


class SinkContract:
    """The laws of `contracts.Sink`; a subclass gives the two fixtures."""

    @pytest.fixture
    def platform(self) -> Platform:
        """Where the members go."""
        raise NotImplementedError

    @pytest.fixture
    def sink(self, platform: Platform) -> Sink:
        """A sink of that platform."""
        raise NotImplementedError

    @pytest.fixture
    def audience(self, sink: Sink) -> AudienceInfo:
        """An empty audience."""
        return sink.open(SPEC, None)

    def rows(self, sink: Sink, count: int, *, start: int = 0) -> "pa.Table":
        """Invented members that differ in every digest and text."""
        import pyarrow as pa

        return pa.table(
            {
                name: pa.array(
                    [_value(name, rule.form, start + i) for i in range(count)], pa.string()
                )
                for name, rule in sink.key_rules.items()
            }
        )

    def batch(
        self, sink: Sink, audience: AudienceInfo, operation: Operation, rows: "pa.Table"
    ) -> Batch:
        """A batch as the core makes it."""
        return make_batch(
            sink,
            key=f"run.shop.people.{operation}.0.{rows.num_rows}",
            operation=operation,
            audience=audience,
            rows=rows,
        )

    def deliver(
        self, sink: Sink, audience: AudienceInfo, operation: Operation, rows: "pa.Table"
    ) -> Outcome:
        """Send a batch and wait for its outcome."""
        receipt = sink.send(self.batch(sink, audience, operation, rows))
        outcome = sink.settle(receipt)
        while outcome is None:
            self.wait()
            outcome = sink.settle(receipt)
        return outcome

    def wait(self) -> None:
        """Let the platform work; for one that settles later a subclass moves its clock."""
        raise AssertionError("the outcome is not there: move the platform's clock in `wait`")

    def test_every_member_is_accounted_for(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Accepted and rejected together are the batch, and the accepted are members."""
        outcome = self.deliver(sink, audience, Operation.ADD, self.rows(sink, 4))
        assert outcome.accepted + sum(one.count for one in outcome.rejected) == 4  # noqa: PLR2004 -- of 4 rows
        assert len(platform.members(audience.remote_id)) >= outcome.accepted > 0

    def test_twice_equals_once(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """A batch that was sent before changes nothing and is accepted."""
        for operation in (Operation.ADD, Operation.REMOVE):
            first = self.deliver(sink, audience, operation, self.rows(sink, 3))
            held = set(platform.members(audience.remote_id))
            again = self.deliver(sink, audience, operation, self.rows(sink, 3))
            assert again == first
            assert set(platform.members(audience.remote_id)) == held

    def test_remove_undoes_add(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """The members of before are left, and no other."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 2))
        before = set(platform.members(audience.remote_id))
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3, start=10))
        assert set(platform.members(audience.remote_id)) > before
        self.deliver(sink, audience, Operation.REMOVE, self.rows(sink, 3, start=10))
        assert set(platform.members(audience.remote_id)) == before

    def test_removing_who_is_not_there_is_accepted(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """A removal may be repeated after a crash."""
        outcome = self.deliver(sink, audience, Operation.REMOVE, self.rows(sink, 2))
        assert outcome == Outcome(accepted=2)
        assert set(platform.members(audience.remote_id)) == set()

    def test_an_audience_is_created_once(self, sink: Sink, audience: AudienceInfo) -> None:
        """By its id and by its name the same one is found."""
        assert audience.created
        for remote_id in (None, audience.remote_id):
            found = sink.open(SPEC, remote_id)
            assert (found.remote_id, found.created) == (audience.remote_id, False)

    def test_opening_an_audience_keeps_its_members(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """To open is to look."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3))
        held = set(platform.members(audience.remote_id))
        sink.open(SPEC, audience.remote_id)
        assert set(platform.members(audience.remote_id)) == held

    def test_a_larger_batch_than_it_takes_is_refused(
        self, sink: Sink, audience: AudienceInfo
    ) -> None:
        """The core never hands over more than `max_batch` members, or none."""
        for count in (0, sink.capabilities.max_batch + 1):
            with pytest.raises(TableError):
                self.batch(sink, audience, Operation.ADD, self.rows(sink, count))

    def test_no_key_of_a_person_is_shown(
        self,
        sink: Sink,
        audience: AudienceInfo,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Not in logs, on the terminal, in `repr`, or in what the journal keeps."""
        caplog.set_level(logging.DEBUG)
        rows = self.rows(sink, 3)
        batch = self.batch(sink, audience, Operation.ADD, rows)
        receipt = sink.send(batch)
        printed = capsys.readouterr()
        shown = [caplog.text, printed.out, printed.err, repr(batch), repr(sink), repr(receipt)]
        assert not self.keys_in(sink, rows, *shown, repr(sink.check()))

    def keys_in(self, sink: Sink, rows: "pa.Table", *texts: str) -> bool:
        """Whether a digest or personal text of these rows occurs in any text."""
        spoken = " ".join(texts).lower()
        return any(
            str(value).lower() in spoken
            for name, rule in sink.key_rules.items()
            if rule.form is not Form.PLAIN
            for value in rows[name].to_pylist()
        )


class RemoteSinkContract(SinkContract):
    """The laws of a sink that talks to a platform over a network."""

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (429, TransientError),
            (500, TransientError),
            (503, TransientError),
            (400, RejectedError),
            (401, CredentialError),
        ],
    )
    def test_a_refusal_is_the_right_error_and_changes_nothing(
        self,
        sink: Sink,
        platform: RemotePlatform,
        audience: AudienceInfo,
        status: int,
        error: type[AudsyncError],
    ) -> None:
        """Whoever has to act is told, without a key of a person."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 2))
        held = set(platform.members(audience.remote_id))
        rows = self.rows(sink, 2, start=20)
        platform.fail_next(status)
        with pytest.raises(error) as caught:
            sink.send(self.batch(sink, audience, Operation.ADD, rows))
        assert set(platform.members(audience.remote_id)) == held
        assert not self.keys_in(sink, rows, str(caught.value), repr(caught.value))

    def test_the_platform_says_when_to_come_back(
        self, sink: Sink, platform: RemotePlatform, audience: AudienceInfo
    ) -> None:
        """`retry_after` reaches the core in seconds."""
        platform.fail_next(429, retry_after=7)
        with pytest.raises(TransientError) as caught:
            sink.send(self.batch(sink, audience, Operation.ADD, self.rows(sink, 1)))
        assert caught.value.retry_after == 7  # noqa: PLR2004 -- as ordered above


def _value(name: str, form: Form, number: int) -> str:
    match form:
        case Form.DIGEST:
            return sha256(f"{name} {number}".encode()).hexdigest()
        case Form.PLAIN:
            return "GB"
        case Form.PERSONAL:
            return f"{name}-{number:04}@example.com"
