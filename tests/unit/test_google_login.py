"""Signing in to Google with a browser: what is kept, and what is said where nobody signs in."""

import threading
import webbrowser
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from audsync.contracts import SignsIn
from audsync.errors import CredentialError
from audsync.testing.error_texts import texts_of
from audsync.testing.google import CLIENT_SECRET, REFRESH_TOKEN, FakeGoogle
from audsync.testing.google.oauth import CODE
from google_shop import sink_of


class Browser:
    """The browser of a person who agrees, or who does not."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: dict[str, list[str]] = {}
        self.threads: list[threading.Thread] = []

    def open(self, url: str, *_how: object, **_more: object) -> bool:
        self.asked = parse_qs(urlsplit(url).query)
        back = f"{self.asked['redirect_uri'][0]}?state={self.asked['state'][0]}&{self.answer}"
        self.threads.append(threading.Thread(target=requests.get, args=(back,)))
        self.threads[-1].start()
        return True


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    made = Browser(f"code={CODE}")
    monkeypatch.setattr(webbrowser, "get", lambda *_name: made)
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the fake has no TLS
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")  # and grants both scopes
    yield made
    for thread in made.threads:
        thread.join()


def test_who_signs_in_has_a_token_to_keep(google: FakeGoogle, browser: Browser) -> None:
    sink = sink_of(google)
    assert isinstance(sink, SignsIn)
    assert sink.sign_in() == {"google_refresh_token": REFRESH_TOKEN}
    assert browser.asked["scope"] == ["https://www.googleapis.com/auth/datamanager"]
    assert browser.asked["access_type"] == ["offline"]


def test_who_does_not_agree_is_told_so_without_a_secret(
    google: FakeGoogle, browser: Browser
) -> None:
    browser.answer = "error=access_denied"
    with pytest.raises(CredentialError, match="nobody signed in") as caught:
        sink_of(google).sign_in()
    assert CLIENT_SECRET not in " ".join(texts_of(caught.value))


def test_a_machine_without_a_browser_is_told_where_to_go(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_name: object) -> object:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", nothing)
    with pytest.raises(CredentialError, match="run the same on one that has"):
        sink_of(google).sign_in()


def test_a_service_account_signs_in_by_itself(google: FakeGoogle) -> None:
    sink = sink_of(google, credentials="service_account", client_id=None)
    with pytest.raises(CredentialError, match="service_account"):
        sink.sign_in()
