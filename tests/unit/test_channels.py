"""A heartbeat and the channels of Apprise, against a server on this machine."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audsync.daemon.book import Book
from audsync.daemon.channels import Channels
from audsync.daemon.children import Ended
from audsync.daemon.notices import Notice
from audsync.daemon.watch import Watch
from audsync.errors import MissingSecretError
from audsync.service_settings import NotifySettings
from fakes.listener import Listener, listening

# Of a service that Apprise knows and nobody uses here.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOTICE = Notice("audsync: kolo fails (exit code 7)", "Run r1 ended with exit code 7.")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


def nowhere(name: str, shop: str) -> str:
    raise MissingSecretError(f"{name} of {shop} is nowhere")


def beating(listener: Listener, url: str = "/ping/{shop}") -> Channels:
    return Channels(NotifySettings(heartbeat_url=f"http://{listener.address}{url}"), nowhere)


def test_a_heartbeat_tells_start_success_and_failure(listener: Listener) -> None:
    for what in ("start", "success", "fail"):
        beating(listener).beat("kolo", what, "run r1")
    beating(listener, "/x?key=1").beat("tri", "fail", "run r2")
    assert listener.heard == [
        ("/ping/kolo/start", "run r1"),
        ("/ping/kolo", "run r1"),
        ("/ping/kolo/fail", "run r1"),
        ("/x/fail?key=1", "run r2"),
    ]


def test_a_heartbeat_that_is_not_heard_is_tried_again_and_harms_nobody(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.statuses = [503]
    beating(listener, "/secret-path").beat("kolo", "start", "run r1")
    assert (len(listener.heard), caplog.records) == (2, [])
    listener.statuses = [404, 404]
    beating(listener, "/secret-path").beat("kolo", "start", "run r1")
    listener.server.server_close()
    beating(listener, "/secret-path").beat("kolo", "start", "run r1")
    fields = [record.__dict__["fields"] for record in caplog.records]
    assert ["404" in fields[0]["message"], "not reached" in fields[1]["message"]] == [True] * 2
    assert "secret-path" not in str(fields)


def test_notices_go_through_apprise_to_the_shops_own_addresses_or_the_common_ones(
    listener: Listener,
) -> None:
    asked: list[str] = []

    def reveal(name: str, shop: str) -> str:
        asked.append(shop)
        if shop == "kolo":
            return nowhere(name, shop)
        return f"json://{listener.address}/one json://{listener.address}/two\n"

    channels = Channels(NotifySettings(channels=True), reveal)
    channels.tell("kolo", [NOTICE])
    assert asked == ["kolo", "audsync"]
    assert sorted(path for path, _ in listener.heard) == ["/one", "/two"]
    sent = json.loads(listener.heard[0][1])
    assert (sent["title"], sent["message"]) == (NOTICE.title, NOTICE.text)


@pytest.mark.parametrize(
    ("addresses", "words"), [("what", "1 of 1 addresses"), ("json://{}/x", "1 of 1 notices")]
)
def test_a_channel_that_fails_is_told_without_its_address(
    listener: Listener, caplog: pytest.LogCaptureFixture, addresses: str, words: str
) -> None:
    listener.statuses = [500]
    told = addresses.format(listener.address)
    Channels(NotifySettings(channels=True), lambda _name, _shop: told).tell("kolo", [NOTICE])
    (fields,) = [one.__dict__["fields"] for one in caplog.records if one.name == "audsync"]
    assert words in fields["message"]
    assert told not in fields["message"]


def test_a_run_is_told_from_its_start_to_its_end(listener: Listener, tmp_path: Path) -> None:
    settings = NotifySettings(
        heartbeat_url=f"http://{listener.address}/{{shop}}", channels=True
    )
    channels = Channels(settings, lambda _name, _shop: f"json://{listener.address}/told")
    watch = Watch(Book(tmp_path), channels)
    for code, is_final in ((6, False), (6, True), (7, True), (0, True), (143, True)):
        watch.began("kolo", "r1", NOW)
        watch.ended("kolo", Ended(code), NOW, is_final=is_final)
    watch.close()
    ends = [path for path, _ in listener.heard if path != "/kolo/start"]
    assert ends == ["/kolo/fail", "/told", "/kolo/fail", "/kolo", "/told"]
    assert len(listener.heard) == 5 + len(ends)
    assert Book(tmp_path).of("kolo").told_at is None


def test_a_channel_that_breaks_does_not_end_the_telling(tmp_path: Path) -> None:
    heard: list[str] = []

    class Broken(Channels):
        def beat(self, shop: str, what: str, text: str) -> None:
            heard.append(what)
            raise RuntimeError(text + shop)

    watch = Watch(Book(tmp_path), Broken(NotifySettings(), nowhere))
    watch.began("kolo", "r1", NOW)
    watch.ended("kolo", Ended(0), NOW, is_final=True)
    watch.close()
    assert heard == ["start", "success"]
