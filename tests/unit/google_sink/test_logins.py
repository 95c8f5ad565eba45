"""How the sink `google` signs in, and that nothing it sends is logged."""

import importlib
import json
import logging
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from google.api_core import client_logging

from audsync.contracts import Operation, Secret
from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.testing.error_texts import texts_of
from audsync.testing.google import ADVERTISER, CLIENT, MANAGER, PARTNER, FakeGoogle, faults
from audsync.testing.google.refusals import AdsError, Refused
from audsync.testing.sink_contract import SPEC
from audsync_sink_google import GoogleSink
from fakes.google_people import identifiers
from fakes.google_uploads import APIS, KIT, in_unknown_country, people, sent, settled, table
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


def test_where_nobody_answers_is_told(google: FakeGoogle) -> None:
    options = replace(options_of(google), transport="rest", endpoint="http://127.0.0.1:9")
    with pytest.raises(TransientError, match=r"not reached at 127\.0\.0\.1:9, or"):
        GoogleSink(options, context()).open(SPEC, None)


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


def test_a_token_is_asked_for_beyond_a_proxy_only_where_that_is_said(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key names another place than the option does, and so does a machine at Google."""
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    known = {"google_service_account": google.service_account}
    given: dict[str, Any] = {"credentials": "service_account", "client_id": None}
    sink = sink_of(google, known=known, login_url="https://oauth2.example.com/token", **given)
    assert sink.open(SPEC, None).created


def test_a_password_of_another_tool_is_not_sent_along(
    google: FakeGoogle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ~/.netrc has them, by host."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    sink_of(google).open(SPEC, None)
    (asked,) = [call for call in google.seen if call.endpoint == "token"]
    assert "authorization" not in {name.lower() for name in asked.headers}


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


def test_a_machine_without_its_own_login_is_told_what_to_do(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth: Any = importlib.import_module("google.auth")

    def nothing(**_settings: Any) -> Any:
        raise auth.exceptions.DefaultCredentialsError

    monkeypatch.setattr(auth, "default", nothing)
    sink = sink_of(google, credentials="application_default", client_id=None)
    with pytest.raises(
        CredentialError, match="gcloud auth application-default login --scopes="
    ):
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
    "way", [{}, {"transport": "rest"}, {"api": "google_ads"}], ids=lambda way: f"{way}"
)
@pytest.mark.parametrize(
    ("refusal", "error", "told"),
    [
        (faults.gate("SERVICE_DISABLED"), RejectedError, "enable it: https://console.cloud"),
        (faults.gate("USER_PROJECT_DENIED"), RejectedError, "Service Usage Consumer"),
        (
            faults.gate("ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            CredentialError,
            "sign in again for this one",
        ),
        (
            faults.gate("RATE_LIMIT_EXCEEDED", code="RESOURCE_EXHAUSTED"),
            TransientError,
            "too many calls",
        ),
    ],
    ids=["not enabled", "no role", "other scope", "too many"],
)
def test_a_refusal_at_the_gate_says_what_to_do(
    google: FakeGoogle,
    refusal: faults.Fault,
    error: type[Exception],
    told: str,
    way: dict[str, Any],
) -> None:
    google.faults.plan(refusal, endpoint=faults.API)
    with pytest.raises(error, match=told):
        sink_of(google, **way).open(SPEC, None)


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


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("code", ["INVALID_ARGUMENT", "INTERNAL", "RESOURCE_EXHAUSTED"])
def test_what_google_repeats_of_a_request_in_an_error_is_told_to_nobody(
    google: FakeGoogle, caplog: pytest.LogCaptureFixture, api: str, code: str
) -> None:
    sink = sink_of(google, api=api)
    audience = sink.open(SPEC, None)
    rows = table(sink, people(1))
    digest = rows["email"][0].as_py()
    error = AdsError("request_error", "BAD_RESOURCE_ID", text=f"bad value {digest}")
    refusal = Refused(code, errors=[error], reason="INVALID_ARGUMENT", text=error.text)
    google.faults.plan(faults.refused(refusal))
    caplog.set_level(logging.DEBUG)
    with pytest.raises(RejectedError) as caught:
        sink.send(KIT.batch(sink, audience, Operation.ADD, rows))
    assert not KIT.keys_in(sink, rows, caplog.text, *texts_of(caught.value))


@pytest.mark.parametrize("transport", ["grpc", "rest"])
def test_googles_own_switch_for_logs_shows_nobody(
    google: FakeGoogle,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    transport: str,
) -> None:
    """Its clients look at it once in a process, and then write whole requests to stderr."""
    scope = "google.ads.datamanager_v1"
    monkeypatch.setenv("GOOGLE_SDK_PYTHON_LOGGING_SCOPE", scope)
    monkeypatch.setattr(client_logging, "_LOGGING_INITIALIZED", False)
    logger = logging.getLogger(scope)
    for name, value in (("level", logging.NOTSET), ("handlers", []), ("propagate", True)):
        monkeypatch.setattr(logger, name, value)
    sink = sink_of(google, transport=transport)
    sent(sink, people(2))
    assert logger.handlers, "it was switched on"
    told = capsys.readouterr()
    assert not KIT.keys_in(sink, table(sink, people(2)), told.out, told.err)


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
