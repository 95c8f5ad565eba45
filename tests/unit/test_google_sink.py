"""The sink `google`, in what the contract kit does not ask of it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from google.ads.datamanager_v1 import RequestStatusPerDestination

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Operation,
    Part,
    Receipt,
)
from audsync.deliver import bundled, make_batch
from audsync.errors import RejectedError, TransientError
from audsync.testing.google import (
    CUSTOMER,
    FakeGoogle,
    faults,
)
from audsync.testing.sink_contract import SPEC
from audsync_sink_google import GoogleSink
from audsync_sink_google.dm_status import lost_members
from audsync_sink_google.receipts import Given, rate_range
from fakes.google_people import identifiers, person
from fakes.google_sending import (
    APIS,
    CLEAR,
    INGEST,
    KIT,
    STATUS,
    in_unknown_country,
    people,
    send_five,
    sent,
    settled,
    table,
)
from fakes.plans import Row
from google_shop import sink_of

# Lists


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "mobile"}, "takes no contact data"),
        ({"is_open": False}, "is closed"),
        ({"is_read_only": True}, "may only be read"),
        ({"days": 30}, "set membership_days = 30"),
        ({"is_owned": False}, "rename the segment"),
    ],
)
def test_a_list_that_cannot_be_kept_is_refused(
    google: FakeGoogle, api: str, changes: Mapping[str, Any], told: str
) -> None:
    google.platform.add_list(CUSTOMER, SPEC.name, **changes)
    with pytest.raises(RejectedError) as caught:
        sink_of(google, api=api).open(SPEC, None)
    assert told in str(caught.value)
    assert caught.value.remedy
    assert len(google.audiences()) == 1


@pytest.mark.parametrize("api", APIS)
def test_a_list_is_found_by_its_id_whatever_it_is_called(google: FakeGoogle, api: str) -> None:
    sink = sink_of(google, api=api)
    made = sink.open(SPEC, None)
    google.platform.lists[int(made.remote_id)].name = "Renamed at Google"
    found = sink.open(SPEC, made.remote_id)
    assert (found.remote_id, found.created) == (made.remote_id, False)
    del google.platform.lists[int(made.remote_id)]
    assert sink.open(SPEC, made.remote_id).created


@pytest.mark.parametrize("api", APIS)
def test_a_name_with_quotes_is_compared_and_never_asked_for(
    google: FakeGoogle, api: str
) -> None:
    spec = AudienceSpec("shop.people", """Ana's "best" \\ %""")
    sink = sink_of(google, api=api)
    made = sink.open(spec, None)
    assert sink.open(spec, None) == AudienceInfo(made.remote_id, spec.name)


def test_a_new_list_has_duration_and_description(google: FakeGoogle) -> None:
    for api in APIS:
        made = sink_of(google, api=api, membership_days=90).open(
            AudienceSpec(f"shop.{api}", api), None
        )
        held = google.list(made.remote_id)
        assert (held.days, held.description) == (90, f"Kept by audsync: shop.{api}")


def test_the_lists_of_one_api_are_those_of_the_other(google: FakeGoogle) -> None:
    old = sink_of(google, api="google_ads")
    audience, receipt = sent(old, people(3))
    assert settled(google, old, receipt).accepted == 3
    new = sink_of(google, api="data_manager")
    found = new.open(SPEC, audience.remote_id)
    assert (found.remote_id, found.created) == (audience.remote_id, False)
    receipt = new.send(KIT.batch(new, found, Operation.REMOVE, table(new, people(2))))
    assert settled(google, new, receipt).accepted == 2
    assert google.members(found.remote_id) == identifiers(people(1, start=2))


def test_lists_of_many_pages_are_all_looked_at(google: FakeGoogle) -> None:
    for number in range(1005):
        google.platform.add_list(CUSTOMER, f"List {number}")
    for api in APIS:
        found = sink_of(google, api=api).open(AudienceSpec("shop.x", "List 1004"), None)
        assert not found.created


# Members that are refused


@pytest.mark.parametrize("violations", [None, 1, 0])
def test_bad_members_are_left_out_and_named_however_little_google_tells(
    google: FakeGoogle, violations: int | None
) -> None:
    google.platform.quirks.violations = violations
    rows = people(20)
    bad = (3, 4, 17)
    for row in bad:
        rows[row] = in_unknown_country(rows[row])
    sink = sink_of(google)
    audience, receipt = sent(sink, rows)
    outcome = settled(google, sink, receipt)
    assert outcome.accepted == 17
    assert [one.rows for one in outcome.rejected] == [bad]
    assert outcome.rejected[0].code == "invalid_region_code"
    good = [row for place, row in enumerate(rows) if place not in bad]
    assert google.members(audience.remote_id) == identifiers(good)


def together(sink: GoogleSink, *lists: list[Row]) -> tuple[list[AudienceInfo], list[Receipt]]:
    """Members added to new lists at once."""
    specs = [AudienceSpec(f"shop.{place}", f"List {place}") for place in range(len(lists))]
    audiences = [sink.open(spec, None) for spec in specs]
    batches = [
        KIT.batch(sink, audience, Operation.ADD, table(sink, rows))
        for audience, rows in zip(audiences, lists, strict=True)
    ]
    return audiences, sink.send_together(bundled(batches))


def test_whoever_is_in_several_lists_is_sent_once_with_the_lists_he_goes_to(
    google: FakeGoogle,
) -> None:
    lists = [people(6), people(3, start=2), people(4, start=4)]
    sink = sink_of(google)
    audiences, receipts = together(sink, *lists)
    assert google.calls[INGEST] == 1
    assert google.platform.identifiers_seen == 3 * 8
    assert [settled(google, sink, one).accepted for one in receipts] == [6, 3, 4]
    assert google.calls[STATUS] == 1
    for audience, rows in zip(audiences, lists, strict=True):
        assert google.members(audience.remote_id) == identifiers(rows)


@pytest.mark.parametrize("violations", [None, 0])
def test_a_bad_member_is_named_to_each_of_his_lists_and_to_no_other(
    google: FakeGoogle, violations: int | None
) -> None:
    google.platform.quirks.violations = violations
    rows = people(6)
    rows[3] = in_unknown_country(rows[3])
    lists = [rows, rows[2:5], rows[4:], rows[3:4]]
    sink = sink_of(google)
    audiences, receipts = together(sink, *lists)
    google.platform.clock.advance(days=1)
    outcomes = [sink.settle(one) for one in receipts]
    told = [one and [some.rows for some in one.rejected] for one in outcomes]
    assert told == [[(3,)], [(1,)], [], [(0,)]]
    assert google.platform.mistakes == {}
    for audience, some in zip(audiences, lists, strict=True):
        good = [row for row in some if row != rows[3]]
        assert google.members(audience.remote_id) == identifiers(good)


def test_a_list_that_is_not_right_any_more_lets_nothing_be_taken_of_the_others(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google)
    audiences, _ = together(sink, people(1), people(1))
    google.platform.lists[int(audiences[1].remote_id)].kind = "mobile"
    with pytest.raises(RejectedError):
        together(sink_of(google), people(3), people(2))
    google.platform.clock.advance(days=1)
    assert google.members(audiences[0].remote_id) == identifiers(people(1))


def test_each_list_hears_what_became_of_its_own_part_of_a_request(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google)
    _, receipts = together(sink, people(3), people(2))
    google.platform.clock.advance(days=1)
    first, second = next(iter(google.requests.by_id.values())).parts
    first.errors["INTERNAL_ERROR"] = 2
    second.errors["INTERNAL_ERROR"] = 1
    outcomes = [sink.settle(one) for one in receipts]
    assert [one and one.accepted for one in outcomes] == [1, 1]
    assert [one and [some.count for some in one.rejected] for one in outcomes] == [[2], [1]]


def test_what_a_list_was_told_is_asked_again_as_long_as_google_is_at_work(
    google: FakeGoogle,
) -> None:
    google.faults.plan(faults.settles_in(3600 * 20), endpoint=INGEST)
    sink = sink_of(google)
    _, receipts = together(sink, people(3), people(2))
    google.platform.clock.advance(hours=1)
    assert [sink.settle(one) for one in receipts] == [None, None]
    assert google.calls[STATUS] == 1
    google.platform.clock.advance(hours=20)
    assert all(sink.settle(one) for one in receipts)
    assert google.calls[STATUS] == 2


def test_bad_members_of_a_job_are_left_out_and_the_job_is_run(google: FakeGoogle) -> None:
    rows = people(20)
    rows[3], rows[17] = in_unknown_country(rows[3]), in_unknown_country(rows[17])
    sink = sink_of(google, api="google_ads")
    audience, receipt = sent(sink, rows)
    outcome = settled(google, sink, receipt)
    assert [(one.code, one.rows) for one in outcome.rejected] == [
        ("invalid_country_code", (3, 17))
    ]
    good = [row for place, row in enumerate(rows) if place not in (3, 17)]
    assert google.members(audience.remote_id) == identifiers(good)
    assert google.jobs.unrun == []


@pytest.mark.parametrize("api", APIS)
def test_a_batch_of_bad_members_alone_is_told_as_such(google: FakeGoogle, api: str) -> None:
    rows = [in_unknown_country(row) for row in people(3)]
    sink = sink_of(google, api=api)
    audience, receipt = sent(sink, rows)
    outcome = settled(google, sink, receipt)
    assert (outcome.accepted, outcome.rejected[0].count) == (0, 3)
    assert google.members(audience.remote_id) == frozenset()
    assert google.jobs.unrun == []


def test_an_address_that_lacks_a_part_is_left_out_and_the_person_is_not(
    google: FakeGoogle,
) -> None:
    whole = person("e", "p", "h")
    part: Row = (*whole[:3], None, *whole[4:])
    for api in APIS:
        sink = sink_of(google, api=api)
        audience, receipt = sent(sink, [part])
        assert settled(google, sink, receipt).accepted == 1
        assert google.members(audience.remote_id) == identifiers([person("e", "p")])


def test_what_ends_in_the_middle_of_a_halved_batch_is_accounted_for(
    google: FakeGoogle,
) -> None:
    google.platform.quirks.violations = 0
    rows = people(8)
    rows[7] = in_unknown_country(rows[7])
    sink = sink_of(google)
    sink.open(SPEC, None)
    terms = faults.data_manager_error("TERMS_AND_CONDITIONS_NOT_SIGNED", "destinations")
    google.faults.plan(terms, endpoint=INGEST, after=2)
    audience, receipt = sent(sink, rows)
    outcome = settled(google, sink, receipt)
    assert outcome.accepted == 4
    assert [(one.code, one.count) for one in outcome.rejected] == [
        ("terms_and_conditions_not_signed", 4)
    ]
    assert google.members(audience.remote_id) == identifiers(rows[:4])


# What became of them


def test_nobody_is_asked_about_a_request_in_the_first_half_hour(google: FakeGoogle) -> None:
    sink = sink_of(google)
    google.faults.plan(faults.settles_in(60), endpoint=INGEST)
    _, receipt = sent(sink, people(2))
    google.platform.clock.advance(minutes=29)
    assert sink.settle(receipt) is None
    assert google.calls[STATUS] == 0
    google.platform.clock.advance(minutes=2)
    outcome = sink.settle(receipt)
    assert outcome is not None
    assert outcome.accepted == 2


@pytest.mark.filterwarnings("ignore:Unrecognized RequestStatus")  # the client's
def test_a_word_that_is_new_is_not_taken_for_the_end() -> None:
    kind: Any = RequestStatusPerDestination
    for status, lost in ((99, None), (1, {})):
        told = kind.wrap(type(kind.pb(kind()))(request_status=status))
        assert lost_members([told], 3) == lost


@pytest.mark.parametrize(("api", "call"), [("data_manager", INGEST), ("google_ads", "*/Run*")])
def test_what_google_gave_up_is_uncertain(google: FakeGoogle, api: str, call: str) -> None:
    sink = sink_of(google, api=api)
    google.faults.plan(faults.settles_failed(), endpoint=call)
    _, receipt = sent(sink, people(2))
    google.platform.clock.advance(days=1)
    with pytest.raises(RejectedError, match="the next run sends these members again"):
        sink.settle(receipt)


def test_a_status_that_is_too_old_is_told(google: FakeGoogle) -> None:
    sink = sink_of(google)
    _, receipt = sent(sink, people(2))
    google.platform.clock.advance(days=51)
    with pytest.raises(RejectedError, match="REQUEST_TOO_OLD"):
        sink.settle(receipt)


@pytest.mark.parametrize("api", APIS)
def test_what_share_of_a_batch_was_found_is_kept_with_its_outcome(
    google: FakeGoogle, api: str
) -> None:
    google.platform.quirks.match_percent = 85
    sink = sink_of(google, api=api)
    audience, receipt = sent(sink, people(3))
    assert settled(google, sink, receipt).told == {"match_rate": "81-90 %"}
    leaving = table(sink, people(1))
    removal = sink.send(KIT.batch(sink, audience, Operation.REMOVE, leaving))
    assert settled(google, sink, removal).told == {}


def test_few_who_were_found_are_told_as_fewer_than() -> None:
    assert rate_range("MATCH_RATE_RANGE_LESS_THAN_20") == "under 20 %"
    assert rate_range("MATCH_RATE_RANGE_UNKNOWN") is None
    outcome = Given(2, 0.0).outcome({}, ["61-70 %", "31-40 %", "61-70 %"])
    assert outcome.told == {"match_rate": "31-40 %, 61-70 %"}


# Replacements


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


# Quotas


def test_requests_are_paced_so_that_the_quota_of_a_minute_lasts(google: FakeGoogle) -> None:
    google.platform.quirks.requests_per_minute = 3
    sink = sink_of(google, requests_per_minute=3)
    audience = sink.open(SPEC, None)
    before = google.platform.clock.now
    for start in range(7):
        rows = table(sink, people(1, start=start))
        sink.send(KIT.batch(sink, audience, Operation.ADD, rows))
    assert 120 <= google.platform.clock.now - before <= 130


def test_a_quota_of_the_day_ends_the_run_and_not_the_patience(google: FakeGoogle) -> None:
    google.platform.quirks.requests_per_day = 1
    google.platform.quirks.daily_operations = 2
    for api in APIS:
        sink = sink_of(google, api=api)
        sink.open(SPEC, None)
        with pytest.raises(TransientError) as caught:
            send_five(sink)
        assert caught.value.retry_after is not None
        assert caught.value.retry_after > 120
