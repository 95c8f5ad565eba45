"""Members that Google refuses, and what it tells of those it took."""

from typing import Any

import numpy as np
import pytest
from google.ads.datamanager_v1 import RequestStatusPerDestination

from audsync.contracts import Operation
from audsync.errors import CredentialError, RejectedError
from audsync.testing.google import FakeGoogle, faults
from audsync.testing.sink_contract import SPEC
from audsync_sink_google.dm_status import lost_members
from audsync_sink_google.receipts import Given, rate_range
from fakes.google_people import identifiers, person
from fakes.google_uploads import (
    APIS,
    INGEST,
    KIT,
    STATUS,
    in_unknown_country,
    people,
    sent,
    settled,
    table,
)
from google_shop import sink_of


def test_both_consents_are_said_of_a_request_and_of_each_of_its_members(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google)
    connected: Any = sink._api()
    for where in ({"7": None}, {"7": np.array([True, False]), "8": np.array([True, True])}):
        rows = table(sink, people(2))
        added, _ = connected._request(Operation.ADD, where, rows)
        assert len(added.audience_members) == 2
        for told in (added, *added.audience_members):
            assert (told.consent.ad_user_data, told.consent.ad_personalization) == (1, 1)
        removed, _ = connected._request(Operation.REMOVE, where, rows)
        assert not any("consent" in one for one in removed.audience_members)


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
    part = (*whole[:3], None, *whole[4:])
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


def test_a_login_that_ends_in_the_middle_of_a_halved_batch_loses_nobody_who_was_taken(
    google: FakeGoogle,
) -> None:
    google.platform.quirks.violations = 0
    rows = people(8)
    rows[7] = in_unknown_country(rows[7])
    google.faults.plan(faults.event(google.platform.access.revoke), endpoint=INGEST, after=2)
    audience, receipt = sent(sink_of(google), rows)
    with pytest.raises(CredentialError):
        settled(google, sink_of(google), receipt)
    google.platform.access.is_revoked = False  # somebody signed in again
    outcome = settled(google, sink_of(google), receipt)
    assert outcome.accepted == 4
    assert [(one.code, one.rows) for one in outcome.rejected] == [
        ("login_refused", (4, 5, 6, 7))
    ]
    assert google.members(audience.remote_id) == identifiers(rows[:4])


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


def test_a_member_who_is_counted_under_two_reasons_is_lost_once(google: FakeGoogle) -> None:
    sink = sink_of(google)
    _, receipt = sent(sink, people(3))
    google.platform.clock.advance(days=1)
    (part,) = next(iter(google.requests.by_id.values())).parts
    part.errors.update({"INTERNAL_ERROR": 2, "INVALID_FORMAT": 2})
    outcome = sink.settle(receipt)
    assert outcome is not None
    assert (outcome.accepted, sum(one.count for one in outcome.rejected)) == (0, 3)


@pytest.mark.parametrize("api", APIS)
def test_who_has_nothing_to_be_found_by_is_left_out_and_counted(
    google: FakeGoogle, api: str
) -> None:
    """Somebody with an address alone, in a country that Google has no word for."""
    sink = sink_of(google, api=api)
    homeless = person(None, None, "h9")
    rows = [*people(1), (*homeless[:4], "gb", *homeless[5:]), *people(1, start=1)]
    audience, receipt = sent(sink, rows)
    outcome = settled(google, sink, receipt)
    assert outcome.accepted == 2
    assert [(one.code, one.rows) for one in outcome.rejected] == [("missing_identifier", (1,))]
    assert google.members(audience.remote_id) == identifiers([rows[0], rows[2]])
    assert google.platform.mistakes == {}


def test_few_who_were_found_are_told_as_fewer_than() -> None:
    assert rate_range("MATCH_RATE_RANGE_LESS_THAN_20") == "under 20 %"
    assert rate_range("MATCH_RATE_RANGE_UNKNOWN") is None
    outcome = Given(2, 0.0).outcome({}, ["61-70 %", "31-40 %", "61-70 %"])
    assert outcome.told == {"match_rate": "31-40 %, 61-70 %"}
