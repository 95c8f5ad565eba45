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

Cells = Mapping[str, str]
Accounts = tuple[Cells, Cells]


def account(key: str, email: str, phone: str) -> Cells:
    return {"id": key, "email": email, "phone": phone, "ads": "yes"}


def accounts(name: str, number: int) -> Accounts:
    """Two accounts of one person, each with an address and a phone."""
    return (
        account(f"{number}", f"{name}@example.com", f"+42077712345{number}"),
        account(f"{number + 1}", f"{name}@example.org", f"+42077712345{number + 1}"),
    )


def without_email(one: Cells) -> Cells:
    return {**one, "email": ""}


def keys(*people: Cells) -> frozenset[Identifier]:
    return frozenset((kind, digest(one[kind])) for one in people for kind in ("email", "phone"))


ANA, BOB = accounts("ana", 1), accounts("bob", 3)
EVA = account("9", "eva@example.com", "+420777123459")
# The orders tie accounts together: they are of the first, with the second's address.
ORDERS = [
    {"order": f"o{customer}", "customer": customer, "email": email}
    | {"date": "2026-10-01 10:00", "total": "9"}
    for customer, email in (("1", "ana@example.org"), ("3", "bob@example.org"), ("9", ""))
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

    def run(self, *, forgotten: str | None = None) -> RunReport:
        """One run; what was sent is settled when the next begins."""
        folder = self.kept.folder
        config = load_config(folder / "config.toml")
        self.runs += 1
        now = datetime.fromtimestamp(self.google.platform.clock.now, ZoneInfo("Europe/Prague"))
        shop = config.shops["kolo"]
        request = Request(shop, "run", f"run-{self.runs}", now, now)
        if forgotten is not None:
            ask(
                config,
                shop,
                Person(customer_id=forgotten),
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

    def sends(self, kinds: str) -> None:
        """Only these kinds of identifiers from now on."""
        file = self.kept.folder / "config.toml"
        lines = file.read_text("utf-8").splitlines()
        at = lines.index("[shops.kolo.sinks.google]")
        lines = [one for one in lines if not one.startswith("keys = [")]
        lines.insert(at + 1, f"keys = [{kinds}]")
        file.write_text("\n".join(lines) + "\n", "utf-8")

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
@pytest.mark.parametrize(
    ("api", "identities"), [("data_manager", "hashed"), ("google_ads", "stored")]
)
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
    ana, bob, eva = keys(*ANA), keys(*BOB), keys(EVA)

    shop.on(*ANA, *BOB, EVA)
    assert shop.together() == shop.lines() == {ana, bob, eva}
    assert shop.run().changes == 0

    # One address stands nowhere any more, one is somebody else's.
    gone, moved = (("email", digest(one[0]["email"])) for one in (ANA, BOB))
    shop.on(
        *(without_email(ANA[0]), ANA[1]),
        *(without_email(BOB[0]), BOB[1]),
        {**EVA, "email": BOB[0]["email"]},
    )
    evas = (eva - {("email", digest(EVA["email"]))}) | {moved}
    assert shop.members() == (ana | bob | evas) - {gone}
    assert shop.lines() == {ana - {gone}, bob - {moved}, evas}

    shop.on(*ANA, *BOB, EVA)
    assert shop.members() == ana | bob | eva

    shop.sends('"email"')
    shop.on(*ANA, *BOB, EVA)
    assert shop.members() == {one for one in ana | bob | eva if one[0] == "email"}
    assert shop.lines() == {ana, bob, eva}
    shop.sends('"email", "phone"')
    shop.on(*ANA, *BOB, EVA)
    assert shop.members() == ana | bob | eva
    assert shop.run().changes == 0

    shop.kept.feed([ANA[0], {**ANA[1], "ads": "no"}, *BOB, EVA], ORDERS)
    shop.run(forgotten="3")
    for _ in range(3):
        shop.run()
    assert shop.members() == eva
    assert shop.lines() == {eva}
    assert google.platform.mistakes == {}
    values = [one[kind] for one in BOB for kind in ("email", "phone")]
    assert found(shop.kept.state, [*values, *(digest(one) for one in values)]) == []
