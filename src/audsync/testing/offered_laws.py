"""Laws of what a sink may offer: one that does not offer it keeps them."""

from dataclasses import replace

import pytest

from audsync.contracts import (
    Advising,
    AudienceInfo,
    AudienceSpec,
    Finding,
    Finds,
    Operation,
    Outcome,
    Part,
    Prepares,
    Rehearses,
    SendsTogether,
    Sink,
)
from audsync.deliver import bundled
from audsync.errors import TableError
from audsync.testing.sink_kit import SPEC, Platform, SinkKit


class OfferedLaws(SinkKit):
    """The laws of optional parts of `contracts`; `SinkContract` has them."""

    def test_an_audience_that_is_looked_for_is_not_made(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Where it is offered: who is in it stays, and one that was deleted stays deleted."""
        if not isinstance(sink, Finds):
            return
        looking: Finds = sink
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3))
        held = set(platform.members(audience.remote_id))
        found = looking.find(audience.remote_id)
        assert found is not None
        assert (found.remote_id, found.created) == (audience.remote_id, False)
        assert set(platform.members(audience.remote_id)) == held
        self.lose(platform, audience.remote_id)
        for one in (sink, self.restarted(platform)):
            again: Finds = one  # type: ignore[assignment]  # of the same class
            assert again.find(audience.remote_id) is None
        assert sink.open(SPEC, audience.remote_id).created

    def test_what_is_sent_together_arrives_where_it_belongs(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Where it is offered: as what is sent alone, with a receipt for each audience."""
        if not isinstance(sink, SendsTogether) or sink.capabilities.audiences_per_send == 1:
            return
        together: SendsTogether = sink
        pair = [audience, sink.open(AudienceSpec("shop.others", "Others"), None)]
        alone = [
            sink.open(AudienceSpec(f"shop.{name}", name), None) for name in ("Third", "Fourth")
        ]
        for operation, given in (
            (Operation.ADD, [self.rows(sink, 3), self.rows(sink, 3, start=1)]),
            (Operation.REMOVE, [self.rows(sink, 1), self.rows(sink, 2)]),
        ):
            batches = [
                self.batch(sink, one, operation, rows)
                for one, rows in zip(pair, given, strict=True)
            ]
            receipts = together.send_together(bundled(batches))
            assert [one.batch for one in receipts] == [one.key for one in batches]
            found = [self.settled(sink, one).accepted for one in reversed(receipts)]
            assert found == [rows.num_rows for rows in reversed(given)]
            for one, other, rows in zip(pair, alone, given, strict=True):
                self.deliver(sink, other, operation, rows)
                assert set(platform.members(one.remote_id)) == set(
                    platform.members(other.remote_id)
                )

    def test_replace_leaves_just_the_batch(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Where it is offered; else no such batch can be made."""
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3, start=10))
        alone = set(platform.members(audience.remote_id))
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 4))
        again = self.rows(sink, 3, start=10)
        if Operation.REPLACE not in sink.capabilities.operations:
            with pytest.raises(TableError):
                self.batch(sink, audience, Operation.REPLACE, again)
            return
        self.deliver(sink, audience, Operation.REPLACE, again)
        assert set(platform.members(audience.remote_id)) == alone

    def test_a_replacement_in_parts_leaves_just_the_parts(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Where it is offered; without a gap nobody who stays is out between two parts."""
        if Operation.REPLACE not in sink.capabilities.operations:
            return
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 3, start=10))
        alone = set(platform.members(audience.remote_id))
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 4))
        parts = [self.rows(sink, 2, start=10), self.rows(sink, 1, start=12)]
        receipts = []
        for number, rows in enumerate(parts, 1):
            batch = self.batch(sink, audience, Operation.REPLACE, rows)
            receipts.append(sink.send(replace(batch, part=Part(5, number, len(parts)))))
            if sink.capabilities.gapless_replace:
                assert set(platform.members(audience.remote_id)) >= alone
        assert [self.settled(sink, one).accepted for one in receipts] == [2, 1]
        assert set(platform.members(audience.remote_id)) == alone

    def test_erasure_reaches_every_audience(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Where it is offered, by any keys and as often as it is asked for; else it is not."""
        if not sink.capabilities.erase_everywhere:
            with pytest.raises(NotImplementedError):
                sink.erase(self.rows(sink, 1))
            return
        other = sink.open(AudienceSpec("shop.others", "Others"), None)
        for one in (audience, other):
            self.deliver(sink, one, Operation.ADD, self.rows(sink, 1, start=10))
        held = set(platform.members(audience.remote_id))
        for one in (audience, other):
            self.deliver(sink, one, Operation.ADD, self.rows(sink, 3))
        for keys in (self.rows(sink, 3), self.rows(sink, 3), self.each_key_alone(sink)):
            assert self.settled(sink, sink.erase(keys)) == Outcome(keys.num_rows)
            for one in (audience, other):
                assert set(platform.members(one.remote_id)) == held

    def test_what_was_prepared_is_what_is_sent(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Where it is offered: nothing leaves before it is sent, and the same people then."""
        if not isinstance(sink, Prepares):
            return
        ahead: Prepares = sink
        other = sink.open(AudienceSpec("shop.others", "Others"), None)
        batches = [
            self.batch(sink, audience, Operation.ADD, self.rows(sink, count))
            for count in (3, 2)
        ]
        made = [replace(batch, prepared=ahead.prepare(batch)) for batch in batches]
        assert set(platform.members(audience.remote_id)) == set()
        for batch in reversed(made):
            self.settled(sink, sink.send(batch))
            self.deliver(sink, other, Operation.ADD, batch.rows)
            assert set(platform.members(audience.remote_id)) == set(
                platform.members(other.remote_id)
            )

    def test_a_rehearsal_changes_nothing(
        self, sink: Sink, platform: Platform, audience: AudienceInfo
    ) -> None:
        """Where it is offered: nobody is added, removed or sent."""
        if not isinstance(sink, Rehearses):
            return
        rehearsed: Rehearses = sink
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 2))
        held = set(platform.members(audience.remote_id))
        rehearsed.rehearse(audience)
        self.deliver(sink, audience, Operation.ADD, self.rows(sink, 2))
        assert set(platform.members(audience.remote_id)) == held

    def test_advice_makes_no_audience(self, sink: Sink) -> None:
        """Where it is offered: it is given on paper, the same each time."""
        if not isinstance(sink, Advising):
            return
        advising: Advising = sink
        advice = advising.advise(SPEC)
        assert all(isinstance(one, Finding) for one in advice)
        assert advising.advise(SPEC) == advice
        assert sink.open(SPEC, None).created
