"""A CSV source over files written by a test, and what it gives."""

import json
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from audsync.contracts import Context, Cursor, Page, Rejection
from audsync_source_csv import CsvOptions, CsvSource

NOW = datetime(2024, 6, 1, tzinfo=UTC)
CUSTOMERS = """
[customers]
files = "customers.csv"
[customers.columns]
customer_id = "id"
email = "email"
"""
ROWS = """
[order_rows]
files = "orders.csv"
cancelled_prefix = "C"
excluded_prefix = "A"
not_goods = ["POST"]
[order_rows.columns]
order_id = "invoice"
customer_id = "customer"
created_at = "date"
status = { value = "finished" }
product_id = "product"
quantity = "units"
unit_net = "price"
"""
HEADER = "invoice,customer,date,product,units,price\n"

ORDERS_AND_LINES = """
[orders]
files = "orders.csv"
[orders.columns]
order_id = "id"
customer_id = "who"
created_at = "at"
total_gross = "total"
status = { column = "state", map = { done = "finished", lost = "cancelled" } }
[order_lines]
files = "lines.csv"
[order_lines.columns]
order_id = "id"
product_id = "product"
quantity = "units"
gross = "value"
"""


@dataclass(frozen=True)
class Pulled:
    """The pages of one pull."""

    pages: list[Page]

    @property
    def cursor(self) -> Cursor | None:
        return self.pages[-1].cursor if self.pages else None

    @property
    def rejected(self) -> list[Rejection]:
        return [rejection for page in self.pages for rejection in page.rejected]

    @property
    def counts(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for page in self.pages:
            counts[page.table] += page.rows.num_rows
        return counts

    def reasons(self) -> Counter[tuple[str, str]]:
        return Counter((one.column, one.reason) for one in self.rejected)

    def rows(self, table: str) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        for page in self.pages:
            if page.table == table:
                made += page.rows.to_pylist()
        return made

    def column(self, table: str, name: str) -> list[Any]:
        return [row[name] for row in self.rows(table)]


def options(toml: str) -> CsvOptions:
    """The text of `[shops.<id>.source]` without its type, validated as the config does it."""
    adapter: TypeAdapter[tuple[CsvOptions]] = TypeAdapter(
        tuple[CsvOptions], config=ConfigDict(extra="forbid")
    )
    [made] = adapter.validate_json(json.dumps([tomllib.loads(toml)]), strict=True)
    return made


def source(
    folder: Path,
    toml: str,
    *,
    timezone: str = "Europe/London",
    currency: str = "GBP",
    **files: str | bytes,
) -> CsvSource:
    """The source of that mapping; `files` are written as `<name>.csv` first."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(data)
    context = Context(
        shop="test",
        timezone=timezone,
        country="GB",
        currency=currency,
        folder=folder,
        resolve=lambda text: folder / text,
    )
    return CsvSource(options(toml), context)


def pull(made: CsvSource, cursor: Cursor | None = None) -> Pulled:
    """What a pull gives, the cursor made JSON and back as the core does."""
    kept = None if cursor is None else json.loads(json.dumps(cursor))
    return Pulled(list(made.pull(kept, NOW)))


def order_rows(*rows: str) -> str:
    """Order rows; each gives invoice, product, units and price, all of one customer and day."""
    made = (row.split() for row in rows)
    return HEADER + "".join(f"{i},7,2024-01-02,{p},{u},{c}\n" for i, p, u, c in made)


def loaded(folder: Path, toml: str) -> Pulled:
    """The guessed source pulled from the folder of its files."""
    assert tomllib.loads(toml)["shops"]["shop"]["source"]["type"] == "csv"
    context = Context("shop", "Europe/Prague", "CZ", "GBP", folder, lambda text: folder / text)
    own = toml.replace("shops.shop.source.", "").partition('type = "csv"')[2]
    return pull(CsvSource(options(own), context))
