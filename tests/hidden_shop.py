"""A shop of invented people, kept in either mode, to be run by the installed command."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess

from command import audsync
from small_shop import ACCOUNTS, AS_OF, HEAD, ORDERS, write_shop

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
VARIABLE = "AUDSYNC_SECRET__KOLO__IDENTITY_KEY"
SOURCE = f"""{ORDERS}currency = {{ value = "CZK" }}
{ACCOUNTS}phone = "phone"
first_name = "first"
last_name = "last"
tags = {{ column = "tags", split = "|" }}
ad_consent = "ads"
"""
RETAIL = """
[shops.kolo.sinks.shelf]
type = "files"
layout = "retail"
folder = "shelf"
"""
SEGMENTS = {
    "buyers": "order_count.at_least = 1",
    "mail": 'email_domain = "canary.example"',
    "abroad": 'phone_country.is_not = "CZ"',
}
PERSON = ("id", "email", "phone", "first", "last", "tags", "ads")
ORDER = ("order", "customer", "email", "phone", "date", "total")
Person = Mapping[str, str]
Order = Mapping[str, str]


class HiddenShop:
    """One shop in a folder; `identities` is what its configuration says."""

    def __init__(self, folder: Path, identities: str | None) -> None:
        self.folder = folder
        segments = {name: segment(line, ["files"]) for name, line in SEGMENTS.items()}
        write_shop(folder, configuration(identities), segments=segments, feeds={})

    @property
    def state(self) -> Path:
        return self.folder / "state" / "kolo"

    def configure(self, identities: str | None, more: str = "") -> None:
        text = configuration(identities, more)
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def write_segment(self, name: str, line: str, sinks: list[str]) -> None:
        text = segment(line, sinks)
        (self.folder / "segments" / f"{name}.toml").write_text(text, encoding="utf-8")

    def feed(self, people: Sequence[Person], orders: Sequence[Order]) -> None:
        """Write the two feeds anew."""
        _write(self.folder / "customers.csv", PERSON, people)
        _write(self.folder / "orders.csv", ORDER, orders)

    def command(self, *arguments: str, key: str | None = KEY) -> CompletedProcess[str]:
        environment = {} if key is None else {VARIABLE: key}
        return audsync(*arguments, cwd=self.folder, **environment)

    def run(self, *more: str, key: str | None = KEY) -> CompletedProcess[str]:
        return self.command("run", *AS_OF, *more, key=key)

    def audiences(self) -> dict[str, bytes]:
        """The bytes of every audience file."""
        return {path.name: path.read_bytes() for path in (self.folder / "out").glob("*.csv")}

    def export(self) -> list[dict[str, str]]:
        """All columns of the consenting buyers."""
        done = self.command("export", "buyers", "-o", "x.csv", "--force", *AS_OF)
        assert done.returncode == 0, done.stderr
        text = (self.folder / "x.csv").read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text)))


def configuration(identities: str | None, more: str = "") -> str:
    """The text of config.toml; what it says of identities is its last section."""
    privacy = f'\n[privacy]\nidentities = "{identities}"\n' if identities else ""
    return HEAD + more + SOURCE + privacy


def segment(line: str, sinks: list[str]) -> str:
    """The text of a segment of one line."""
    return f"sinks = {sinks}\n\n[all]\n{line}\n"


def _write(path: Path, columns: Sequence[str], rows: Sequence[Person | Order]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
