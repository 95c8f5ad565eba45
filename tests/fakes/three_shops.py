"""Three invented shops under one roof, and who ought to be in which of their audiences.

What they know of people is written to feeds and told to the fake panel; who belongs where is
worked out from the same by plain rules of its own.
"""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from audsync.testing.google import CLIENT_ID, FakeGoogle
from audsync.testing.google.accounts import CLIENT, CUSTOMER, MANAGER
from audsync.testing.idosell import FakeIdoSell, LivingShop
from audsync.testing.idosell.records import Account, Address, Channel, Line
from audsync.testing.meta import ACCOUNT, FakeMeta
from audsync.testing.meta.graph import Account as AdAccount

FRESH_DAYS = 12
CAP = Line(1, "Czapka", Decimal(1), 12300, 10000)
PANEL_SHOP = 2
META_ACCOUNTS = {"kolo": ACCOUNT, "tri": "3030303030"}
HEAD = """\
version = 1

[defaults]
country = "CZ"
currency = "CZK"

[daemon]
jitter = "0 minutes"
"""
CSV = """\
schedule = "{schedule}"
timezone = "{timezone}"

[consent]
field = "ad_consent"
granted = ["yes"]

[quarantine]
stop_percent = 20.0

[source]
type = "csv"

[source.orders]
files = "feeds/{name}/orders.csv"

[source.orders.columns]
order_id = "order"
customer_id = "customer"
email = "email"
phone = "phone"
created_at = "date"
status = {{ value = "finished" }}
currency = {{ value = "CZK" }}
total_gross = "total"

[source.customers]
files = "feeds/{name}/customers.csv"

[source.customers.columns]
customer_id = "id"
email = "email"
phone = "phone"
last_name = "name"
ad_consent = "ads"
"""
IDOSELL = """\
schedule = "{schedule}"
timezone = "{timezone}"

[consent]
field = "newsletter_frequency"
granted = ["every_day"]
newsletter_counts_as_advertising = true

[source]
type = "idosell"
url = "{url}"
shop_id = 2
pause_seconds = 0.0
"""
META = '\n[sinks.meta]\naccount = "{account}"\nurl = "{url}"\nkeys = ["EMAIL", "PHONE"]\n'
GOOGLE = """
[sinks.google]
account = "{account}"
client_id = "{client}"
endpoint = "{endpoint}"
login_url = "{login}"
keys = ["email", "phone"]
"""
RULES = {
    "buyers": "order_count.at_least = 1",
    "fresh": f"days_since_last_order.at_most = {FRESH_DAYS}",
}


@dataclass
class Person:
    """A customer: address and number as they are right, and as the shop has them written."""

    id: str
    email: str
    phone: str = ""  # +420…
    says_yes: bool = True
    written_email: str = ""
    written_phone: str = ""
    name: str = ""
    ordered: date | None = None


@dataclass
class Shop:
    """A shop with its people by id; `audiences` are segments, each with its sink."""

    id: str
    schedule: str
    timezone: str
    audiences: Sequence[tuple[str, str]]
    people: dict[str, Person] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)  # their addresses and numbers
    more_rows: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)

    def truth(self, segment: str, moment: datetime) -> list[Person]:
        """Who is to be in an audience by a run of that moment."""
        today = moment.astimezone(ZoneInfo(self.timezone)).date()
        asked = [
            one
            for one in self.people.values()
            if one.says_yes and one.email not in self.forgotten and one.ordered
        ]
        if segment == "fresh":
            since = today - timedelta(days=FRESH_DAYS)
            asked = [one for one in asked if one.ordered and one.ordered >= since]
        # A number that somebody shared with a person forgotten is nobody's any more.
        return [replace(one, phone="") if one.phone in self.forgotten else one for one in asked]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rows_at_meta(people: Sequence[Person]) -> set[tuple[str, ...]]:
    return {
        (digest(one.email), digest(one.phone.removeprefix("+")) if one.phone else "")
        for one in people
    }


def as_google_has_it(email: str) -> str:
    """An address as Google compares them: of its own, dots and what follows + are nothing."""
    name, _, domain = email.partition("@")
    if domain == "gmail.com":
        name = name.partition("+")[0].replace(".", "")
    return f"{name}@{domain}"


def identifiers_at_google(people: Sequence[Person]) -> set[tuple[str, ...]]:
    emails = {("email", digest(as_google_has_it(one.email))) for one in people}
    return emails | {("phone", digest(one.phone)) for one in people if one.phone}


class Roof:
    """The folder with the files of all shops, the feeds of two, and the panel of the third.

    Whoever is in the panel orders there on the day on which it is told.
    """

    def __init__(
        self,
        folder: Path,
        shops: Sequence[Shop],
        panel: FakeIdoSell,
        meta: FakeMeta,
        google: FakeGoogle,
    ) -> None:
        self.folder, self.panel, self.meta, self.google = folder, panel, meta, google
        self.shops = {shop.id: shop for shop in shops}
        self.accounts: dict[str, Account] = {}
        self._told: dict[str, Person] = {}
        for account in META_ACCOUNTS.values():
            meta.graph.accounts.setdefault(account, AdAccount(account))
        LivingShop(panel.panel).stock(1, everywhere=True)
        for name in ("shops", "segments", *(f"feeds/{shop.id}" for shop in shops)):
            (folder / name).mkdir(parents=True)
        (folder / "config.toml").write_text(HEAD, "utf-8")
        for shop in shops:
            self.file(shop.id).write_text(self.config(shop), "utf-8")
            for segment, sink in shop.audiences:
                self._segment(shop, segment, sink)

    def file(self, shop: str) -> Path:
        """A shop's file of settings."""
        return self.folder / "shops" / f"{shop}.toml"

    def feed(self, shop: str, name: str) -> Path:
        """A feed of a shop: `customers` or `orders`."""
        return self.folder / "feeds" / shop / f"{name}.csv"

    def config(self, shop: Shop) -> str:
        """Its text."""
        source = IDOSELL if shop.id == "halny" else CSV
        text = source.format(
            schedule=shop.schedule, timezone=shop.timezone, name=shop.id, url=self.panel.url
        )
        sinks = {sink for _, sink in shop.audiences}
        if "meta" in sinks:
            text += META.format(account=META_ACCOUNTS[shop.id], url=self.meta.url)
        if "google" in sinks:
            text += GOOGLE.format(
                account=CLIENT if shop.id == "tri" else CUSTOMER,
                client=CLIENT_ID,
                endpoint=self.google.grpc_endpoint,
                login=self.google.token_uri,
            )
            old = f'login_account = "{MANAGER}"\napi = "google_ads"\n'
            text += old if shop.id == "tri" else "membership_days = 14\n"
        return text

    def _segment(self, shop: Shop, segment: str, sink: str) -> None:
        text = f'name = "{shop.id} {segment}"\nshops = ["{shop.id}"]\nsinks = ["{sink}"]\n'
        file = self.folder / "segments" / f"{shop.id}-{segment}.toml"
        file.write_text(f"{text}\n[all]\n{RULES[segment]}\n", "utf-8")

    def tell(self) -> None:
        """Write the feeds anew, and let what is new happen in the panel, now."""
        for shop in self.shops.values():
            if shop.id == "halny":
                self._tell_panel(shop)
            else:
                self._write_feeds(shop)

    def _write_feeds(self, shop: Shop) -> None:
        people = shop.people.values()
        customers = [
            {
                "id": one.id,
                "email": one.written_email or one.email,
                "phone": one.written_phone or one.phone,
                "name": one.name,
                "ads": "yes" if one.says_yes else "no",
            }
            for one in people
        ]
        orders = [
            {
                "order": f"o-{one.id}",
                "customer": one.id,
                "date": f"{one.ordered}",
                "total": "99.90",
            }
            for one in people
            if one.ordered
        ]
        columns: Sequence[str] = ("id", "email", "phone", "name", "ads")
        more = shop.more_rows
        _write(
            self.feed(shop.id, "customers"), columns, [*customers, *more.get("customers", ())]
        )
        columns = ("order", "customer", "email", "phone", "date", "total")
        _write(self.feed(shop.id, "orders"), columns, [*orders, *more.get("orders", ())])

    def _tell_panel(self, shop: Shop) -> None:
        customers, sales = self.panel.panel.customers, self.panel.panel.sales
        for one in shop.people.values():
            before = self._told.get(one.id)
            if before is None:
                before = replace(one, says_yes=True, ordered=None)
                self.accounts[one.id] = self._register(one)
            account = self.accounts[one.id]
            if before.says_yes is not one.says_yes:
                customers.decide(
                    account.client_id, Channel.EMAIL, PANEL_SHOP, given=one.says_yes
                )
            if one.ordered and not before.ordered:
                order = sales.place(account, PANEL_SHOP, [CAP])
                sales.set_status(order.serial, "finished")
            self._told[one.id] = replace(one)

    def _register(self, one: Person) -> Account:
        phone, email = one.written_phone or one.phone, one.written_email or one.email
        home = Address("Jan", one.name or "Kos", "Kraków", "30-001", phone=phone)
        customers = self.panel.panel.customers
        return customers.register(PANEL_SHOP, email, home, agrees_to=[Channel.EMAIL])

    def held(self, shop: Shop, segment: str, sink: str) -> set[tuple[str, ...]]:
        """What a platform holds of an audience."""
        name = f"{shop.id} {segment}"
        if sink == "meta":
            (found,) = [
                one.id for one in self.meta.graph.audiences.values() if name in one.name
            ]
            return set(self.meta.members(found))
        (listed,) = [one.id for one in self.google.platform.lists.values() if name in one.name]
        return set(self.google.members(listed))

    def wanted(
        self, shop: Shop, segment: str, sink: str, moment: datetime
    ) -> set[tuple[str, ...]]:
        """What it ought to hold after a run of that moment."""
        people = shop.truth(segment, moment)
        return rows_at_meta(people) if sink == "meta" else identifiers_at_google(people)


def _write(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
