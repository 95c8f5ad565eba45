"""What every sink keeps to, as tests that a connector inherits.

    class TestMine(SinkContract):
        vectors = Path("tests/vectors/mine.json")

        @pytest.fixture
        def platform(self) -> Iterator[FakeMine]: ...

        @pytest.fixture
        def sink(self, platform: FakeMine) -> Sink: ...

        def restarted(self, platform: FakeMine) -> Sink: ...

        def occupy(self, platform: FakeMine, spec: AudienceSpec) -> None: ...

`platform` is where the members go: an object with `members(remote_id)`, a set that has one
thing or more per member. `sink` takes batches of at least 4 members and of at most some
thousands. A sink that talks to a network inherits `RemoteSinkContract` instead. See
docs/how-to/write-a-connector.md.
"""

import json
import logging
from dataclasses import replace

import pytest

from audsync.connector_checks import check_class, check_options, check_sink
from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Finding,
    Level,
    Operation,
    Outcome,
    Receipt,
    Sink,
)
from audsync.errors import RejectedError, TableError
from audsync.testing.offered_laws import OfferedLaws
from audsync.testing.sink_kit import SPEC, Platform

__all__ = ["SPEC", "Platform", "SinkContract"]


class SinkContract(OfferedLaws):
    """The laws of `contracts.Sink`."""

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

    def test_a_key_is_found_in_whichever_column_it_stands(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Where a member has several of a kind, and is not removed by the whole row."""
        rows = self.rows(sink, 3, start=10)
        moved = self.moved(sink, rows)
        if moved.equals(rows) or sink.capabilities.match.removes_rows:
            return
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 2))
        before = set(platform.members(audience.remote_id))
        self.deliver(sink, audience, Operation.ADD, rows)
        held = set(platform.members(audience.remote_id))
        self.deliver(sink, audience, Operation.ADD, moved)
        assert set(platform.members(audience.remote_id)) == held > before
        self.deliver(sink, audience, Operation.REMOVE, moved)
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

    def test_an_audience_is_found_by_its_id_under_another_name(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """A segment that was renamed keeps its audience, and who is in it."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3))
        held = set(platform.members(audience.remote_id))
        found = sink.open(replace(SPEC, name="People of another name"), audience.remote_id)
        assert (found.remote_id, found.created) == (audience.remote_id, False)
        assert set(platform.members(audience.remote_id)) == held

    def test_opening_an_audience_keeps_its_members(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """To open is to look."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3))
        held = set(platform.members(audience.remote_id))
        sink.open(SPEC, audience.remote_id)
        assert set(platform.members(audience.remote_id)) == held

    def test_what_it_says_of_itself_is_right(self, sink: Sink) -> None:
        """Its class, its options, its capabilities and its key rules."""
        made = type(sink)
        found = [*check_class(made, Sink), *check_options(made.Options), *check_sink(sink)]
        assert [one.message for one in found if one.level is Level.ERROR] == []

    def test_keys_are_those_of_the_golden_vectors(self, sink: Sink) -> None:
        """Each key rule has a vector with a value, and one of what has none."""
        vectors = json.loads(self.vectors.read_text(encoding="utf-8"))
        for vector in vectors:
            rule = sink.key_rules[vector["key"]]
            names = rule.inputs or rule.made_of
            given = dict(zip(names, vector["inputs"], strict=True))
            made = rule.apply(*([value] for value in given.values()))
            assert list(made) == [vector["value"]], f"vector of {vector['source']}"
        # Keys of further places are made as those of the first.
        first = {name for name, rule in sink.key_rules.items() if rule.place == 1}
        for has_value in (True, False):
            shown = {one["key"] for one in vectors if (one["value"] is not None) is has_value}
            assert shown == first

    def test_a_check_changes_nothing(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """It may be made at any time, and says what is wrong in findings."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 2))
        held = set(platform.members(audience.remote_id))
        findings = sink.check()
        assert all(isinstance(one, Finding) for one in findings)
        assert sink.check() == findings
        assert set(platform.members(audience.remote_id)) == held
        assert not sink.open(SPEC, None).created

    def test_an_outcome_comes_when_it_is_promised(
        self, sink: Sink, audience: AudienceInfo
    ) -> None:
        """At once, or None for as long as the platform is at work."""
        receipt = sink.send(self.batch(sink, audience, Operation.ADD, self.rows(sink, 2)))
        is_later = sink.capabilities.settles_after is not None
        assert (sink.settle(receipt) is None) is is_later
        outcome = self.settled(sink, receipt)
        assert sink.settle(receipt) == outcome

    def test_each_receipt_has_its_own_outcome_after_a_restart(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """All that is needed to ask stands in the receipt, which is kept as JSON."""
        sizes = (1, 3)
        receipts = [
            sink.send(
                self.batch(sink, audience, Operation.ADD, self.rows(sink, size, start=size))
            )
            for size in sizes
        ]
        kept = [
            Receipt(one.batch, json.loads(json.dumps(dict(one.payload)))) for one in receipts
        ]
        later = self.restarted(platform)
        outcomes = [self.settled(later, receipt) for receipt in reversed(kept)]
        assert [one.accepted for one in outcomes] == [3, 1]

    def test_audiences_do_not_mix(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """What is sent to one leaves the members of another alone."""
        other = sink.open(AudienceSpec("shop.others", "Others"), None)
        assert other.remote_id != audience.remote_id
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3))
        assert set(platform.members(other.remote_id)) == set()
        self.deliver(sink, other, Operation.ADD, self.rows(sink, 3))
        held = set(platform.members(other.remote_id))
        self.deliver(sink, audience, Operation.REMOVE, self.rows(sink, 3))
        assert set(platform.members(other.remote_id)) == held

    def test_an_audience_of_another_kind_is_refused(
        self, sink: Sink, platform: Platform
    ) -> None:
        """It belongs to somebody; the error says what to do."""
        self.occupy(platform, SPEC)
        with pytest.raises(RejectedError) as caught:
            sink.open(SPEC, None)
        assert caught.value.remedy

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
        outcome = self.settled(sink, receipt)
        told = [repr(one) for one in (batch, sink, receipt, outcome, sink.check(), audience)]
        printed = capsys.readouterr()
        assert not self.keys_in(sink, rows, caplog.text, printed.out, printed.err, *told)
