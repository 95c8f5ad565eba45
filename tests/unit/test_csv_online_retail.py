"""The whole Online Retail file against a count by Python's own csv module."""

import csv
import gzip
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audsync.contracts import Context, Loss, Page
from audsync_source_csv import CsvSource
from csv_feeds import NOW, Pulled, options
from retail_data import data_folder

ROOT = Path(__file__).parents[2]
LONDON = ZoneInfo("Europe/London")
NOT_GOODS = {"POST", "DOT", "M", "m", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"}


def mapping() -> str:
    """The source's part of the demo's configuration."""
    text = (ROOT / "examples" / "demo" / "config.toml").read_text(encoding="utf-8")
    _, _, source = text.partition('[shops.demo.source]\ntype = "csv"\n')
    assert source
    return source.replace("shops.demo.source.", "").replace("feeds/", "")


@dataclass
class Counted:
    """What the file holds, by hand."""

    orders: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    returns: dict[str, list[dict[str, str]]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def data() -> Path:
    return data_folder()


@pytest.fixture(scope="module")
def counted(data: Path) -> Counted:
    made = Counted()
    with gzip.open(data / "orders.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            invoice = row["InvoiceNo"]
            if invoice.startswith("C") or row["Quantity"].startswith("-"):
                made.returns.setdefault(invoice, []).append(row)
                continue
            made.orders.setdefault(invoice, row)
            made.lines.setdefault(invoice, []).append(row)
    return made


@pytest.fixture(scope="module")
def shop(data: Path) -> CsvSource:
    context = Context(
        shop="demo",
        timezone="Europe/London",
        country="GB",
        currency="GBP",
        folder=data,
        resolve=lambda text: data / text,
    )
    return CsvSource(options(mapping()), context)


@pytest.fixture(scope="module")
def pulled(shop: CsvSource) -> Pulled:
    return Pulled(list(shop.pull(None, NOW)))


def test_the_mapping_of_both_files_is_short() -> None:
    lines = [line for line in mapping().splitlines() if line.strip()]
    assert len(lines) < 40
    assert set(tomllib.loads(mapping())) == {"order_rows", "customers"}


def test_every_row_of_the_file_is_in_one_table(pulled: Pulled, counted: Counted) -> None:
    assert pulled.counts["orders"] == len(counted.orders)
    assert pulled.counts["order_lines"] == sum(map(len, counted.lines.values()))
    assert pulled.counts["returns"] == sum(map(len, counted.returns.values()))
    assert pulled.counts["order_lines"] + pulled.counts["returns"] == 541_909


def test_of_the_orders_file_nothing_is_refused(pulled: Pulled) -> None:
    assert [one for one in pulled.rejected if not one.place.startswith("customers.csv")] == []


def test_the_planted_faults_of_the_customers_are_found_where_they_stand(
    pulled: Pulled, data: Path
) -> None:
    with (data / "customers.csv").open(encoding="utf-8", newline="") as file:
        planted = {
            (reader.line_num, column)
            for reader in [csv.DictReader(file)]
            for row in reader
            for column, wrong in (
                ("customer_id", row["customer_id"] == ""),
                ("registered_at", row["registration"] == "yesterday"),
                ("born_on", row["birth_date"] == "1900-02-30"),
                ("country", row["country"] == "Wonderland"),
                ("data_permission", row["data_permission"] == "maybe"),
            )
            if wrong
        }
    found = {(int(one.place.partition(":")[2]), one.column) for one in pulled.rejected}
    assert found == planted
    assert len(planted) == 5
    assert Counter((one.reason, one.loss) for one in pulled.rejected) == {
        ("missing_key", Loss.ROW): 1,
        ("not_a_time", Loss.VALUE): 1,
        ("not_a_date", Loss.VALUE): 1,
        ("unknown_country", Loss.VALUE): 1,
        ("unknown_value", Loss.VALUE): 1,
    }


def test_the_second_row_of_one_customer_id_is_left_to_the_core(pulled: Pulled) -> None:
    ids = Counter(pulled.column("customers", "customer_id"))
    assert sum(ids.values()) == 4372
    assert [count for count in ids.values() if count > 1] == [2]


def test_orders_are_what_their_first_row_says(pulled: Pulled, counted: Counted) -> None:
    rows = {row["order_id"]: row for row in pulled.rows("orders")}
    assert list(rows) == list(counted.orders)
    for invoice, row in counted.orders.items():
        order = rows[invoice]
        assert order["customer_id"] == (row["CustomerID"].removesuffix(".0") or None)
        at = datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=LONDON)
        assert order["created_at"] == at
    assert Counter(row["status"] for row in rows.values()) == {
        "finished": len(rows) - 3,
        "excluded": 3,
    }
    unknown = sum(row["customer_id"] is None for row in rows.values())
    assert unknown == sum(not row["CustomerID"] for row in counted.orders.values())


def test_countries_are_codes_and_blank_words_are_no_fault(
    pulled: Pulled, counted: Counted
) -> None:
    found = Counter(pulled.column("orders", "country"))
    blank = {"Unspecified", "European Community"}
    words = Counter(row["Country"] for row in counted.orders.values())
    assert found[None] == sum(words[word] for word in blank)
    assert found["IE"] == words["EIRE"]
    assert found["ZA"] == words["RSA"]
    assert found["GB"] == words["United Kingdom"]


def test_every_line_has_its_place_price_and_value(pulled: Pulled, counted: Counted) -> None:
    assert list(_lines(pulled.pages)) == [
        (
            invoice,
            number,
            row["StockCode"],
            row["Description"].strip() or None,
            int(row["Quantity"]),
            _minor(row["UnitPrice"], 1),
            _minor(row["UnitPrice"], int(row["Quantity"])),
            row["StockCode"] not in NOT_GOODS,
        )
        for invoice, rows in sorted(counted.lines.items())
        for number, row in enumerate(rows, start=1)
    ]


def _lines(pages: list[Page]) -> Iterator[tuple[Any, ...]]:
    names = "order_id line_number product_id name quantity unit_net_minor net_minor is_goods"
    made: list[tuple[Any, ...]] = []
    for page in pages:
        if page.table == "order_lines":
            made += zip(*(page.rows[name].to_pylist() for name in names.split()), strict=True)
    return iter(sorted(made, key=lambda line: line[:2]))


def _minor(price: str, units: int) -> int:
    exact = Decimal(price) * units * 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def test_cancelling_invoices_and_negative_lines_are_returns(
    pulled: Pulled, counted: Counted
) -> None:
    expected = [
        (
            invoice,
            number,
            None if invoice.startswith("C") else invoice,
            row["CustomerID"].removesuffix(".0") or None,
            row["StockCode"],
            -int(row["Quantity"]),
        )
        for invoice, rows in sorted(counted.returns.items())
        for number, row in enumerate(rows, start=1)
    ]
    names = ("return_id", "line_number", "order_id", "customer_id", "product_id", "quantity")
    found = [tuple(row[name] for name in names) for row in pulled.rows("returns")]
    assert sorted(found, key=lambda back: back[:2]) == expected


def test_the_whole_orders_file_is_read_in_a_few_seconds(shop: CsvSource) -> None:
    start = time.process_time()
    rows = sum(page.rows.num_rows for page in shop.pull(None, NOW))
    assert rows > 560_000
    assert time.process_time() - start < 10  # two and a half on a quiet machine
