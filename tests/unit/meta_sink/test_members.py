"""What Meta refuses of a batch, members with a value, and people taken out everywhere."""

from dataclasses import replace

import pyarrow as pa
import pytest

from audsync.contracts import VALUE, AudienceInfo, Operation, Outcome, RejectedRows
from audsync.errors import RejectedError, TransientError
from audsync.identity.digests import digest
from audsync.testing.meta import ACCOUNT, FakeMeta, Samples, faults
from audsync.testing.sink_contract import SPEC
from audsync_sink_meta import MetaSink
from fakes.meta_uploads import rows, send
from meta_shop import sink_of


@pytest.mark.parametrize("samples", [Samples.ROWS, Samples.MAP])
def test_members_that_meta_refuses_are_told_row_by_row(
    fake: FakeMeta, samples: Samples
) -> None:
    fake.graph.quirks.samples = samples
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 9)
    fake.graph.bad_values = {table["EMAIL"][2].as_py(), table["PHONE"][7].as_py()}
    outcome = send(sink, audience, table)
    assert outcome.accepted == 7
    assert [(one.code, one.rows) for one in outcome.rejected] == [("invalid_entry", (2, 7))]
    assert fake.calls["POST users"] == 1


def test_a_sample_of_the_wrong_value_alone_names_the_key(fake: FakeMeta) -> None:
    fake.graph.quirks.samples = Samples.VALUES
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 9)
    fake.graph.bad_values = {table["EMAIL"][2].as_py(), table["PHONE"][7].as_py()}
    assert [(one.code, one.rows) for one in send(sink, audience, table).rejected] == [
        ("invalid_email", (2,)),
        ("invalid_phone", (7,)),
    ]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"num_received": 8}, "8 of 9 members were received"),
        ({"num_received": 10}, "10 of 9 members were received"),
        ({"num_received": 0}, "0 of 9 members were received"),
        ({"num_received": None}, "without num_received"),
        ({"num_received": -9}, "without num_received"),
        ({"num_invalid_entries": None}, "without num_invalid_entries"),
        ({"num_invalid_entries": 10}, "no count of members"),
        ({"audience_id": "404"}, "about another audience"),
    ],
)
def test_an_answer_that_does_not_account_for_the_members_is_no_receipt(
    fake: FakeMeta, told: dict[str, object], sentence: str
) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    right = {"audience_id": audience.remote_id, "num_received": 9, "num_invalid_entries": 0}
    fake.faults.plan(faults.other_json({**right, **told}), endpoint="POST users")
    with pytest.raises(TransientError, match=sentence):
        send(sink, audience, rows(sink, 9))
    assert send(sink, audience, rows(sink, 9)) == Outcome(9)
    assert len(fake.members(audience.remote_id)) == 9


def test_a_sample_that_fits_more_members_than_were_refused_tells_nothing(
    fake: FakeMeta,
) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 9)
    country = table.column_names.index("COUNTRY")
    table = table.set_column(country, "COUNTRY", pa.array([digest("pl")] * 9))
    right = {"audience_id": audience.remote_id, "num_invalid_entries": 1}
    for number, received in enumerate((9, 4)):
        told = {"num_received": received, "invalid_entry_samples": [digest("pl")]}
        answer = faults.other_json({**right, **told})
        fake.faults.plan(answer, endpoint="POST users", after=number)
    assert send(sink, audience, table) == Outcome(8, (RejectedRows("invalid_unexplained", 1),))
    assert fake.calls["POST users"] == 3  # the whole, and its halves


def test_a_batch_that_is_not_explained_is_halved_once(fake: FakeMeta) -> None:
    fake.graph.quirks.samples = Samples.NONE
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 8)
    fake.graph.bad_values = {table["EMAIL"][5].as_py()}
    outcome = send(sink, audience, table)
    assert (outcome.accepted, fake.calls["POST users"]) == (7, 3)
    assert [(one.code, one.count, one.rows) for one in outcome.rejected] == [
        ("invalid_unexplained", 1, ())
    ]
    # A half that is wrong as a whole is explained by its number.
    fake.graph.bad_values = set(map(str, table["EMAIL"].to_pylist()[4:]))
    outcome = send(sink, audience, table)
    assert [(one.code, one.rows) for one in outcome.rejected] == [("invalid", (4, 5, 6, 7))]


def test_more_than_a_hundred_refused_members_are_counted_though_not_all_are_shown(
    fake: FakeMeta,
) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 400)
    fake.graph.bad_values = set(map(str, table["EMAIL"].to_pylist()[:150]))
    outcome = send(sink, audience, table)
    assert outcome.accepted == 250
    assert sum(one.count for one in outcome.rejected) == 150
    assert fake.calls["POST users"] == 3


def test_a_removal_that_would_leave_too_few_is_refused_with_what_to_do(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    send(sink, audience, rows(sink, 3))
    fake.graph.quirks.smallest_after_removal = 3
    with pytest.raises(RejectedError, match="too small") as caught:
        send(sink, audience, rows(sink, 1), Operation.REMOVE)
    assert "delete the audience" in caught.value.remedy


def audiences_of(sink: MetaSink, *names: str) -> list[AudienceInfo]:
    """Audiences of these names, each with four members."""
    found = [sink.open(replace(SPEC, key=f"shop.{name}", name=name), None) for name in names]
    for one in found:
        send(sink, one, rows(sink, 4))
    return found


@pytest.mark.parametrize(
    ("erasure", "is_taken", "calls"),
    [("auto", True, (2, 0)), ("auto", False, (1, 4)), ("lists", True, (0, 4))],
)
def test_people_are_taken_out_everywhere_also_where_the_account_takes_no_such_call(
    fake: FakeMeta, erasure: str, *, is_taken: bool, calls: tuple[int, int]
) -> None:
    fake.graph.quirks.overrides_any_audience = is_taken
    fake.graph.add("Visitors", subtype="WEBSITE")
    found = audiences_of(sink_of(fake), "One", "Two")
    sink = sink_of(fake, erasure=erasure, max_batch=2)
    outcome = sink.settle(sink.erase(rows(sink, 3)))
    assert outcome == Outcome(3)
    assert [len(fake.members(one.remote_id)) for one in found] == [1, 1]
    made = fake.calls["DELETE usersofanyaudience"], fake.calls["DELETE users"]
    assert made == calls


def test_lists_that_other_accounts_share_are_left_to_them(fake: FakeMeta) -> None:
    (audience,) = audiences_of(sink_of(fake), "One")
    theirs = fake.graph.add("Theirs", account_id="99")
    theirs.shared_with.append(ACCOUNT)
    sink = sink_of(fake, erasure="lists")
    assert sink.settle(sink.erase(rows(sink, 4))) == Outcome(4)
    assert fake.members(audience.remote_id) == set()
    assert fake.calls["DELETE users"] == 1


def test_an_account_that_says_nothing_of_an_erasure_is_not_believed(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    (audience,) = audiences_of(sink, "One")
    fake.faults.plan(faults.other_json({"id": "1"}), endpoint="DELETE usersofanyaudience")
    sink.erase(rows(sink, 4))
    assert fake.members(audience.remote_id) == set()
    assert fake.calls["DELETE users"] == 1


def test_a_flagged_list_is_named_also_where_the_account_says_that_all_was_done(
    fake: FakeMeta,
) -> None:
    sink = sink_of(fake)
    flagged, good = audiences_of(sink, "Flagged", "Good")
    fake.graph.audiences[flagged.remote_id].flag()
    with pytest.raises(RejectedError, match=r'stay in a list of.*: "Flagged": Meta flagged'):
        sink.erase(rows(sink, 4))
    assert fake.calls["DELETE usersofanyaudience"] == 1
    assert [len(fake.members(one.remote_id)) for one in (flagged, good)] == [4, 0]


def test_lists_that_people_cannot_be_taken_out_of_are_named_and_the_others_are_done(
    fake: FakeMeta,
) -> None:
    sink = sink_of(fake, erasure="lists")
    flagged, good, gone = audiences_of(sink, "Flagged", "Good", "Gone")
    fake.graph.audiences[flagged.remote_id].flag()
    fake.faults.plan(
        faults.event(lambda: fake.graph.audiences.pop(gone.remote_id)), endpoint="DELETE users"
    )
    with pytest.raises(RejectedError, match=r'stay in a list of.*: "Flagged": Meta flagged'):
        sink.erase(rows(sink, 4))
    assert len(fake.members(flagged.remote_id)) == 4
    assert fake.members(good.remote_id) == set()


def test_members_of_a_value_based_audience_are_sent_with_their_value(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    spec = replace(SPEC, has_values=True)
    audience = sink.open(spec, None)
    table = rows(sink, 2).append_column(VALUE, pa.array(["12.50", "0"]))
    assert send(sink, audience, table) == Outcome(2)
    held = fake.graph.audiences[audience.remote_id]
    assert held.is_value_based
    assert sorted(held.members.values(), key=str) == [0, 12.5]
    assert send(sink, audience, table, Operation.REMOVE) == Outcome(2)
    assert held.members == {}


def test_an_audience_with_values_and_one_without_are_not_each_other(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(replace(SPEC, has_values=True), None)
    with pytest.raises(RejectedError, match="takes a value of each member"):
        sink.open(replace(SPEC, has_values=False), audience.remote_id)
    assert not sink.open(SPEC, audience.remote_id).created  # nobody asks
