"""How the panel is reached: what the key is, whom it is shown to, and how long is waited."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import idosell_shop
from audsync.errors import AudsyncError, ExitCode
from audsync.http import PeerRefusedError
from audsync.testing.idosell import FakeIdoSell, Panel, faults
from audsync_source_idosell import transport
from idosell_shop import Key, Made, Pulls


def told(pulls: Pulls, code: ExitCode) -> str:
    """What a pull says that must end with that code before there is anything to keep."""
    with pytest.raises(AudsyncError) as caught:
        list(pulls.source().pull(None, datetime.now(UTC)))
    assert caught.value.exit_code is code
    return str(caught.value)


@pytest.mark.parametrize(
    ("access", "endpoint", "words"),
    [
        ("key", "system/serverTime", "leads to another address"),
        ("bearer", "accessToken", "no token was given (307); see that `url` is the panel's"),
        ("bearer", "system/serverTime", "leads to another address"),
    ],
)
def test_neither_key_nor_password_follows_a_redirection(
    made: Made, access: str, endpoint: str, words: str
) -> None:
    _, pulls = made(orders=1, access=access)
    with FakeIdoSell(Panel()) as elsewhere:
        away = {"Location": f"{elsewhere.url}/api/admin/v8/system/serverTime"}
        fault = replace(faults.http_error(307), headers=away)
        pulls.fake.faults.plan(fault, endpoint=endpoint)
        assert words in told(pulls, ExitCode.REFUSED)
        assert elsewhere.log == []


@pytest.mark.parametrize("access", ["key", "bearer"])
def test_no_proxy_of_the_environment_is_shown_the_key(
    made: Made, access: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pulls = made(orders=1, access=access)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert "permission SYSTEM" in pulls.source().check()[0].message


@pytest.mark.parametrize("key", ["a“b”", "\ufeffkey", "two\nlines"])
def test_a_key_that_cannot_be_sent_is_told_without_being_shown(
    made: Made, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pulls = made(orders=1)
    monkeypatch.setattr(idosell_shop, "secrets", lambda _: Key(key))
    message = told(pulls, ExitCode.CREDENTIAL)
    assert "idosell_api_key has a sign in it that cannot be sent" in message
    assert key not in message
    assert pulls.fake.log == []


def test_a_password_may_have_letters_of_every_language(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pulls = made(orders=1, access="bearer")
    monkeypatch.setattr(idosell_shop, "secrets", lambda _: Key("zażółć"))
    assert "the login is refused" in told(pulls, ExitCode.CREDENTIAL)
    pulls.fake.access.logins["zażółć"] = "zażółć"
    assert "permission SYSTEM" in pulls.source().check()[0].message


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (faults.html_page(), ExitCode.TEMPORARY, "no token was given (200)"),
        (faults.other_json({"access_token": "a\nb"}), ExitCode.TEMPORARY, "was given (200)"),
        (faults.reset(), ExitCode.TEMPORARY, "was not reached"),
        (faults.http_error(404), ExitCode.REFUSED, "no token was given (404); see that `url`"),
        (faults.http_error(403), ExitCode.CREDENTIAL, "the login is refused"),
    ],
)
def test_a_token_that_is_not_given_is_told(
    made: Made, fault: faults.Fault, code: ExitCode, words: str
) -> None:
    _, pulls = made(orders=1, access="bearer")
    pulls.fake.faults.plan(fault, endpoint="accessToken", times=5)
    assert words in told(pulls, code)


@pytest.mark.parametrize("access", ["key", "bearer"])
def test_a_panel_in_a_private_network_is_told_with_the_option_that_allows_it(
    made: Made, access: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise PeerRefusedError("leads into a private network")

    _, pulls = made(orders=1, access=access)
    monkeypatch.setattr("audsync.http.peers.check_peer", refused)
    assert "allow_private_network" in told(pulls, ExitCode.REFUSED)


def test_the_permission_is_read_from_the_header_alone(made: Made) -> None:
    """Whose letters come as bytes of UTF-8 that were taken for Latin-1."""
    _, pulls = made(orders=1)
    refusal = faults.http_error(403, text="Zły zakres. Scope: crm, level: rw")
    pulls.fake.faults.plan(replace(refusal, body={}), endpoint="system/serverTime")
    assert "lacks the permission CRM (read and write)" in told(pulls, ExitCode.CREDENTIAL)


def test_an_answer_that_does_not_come_is_not_waited_for(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pulls = made(orders=1)
    pulls.attempts = 1
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)
    pulls.fake.faults.plan(faults.slow(1.0))
    assert "was not reached, or its answer was cut off" in told(pulls, ExitCode.TEMPORARY)


def test_a_body_that_trickles_is_not_waited_for(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pulls = made(orders=1, access="key")
    pulls.attempts = 1
    monkeypatch.setattr(transport, "_BODY_SECONDS", 0.1)
    pulls.fake.faults.plan(faults.slow_body(3.0), endpoint="system/shopsData")
    assert "was not reached, or its answer was cut off" in told(pulls, ExitCode.TEMPORARY)
