"""Calls of the sink `meta`: odd answers, lost replies, tokens, signatures and limits."""

import logging
import sys
from dataclasses import replace

import pytest

from audsync.contracts import (
    Operation,
    Outcome,
    Part,
    Secret,
)
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.testing.error_texts import texts_of
from audsync.testing.meta import ACCOUNT, TOKEN, FakeMeta, faults
from audsync.testing.meta.faults import LOST, PASSING, Fault
from audsync.testing.sink_contract import SPEC
from audsync_sink_meta import MetaOptions, MetaSink
from fakes.meta_uploads import KIT, rows, send
from fakes.pauses import Pauses
from meta_shop import SECRETS, context, sink_of


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("operation", [Operation.ADD, Operation.REMOVE])
def test_no_odd_answer_is_taken_for_a_success(
    fake: FakeMeta, operation: Operation, fault: Fault
) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    send(sink, audience, rows(sink, 3))
    before = fake.members(audience.remote_id)
    table = rows(sink, 3, start=0 if operation is Operation.REMOVE else 5)
    fake.faults.plan(fault, endpoint="POST users")
    fake.faults.plan(fault, endpoint="DELETE users")
    with pytest.raises(TransientError) as caught:
        sink.send(KIT.batch(sink, audience, operation, table))
    assert fake.members(audience.remote_id) == before
    assert not KIT.keys_in(sink, table, *texts_of(caught.value))
    fake.recover()
    assert send(sink, audience, table, operation) == Outcome(3)


def test_members_follow_no_redirection_to_another_host(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    with FakeMeta() as elsewhere:
        away = {"Location": f"{elsewhere.url}/v26.0/{audience.remote_id}/users"}
        fake.faults.plan(
            replace(faults.other_json({}, status=307), headers=away), endpoint="POST users"
        )
        with pytest.raises(TransientError, match="was not reached"):
            sink.send(KIT.batch(sink, audience, Operation.ADD, rows(sink, 3)))
        assert elsewhere.calls.total() == 0


@pytest.mark.parametrize("fault", LOST)
def test_after_an_answer_that_was_lost_the_same_may_be_sent_again(
    fake: FakeMeta, fault: Fault
) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    fake.faults.plan(fault, endpoint="POST users")
    with pytest.raises(TransientError):
        sink.send(KIT.batch(sink, audience, Operation.ADD, rows(sink, 3)))
    assert send(sink, audience, rows(sink, 3)) == Outcome(3)
    assert len(fake.members(audience.remote_id)) == 3


def test_the_first_part_of_a_replacement_comes_in_a_new_session_where_it_never_arrived(
    fake: FakeMeta,
) -> None:
    """Meta may know of a session for longer than it tells of it; a first part comes once."""
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    send(sink, audience, rows(sink, 3))
    table = rows(sink, 2, start=5)
    batch = KIT.batch(sink, audience, Operation.REPLACE, table)
    batch = replace(batch, part=Part(session=77))
    fake.faults.plan(faults.reset_before(), endpoint="POST usersreplace")
    with pytest.raises(TransientError):
        sink.send(batch)
    assert sink.settle(sink.send(batch)) == Outcome(2)
    assert len(fake.members(audience.remote_id)) == 2
    assert 77 not in fake.graph.audience(audience.remote_id).sessions


def test_ten_thousand_removals_travel_in_the_body_of_a_post(fake: FakeMeta) -> None:
    sink = sink_of(fake)
    audience = sink.open(SPEC, None)
    table = rows(sink, 10_000)
    assert send(sink, audience, table) == Outcome(10_000)
    assert send(sink, audience, table, Operation.REMOVE) == Outcome(10_000)
    assert fake.members(audience.remote_id) == frozenset()
    last = fake.log[-1]
    assert (last.method, last.url_length < 300) == ("POST", True)


def test_a_slow_answer_is_not_waited_for_longer_than_it_may_take(
    fake: FakeMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = Pauses(monkeypatch)
    sink = sink_of(fake, read_seconds=0.2)
    fake.faults.plan(faults.slow(1.0))
    with pytest.raises(TransientError, match="not reached"):
        sink.open(SPEC, None)
    pauses.end()


@pytest.mark.parametrize("fault", [faults.slow(1.0), faults.slow_body(3.0)])
def test_an_answer_to_an_upload_has_to_come_whole_in_that_time(
    fake: FakeMeta, fault: Fault
) -> None:
    sink = sink_of(fake, read_seconds=0.35)  # pieces of the slow body come every 0.3 s
    audience = sink.open(SPEC, None)
    fake.faults.plan(fault, endpoint="POST users")
    with pytest.raises(TransientError, match=r"was not reached at .*, or its answer was cut"):
        send(sink, audience, rows(sink, 3))


def test_no_proxy_of_the_environment_is_shown_the_token(
    fake: FakeMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    sink = sink_of(fake)
    assert send(sink, sink.open(SPEC, None), rows(sink, 3)) == Outcome(3)


@pytest.mark.parametrize("token", ["a“b”", "\ufefftoken", "two\nlines"])
def test_a_token_that_cannot_be_sent_is_told_without_being_shown(
    fake: FakeMeta, token: str
) -> None:
    with pytest.raises(CredentialError, match="meta_token has a sign in it") as caught:
        sink_of(fake, known={"meta_token": token}).open(SPEC, None)
    assert token not in " ".join(texts_of(caught.value))
    assert fake.log == []


def test_the_token_is_in_no_address_no_log_and_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeMeta() as fake:
        sink = sink_of(fake)
        sink.open(SPEC, None)
    with pytest.raises(TransientError) as caught:  # nobody listens there any more
        sink.open(SPEC, None)
    told = " ".join([caplog.text, repr(sink), *texts_of(caught.value)])
    assert f"not reached at {fake.url.removeprefix('http://')}, or" in str(caught.value)
    assert TOKEN not in told
    assert "/customaudiences" in caplog.text, "nothing was logged at all"


def test_the_sdk_reports_no_crash_and_has_no_default_account(fake: FakeMeta) -> None:
    hook = sys.excepthook
    sink_of(fake).open(SPEC, None)
    from facebook_business.api import FacebookAdsApi

    assert sys.excepthook is hook
    assert FacebookAdsApi.get_default_api() is None
    assert fake.instruments == []


def test_calls_are_signed_where_the_apps_secret_is_set(fake: FakeMeta) -> None:
    fake.graph.access.needs_proof = True
    sink_of(fake).open(SPEC, None)
    unsigned = sink_of(fake, known={"meta_token": TOKEN})
    with pytest.raises(CredentialError, match="app secret"):
        unsigned.open(SPEC, None)
    fake.graph.access.needs_proof = False
    unsigned.open(SPEC, None)
    wrong = sink_of(fake, known={**SECRETS, "meta_app_secret": "another"})
    with pytest.raises(CredentialError, match="app secret"):
        wrong.open(SPEC, None)


def test_an_app_secret_that_cannot_be_read_is_told_and_no_call_goes_unsigned(
    fake: FakeMeta,
) -> None:
    def secret(name: str) -> Secret:
        if name == "meta_app_secret":
            raise CredentialError("its file cannot be read")
        return context().secret(name)

    options = MetaOptions(account=ACCOUNT, url=fake.url)
    sink = MetaSink(options, replace(context(), secret=secret))
    with pytest.raises(CredentialError, match="its file cannot be read"):
        sink.open(SPEC, None)
    assert fake.log == []


def test_a_token_that_is_nowhere_is_asked_for(fake: FakeMeta) -> None:
    with pytest.raises(CredentialError, match="meta_token"):
        sink_of(fake, known={}).open(SPEC, None)


def test_a_limit_that_is_nearly_reached_is_rested_for_before_the_next_call(
    fake: FakeMeta,
) -> None:
    now = [0.0]
    sink = sink_of(fake, clock=lambda: now[0])
    audience = sink.open(SPEC, None)
    fake.graph.usage.minutes = 3
    assert send(sink, audience, rows(sink, 1)) == Outcome(1)  # a success that asks for a rest
    fake.graph.usage.minutes = 0
    calls = fake.calls.total()
    now[0] = 60.0
    with pytest.raises(TransientError) as caught:
        send(sink, audience, rows(sink, 1))
    assert caught.value.retry_after == 120.0
    assert fake.calls.total() == calls, "a call was made while it was to rest"
    now[0] = 180.0
    assert send(sink, audience, rows(sink, 1)) == Outcome(1)


def test_a_throttle_keeps_every_call_back_as_long_as_it_says(fake: FakeMeta) -> None:
    now = [0.0]
    sink = sink_of(fake, clock=lambda: now[0])
    audience = sink.open(SPEC, None)
    fake.graph.throttle(2)
    with pytest.raises(TransientError) as caught:
        send(sink, audience, rows(sink, 1))
    assert caught.value.retry_after == 120.0
    calls = fake.calls.total()
    with pytest.raises(TransientError):
        sink.open(SPEC, audience.remote_id)
    assert fake.calls.total() == calls
    fake.graph.clock.advance(minutes=2)
    now[0] = 120.0
    assert send(sink, audience, rows(sink, 1)) == Outcome(1)


def test_after_a_block_for_abuse_nothing_is_asked_for_an_hour(fake: FakeMeta) -> None:
    now = [0.0]
    sink = sink_of(fake, clock=lambda: now[0])
    fake.faults.plan(faults.error(368))
    with pytest.raises(RejectedError, match="quality page"):
        sink.open(SPEC, None)
    calls = fake.calls.total()
    with pytest.raises(TransientError, match="as abusive; the next call"):
        sink.open(SPEC, None)
    assert fake.calls.total() == calls
    now[0] = 3_600.0
    assert sink.open(SPEC, None).created
