"""The HTTP server that fakes are built on: what it serves, logs, breaks and raises."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from audsync.testing.loopback import Loopback, Reply, Request, Seen
from fakes.pauses import Pauses


class Echo(Loopback):
    """Answers with the body, or as `next` says."""

    def __init__(self) -> None:
        super().__init__()
        self.next: Reply | None = None
        self.error: Exception | None = None

    def reply(self, request: Request) -> Reply:
        if self.error is not None:
            raise self.error
        return self.next or Reply(
            200, {"X-Name": "Łódź"}, request.body or request.query.encode()
        )


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as echo:
        yield echo


def test_calls_are_served_on_one_connection_and_logged(echo: Echo) -> None:
    with requests.Session() as session:
        answer = session.post(f"{echo.url}/a/b?c=1", data=b"body", timeout=60)
        assert answer.content == b"body"
        assert answer.headers["X-Name"].encode("latin-1").decode() == "Łódź"
        assert session.get(f"{echo.url}/a?c=1", timeout=60).text == "c=1"
        assert session.delete(f"{echo.url}/a", timeout=60).status_code == 200
        assert len(echo._open) == 1
    assert echo.log == [
        Seen("POST", "/a/b?c=1", 4, 200),
        Seen("GET", "/a?c=1", 0, 200),
        Seen("DELETE", "/a", 0, 200),
    ]
    assert (echo.log[0].path, echo.log[0].url_length) == ("/a/b", 8)


@pytest.mark.parametrize(
    "wrong", [Reply(200, is_reset=True), Reply(200, body=b"x" * 99, is_cut=True)]
)
def test_a_connection_that_breaks_is_an_error_of_the_caller(echo: Echo, wrong: Reply) -> None:
    echo.next = wrong
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        requests.get(echo.url, timeout=60)
    assert echo.log[0].status == (None if wrong.is_reset else 200)


def test_an_answer_may_be_late(echo: Echo) -> None:
    echo.next = Reply(200, body=b"x" * 100, seconds=0.2)
    assert requests.get(echo.url, timeout=60).elapsed.total_seconds() >= 0.2


def test_a_slow_body_comes_in_pieces(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = Pauses(monkeypatch)
    echo.next = Reply(200, body=b"x" * 100, body_seconds=0.2)
    with requests.get(echo.url, timeout=60, stream=True) as answer:
        for length in (*[11] * 9, 1):  # each is here before the next is sent
            pauses.begun()
            pauses.end()
            assert answer.raw.read(11) == b"x" * length
    assert pauses.lengths == [0.02] * 10


def test_a_mistake_of_the_fake_fails_the_test() -> None:
    def call() -> None:
        with Echo() as echo:
            echo.error = ValueError("a mistake")
            with suppress(requests.ConnectionError):
                requests.get(echo.url, timeout=60)

    with pytest.raises(ValueError, match="a mistake"):
        call()


def test_a_caller_that_goes_away_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = Pauses(monkeypatch)
    with Echo() as echo:
        echo.next = Reply(200, seconds=0.2)
        with pytest.raises(requests.ReadTimeout):
            requests.get(echo.url, timeout=(60, 0.05))
        pauses.end()
