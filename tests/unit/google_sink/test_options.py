"""Options, checks, quotas and connections of the sink `google`."""

import gc
import math
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audsync.contracts import (
    Level,
    Operation,
    Sink,
)
from audsync.errors import TransientError
from audsync.match_keys import match_keys
from audsync.testing.google import CUSTOMER, PARTNER, FakeGoogle, faults
from audsync.testing.sink_contract import SPEC
from audsync_sink_google import GoogleOptions, GoogleSink
from fakes.google_uploads import APIS, KIT, people, sent, settled, table
from google_shop import context, options_of, sink_of


def send_five(sink: Sink) -> None:
    for start in range(5):
        sent(sink, people(1, start=start))


def test_requests_are_paced_so_that_the_quota_of_a_minute_lasts(google: FakeGoogle) -> None:
    google.platform.quirks.requests_per_minute = 3
    sink = sink_of(google, requests_per_minute=3)
    audience = sink.open(SPEC, None)
    before = google.platform.clock.now
    for start in range(7):
        rows = table(sink, people(1, start=start))
        sink.send(KIT.batch(sink, audience, Operation.ADD, rows))
    assert 120 <= google.platform.clock.now - before <= 130


def test_all_shops_of_a_config_share_the_quota_of_a_minute(
    google: FakeGoogle, tmp_path: Path
) -> None:
    """Of changes, and of questions, which Google counts apart."""
    google.platform.quirks.requests_per_minute = 3
    clock = google.platform.clock
    shops = [
        GoogleSink(
            options_of(google, requests_per_minute=3),
            replace(context(), shared=tmp_path),
            clock=lambda: float(clock.now),
            sleep=lambda seconds: clock.advance(seconds=int(seconds) + 1),
        )
        for _ in range(2)
    ]
    audience = shops[0].open(SPEC, None)
    receipts = []
    began = clock.now
    for number in range(7):
        sink = shops[number % 2]
        rows = table(sink, people(1, start=number))
        receipts.append(sink.send(KIT.batch(sink, audience, Operation.ADD, rows)))
    assert 120 <= clock.now - began <= 130
    clock.advance(hours=2)
    began = clock.now
    assert all(shops[n % 2].settle(one) for n, one in enumerate(receipts))
    assert 120 <= clock.now - began <= 130


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
        ({"membership_days": 541}, "2 to 540"),
        ({"membership_days": 1}, "2 to 540"),
        ({"per_person": 0}, "1 to 4"),
        ({"per_person": 5}, "1 to 4"),
        ({"max_batch": 10_001}, "1 to 10000"),
        ({"max_batch": 0}, "1 to 10000"),
        ({"requests_per_minute": 0}, "1 or more"),
        ({"lists_per_request": 0}, "1 to 10"),
        ({"lists_per_request": 11}, "1 to 10"),
        ({"timeout_seconds": 0.0}, "above 0"),
        ({"timeout_seconds": math.inf}, "at most 3600"),
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
    sink = sink_of(google, keys=("email",), per_person=1)
    names = ("client_id", "email", "phone", "first_name", "last_name", "country", "zip")
    cells = ("1", "ana@example.com", "+420600000001", "Ana", "Nova", "CZ", "11000")
    somebody = pa.table({name: [cell] for name, cell in zip(names, cells, strict=True)})
    rows = match_keys(sink.key_rules, somebody).rows.drop_columns("client_id")
    audience = sink.open(SPEC, None)
    receipt = sink.send(KIT.batch(sink, audience, Operation.ADD, rows))
    assert settled(google, sink, receipt).accepted == 1
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
    given_up = threading.Event()
    google.faults.plan(faults.event(lambda: given_up.wait(60)), endpoint=faults.API)
    sink = sink_of(google, api=api, timeout_seconds=0.2)
    with pytest.raises(TransientError):
        sink.open(SPEC, None)
    given_up.set()
