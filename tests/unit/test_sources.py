"""Several sources of a shop as one: tables of their own, cursors of their own."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audsync.contracts import Cursor, Page, Source
from audsync.errors import GuardError, TransientError
from audsync.pull import PullReport, pull
from audsync.quarantine import QuarantineLimits
from audsync.sources import Sources, shared_tables
from audsync.testing.memory_source import MemorySource
from audsync.warehouse import Warehouse

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def panel(*numbers: int) -> MemorySource:
    made = MemorySource(page_rows=2)
    for number in numbers:
        made.put("customers", [{"customer_id": str(number)}])
    return made


def web(*numbers: int, replaces: bool = False) -> MemorySource:
    made = MemorySource(page_rows=2)
    if numbers:
        visit(made, *numbers, replaces=replaces)
    return made


def visit(made: MemorySource, *numbers: int, replaces: bool = False) -> None:
    rows = [
        {"view_id": str(n), "customer_id": "1", "visited_at": "2024-05-01T10:00:00"}
        for n in numbers
    ]
    made.put("visits", rows, replaces=replaces)


def pages(source: Source, cursor: Cursor | None = None) -> list[Page]:
    kept = None if cursor is None else json.loads(json.dumps(cursor))
    return list(source.pull(kept, NOW))


def sent(found: list[Page]) -> list[tuple[str, int]]:
    return [(page.table, page.rows.num_rows) for page in found]


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse(tmp_path / "warehouse.duckdb", timezone="UTC") as made:
        yield made


def bring(source: Source, warehouse: Warehouse, **changes: Any) -> PullReport:
    arguments: dict[str, Any] = {
        "until": NOW,
        "country": "GB",
        "limits": QuarantineLimits(),
        "source_percent": 80,
        "quarantine_file": warehouse.file.parent / "quarantine.jsonl",
        "progress": lambda _table, _rows, _of: None,
    }
    return pull(source, warehouse, **(arguments | changes))


def test_a_shop_of_one_source_keeps_its_cursor_as_it_is() -> None:
    alone = Sources({"panel": panel(1, 2)})
    assert pages(alone)[-1].cursor == {"changes": 2}
    assert pages(alone, {"changes": 1})[-1].cursor == {"changes": 2}


def test_a_source_that_comes_later_begins_from_the_start_and_no_other_is_read_anew() -> None:
    first = panel(1, 2)
    cursor = pages(Sources({"panel": first}))[-1].cursor
    both = Sources({"panel": first, "web": web(7, 8, 9)})
    found = pages(both, cursor)
    assert sent(found) == [("visits", 2), ("visits", 1)]
    assert pages(both, found[-1].cursor) == []
    assert pages(Sources({"panel": first}), found[-1].cursor) == []
    first.put("customers", [{"customer_id": "3"}])
    assert sent(pages(both, found[-1].cursor)) == [("customers", 1)]
    # What went on under another name, or is of another type, begins from the start.
    assert sent(pages(Sources({"panel": first, "log": web(7)}), found[-1].cursor)) == [
        ("customers", 1),
        ("visits", 1),
    ]


def test_what_the_sources_provide_is_what_any_of_them_fills() -> None:
    both = Sources({"panel": panel(1), "web": web(7)})
    assert {"customers.customer_id", "visits.visited_at"} <= both.provides
    assert len(both.check()) == 2


def test_sources_that_share_tables_are_named_with_these() -> None:
    other = web(7)
    other.put("customers", [{"customer_id": "9"}])
    three = {"panel": panel(1), "web": other, "log": web(8)}
    assert list(shared_tables(three)) == [
        ("web", ["customers"], ["panel"]),
        ("log", ["visits"], ["web"]),
    ]


def test_what_came_from_one_source_is_kept_when_another_fails(warehouse: Warehouse) -> None:
    log = web(7, 8, 9)
    both = Sources({"panel": panel(1, 2), "web": log})
    log.fail_next(TransientError("away", connector="memory"))
    with pytest.raises(TransientError):
        bring(both, warehouse)
    assert (warehouse.rows("customers"), warehouse.rows("visits")) == (2, 0)
    report = bring(both, warehouse)
    assert {name: counts.read for name, counts in report.tables.items()} == {"visits": 3}
    assert not bring(both, warehouse).changed


def test_each_table_is_guarded_by_itself(warehouse: Warehouse) -> None:
    log = web(*range(20), replaces=True)
    both = Sources({"panel": panel(1, 2), "web": log})
    bring(both, warehouse)
    visit(log, 1, replaces=True)
    with pytest.raises(GuardError, match=r"visits: 1 rows, 20 before"):
        bring(both, warehouse)
    assert warehouse.rows("visits") == 20


@settings(max_examples=30)
@given(
    customers=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    views=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    stops=st.lists(st.integers(0, 6), max_size=4),
)
def test_wherever_pulls_stop_every_change_comes_at_last_and_none_twice(
    customers: list[int], views: list[int], stops: list[int]
) -> None:
    log = web()
    for number in views:
        visit(log, number)
    both = Sources({"panel": panel(*customers), "web": log})
    cursor: Cursor | None = None
    seen: list[tuple[str, str]] = []

    def take(found: list[Page]) -> None:
        nonlocal cursor
        for page in found:
            key = "customer_id" if page.table == "customers" else "view_id"
            seen.extend((page.table, str(one)) for one in page.rows.column(key).to_pylist())
            assert page.cursor is not None
            cursor = page.cursor

    for stop in stops:
        take(pages(both, cursor)[:stop])
    take(pages(both, cursor))
    assert seen == [
        *(("customers", str(number)) for number in customers),
        *(("visits", str(number)) for number in views),
    ]
