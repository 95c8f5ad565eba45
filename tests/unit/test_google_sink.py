"""The sink `google`, in what the contract kit does not ask of it."""

import gc
import importlib
import json
import logging
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Level,
    Operation,
    Part,
    Receipt,
    Secret,
    Sink,
)
from audsync.deliver import bundled, make_batch
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.state import State
from audsync.testing.google import (
    CLIENT,
    CUSTOMER,
    MANAGER,
    PARTNER,
    FakeGoogle,
    faults,
)
from audsync.testing.sink_contract import SPEC, SinkContract
from audsync_sink_google import GoogleOptions, GoogleSink
from audsync_sink_google.receipts import Given, rate_range
from fakes.google_people import identifiers, person
from fakes.google_runs import a_run
from fakes.plans import CLIENTS, Row
from google_shop import SECRETS, context, options_of, sink_of

KIT = SinkContract()
APIS = ("data_manager", "google_ads")
RUNS = iter(range(10**6))
INGEST = "IngestionService/IngestAudienceMembers"
CLEAR = "IngestionService/RemoveAllAudienceMembers"
STATUS = "IngestionService/RetrieveRequestStatus"
ADD = "OfflineUserDataJobService/AddOfflineUserDataJobOperations"


def table(sink: Sink, rows: list[Row]) -> pa.Table:
    names = list(sink.key_rules)
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], pa.string())
            for place, name in enumerate(names)
        }
    )


def people(count: int, start: int = 0) -> list[Row]:
    return [
        person(f"e{number}", f"p{number}", f"h{number}")
        for number in range(start, start + count)
    ]


def in_unknown_country(row: Row) -> Row:
    """The same person at an address that Google refuses."""
    return (*row[:4], "ZZ", *row[5:])


def sent(
    sink: Sink, rows: list[Row], *, operation: Operation = Operation.ADD
) -> tuple[AudienceInfo, Receipt]:
    audience = sink.open(SPEC, None)
    return audience, sink.send(KIT.batch(sink, audience, operation, table(sink, rows)))


def send_five(sink: Sink) -> None:
    for start in range(5):
        sent(sink, people(1, start=start))


def settled(google: FakeGoogle, sink: Sink, receipt: Receipt) -> Any:
    google.platform.clock.advance(days=1)
    return sink.settle(receipt)


# Logins


def test_a_developer_token_that_cannot_be_read_is_told_and_one_that_is_nowhere_is_not_needed(
    google: FakeGoogle,
) -> None:
    def secret(name: str) -> Secret:
        if name == "google_developer_token":
            raise CredentialError("its file cannot be read")
        return context().secret(name)

    sink_of(google, api="google_ads").open(SPEC, None)
    told = replace(context(), secret=secret)
    with pytest.raises(CredentialError, match="its file cannot be read"):
        GoogleSink(options_of(google, api="google_ads"), told).open(SPEC, None)


@pytest.mark.parametrize("api", APIS)
def test_a_revoked_login_is_told_as_one_before_any_call(google: FakeGoogle, api: str) -> None:
    google.platform.access.revoke()
    with pytest.raises(CredentialError, match="audsync secrets login google"):
        sink_of(google, api=api).open(SPEC, None)
    assert not google.seen or {call.endpoint for call in google.seen} == {"token"}


@pytest.mark.parametrize("api", APIS)
def test_one_token_is_good_for_many_calls_and_another_is_asked_for_in_time(
    google: FakeGoogle, api: str
) -> None:
    sink = sink_of(google, api=api)
    for _ in range(3):
        sent(sink, people(2))
    assert google.calls["token"] == 1
    connection: Any = sink._api()
    connection._access.credentials.expiry = datetime.now(UTC).replace(tzinfo=None)
    sent(sink, people(1))
    assert google.calls["token"] == 2
    google.platform.access.expire_tokens()
    with pytest.raises(CredentialError):
        sent(sink, people(1))


@pytest.mark.parametrize("api", APIS)
def test_a_service_account_signs_in_with_its_key_as_text(google: FakeGoogle, api: str) -> None:
    known = {"google_service_account": google.service_account}
    sink = sink_of(google, api=api, credentials="service_account", client_id=None, known=known)
    assert sink.open(SPEC, None).created


@pytest.mark.parametrize("api", APIS)
def test_the_login_of_the_machine_is_used_where_that_is_wanted(
    google: FakeGoogle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    file = tmp_path / "default.json"
    file.write_text(google.service_account, "utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    known: dict[str, str] = {}
    sink = sink_of(
        google, api=api, credentials="application_default", client_id=None, known=known
    )
    assert sink.open(SPEC, None).created
    assert google.calls["token"] == 1


@pytest.mark.parametrize("api", APIS)
def test_a_login_for_the_other_api_is_told_as_one(google: FakeGoogle, api: str) -> None:
    scope = "datamanager" if api == "data_manager" else "adwords"
    google.platform.access.granted -= {f"https://www.googleapis.com/auth/{scope}"}
    with pytest.raises(CredentialError, match="another of Google's APIs; sign in again"):
        sink_of(google, api=api).open(SPEC, None)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "no json", json.dumps({"token_uri": "http://example.com/token"})]
)
def test_a_text_that_is_no_key_is_told_without_being_shown(
    google: FakeGoogle, text: str
) -> None:
    known = {"google_service_account": text}
    sink = sink_of(google, credentials="service_account", client_id=None, known=known)
    with pytest.raises(CredentialError, match="whole text of the JSON file"):
        sink.open(SPEC, None)


def test_a_machine_without_its_own_login_is_told_what_to_do(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth: Any = importlib.import_module("google.auth")

    def nothing(**_settings: Any) -> Any:
        raise auth.exceptions.DefaultCredentialsError

    monkeypatch.setattr(auth, "default", nothing)
    sink = sink_of(google, credentials="application_default", client_id=None)
    with pytest.raises(CredentialError, match="gcloud auth application-default login"):
        sink.open(SPEC, None)


def test_a_developer_token_is_sent_only_where_there_is_one(google: FakeGoogle) -> None:
    sink_of(google, api="google_ads").open(SPEC, None)
    assert all("developer-token" not in call.headers for call in google.seen)
    known = {**SECRETS, "google_developer_token": "invented"}
    sink_of(google, api="google_ads", known=known).open(SPEC, None)
    assert google.seen[-1].headers["developer-token"] == "invented"


@pytest.mark.parametrize("api", APIS)
def test_an_account_behind_a_manager_is_reached_through_it(
    google: FakeGoogle, api: str
) -> None:
    with pytest.raises(RejectedError, match="`login_account`"):
        sink_of(google, api=api, account=CLIENT).open(SPEC, None)
    sink = sink_of(google, api=api, account=CLIENT, login_account="987-654-3210")
    assert MANAGER == "9876543210"
    audience, receipt = sent(sink, people(3))
    assert settled(google, sink, receipt).accepted == 3
    assert google.members(audience.remote_id) == identifiers(people(3))


def test_what_is_sent_is_never_logged_by_googles_clients(
    google: FakeGoogle, caplog: pytest.LogCaptureFixture
) -> None:
    for api in APIS:
        sink = sink_of(google, api=api)
        audience = sink.open(SPEC, None)
        caplog.set_level(logging.DEBUG)
        rows = table(sink, [*people(2), in_unknown_country(people(1)[0])])
        sink.send(KIT.batch(sink, audience, Operation.ADD, rows))
        google.fail_next(HTTPStatus.BAD_REQUEST)
        with pytest.raises(RejectedError):
            sink.send(KIT.batch(sink, audience, Operation.ADD, rows))
        assert not KIT.keys_in(sink, rows, caplog.text)


def test_googles_packages_are_loaded_when_somebody_is_sent_and_not_before() -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from audsync.connector_checks import check_sink\n"
        "from audsync.contracts import Context\n"
        "from audsync_sink_google import GoogleOptions, GoogleSink\n"
        "told = Context('s', 'UTC', 'GB', 'GBP', Path(), Path)\n"
        "sink = GoogleSink(GoogleOptions(account='1', client_id='c'), told)\n"
        "assert not list(check_sink(sink))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('google', 'grpc')])\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert found.stdout == b"[]\n"


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


# Jobs


def test_a_job_is_large_and_is_filled_in_requests_of_the_size_that_google_advises(
    google: FakeGoogle,
) -> None:
    sink = sink_of(google, api="google_ads")
    audience = sink.open(SPEC, None)
    rows = KIT.rows(sink, 7000)
    sink.send(KIT.batch(sink, audience, Operation.ADD, rows))
    assert len(google.jobs.by_name) == 1
    assert google.calls[ADD] == 3
    assert google.platform.mistakes == {}


@pytest.mark.parametrize(
    "fault", [faults.lost_after(), faults.lost_before(), faults.unavailable()]
)
@pytest.mark.parametrize("call", ["*/CreateOffline*", ADD, "*/RunOffline*"])
def test_a_job_goes_on_where_it_was_when_a_call_failed(
    google: FakeGoogle, call: str, fault: faults.Fault
) -> None:
    sink = sink_of(google, api="google_ads")
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


# Checks and options


@pytest.mark.parametrize("api", APIS)
def test_a_check_says_whether_the_login_may_use_the_account(
    google: FakeGoogle, api: str
) -> None:
    more = [Level.WARNING] if api == "google_ads" else []
    found = sink_of(google, api=api).check()
    assert [one.level for one in found] == [Level.OK, Level.OK, *more]
    assert "there is no list yet" in found[1].message
    google.platform.accounts[CUSTOMER].has_user = False
    (barred,) = sink_of(google, api=api).check()
    assert barred.level is Level.ERROR
    assert barred.remedy is not None
    assert "`login_account`" in barred.remedy
    assert "`login_account`" not in barred.message  # what to do is said once
    google.platform.access.revoke()
    (refused,) = sink_of(google, api=api).check()
    assert refused.level is Level.ERROR
    assert "sign in again" in refused.message


@pytest.mark.parametrize("api", APIS)
def test_a_check_asks_whether_members_would_be_taken_and_sends_nobody(
    google: FakeGoogle, api: str
) -> None:
    closed: list[Any] = [{"kind": "mobile"}, {"is_open": False}, {"is_read_only": True}]
    for one in closed:
        google.platform.add_list(CUSTOMER, f"Not {one}", **one)
    google.platform.add_list(CUSTOMER, "Somebody's")
    found = sink_of(google, api=api).check()
    assert found[1].message == "google: Google would take members of this account"
    assert not google.platform.unsettled
    assert google.jobs.by_name == {}
    account = google.platform.accounts[CUSTOMER]
    account.is_allowlisted = False
    gated = sink_of(google, api=api).check()[1]
    assert gated.level is (Level.ERROR if api == "google_ads" else Level.OK)
    account.is_allowlisted, account.has_signed_terms = True, False
    unsigned = sink_of(google, api=api).check()[1]
    assert unsigned.level is Level.ERROR
    assert "terms are not accepted" in unsigned.message
    assert google.platform.mistakes == {}


def test_a_check_warns_of_lists_that_lose_europe(google: FakeGoogle) -> None:
    sink = sink_of(google, product="display_video", owner="partner", account=PARTNER)
    assert [one.level for one in sink.check()] == [Level.OK, Level.OK, Level.WARNING]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"account": "customers/1"}, "`account` is a number"),
        ({"login_account": "x"}, "`login_account` is a number"),
        ({"product": "display_video", "api": "google_ads"}, "data_manager"),
        ({"owner": "partner"}, "display_video"),
        ({"delivery": "auto", "api": "google_ads"}, "data_manager"),
        ({"client_id": None}, "`client_id` is needed"),
        ({"keys": ("address",)}, "must have email or phone"),
        ({"keys": ("email", "email")}, "twice"),
        ({"membership_days": 541}, "1 to 540"),
        ({"max_batch": 10_001}, "1 to 10000"),
        ({"max_batch": 0}, "1 to 10000"),
        ({"requests_per_minute": 0}, "1 or more"),
        ({"lists_per_request": 0}, "1 to 10"),
        ({"lists_per_request": 11}, "1 to 10"),
        ({"timeout_seconds": 0.0}, "above 0"),
        ({"login_url": "http://example.com"}, "not https"),
        ({"endpoint": "https://example.com"}, "without https://"),
        ({"endpoint": "http://example.com", "transport": "rest"}, "not https"),
    ],
)
def test_options_that_no_call_could_be_made_with_are_refused(
    changes: Mapping[str, Any], told: str
) -> None:
    given: dict[str, Any] = {"account": "1", "client_id": "c"}
    GoogleOptions(**given)
    with pytest.raises(ValueError, match=told):
        GoogleOptions(**{**given, **changes})


def test_only_the_keys_that_are_configured_are_sent(google: FakeGoogle) -> None:
    sink = sink_of(google, keys=("email",))
    assert list(sink.key_rules) == ["email"]
    audience, receipt = sent(sink, people(2))
    assert settled(google, sink, receipt).accepted == 2
    assert {kind for kind, *_ in google.members(audience.remote_id)} == {"email"}


@pytest.mark.parametrize("api", APIS)
def test_connections_are_made_once_and_let_go_with_the_sink(
    google: FakeGoogle, api: str
) -> None:
    made: GoogleSink | None = sink_of(google, api=api)
    assert made is not None
    audience = made.open(SPEC, None)
    connected: Any = made._api()
    services = (
        [connected._jobs, connected._search, connected._user_lists]
        if api == "google_ads"
        else [connected._ingestion, connected._lists._client]
    )
    channels = [service.transport.grpc_channel for service in services]
    made.send(KIT.batch(made, audience, Operation.ADD, KIT.rows(made, 2)))
    assert made._api() is connected
    assert [service.transport.grpc_channel for service in services] == channels
    del made, connected
    gc.collect()
    for channel in channels:
        with pytest.raises(ValueError, match="closed channel"):
            channel.unary_unary("/any")(b"")


@pytest.mark.parametrize("api", APIS)
def test_a_call_that_is_never_answered_ends_in_time(google: FakeGoogle, api: str) -> None:
    google.faults.plan(faults.slow(0.9), endpoint=faults.API)
    sink = sink_of(google, api=api, timeout_seconds=0.2)
    began = time.monotonic()
    with pytest.raises(TransientError):
        sink.open(SPEC, None)
    assert time.monotonic() - began < 0.8


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


@pytest.mark.parametrize("api", APIS)
def test_google_checks_a_list_and_is_sent_nobody(google: FakeGoogle, api: str) -> None:
    sink = sink_of(google, api=api)
    audience, receipt = sent(sink, people(2))
    settled(google, sink, receipt)
    held, jobs = google.members(audience.remote_id), len(google.jobs.by_name)
    sink.rehearse(audience)
    google.platform.clock.advance(days=1)
    assert google.members(audience.remote_id) == held
    assert (len(google.jobs.by_name), google.jobs.unrun) == (jobs, [])
    assert google.platform.unsettled == 0
    with pytest.raises(RejectedError):
        sink.rehearse(replace(audience, remote_id="999"))
    google.platform.accounts[CUSTOMER].is_allowlisted = False
    google.platform.accounts[CUSTOMER].has_signed_terms = False
    with pytest.raises(RejectedError):
        sink.rehearse(audience)
    assert google.platform.mistakes == {}


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
