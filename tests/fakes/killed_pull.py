"""A process that pulls a day's state and may kill itself between two pages.

Arguments: the folder, the number of the day, the page before which to die (-1: none). The state
of day N is 1000 + N accounts, an order of each and 30 lines of each order, all of them named by
the day. Prints `sent` when the source has nothing more to say, and `pulled` after the pull.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from audsync.contracts import Cursor, Finding, Page
from audsync.pull import pull
from audsync.quarantine import QuarantineLimits
from audsync.tables import Kind, arrow_schema
from audsync.warehouse import Warehouse

LINES = 30
PAGE_ROWS = 10_000


def page(name: str, columns: Mapping[str, Any], cursor: Cursor | None = None) -> Page:
    declared = arrow_schema(name)
    schema = pa.schema([declared.field(column) for column in columns])
    return Page(name, pa.table(dict(columns)).cast(schema), cursor=cursor, replaces=True)


def pages(day: int) -> Iterator[Page]:
    count = 1_000 + day
    ids = np.arange(count).astype(str)
    yield page("customers", {"customer_id": ids, "city": [f"day {day}"] * count})
    order = {
        "order_id": ids,
        "customer_id": ids,
        "created_at": [datetime(2024, 1, 1, tzinfo=UTC)] * count,
        "status": ["finished"] * count,
        "currency": ["GBP"] * count,
        "offer_code": [f"day {day}"] * count,
    }
    yield page("orders", order)
    for start in range(0, LINES * count, PAGE_ROWS):
        numbers = np.arange(start, min(start + PAGE_ROWS, LINES * count))
        line = {
            "order_id": (numbers // LINES).astype(str),
            "line_number": numbers % LINES + 1,
            "product_id": numbers.astype(str),
            "name": [f"day {day}"] * len(numbers),
            "quantity": ["1"] * len(numbers),
        }
        is_last = start + PAGE_ROWS >= LINES * count
        yield page("order_lines", line, {"day": day} if is_last else None)


class DaySource:
    Options: ClassVar[type] = object
    params: ClassVar[Mapping[str, Kind]] = {}
    provides = frozenset({"customers.customer_id"})

    def __init__(self, day: int, last_page: int) -> None:
        self.day = day
        self.last_page = last_page

    def check(self) -> list[Finding]:
        return []

    def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        assert until.tzinfo
        assert cursor is None or cursor["day"] != self.day
        number = 0
        for number, sent in enumerate(pages(self.day)):
            if number == self.last_page:
                os.kill(os.getpid(), signal.SIGKILL)
            yield sent
        if number + 1 == self.last_page:
            os.kill(os.getpid(), signal.SIGKILL)
        print("sent", flush=True)  # noqa: T201 -- the parent waits for this line


def main(folder: Path, day: int, last_page: int) -> None:
    with Warehouse(folder / "warehouse.duckdb", timezone="UTC") as warehouse:
        pull(
            DaySource(day, last_page),
            warehouse,
            until=datetime(2024, 6, 1, tzinfo=UTC),
            country="GB",
            limits=QuarantineLimits(),
            source_percent=0,
            quarantine_file=folder / "quarantine.jsonl",
            progress=lambda _table, _rows: None,
        )
        print("pulled", flush=True)  # noqa: T201 -- the parent waits for this line


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
