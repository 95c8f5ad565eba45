"""Thirty days of three shops under the daemon: mishaps of every kind, and the truth in the end.

Time is told and everything else is real: the daemon, its children, their clients, signals. In
between people come, withdraw and are forgotten, platforms and sources fail, access is revoked,
files are broken, processes are killed, the machine sleeps and its clock is wrong.
"""

import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from audsync.testing.google import FakeGoogle
from audsync.testing.google import faults as google_faults
from audsync.testing.idosell import FakeIdoSell, Panel
from audsync.testing.idosell import faults as panel_faults
from audsync.testing.idosell.records import Address, Channel
from audsync.testing.meta import TOKEN, FakeMeta, errors
from audsync.testing.meta import faults as meta_faults
from daemon_process import wait_until
from fakes.days_end import traces, what_is_left_is_the_truth
from fakes.story import BEGIN, DONE, EMAIL, PHONE, Story
from fakes.three_shops import CAP, FRESH_DAYS, PANEL_SHOP, rows_at_meta
from fakes.told_days import numbers


@pytest.fixture
def story(tmp_path: Path, google: FakeGoogle) -> Iterator[Story]:
    google.platform.quirks.running_seconds = 1800
    with FakeMeta() as meta, FakeIdoSell(Panel(now=BEGIN)) as panel:
        made = Story(tmp_path / "audsync", panel, meta, google)
        try:
            yield made
        finally:
            made.days.close()
        assert meta.mistakes == {}
        assert google.platform.mistakes == {}


@pytest.mark.slow
def test_thirty_days_of_mishaps_end_with_the_truth_everywhere(story: Story) -> None:
    days_1_to_4_calls_fail(story)
    days_5_to_8_access_is_revoked(story)
    days_9_to_12_sources_and_files_are_broken(story)
    days_13_and_14_a_person_is_forgotten_and_comes_back(story)
    days_15_and_16_processes_are_killed(story)
    days_17_to_22_clocks_are_wrong(story)
    days_23_to_25_guards_hold(story)
    days_26_to_30_google_is_slow(story)
    what_is_left_is_the_truth(story)


def days_1_to_4_calls_fail(story: Story) -> None:
    story.come(*story.shops, count=12)
    story.days.boot()
    story.night()
    story.withdraw("kolo", 3)
    story.withdraw("halny", 1)
    story.withdraw("tri", 2)
    # Of tri the job is filled and not run when it is killed.
    unrun = replace(google_faults.lost_before(), event=lambda: story.days.kill_child("tri"))
    story.google.faults.plan(unrun, endpoint="OfflineUserDataJobService/Run*")
    story.night(tri=(137, 0))  # in which tri has no half past two
    story.unsure += story.come(*story.shops)
    for at_meta in (
        meta_faults.http_error(503),
        meta_faults.throttled(1),
        meta_faults.reset_before(),
        meta_faults.reset_after(),
    ):
        story.meta.faults.plan(at_meta, endpoint="POST users")
    for at_google in (
        google_faults.unavailable(),
        google_faults.exhausted(30),
        google_faults.lost_before(),
        google_faults.lost_after(),
    ):
        story.google.faults.plan(at_google, endpoint=google_faults.API)
    for at_panel in (
        panel_faults.http_error(429, retry_after=1),
        panel_faults.http_error(503),
        panel_faults.cut_off(),
        panel_faults.reset(),
    ):
        story.panel.faults.plan(at_panel, endpoint="orders/orders*")
    story.night()
    # Meta is away while tri has its turn, and Google is not.
    story.come("tri")
    story.withdraw("tri", 3)
    story.meta.faults.plan(meta_faults.http_error(503), times=None)
    story.days.until("16:00")
    story.meta.recover()
    story.night(tri=(3, 3, 3, 0))
    # The shop leaves the Google Ads API, and keeps its list.
    jobs = story.google.jobs
    assert len(jobs.by_name) > 3
    assert jobs.unrun == []
    file = story.roof.file("tri")
    file.write_text(file.read_text("utf-8").replace('"google_ads"', '"data_manager"'), "utf-8")
    reload(story, "files read anew")


def days_5_to_8_access_is_revoked(story: Story) -> None:
    story.meta.graph.access.tokens[TOKEN] = errors.dead_token()
    story.come("kolo", "halny")
    story.withdraw("kolo", 7)
    story.withdraw("tri", 4)
    for _ in range(3):
        story.night(kolo=(5,), tri=(3,))
        tri = story.shops["tri"]
        assert story.roof.held(tri, "buyers", "google") == story.roof.wanted(
            tri, "buyers", "google", story.days.moment
        )
    story.meta.graph.access.tokens[TOKEN] = None
    story.night()


def days_9_to_12_sources_and_files_are_broken(story: Story) -> None:
    story.panel.faults.plan(panel_faults.http_error(502, html=True), times=None)
    story.withdraw("halny", 2)
    story.withdraw("kolo", 8)
    orders = story.roof.feed("kolo", "orders")
    away = orders.rename(orders.with_name("away.csv"))
    story.days.until("01:00")
    story.panel.faults.clear()
    story.night(kolo=(4,), halny=(6, 6, 6, 0))
    away.rename(orders)
    story.night()

    file = story.roof.file("tri")
    right = file.read_text("utf-8")
    file.write_text(right.replace('schedule = "30 2', 'schedule = "61 2'), "utf-8")
    story.withdraw("tri", 5)
    reload(story, "files have mistakes")
    assert is_valid(story) == (503, 0, 0)
    story.night(tri=(4,))  # by the schedule of before
    assert is_valid(story) == (503, 0, 0)
    file.write_text(right, "utf-8")
    reload(story, "files read anew")
    assert is_valid(story) == (200, 1, 1)
    story.night()


def reload(story: Story, told: str) -> None:
    """Let the daemon read the files anew."""
    daemon = story.days.daemon
    before = daemon.count(told)
    daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: daemon.count(told) > before)
    story.days.work()


def is_valid(story: Story) -> tuple[int, float, float]:
    """Whether the files are right, as /readyz, /metrics and the file of metrics have it."""
    key = ("audsync_config_valid", "")
    status, _ = story.days.daemon.get("/readyz")
    return status, story.days.last[key], numbers(story.days.metrics_file())[key]


def days_13_and_14_a_person_is_forgotten_and_comes_back(story: Story) -> None:
    shops = story.shops
    assert set(traces(story)) > {"kolo at meta", "tri at google", "halny at google"}
    for name, shop in shops.items():
        told = shop.people["acct-anna"].written_email or EMAIL
        code, text = story.command("forget", "--email-stdin", "--shop", name, stdin=f"{told}\n")
        assert code == 3, (name, text)
        shop.forgotten |= {EMAIL, PHONE}
    story.night()
    for name in shops:
        code, text = story.command("forget", "status", "--shop", name)
        assert code == 0, (name, text)
    assert traces(story) == []

    # The next imports have her in other spellings: as herself, as another, as a guest.
    for name in ("kolo", "tri"):
        shops[name].more_rows = {
            "customers": [
                {"id": "new", "email": "MAILTO:Anna.K+shop@gmail.com", "ads": "yes"},
                {"id": "caller", "phone": "00420 601-987-303", "ads": "yes"},
            ],
            "orders": [
                {"order": f"new-{number}", "date": "2026-10-12", "total": "5.00", **buyer}
                for number, buyer in enumerate(
                    (
                        {"customer": "new"},
                        {"customer": "caller"},
                        {"email": "anna.k+shop@googlemail.com"},
                        {"phone": "601/987303"},
                    )
                )
            ],
        }
    story.come("kolo", "tri")
    comes_back_to_the_panel(story)
    story.night()
    assert traces(story) == []


def comes_back_to_the_panel(story: Story) -> None:
    """Another account, a reader, and an order as a guest, each with another spelling."""
    panel = story.panel.panel
    home = Address("Ania", "Nowa", "Kraków", "30-001", phone="00420601987303")
    account = panel.customers.register(
        PANEL_SHOP, "annak+new@googlemail.com", home, agrees_to=[Channel.EMAIL]
    )
    panel.customers.subscribe(Channel.EMAIL, "Anna.K@gmail.com", PANEL_SHOP)
    guest = Address("Ania", "Nowa", "Kraków", "30-001")
    orders = [
        panel.sales.place(account, PANEL_SHOP, [CAP]),
        panel.sales.place_as_guest(PANEL_SHOP, "A.N.N.A.K+shop@gmail.com", guest, [CAP]),
    ]
    for order in orders:
        panel.sales.set_status(order.serial, "finished")


def days_15_and_16_processes_are_killed(story: Story) -> None:
    days = story.days
    # Of the daemon and its child, while Meta carries out what the child has asked for.
    story.unsure += story.come("tri")
    story.withdraw("tri", 6)
    story.meta.faults.plan(meta_faults.event(days.kill), endpoint="POST users*")
    days.until("16:00")
    assert days.is_dead
    days.end()
    days.boot()
    story.night()
    # Of a child alone; its run is made up for.
    story.unsure += story.come("kolo", "halny")
    story.withdraw("kolo", 9)
    story.meta.faults.plan(
        meta_faults.event(lambda: days.kill_child("kolo")), endpoint="POST users*"
    )
    story.google.faults.plan(
        google_faults.event(lambda: days.kill_child("halny")),
        endpoint="IngestionService/Ingest*",
    )
    story.night(kolo=(137, 0), halny=(137, 0))


def days_17_to_22_clocks_are_wrong(story: Story) -> None:
    days = story.days
    # The machine sleeps through four nights; of each shop one is made up for.
    story.withdraw("kolo", 10)
    days.sleep(timedelta(days=4))
    story.night(kolo=DONE * 2, halny=DONE * 2, tri=DONE * 2)
    for shop in story.shops:
        assert days.total("missed_total", shop=shop) == 1
    # Somebody sets its clock back into the day before, and later right again.
    story.come("kolo")
    days.set_wrong(-timedelta(hours=14))
    days.until("23:00")
    days.set_wrong(timedelta(hours=14))
    story.night(kolo=DONE * 2, halny=DONE * 2)


def days_23_to_25_guards_hold(story: Story) -> None:
    kolo, tri = story.shops["kolo"], story.shops["tri"]
    # A bad row; then half a feed, of which nobody leaves.
    bad = {"order": "bad", "customer": "tri-001", "date": "soon", "total": "1.00"}
    tri.more_rows = {"orders": [bad]}
    story.withdraw("tri", 7)
    late = story.come("kolo", count=6, ago=FRESH_DAYS - 1)
    story.night(tri=(3,))  # in which two shops have half past two twice
    story.look("tri")
    assert story.days.last["audsync_rows_quarantined_total", 'shop="tri"'] == 1
    tri.more_rows = {}
    everybody = tri.people
    tri.people = dict(list(everybody.items())[::2])
    # Of kolo many leave at once, and have to wait for a person; who says no has not.
    file = story.roof.file("kolo")
    text = f"{file.read_text('utf-8')}\n[guard]\nshrink_members = 2\n"
    file.write_text(text, "utf-8")
    late[0].says_yes = kolo.people["kolo-012"].says_yes = False
    story.roof.tell()
    tri.people = everybody
    before = story.held(kolo, tri)
    story.night(kolo=(7,), tri=(7,))
    gone = rows_at_meta([late[0], kolo.people["kolo-012"]])
    assert story.held(kolo) == [rows - gone for rows in before[:2]]
    assert story.held(tri) == before[2:]
    stay = story.roof.wanted(kolo, "fresh", "meta", story.days.moment)
    leave = len(before[1] - gone - stay)
    assert leave >= len(late) - 1
    assert story.days.last["audsync_removals_held", 'shop="kolo"'] == leave
    code, told = story.command("run", "--shop", "kolo", "--max-removed", f"{leave}")
    assert code == 0, told
    story.look("kolo")
    story.roof.tell()
    story.night()


def days_26_to_30_google_is_slow(story: Story) -> None:
    google, days = story.google, story.days
    # What is sent is done hours later, or fails in the end and is sent again the next night.
    story.withdraw("tri", 8)
    google.faults.plan(google_faults.settles_in(5 * 3600), endpoint="IngestionService/Remove*")
    story.come("halny")
    google.faults.plan(google_faults.settles_failed(), endpoint="IngestionService/Ingest*")
    story.night(late=["halny"])
    for shop in story.shops.values():
        shop.people["idle"].ordered = story.today
    story.come(*story.shops)
    story.night()
    # Google is away for half an hour.
    story.come("halny")
    days.until("23:30")
    google.faults.plan(google_faults.unavailable(), endpoint=google_faults.API, times=None)
    days.until("02:00")
    google.recover()
    story.night(halny=(6, 6, 6, 0))
    story.withdraw("kolo", 1)
    story.withdraw("halny", 3)
    story.withdraw("tri", 1)
    story.night()
    story.night()
