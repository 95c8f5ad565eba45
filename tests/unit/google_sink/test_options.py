"""Options, checks, quotas and connections of the sink `google`."""

import gc
from collections.abc import Mapping
from typing import Any

import pytest

from audsync.contracts import (
    Level,
    Operation,
    Sink,
)
from audsync.errors import TransientError
from audsync.testing.google import PARTNER, FakeGoogle
from audsync.testing.sink_contract import SPEC
from audsync_sink_google import GoogleOptions, GoogleSink
from fakes.google_uploads import APIS, KIT, people, sent, settled, table
from google_shop import sink_of


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
    levels = [one.level for one in sink_of(google, api=api).check()]
    assert levels == ([Level.OK, Level.WARNING] if api == "google_ads" else [Level.OK])
    google.platform.access.revoke()
    (found,) = sink_of(google, api=api).check()
    assert found.level is Level.ERROR
    assert "sign in again" in found.message


def test_a_check_warns_of_lists_that_lose_europe(google: FakeGoogle) -> None:
    sink = sink_of(google, product="display_video", owner="partner", account=PARTNER)
    assert [one.level for one in sink.check()] == [Level.OK, Level.WARNING]


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


def test_the_connection_is_let_go_with_the_sink(google: FakeGoogle) -> None:
    made: GoogleSink | None = sink_of(google)
    assert made is not None
    made.open(SPEC, None)
    closed: list[bool] = []
    api: Any = made._api()
    api._ingestion.transport.close, close = (
        lambda: closed.append(True),
        api._ingestion.transport.close,
    )
    del made, api
    gc.collect()
    assert closed == [True]
    close()
