"""A month of three shops as a test tells it: who comes and goes, and how each night ends."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

from audsync.testing.google import CLIENT_SECRET, REFRESH_TOKEN, FakeGoogle
from audsync.testing.google.certificates import ROOTS
from audsync.testing.idosell import KEY, FakeIdoSell
from audsync.testing.meta import TOKEN, FakeMeta
from command import audsync
from fakes.three_shops import Person, Roof, Shop
from fakes.told_days import Days

BEGIN = datetime(2026, 10, 2, 10, tzinfo=UTC)
# One of the shops lives where the clock goes forward in the first week, the others where it
# goes back in the last.
SHOPS = (
    ("kolo", "Europe/Prague", [("buyers", "meta"), ("fresh", "meta")]),
    ("halny", "Europe/Warsaw", [("buyers", "google")]),
    ("tri", "Australia/Sydney", [("buyers", "google"), ("fresh", "meta")]),
)
SECRETS = {
    "META_TOKEN": TOKEN,
    "GOOGLE_REFRESH_TOKEN": REFRESH_TOKEN,
    "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
    "IDOSELL_API_KEY": KEY,
    "SUPPRESSION_KEY": "5e1f" * 16,
}
EMAIL, PHONE = "anna.k+shop@gmail.com", "+420601987303"
Codes = tuple[int, ...]
DONE: Codes = (0,)


class Story:
    """The three shops, the platforms, the daemon, and how its runs ought to end."""

    def __init__(
        self, folder: Path, panel: FakeIdoSell, meta: FakeMeta, google: FakeGoogle
    ) -> None:
        self.folder, self.panel, self.meta, self.google = folder, panel, meta, google
        shops = [Shop(name, "30 2 * * *", zone, where) for name, zone, where in SHOPS]
        self.roof = Roof(folder, shops, panel, meta, google)
        self.shops = self.roof.shops
        roots = {ROOTS: os.environ[ROOTS], "GRPC_VERBOSITY": "NONE"}
        secrets = {
            f"AUDSYNC_SECRET__{shop.upper()}__{name}": text
            for shop, (name, text) in product(self.shops, SECRETS.items())
        }
        clocks = [meta.graph.clock, google.platform.clock, panel.panel.clock]
        self.days = Days(folder, BEGIN, clocks, **secrets, **roots)
        self.ended = Counter[tuple[str, int]]()
        self.unsure: list[Person] = []  # who were sent and no answer came
        self._newest = Counter[str]()
        self._begin()

    def _begin(self) -> None:
        """One person is a customer of all three; with one she shares her number."""
        written = {"kolo": ("Anna.K+shop@GMAIL.com", "601 987 303"), "halny": (EMAIL, PHONE)}
        for name, shop in self.shops.items():
            email, phone = written.get(name, (f"mailto:{EMAIL}", "00420601987303"))
            shop.people["acct-anna"] = Person(
                "acct-anna",
                EMAIL,
                PHONE,
                True,
                email,
                phone,
                "Kanárková-Nováková",
                self.today,
            )
            # One looks around for weeks before the first order.
            shop.people["idle"] = Person("idle", f"{name}-idle@example.com")
        spouse = Person("spouse", "spouse@example.com", PHONE, ordered=self.today)
        self.shops["kolo"].people["spouse"] = spouse

    @property
    def today(self) -> date:
        return self.days.moment.date()

    def come(self, *shops: str, count: int = 1, ago: int = 0) -> list[Person]:
        """New people, every other one with a phone, who have just ordered, or some days ago."""
        came = []
        for shop in shops:
            people = self.shops[shop].people
            for _ in range(count):
                self._newest[shop] += 1
                number = self._newest[shop]
                line = f"{list(self.shops).index(shop)}{number:05}"
                name, phone = f"{shop}-{number:03}", f"+420777{line}" if number % 2 else ""
                day = self.today - timedelta(days=ago)
                people[name] = Person(name, f"{name}@example.com", phone, ordered=day)
                came.append(people[name])
        self.roof.tell()
        return came

    def withdraw(self, shop: str, *numbers: int) -> None:
        """People say no."""
        for number in numbers:
            self.shops[shop].people[f"{shop}-{number:03}"].says_yes = False
        self.roof.tell()

    def night(
        self,
        *,
        kolo: Codes = DONE,
        halny: Codes = DONE,
        tri: Codes = DONE,
        late: Sequence[str] = (),
    ) -> None:
        """Until the next morning; how the runs end, and that platforms hold the truth then.

        What a run that failed has left behind is looked at when one has succeeded, and not
        of shops that are `late` for another reason.
        """
        self.days.until("10:00")
        for one in (self.meta, self.google, self.panel):
            assert one.faults.is_empty, "not all that was planned has happened"
        told = {"kolo": kolo, "halny": halny, "tri": tri}
        self.ended.update((shop, code) for shop, codes in told.items() for code in codes)
        assert self.days.codes() == self.ended, self.days.moment
        for shop, codes in told.items():
            if codes[-1] == 0 and shop not in late:
                self.look(shop)

    def look(self, name: str) -> None:
        """See that each audience of a shop is the truth."""
        shop = self.shops[name]
        for segment, sink in shop.audiences:
            held = self.roof.held(shop, segment, sink)
            wanted = self.roof.wanted(shop, segment, sink, self.days.moment)
            wrong = (len(wanted - held), len(held - wanted))
            assert wrong == (0, 0), (f"{self.days.moment}", name, segment, sink)

    def held(self, *shops: Shop) -> list[set[tuple[str, ...]]]:
        """What platforms hold of each audience."""
        return [self.roof.held(one, *where) for one in shops for where in one.audiences]

    def command(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """A command that lives at this moment."""
        done = audsync(*arguments, cwd=self.folder, stdin=stdin, **self.days.for_commands())
        return done.returncode, done.stdout + done.stderr
