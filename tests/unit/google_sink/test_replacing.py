"""A replacement takes nobody out before the others have arrived."""

import json
from typing import Any

import pytest

from audsync.contracts import Operation, Part, Receipt
from audsync.deliver import make_batch
from audsync.errors import RejectedError
from audsync.testing.google import FakeGoogle, faults
from audsync_sink_google import GoogleSink
from fakes.google_people import identifiers
from fakes.google_uploads import INGEST, KIT, in_unknown_country, people, sent, settled, table
from google_shop import context, options_of, sink_of

CLEAR = "IngestionService/RemoveAllAudienceMembers"


def replaced(google: FakeGoogle, sink: GoogleSink, receipt: Receipt) -> tuple[Any, Receipt]:
    """The outcome of a replacement, as later runs ask for it, and its last receipt."""
    for _ in range(3):
        google.platform.clock.advance(hours=1)
        outcome = sink.settle(receipt)
        if outcome is not None:
            return outcome, receipt
        following = sink.step(receipt)
        kept = following or receipt
        receipt = Receipt(kept.batch, json.loads(json.dumps(dict(kept.payload))))
    raise AssertionError("it has no end")


def test_a_replacement_takes_ghosts_out_after_all_others_have_arrived(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google, delivery="replace", max_batch=4)
    audience, receipt = sent(sink, people(2, start=20))  # whom nobody knows of any more
    settled(google, sink, receipt)
    rows = people(8)
    batches = [
        make_batch(
            sink,
            key=f"part-{number}",
            operation=Operation.REPLACE,
            audience=audience,
            rows=table(sink, rows[start : start + 4]),
            part=Part(7, number, 2),
        )
        for number, start in ((1, 0), (2, 4))
    ]
    late = faults.settles_in(2 * 3600)
    google.faults.plan(late, endpoint=INGEST)
    first, last = [sink.send(batch) for batch in batches]
    google.platform.clock.advance(hours=1)
    assert sink.settle(last) is None
    assert sink.step(last) is None  # the first part has not arrived
    assert google.calls[CLEAR] == 0
    outcome, final = replaced(google, sink, last)
    assert outcome.accepted == 4
    assert settled(google, sink, first).accepted == 4
    assert google.calls[CLEAR] == 1
    assert sink.step(final) is None
    assert google.members(audience.remote_id) == identifiers(rows)


def test_a_replacement_has_its_outcome_when_whoever_was_there_before_is_out(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google, delivery="replace")
    audience, receipt = sent(sink, people(2, start=20))
    settled(google, sink, receipt)
    rows = table(sink, people(3))
    receipt = sink.send(KIT.batch(sink, audience, Operation.REPLACE, rows))
    google.platform.clock.advance(hours=1)
    last = sink.step(receipt)
    assert last is not None
    google.platform.clock.advance(minutes=35)
    assert google.members(audience.remote_id) > identifiers(people(3))
    assert sink.settle(last) is None
    google.platform.clock.advance(minutes=10)
    outcome = sink.settle(last)
    assert outcome is not None
    assert outcome.accepted == 3
    assert google.members(audience.remote_id) == identifiers(people(3))


@pytest.mark.parametrize("ahead", [0, 7200, -7200])
def test_a_clock_that_is_wrong_takes_out_nobody_whom_a_replacement_brought(
    google: FakeGoogle, ahead: int
) -> None:
    """Of a clock that is ahead Google's is later than the moment at which all were added."""
    clock = google.platform.clock
    google.seconds_ahead = -ahead
    sink = GoogleSink(
        options_of(google, delivery="replace"), context(), clock=lambda: clock.now + ahead
    )
    audience, receipt = sent(sink, people(2, start=20))
    settled(google, sink, receipt)
    rows = table(sink, people(3))
    receipt = sink.send(KIT.batch(sink, audience, Operation.REPLACE, rows))
    google.platform.clock.advance(days=1)
    replaced(google, sink, receipt)
    assert google.calls[CLEAR] == 1
    assert google.members(audience.remote_id) == identifiers(people(3))


def test_a_replacement_of_which_nobody_was_taken_removes_nobody(google: FakeGoogle) -> None:
    sink = sink_of(google, delivery="replace")
    audience, receipt = sent(sink, people(2))
    settled(google, sink, receipt)
    bad = table(sink, [in_unknown_country(row) for row in people(2, start=5)])
    receipt = sink.send(KIT.batch(sink, audience, Operation.REPLACE, bad))
    google.platform.clock.advance(hours=1)
    assert sink.settle(receipt) is None
    with pytest.raises(RejectedError, match="nobody is removed either"):
        sink.step(receipt)
    assert google.members(audience.remote_id) == identifiers(people(2))


def test_a_part_that_google_gave_up_leaves_everybody_where_they_are(google: FakeGoogle) -> None:
    sink = sink_of(google, delivery="replace")
    audience, receipt = sent(sink, people(2))
    settled(google, sink, receipt)
    google.faults.plan(faults.settles_failed(), endpoint=INGEST)
    rows = table(sink, people(2, start=5))
    receipt = sink.send(KIT.batch(sink, audience, Operation.REPLACE, rows))
    google.platform.clock.advance(hours=1)
    with pytest.raises(RejectedError, match="gave up"):
        sink.step(receipt)
    assert google.calls[CLEAR] == 0
    assert google.members(audience.remote_id) == identifiers(people(2))
