"""Nights of two shops under the daemon's loop, with real runs and a fake platform.

Time is simulated and everything else is not: each run is a process, in between people withdraw,
a feed is missing, a run and the daemon are killed, the machine sleeps and the clock changes.
"""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from audsync.daemon.children import Child, Processes
from audsync.daemon.metrics import metrics_text
from audsync.identity.digests import digest
from audsync.testing.meta import ACCOUNT, TOKEN, FakeMeta
from command import audsync
from fakes.days import Days
from many_shops import make_shops
from small_shop import BUYERS, customers, ids

SHOPS = (("kolo", "30 2 * * *", "Europe/Prague"), ("tri", "0 3 * * *", "Europe/Prague"))
COUNT = 10


@dataclass
class RealDays(Days):
    """Days whose children are processes; no time passes in the simulation while one works."""

    def __init__(self, folder: Path, now: str, **secrets: str) -> None:
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **secrets}
        self.begin = Processes(folder / "config.toml", logs_json=True, environ=environ)
        self.kill_next = False
        super().__init__(folder / "state", now, jobs=2)

    def start(self, shop: str, arguments: Sequence[str], /) -> Child:  # type: ignore[override]
        day = f"{self.clock.wall:%Y-%m-%d}"
        self.starts.append((shop, arguments[0], self.clock.wall))
        self.arguments.append(arguments)
        child = self.begin(shop, (*arguments, "--as-of", day))
        if self.kill_next:
            self.kill_next = False
            time.sleep(0.8)
            child.signal(signal.SIGKILL)
        return child

    def night(self, *, sleeps: timedelta = timedelta()) -> None:
        """Let a day pass, from noon to noon; the machine may sleep through some before."""
        self.clock.wall += sleeps
        for _ in range(24 * 6):
            self.loop.step()
            while self.at_work():
                time.sleep(0.02)
                self.loop.step()
            self.clock.pass_(600)


@pytest.fixture
def fake() -> Iterator[FakeMeta]:
    with FakeMeta() as made:
        yield made
        assert made.mistakes == {}


@dataclass
class Truth:
    """Who has said no, in both shops; the feeds are theirs."""

    folder: Path
    said_no: set[str] = field(default_factory=set)

    def withdraw(self, *names: str) -> None:
        self.said_no |= set(names)
        answers = {name: "no" if name in self.said_no else "yes" for name in ids(COUNT)}
        (self.folder / "customers.csv").write_text(customers(answers), "utf-8")

    @property
    def emails(self) -> set[str]:
        return {f"{name}@example.com" for name in ids(COUNT) if name not in self.said_no}


def delivered(folder: Path, fake: FakeMeta) -> tuple[set[str], set[str]]:
    """E-mail digests in the audience at Meta, and rows of the file."""
    (audience,) = fake.audiences()
    rows = (folder / "out" / "tri" / "files-buyers.csv").read_text("utf-8").splitlines()[1:]
    return {row[0] for row in fake.members(audience)}, set(rows)


@pytest.mark.slow
def test_nights_with_mishaps_end_with_the_truth_everywhere(
    tmp_path: Path, fake: FakeMeta
) -> None:
    folder = make_shops(tmp_path / "shops", "kolo", "tri")
    kolo = folder / "shops" / "kolo.toml"
    sink = f'[sinks.meta]\naccount = "act_{ACCOUNT}"\nurl = "{fake.url}"\n'
    text = kolo.read_text("utf-8").replace('[sinks.files]\nfolder = "out/kolo"\n', sink)
    kolo.write_text(text, "utf-8")
    for shop, sink in (("kolo", "meta"), ("tri", "files")):
        buyers = f'shops = ["{shop}"]\n{BUYERS.replace("files", sink)}'
        (folder / "segments" / f"{sink}-buyers.toml").write_text(buyers, "utf-8")
    (folder / "segments" / "buyers.toml").unlink()
    truth = Truth(folder)
    days = RealDays(folder, "2026-10-22T10:00", AUDSYNC_SECRET__KOLO__META_TOKEN=TOKEN)
    days.plan(*SHOPS)

    days.night()  # the first
    truth.withdraw("c003")
    days.night()  # into the one that has two o'clock twice
    orders = (folder / "orders.csv").rename(folder / "away.csv")
    days.night()
    orders.rename(folder / "orders.csv")
    truth.withdraw("c007")
    days.kill_next = True
    days.night()
    truth.withdraw("c001")
    days.night(sleeps=timedelta(days=2))
    days.boot(*SHOPS)  # a daemon that knows only what is written down
    truth.withdraw("c010")
    days.night()

    meta, file = delivered(folder, fake)
    assert meta == {digest(email) for email in truth.emails}
    assert len(file) == len(truth.emails)
    of_kolo = [f"{at:%d %H:%M}" for shop, _, at in days.starts if shop == "kolo"]
    assert of_kolo == [
        *("23 00:30", "24 00:30", "25 00:30", "26 01:30", "26 01:40"),
        *("28 10:00", "29 01:30", "30 01:30"),
    ]
    runs = days.loop.tally.runs
    text = metrics_text({shop: days.book.of(shop) for shop, _, _ in SHOPS}, days.loop.tally)
    assert 'audsync_last_exit_code{shop="kolo"} 0' in text
    assert runs[("kolo", 0)] >= 1
    told = {code for shop, code in days.finals if shop == "kolo"}
    assert told == {0, 4}, "of the missing feed and of no kill that was made up for"
    assert all(max(one.added.values()) == 1 for one in fake.graph.audiences.values())
    for shop, _, _ in SHOPS:
        assert audsync("state", "verify", "--shop", shop, cwd=folder).returncode == 0
