"""The demo's configuration on the whole Online Retail file, against a computation by hand."""

import csv
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audsync.config import load_config
from audsync.identity.hiding import Identities
from audsync.model import ModelInput, build_clients
from audsync.model.analyses import ON_DEMAND
from audsync.segments import evaluate, load_segments
from audsync.warehouse import Warehouse
from byte_scan import found as found_in
from command import audsync
from oracle.online_retail import clients, consents, persons
from oracle.online_retail_feeds import Client, Feeds, read
from oracle.segments import members
from retail_data import data_folder

ROOT = Path(__file__).parents[2]
TODAY = date(2011, 12, 10)


@dataclass
class Shop:
    """The demo shop with the whole data, after its first run, and the same by hand."""

    folder: Path
    identities: Identities
    summary: dict[str, Any]
    feeds: Feeds
    people: dict[str, list[str]]
    expected: dict[str, Client]

    def client_of(self) -> dict[str, str]:
        return {name: key for key, names in self.people.items() for name in names}


HASHED = pytest.param(Identities.HASHED, marks=pytest.mark.slow)
NAMING = ("email", "phone", "first_name", "last_name", "full_name")
SECRET = {"AUDSYNC_SECRET__DEMO__IDENTITY_KEY": "0123456789abcdef" * 2}


@pytest.fixture(scope="module", params=[Identities.STORED, HASHED])
def shop(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Shop:
    folder = tmp_path_factory.mktemp("shop") / "demo"
    demo = ROOT / "examples" / "demo"
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("state", "out", "feeds"))
    (folder / "feeds").mkdir()
    for name in ("orders.csv.gz", "customers.csv"):
        shutil.copy(data_folder() / name, folder / "feeds" / name)
    if request.param is Identities.HASHED:
        hide(folder / "config.toml")
    done = audsync("run", "--as-of", "2011-12-10", "--json", "--quiet", cwd=folder, **SECRET)
    assert done.returncode == 0, done.stderr
    feeds = read(folder / "feeds" / "orders.csv.gz", folder / "feeds" / "customers.csv")
    people = persons(feeds)
    expected = clients(feeds, TODAY)
    return Shop(folder, request.param, json.loads(done.stdout), feeds, people, expected)


def hide(config: Path) -> None:
    """Let the shop keep no identities, and the newsletter's file hold digests."""
    text = config.read_text(encoding="utf-8").replace('layout = "retail"', 'layout = "hashed"')
    privacy = '\nversion = 1\n\n[privacy]\nidentities = "hashed"\n'
    config.write_text(text.replace("\nversion = 1\n", privacy), encoding="utf-8")


@dataclass
class Found:
    """What the model and the segments say, read once; the file is closed again."""

    clients: dict[str, dict[str, Any]]
    members: dict[str, set[str]]


@pytest.fixture(scope="module")
def found(shop: Shop) -> Found:
    config = load_config(shop.folder / "config.toml")
    demo = config.shops["demo"]
    loaded = load_segments(shop.folder / "segments", shown_from=shop.folder)
    members: dict[str, set[str]] = {name: set() for name in loaded.segments}
    file = shop.folder / "state" / "demo" / "warehouse.duckdb"
    with Warehouse(file, timezone=demo.timezone) as warehouse:
        build_clients(
            warehouse.engine,
            demo.model,
            ModelInput(
                currency=demo.currency,
                rates=demo.rates,
                provided=warehouse.provided,
                params=warehouse.params,
                identities=shop.identities,
            ),
            as_of=TODAY,
        )
        evaluate(loaded.for_shop("demo"), warehouse.engine, as_of=TODAY, currency="GBP")
        rows = warehouse.engine.fetch("SELECT * FROM clients").to_pylist()
        for row in warehouse.engine.fetch("SELECT * FROM membership").to_pylist():
            members[row["segment_id"]].add(row["client_id"])
    return Found({row["client_id"]: row for row in rows}, members)


def test_every_column_of_every_client_equals_the_one_made_by_hand(
    shop: Shop, found: Found
) -> None:
    assert found.clients.keys() == shop.expected.keys()
    columns = set(next(iter(shop.expected.values())))
    assert columns | ON_DEMAND == set(next(iter(found.clients.values())))
    # No segment of the demo asks for an analysis.
    assert {row[name] for row in found.clients.values() for name in ON_DEMAND} == {None}
    gone = NAMING if shop.identities is Identities.HASHED else ()
    wrong = {
        column: sum(
            found.clients[key][column] != (None if column in gone else row[column])
            for key, row in shop.expected.items()
        )
        for column in sorted(columns)
    }
    assert {column: count for column, count in wrong.items() if count} == {}


def test_the_counts_are_those_of_the_files(shop: Shop) -> None:
    pull, model = shop.summary["pull"], shop.summary["model"]
    assert shop.feeds.rows["lines"] == 541_909
    assert {name: table["held"] for name, table in pull["tables"].items()} == {
        "customers": len(shop.feeds.accounts),
        "orders": len(shop.feeds.orders) + 3,  # three adjustments, excluded, with a line each
        "order_lines": sum(len(one.lines) for one in shop.feeds.orders.values()) + 3,
        "returns": len(shop.feeds.returns),
    }
    assert model["clients"] == len(shop.expected)
    assert model["counted"] == sum(row["order_count"] for row in shop.expected.values())


def test_the_counts_are_those_that_the_documentation_states(shop: Shop) -> None:
    pull, model = shop.summary["pull"], shop.summary["model"]
    page = ROOT / "docs" / "explanation" / "online-retail.md"
    stated = page.read_text(encoding="utf-8")
    figures = {name: table["held"] for name, table in pull["tables"].items()} | {
        "counted orders": model["counted"],
        "clients": model["clients"],
        "clients with orders": model["clients_with_orders"],
        "consented to advertising": shop.summary["consent"]["advertising"]["granted"],
        **{one["reason"]: one["count"] for one in pull["rejections"]},
        **pull["normal_dropped"],
    }
    lines = {f"| {name} | {count:,} |" for name, count in figures.items()}
    assert lines - set(stated.splitlines()) == set()


def test_every_quarantined_row_and_value_is_accounted_for(shop: Shop) -> None:
    rejections = {one["reason"]: one["count"] for one in shop.summary["pull"]["rejections"]}
    dropped = shop.summary["pull"]["normal_dropped"]
    assert rejections | dropped == dict(shop.feeds.rejected)


def test_the_gate_lets_through_whom_it_should(shop: Shop) -> None:
    answers = consents(shop.feeds, shop.people)
    verdict = shop.summary["consent"]["advertising"]
    assert verdict["granted"] == sum(answer == "granted" for answer in answers.values())
    refused = {reason: count for reason, count in verdict["refused"].items() if count}
    by_hand: dict[str, int] = {}
    for answer in answers.values():
        if answer != "granted":
            by_hand[answer] = by_hand.get(answer, 0) + 1
    assert refused == by_hand


def test_every_segment_has_the_clients_chosen_by_hand(shop: Shop, found: Found) -> None:
    assert found.members == _by_hand(shop)
    assert all(found.members.values())


def test_the_files_hold_the_digests_of_the_consenting_members(shop: Shop) -> None:
    answers = consents(shop.feeds, shop.people)
    for segment in ("champions", "slipping-champions", "christmas-shoppers"):
        wanted = {
            tuple(
                shop.expected[key][column] or ""
                for column in (
                    "hashed_email",
                    "hashed_phone",
                    "hashed_first_name",
                    "hashed_last_name",
                    "country",
                    "zip",
                )
            )
            for key in _by_hand(shop)[segment]
            if answers[key] == "granted"
            and (shop.expected[key]["email"] or shop.expected[key]["phone"])
        }
        file = shop.folder / "out" / "advertising" / f"{segment}.csv"
        with file.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
        assert header[:4] == [
            "hashed_email",
            "hashed_phone",
            "hashed_first_name",
            "hashed_last_name",
        ]
        assert {tuple(row) for row in rows} == wanted
        assert len(rows) == len(wanted)


def test_where_identities_are_hidden_no_value_is_on_disk(shop: Shop) -> None:
    addresses = {account["email"] for account in shop.feeds.accounts.values()} - {None}
    # Every hundredth: looking for all of them, in every form, takes hours.
    some = sorted(addresses)[::100]
    assert len(some) > 25
    held = found_in(shop.folder / "state", some)
    kept = shop.identities is Identities.STORED
    assert held == (["demo/warehouse.duckdb"] if kept else [])


def test_a_second_run_sends_and_writes_nothing(shop: Shop) -> None:
    files = sorted((shop.folder / "out").rglob("*.csv"))
    before = [(file.stat().st_ino, file.stat().st_mtime_ns) for file in files]
    done = audsync(
        "run", "--as-of", "2011-12-10", "--json", "--quiet", cwd=shop.folder, **SECRET
    )
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert [file.stat().st_ino for file in files] == [inode for inode, _ in before]
    assert [file.stat().st_mtime_ns for file in files] == [moment for _, moment in before]
    assert all(not one["operations"] for one in again["audiences"])
    assert not again["pull"]["changed"]


def _by_hand(shop: Shop) -> dict[str, set[str]]:
    import gzip

    names: dict[str, str] = {}
    with gzip.open(
        shop.folder / "feeds" / "orders.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        for row in csv.DictReader(file):
            names[f"{row['InvoiceNo']} {row['StockCode']}"] = row["Description"]
    return members(shop.expected, shop.feeds, names, shop.client_of(), TODAY)
