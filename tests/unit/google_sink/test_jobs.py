"""Jobs of the Google Ads API: filled, run, cut off and taken up again."""

from pathlib import Path

import pytest

from audsync.contracts import Operation
from audsync.deliver import AudienceResult
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.state import State
from audsync.testing.google import CUSTOMER, FakeGoogle, faults
from audsync.testing.sink_contract import SPEC
from fakes.google_people import identifiers
from fakes.google_runs import a_run
from fakes.google_uploads import INGEST, KIT, people, sent, settled
from fakes.plans import CLIENTS
from google_shop import sink_of

ADD = "OfflineUserDataJobService/AddOfflineUserDataJobOperations"


@pytest.mark.parametrize(("per_person", "requests"), [(1, 3), (3, 5)])
def test_a_job_is_large_and_is_filled_in_requests_of_the_size_that_google_advises(
    google: FakeGoogle, per_person: int, requests: int
) -> None:
    sink = sink_of(google, api="google_ads", per_person=per_person)
    audience = sink.open(SPEC, None)
    rows = KIT.rows(sink, 7000)  # of three identifiers, and of seven
    sink.send(KIT.batch(sink, audience, Operation.ADD, rows))
    assert len(google.jobs.by_name) == 1
    assert google.calls[ADD] == requests
    assert google.platform.mistakes == {}


@pytest.mark.parametrize(
    "fault", [faults.lost_after(), faults.lost_before(), faults.unavailable()]
)
@pytest.mark.parametrize("call", ["*/CreateOffline*", ADD, "*/RunOffline*"])
def test_a_job_goes_on_where_it_was_when_a_call_failed(
    google: FakeGoogle, call: str, fault: faults.Fault
) -> None:
    sink = sink_of(google, api="google_ads", per_person=1)
    audience = sink.open(SPEC, None)
    rows = KIT.rows(sink, 7000)
    batch = KIT.batch(sink, audience, Operation.ADD, rows)
    google.faults.plan(fault, endpoint=call, after=1 if call == ADD else 0)
    with pytest.raises(TransientError):
        sink.send(batch)
    receipt = sink.send(batch)
    assert google.calls[ADD] == (4 if call == ADD else 3)
    assert len(google.jobs.by_name) == 1
    assert google.jobs.unrun == []
    assert settled(google, sink, receipt).accepted == 7000


def test_a_job_whose_run_was_not_answered_is_found_by_another_process(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google, api="google_ads")
    audience = sink.open(SPEC, None)
    batch = KIT.batch(sink, audience, Operation.ADD, KIT.rows(sink, 3))
    for lost in ("*/CreateOffline*", "*/RunOffline*"):
        google.faults.plan(faults.lost_after(), endpoint=lost)
        with pytest.raises(TransientError):
            sink_of(google, api="google_ads").send(batch)
    receipt = sink.send(batch)
    assert len(google.jobs.by_name) == 1
    assert settled(google, sink, receipt).accepted == 3


def test_a_request_that_was_too_large_is_made_smaller(google: FakeGoogle) -> None:
    for api, call in (("data_manager", INGEST), ("google_ads", ADD)):
        large = (
            faults.data_manager_error("TOO_MANY_ELEMENTS")
            if api == "data_manager"
            else faults.ads_error("database_error", "REQUEST_TOO_LARGE")
        )
        sink = sink_of(google, api=api)
        sink.open(SPEC, None)
        google.faults.plan(large, endpoint=call)
        audience, receipt = sent(sink, people(6))
        assert settled(google, sink, receipt).accepted == 6
        assert google.members(audience.remote_id) == identifiers(people(6))


@pytest.mark.parametrize("gate", ["create", "add", "run"])
def test_an_account_that_may_not_upload_is_told_how_to_switch_at_whichever_step(
    google: FakeGoogle, gate: str
) -> None:
    google.platform.accounts[CUSTOMER].is_allowlisted = False
    google.platform.quirks.gate = gate
    sink = sink_of(google, api="google_ads")
    with pytest.raises(RejectedError) as caught:
        sent(sink, people(2))
    assert caught.value.remedy is not None
    assert 'set api = "data_manager"' in caught.value.remedy
    new = sink_of(google, api="data_manager")
    audience, receipt = sent(new, people(2))
    assert settled(google, new, receipt).accepted == 2
    assert google.members(audience.remote_id) == identifiers(people(2))


@pytest.mark.parametrize("call", ["Add*", "Run*"])
def test_a_job_that_was_cut_off_is_filled_and_run_by_the_next_run(
    google: FakeGoogle, tmp_path: Path, call: str
) -> None:
    wishes = dict(zip(CLIENTS, people(4), strict=False))
    clock = google.platform.clock
    with State(tmp_path / "shop") as state:
        for _ in range(5):
            google.faults.plan(
                faults.unavailable(), endpoint=f"OfflineUserDataJobService/{call}"
            )
        cut_off = a_run(
            state, sink_of(google, api="google_ads"), wishes, run="first", now=clock.now
        )
        assert cut_off.unanswered == 1
        assert len(google.jobs.unrun) == 1
        sink = sink_of(google, api="google_ads")
        assert a_run(state, sink, wishes, run="second", now=clock.now).failure is None
        assert (len(google.jobs.by_name), google.jobs.unrun) == (1, [])
        clock.advance(days=1)
        a_run(state, sink, wishes, run="third", now=clock.now)
        (remote_id,) = google.audiences()
        assert google.members(remote_id) == identifiers(wishes.values())
        assert len(google.jobs.by_name) == 1


@pytest.mark.parametrize("call", ["Add*", "Run*"])
@pytest.mark.parametrize("is_login", [True, False])
def test_a_job_that_a_refusal_cut_off_is_run_when_the_reason_is_gone(
    google: FakeGoogle, tmp_path: Path, call: str, *, is_login: bool
) -> None:
    """A login that ends in between, or an account that is not allowed any more."""
    wishes = dict(zip(CLIENTS, people(4), strict=False))
    access, clock = google.platform.access, google.platform.clock
    fault = faults.event(access.revoke) if is_login else faults.http_error(403)
    google.faults.plan(fault, endpoint=f"OfflineUserDataJobService/{call}")
    with State(tmp_path / "shop") as state:

        def run(name: str) -> AudienceResult:
            sink = sink_of(google, api="google_ads")
            return a_run(state, sink, wishes, run=name, now=clock.now)

        cut_off = run("first")
        assert isinstance(cut_off.failure, CredentialError if is_login else RejectedError)
        assert (cut_off.unanswered, len(google.jobs.unrun)) == (1, 1)
        access.is_revoked = False
        assert run("second").failure is None
        clock.advance(days=1)
        run("third")
    (remote_id,) = google.audiences()
    assert google.members(remote_id) == identifiers(wishes.values())
    assert (len(google.jobs.by_name), google.jobs.unrun) == (1, [])


def test_a_job_of_somebody_who_withdrew_meanwhile_is_never_run(
    google: FakeGoogle, tmp_path: Path
) -> None:
    wishes = dict(zip(CLIENTS, people(4), strict=False))
    clock = google.platform.clock
    with State(tmp_path / "shop") as state:
        for _ in range(5):
            google.faults.plan(faults.unavailable(), endpoint="OfflineUserDataJobService/Run*")
        first = sink_of(google, api="google_ads")
        a_run(state, first, wishes, run="first", now=clock.now)
        (left,) = google.jobs.unrun
        del wishes[CLIENTS[0]]
        for day in range(3):
            a_run(state, sink_of(google, api="google_ads"), wishes, run=f"{day}", now=clock.now)
            clock.advance(days=1)
        (remote_id,) = google.audiences()
        assert google.members(remote_id) == identifiers(wishes.values())
        assert google.jobs.unrun == [left]
