"""The sink `google`: logins of every kind, checks of an account, options, connections."""

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

import pytest

from audsync.contracts import (
    Level,
    Operation,
    Secret,
)
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.testing.google import (
    ADVERTISER,
    CLIENT,
    CUSTOMER,
    MANAGER,
    PARTNER,
    FakeGoogle,
    faults,
)
from audsync.testing.sink_contract import SPEC
from audsync_sink_google import GoogleOptions, GoogleSink
from fakes.google_people import identifiers
from fakes.google_sending import (
    APIS,
    KIT,
    in_unknown_country,
    people,
    sent,
    settled,
    table,
)
from google_shop import SECRETS, context, options_of, sink_of


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


@pytest.mark.parametrize(
    ("account", "owner"), [(ADVERTISER, "advertiser"), (PARTNER, "partner")]
)
def test_lists_of_display_and_video_are_reached_through_the_partner(
    google: FakeGoogle, account: str, owner: str
) -> None:
    google.platform.accounts[ADVERTISER].has_user = False
    given: dict[str, Any] = {"product": "display_video", "owner": owner, "account": account}
    if owner == "advertiser":
        with pytest.raises(RejectedError, match="`login_account`"):
            sink_of(google, **given).open(SPEC, None)
    sink = sink_of(google, login_account=PARTNER, **given)
    audience, receipt = sent(sink, people(3))
    assert settled(google, sink, receipt).accepted == 3
    leaving = sink.send(KIT.batch(sink, audience, Operation.REMOVE, table(sink, people(1))))
    assert settled(google, sink, leaving).accepted == 1
    assert google.members(audience.remote_id) == identifiers(people(2, start=1))
    assert google.list(audience.remote_id).account == account
    assert google.platform.mistakes == {}


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
