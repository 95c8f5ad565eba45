"""A warehouse and pulls into it, with sources that send what they are told to."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from audsync.contracts import Cursor, Loss, Page, Rejection, Source
from audsync.pull import PullReport, pull
from audsync.quarantine import QuarantineLimits
from audsync.tables import Kind
from audsync.testing.memory_source import table_rows
from audsync.warehouse import Warehouse

UNTIL = datetime(2024, 6, 1, tzinfo=UTC)


class Shop:
    """A warehouse, and pulls into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[tuple[str, int]] = []
        self.warehouse = self._open()

    def _open(self) -> Warehouse:
        return Warehouse(self.folder / "shop" / "warehouse.duckdb", timezone="Europe/London")

    def reopen(self) -> None:
        self.warehouse.close()
        self.warehouse = self._open()

    def pull(self, source: Source, *, run: str = "run", **changes: Any) -> PullReport:
        arguments: dict[str, Any] = {
            "until": UNTIL,
            "country": "GB",
            "limits": QuarantineLimits(),
            "source_percent": 80,
            "quarantine_file": self.folder / "quarantine" / f"{run}.jsonl",
            "progress": lambda table, rows, _of: self.told.append((table, rows)),
        }
        return pull(source, self.warehouse, **(arguments | changes))

    def rows(self, query: str) -> list[dict[str, Any]]:
        return self.warehouse.engine.fetch(query).to_pylist()

    def emails(self) -> dict[str, str]:
        found = self.rows("SELECT customer_id, email FROM main.customers")
        return {row["customer_id"]: row["email"] for row in found}


class Pages:
    """A source of ready-made pages, for what a well-behaved source would not do."""

    Options: ClassVar[type] = object

    def __init__(self, *pages: Page, params: dict[str, Kind] | None = None) -> None:
        self._pages = pages
        self.params = params or {}
        self.provides = frozenset(
            f"{page.table}.{name}" for page in pages for name in page.rows.column_names
        )

    def check(self) -> list[Any]:
        return []

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        assert cursor is None or cursor
        assert until == UNTIL
        yield from self._pages


def customers(*ids: int, email: str = "c{}@example.com", **more: Any) -> pa.Table:
    records = [{"customer_id": str(n), "email": email.format(n), **more} for n in ids]
    return table_rows("customers", *records)


def order(order_id: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "created_at": "2024-01-02T10:00:00",
        "status": "finished",
        "currency": "GBP",
        **more,
    }


def rejections(
    number: int, *, table: str = "customers", loss: Loss = Loss.ROW
) -> Sequence[Rejection]:
    return [
        Rejection(table, f"feed.csv:{n}", "customer_id", "missing_key", loss)
        for n in range(number)
    ]
