"""Lookalikes of an audience."""

from dataclasses import replace

import pytest

from audsync.contracts import AudienceSpec, Outcome
from audsync.testing.meta import FakeMeta, errors, faults
from audsync.testing.meta.audiences import Audience
from audsync.testing.sink_contract import SPEC
from audsync_sink_meta.lookalike import AudienceOptions, Lookalike
from fakes.meta_uploads import rows, send
from meta_shop import sink_of


def similar(**given: object) -> AudienceSpec:
    options = AudienceOptions(Lookalike(country="PL", **given))  # type: ignore[arg-type]  # of any type
    return replace(SPEC, options=options)


def lookalikes(fake: FakeMeta) -> list[Audience]:
    return [one for one in fake.graph.audiences.values() if one.subtype == "LOOKALIKE"]


def test_a_lookalike_is_made_once_the_audience_is_large_enough(fake: FakeMeta) -> None:
    sink, spec = sink_of(fake), similar(ratio=0.02)
    audience = sink.open(spec, None)
    send(sink, audience, rows(sink, 50))
    early = sink.open(spec, audience.remote_id)
    assert early.status["lookalike"] == "made once the audience has 100 people"
    assert lookalikes(fake) == []
    send(sink, audience, rows(sink, 120))
    assert sink.open(spec, audience.remote_id).status["lookalike"] == "made"
    again = sink.open(spec, audience.remote_id).status["lookalike"]
    assert str(again).startswith(("441", "200"))
    (made,) = lookalikes(fake)
    assert made.name == "People (lookalike PL)"
    assert made.origin_id == audience.remote_id
    assert made.fields["lookalike_spec"] == {"country": "PL", "ratio": 0.02}


@pytest.mark.parametrize(("people", "made"), [(99, 0), (100, 1)])
def test_a_lookalike_is_made_from_a_hundred_people_on(
    fake: FakeMeta, people: int, made: int
) -> None:
    sink, spec = sink_of(fake), similar(ratio=0.02)
    fake.graph.quirks.smallest_bounds = 1
    audience = sink.open(spec, None)
    fake.graph.audiences[audience.remote_id].stated_size = people
    sink.open(spec, audience.remote_id)
    assert len(lookalikes(fake)) == made
    assert fake.calls["POST customaudiences"] == 1 + made


def test_a_lookalike_of_another_audience_is_not_taken_for_that_of_this_one(
    fake: FakeMeta,
) -> None:
    sink = sink_of(fake)
    first = sink.open(similar(ratio=0.02), None)
    send(sink, first, rows(sink, 120))
    sink.open(similar(ratio=0.02), first.remote_id)
    fake.graph.audiences[first.remote_id].name = "Renamed"
    second = sink.open(similar(ratio=0.05), None)
    send(sink, second, rows(sink, 120))
    assert sink.open(similar(ratio=0.05), second.remote_id).status["lookalike"] == "made"
    assert [one.origin_id for one in lookalikes(fake)] == [first.remote_id, second.remote_id]


def test_a_lookalike_follows_the_segment(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    send(sink, audience, rows(sink, 120))
    sink.open(similar(ratio=0.02), audience.remote_id)
    changed = sink.open(similar(size="reach"), audience.remote_id)
    assert changed.status["lookalike"] == "changed"
    (made,) = lookalikes(fake)
    assert made.fields["lookalike_spec"] == {"country": "PL", "type": "reach"}
    calls = fake.calls.total()
    sink.open(similar(size="reach"), audience.remote_id)
    assert fake.calls.total() == calls + 2  # a look at either


def test_a_lookalike_that_is_refused_stops_nobody(fake: FakeMeta) -> None:
    sink, spec = sink_of(fake), similar(size="similarity")
    audience = sink.open(spec, None)
    send(sink, audience, rows(sink, 120))
    fake.faults.plan(faults.of(errors.FLAGGED_SEED), endpoint="POST customaudiences")
    found = sink.open(spec, audience.remote_id)
    assert "choose another segment for the lookalike" in str(found.status["lookalike"])
    assert send(sink, found, rows(sink, 5)) == Outcome(5)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"country": "Poland", "ratio": 0.01}, "`country`"),
        ({"country": "PL"}, "either `ratio` or `size`"),
        ({"country": "PL", "ratio": 0.01, "size": "reach"}, "either `ratio` or `size`"),
        ({"country": "PL", "ratio": 0.21}, "`ratio`"),
        ({"country": "PL", "ratio": 0.015}, "`ratio`"),
    ],
)
def test_a_lookalike_that_meta_would_refuse_is_refused(
    given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Lookalike(**given)  # type: ignore[arg-type]  # of any type
