"""A person with two e-mail addresses and two phones, at Google and in a file for an upload."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from audsync.config import load_config
from audsync.identity.digests import digest
from audsync.run.forget import Person, ask
from audsync.run.request import Request, RunReport
from audsync.run.shell import execute
from audsync.segments import load_segments
from audsync.testing.google import CLIENT_ID, CUSTOMER, FakeGoogle
from audsync.testing.google.lists import Identifier
from audsync_sink_google import GoogleSink
from byte_scan import found
from google_shop import SECRETS
from hidden_shop import KEY, VARIABLE, HiddenShop

OLD, NEW, EVA = "ana.old@example.com", "ana.new@example.com", "eva@example.com"
PHONES = ("+420777123401", "+420777123402")
ANA = {("email", digest(one)) for one in (OLD, NEW)} | {
    ("phone", digest(one)) for one in PHONES
}
EVAS = {("email", digest(EVA)), ("phone", digest("+420777123409"))}
Cells = Mapping[str, str]


def account(key: str, email: str, phone: str, *, ads: str = "yes") -> Cells:
    return {"id": key, "email": email, "phone": phone, "ads": ads}


ORDERS = [
    # The order ties Ana's accounts together: it is of the first, with the second's address.
    {"order": "o1", "customer": "1", "email": NEW, "date": "2026-10-01 10:00", "total": "9"},
    {"order": "o9", "customer": "9", "date": "2026-10-01 10:00", "total": "9"},
]


class Shop:
    """The shop, whose runs are made here, by the clock of the fake."""

    def __init__(self, folder: Path, google: FakeGoogle, api: str, identities: str) -> None:
        self.google = google
        self.kept = HiddenShop(folder, identities)
        sink = (
            'keys = "google"\n'
            f'[shops.kolo.sinks.google]\naccount = "{CUSTOMER}"\nclient_id = "{CLIENT_ID}"\n'
            f'endpoint = "{google.grpc_endpoint}"\nlogin_url = "{google.token_uri}"\n'
            f'api = "{api}"\n[shops.kolo.guard]\nconsent_points = 100\n'
        )
        self.kept.configure(identities, sink)
        for name in ("mail", "abroad"):
            (folder / "segments" / f"{name}.toml").unlink()
        self.kept.write_segment("buyers", "order_count.at_least = 1", ["files", "google"])
        self.runs = 0

    def run(self, *, as_request: str | None = None) -> RunReport:
        """One run; what was sent is settled when the next begins."""
        folder = self.kept.folder
        config = load_config(folder / "config.toml")
        self.runs += 1
        now = datetime.fromtimestamp(self.google.platform.clock.now, ZoneInfo("Europe/Prague"))
        shop = config.shops["kolo"]
        request = Request(shop, "run", f"run-{self.runs}", now, now)
        if as_request is not None:
            ask(
                config,
                shop,
                Person(customer_id=as_request),
                request="asked",
                at=now,
                is_dry=False,
                warnings=[],
            )
        report = execute(
            config,
            load_segments(folder / "segments", shown_from=folder),
            request,
            progress=lambda *_: None,
            delivering=lambda: None,
            should_stop=lambda: False,
        )
        assert report.errors == []
        self.google.platform.clock.advance(hours=25)
        return report

    def on(self, *people: Cells) -> None:
        """The feeds of a day, and runs until everything is settled."""
        self.kept.feed(people, ORDERS)
        for _ in range(3):
            self.run()

    def members(self) -> set[Identifier]:
        (found,) = self.google.audiences()
        return set(self.google.members(found))

    def together(self) -> set[frozenset[Identifier]]:
        (found,) = self.google.audiences()
        return set(self.google.people(found))

    def lines(self) -> set[frozenset[Identifier]]:
        """The same of the file, by the titles of its columns."""
        header, *lines = csv.reader(io.StringIO(self.kept.audiences()["buyers.csv"].decode()))
        assert header[:6] == ["Email"] * 3 + ["Phone"] * 3
        kinds = [title.lower() for title in header]
        return {
            frozenset((kind, cell) for kind, cell in zip(kinds, line, strict=True) if cell)
            for line in lines
        }


@pytest.mark.slow
@pytest.mark.parametrize("identities", ["stored", "hashed"])
@pytest.mark.parametrize("api", ["data_manager", "google_ads"])
def test_all_addresses_and_numbers_of_a_person_come_and_go_with_the_person(
    tmp_path: Path,
    google: FakeGoogle,
    monkeypatch: pytest.MonkeyPatch,
    api: str,
    identities: str,
) -> None:
    clock = google.platform.clock
    assert GoogleSink.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(GoogleSink.__init__.__kwdefaults__, "clock", lambda: float(clock.now))
    for name, text in {**SECRETS, "suppression_key": "5e1f" * 16}.items():
        monkeypatch.setenv(f"AUDSYNC_SECRET__KOLO__{name.upper()}", text)
    monkeypatch.setenv(VARIABLE, KEY)
    shop = Shop(tmp_path / "shop", google, api, identities)
    first, second = account("1", OLD, PHONES[0]), account("2", NEW, PHONES[1])
    eva = account("9", EVA, "+420777123409")

    shop.on(first, second, eva)
    assert shop.together() == shop.lines() == {frozenset(ANA), frozenset(EVAS)}
    shop.run()
    assert shop.run().changes == 0

    shop.on({**first, "email": ""}, second, eva)
    assert shop.members() == (ANA | EVAS) - {("email", digest(OLD))}

    # Somebody else has that address now, and nothing else of Ana.
    moved = {**eva, "email": OLD}
    shop.on({**first, "email": ""}, second, moved)
    assert shop.members() == (ANA | EVAS) - {("email", digest(EVA))}
    assert shop.lines() == {
        frozenset(ANA - {("email", digest(OLD))}),
        frozenset(EVAS - {("email", digest(EVA))} | {("email", digest(OLD))}),
    }

    shop.on(first, second, eva)
    assert shop.members() == ANA | EVAS

    shop.on(first, {**second, "ads": "no"}, eva)
    assert shop.members() == EVAS
    assert shop.lines() == {frozenset(EVAS)}

    shop.on(first, second, eva)
    assert shop.members() == ANA | EVAS
    shop.run(as_request="1")
    for _ in range(3):
        shop.run()
    assert shop.members() == EVAS
    assert shop.lines() == {frozenset(EVAS)}
    assert google.platform.mistakes == {}
    left = [OLD, NEW, *PHONES, *(one for _, one in ANA)]
    assert found(shop.kept.state, left) == []
