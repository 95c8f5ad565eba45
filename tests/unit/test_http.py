"""Fetching against a server that keeps state and fails on request."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.http import Fetched, fetch, retry_after, shown_url
from audsync.http.peers import PeerRefusedError, check_peer
from fakes.web import FakeWeb, Fault

FEED = b"id,email\n1,anna@example.com\n" * 1000


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with FakeWeb() as web:
        web.files["/feed.csv"] = FEED
        yield web


class Sleeps(list[float]):
    """The waits that were asked for, none of them waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


def get(
    url: str, to: Path, sleeps: Sleeps, *, headers: dict[str, str] | None = None
) -> Fetched:
    return fetch(url, connector="test", to=to, headers=headers, sleep=sleeps)


def test_a_file_is_written_as_it_is_served(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    fetched = get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)
    assert (tmp_path / "feed").read_bytes() == FEED
    assert fetched.size == len(FEED)
    assert fetched.etag
    assert (tmp_path / "feed").stat().st_mode & 0o777 == 0o600


def test_what_has_not_changed_is_not_sent_again(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    etag = get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps).etag or ""
    again = get(
        f"{web.url}/feed.csv", tmp_path / "again", sleeps, headers={"If-None-Match": etag}
    )
    assert again.not_modified
    assert not (tmp_path / "again").exists()


def test_a_server_fault_is_tried_again_with_growing_waits(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    web.fail_next(Fault(500), Fault(503))
    get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)
    assert (tmp_path / "feed").read_bytes() == FEED
    assert sleeps == [1.0, 2.0]


def test_no_proxy_of_the_environment_stands_between(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)
    assert (tmp_path / "feed").read_bytes() == FEED


def test_the_server_says_how_long_to_wait(web: FakeWeb, tmp_path: Path, sleeps: Sleeps) -> None:
    web.fail_next(Fault(429, {"Retry-After": "17"}))
    get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)
    assert sleeps == [17.0]


def test_a_wait_that_is_too_long_is_left_to_the_next_run(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    web.fail_next(Fault(429, {"Retry-After": "3600"}))
    with pytest.raises(TransientError) as caught:
        get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)
    assert caught.value.retry_after == 3600
    assert sleeps == []


def test_after_five_attempts_the_last_error_is_raised(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    web.fail_next(*[Fault(502)] * 9)
    with pytest.raises(TransientError, match="502"):
        get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)
    assert len(web.seen) == 5


def test_an_answer_that_is_cut_off_is_fetched_again(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    web.fail_next(Fault(is_cut=True))
    get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)
    assert (tmp_path / "feed").read_bytes() == FEED
    assert sleeps == [1.0]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RejectedError),
        (401, CredentialError),
        (403, CredentialError),
        (404, RejectedError),
        (408, TransientError),
        (410, RejectedError),
        (429, TransientError),
        (500, TransientError),
        (504, TransientError),
    ],
)
def test_every_status_names_who_must_act(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps, status: int, error: type[Exception]
) -> None:
    web.fail_next(*[Fault(status)] * 5)
    with pytest.raises(error, match=str(status)):
        get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)


def test_a_message_holds_nothing_of_the_query(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    web.fail_next(Fault(404))
    with pytest.raises(RejectedError) as caught:
        get(f"{web.url}/feed.csv?key=s3cret", tmp_path / "feed", sleeps)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nobody_listening_is_temporary(tmp_path: Path, sleeps: Sleeps) -> None:
    with FakeWeb() as web:
        url = web.url
    with pytest.raises(TransientError, match="not reached"):
        get(f"{url}/feed.csv?key=s3cret", tmp_path / "feed", sleeps)


def test_a_redirect_is_followed(web: FakeWeb, tmp_path: Path, sleeps: Sleeps) -> None:
    web.fail_next(Fault(302, {"Location": "/feed.csv"}))
    get(f"{web.url}/old.csv", tmp_path / "feed", sleeps, headers={"Authorization": "Bearer x"})
    assert (tmp_path / "feed").read_bytes() == FEED
    assert web.seen[1].headers["authorization"] == "Bearer x"


def test_a_redirect_to_another_host_takes_no_credentials_along(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    with FakeWeb() as other:
        other.files["/feed.csv"] = FEED
        web.fail_next(Fault(302, {"Location": f"{other.url}/feed.csv"}))
        secrets = {"Authorization": "Bearer x", "X-Key": "y", "If-None-Match": '"z"'}
        get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps, headers=secrets)
        [seen] = other.seen
    assert "authorization" not in seen.headers
    assert "x-key" not in seen.headers
    assert seen.headers["if-none-match"] == '"z"'


def test_redirects_that_never_end_are_refused(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    web.fail_next(*[Fault(302, {"Location": "/feed.csv"})] * 9)
    with pytest.raises(RejectedError, match="redirects"):
        get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)


def test_a_redirect_away_from_https_is_refused(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps
) -> None:
    web.fail_next(Fault(302, {"Location": "http://feeds.example.com/feed.csv"}))
    with pytest.raises(RejectedError, match="not https"):
        get(f"{web.url}/feed.csv", tmp_path / "feed", sleeps)


def test_a_file_over_the_limit_is_refused(web: FakeWeb, tmp_path: Path, sleeps: Sleeps) -> None:
    with pytest.raises(RejectedError, match="larger than"):
        fetch(
            f"{web.url}/feed.csv",
            connector="test",
            to=tmp_path / "feed",
            max_bytes=1000,
            sleep=sleeps,
        )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://feeds.example.com/x.csv", "not https"),
        ("ftp://feeds.example.com/x.csv", "not https"),
        ("https://user:pass@feeds.example.com/x.csv", "user or password"),
        ("https://feeds.example.com:port/x.csv", "not an address"),
        ("https:///x.csv", "no host"),
    ],
)
def test_addresses_that_are_refused_before_anything_is_sent(
    url: str, why: str, tmp_path: Path, sleeps: Sleeps
) -> None:
    with pytest.raises(RejectedError, match=why) as caught:
        get(url, tmp_path / "feed", sleeps)
    assert "pass" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(
    ("address", "allowed_with"),
    [
        ("93.184.216.34", {"nothing", "private", "loopback"}),
        ("2606:2800:220:1:248:1893:25c8:1946", {"nothing", "private", "loopback"}),
        ("127.0.0.1", {"loopback"}),
        ("::1", {"loopback"}),
        ("::ffff:127.0.0.1", {"loopback"}),
        ("10.0.0.8", {"private"}),
        ("192.168.1.1", {"private"}),
        ("fc00::1", {"private"}),
        ("100.64.0.1", {"private"}),
        ("0.0.0.0", {"private"}),  # noqa: S104 -- refused, not bound to
        ("169.254.169.254", set()),
        ("::ffff:169.254.169.254", set()),
        ("fe80::1%eth0", set()),
        ("fd00:ec2::254", set()),
        ("100.100.100.200", set()),
    ],
)
def test_which_machines_may_be_talked_to(address: str, allowed_with: set[str]) -> None:
    for case in ("nothing", "private", "loopback"):
        switches = {"private": case == "private", "loopback": case == "loopback"}
        if case in allowed_with:
            check_peer(address, **switches)
        else:
            with pytest.raises(PeerRefusedError):
                check_peer(address, **switches)


def test_a_public_name_that_leads_to_this_machine_is_refused(
    web: FakeWeb, tmp_path: Path, sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(web.url.rpartition(":")[2])
    answer = [(2, 1, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: answer)
    with pytest.raises(RejectedError, match="leads to this machine"):
        get(f"https://feeds.example.com:{port}/feed.csv", tmp_path / "feed", sleeps)
    assert web.seen == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("Wed, 01 May 2024 10:00:30 GMT", 30.0),
        ("Wed, 01 May 2024 09:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, now=datetime(2024, 5, 1, 10, tzinfo=UTC)) == seconds


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    url = "https://user:pass@feeds.example.com:8443/a/b.csv?key=1#x"
    assert shown_url(url) == "https://feeds.example.com:8443/a/b.csv"
