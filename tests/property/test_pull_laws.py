"""Whatever a source sends, a table holds what a plain dictionary would."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from audsync.pull import PullReport, pull
from audsync.quarantine import QuarantineLimits
from audsync.testing.memory_source import MemorySource
from audsync.warehouse import Warehouse

Row = tuple[int, str | None]
Change = tuple[list[Row], bool]

ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.none() | st.sampled_from(["London", "York", ""])),
    max_size=8,
)
CHANGES = st.lists(st.tuples(ROWS, st.booleans()), min_size=1, max_size=4)


def _pull(source: MemorySource, warehouse: Warehouse) -> PullReport:
    return pull(
        source,
        warehouse,
        until=datetime(2024, 6, 1, tzinfo=UTC),
        country="GB",
        limits=QuarantineLimits(stop_percent=100),
        source_percent=0,
        quarantine_file=warehouse.file.parent / "quarantine.jsonl",
        progress=lambda _table, _rows, _of: None,
    )


def _held(warehouse: Warehouse) -> dict[int, str | None]:
    rows = warehouse.engine.fetch("SELECT customer_id, city FROM main.customers").to_pylist()
    assert len({row["customer_id"] for row in rows}) == len(rows)
    return {int(row["customer_id"]): row["city"] for row in rows}


def _apply(held: dict[int, str | None], change: Change) -> dict[int, str | None]:
    rows, replaces = change
    return ({} if replaces else held) | dict(rows)


def _put(source: MemorySource, change: Change) -> None:
    rows, replaces = change
    records = [{"customer_id": str(key), "city": city} for key, city in rows]
    source.put("customers", records, replaces=replaces)


@settings(max_examples=20)
@given(pulls=st.lists(CHANGES, min_size=1, max_size=3), page_rows=st.integers(1, 5))
def test_the_last_row_of_a_key_wins_and_a_replaced_table_forgets(
    pulls: list[list[Change]], page_rows: int
) -> None:
    expected: dict[int, str | None] = {}
    source = MemorySource(page_rows=page_rows)
    with (
        tempfile.TemporaryDirectory() as folder,
        Warehouse(Path(folder) / "warehouse.duckdb", timezone="UTC") as warehouse,
    ):
        for changes in pulls:
            before = expected
            for change in changes:
                _put(source, change)
                expected = _apply(expected, change)
            generation = warehouse.generation
            report = _pull(source, warehouse)
            assert _held(warehouse) == expected
            assert report.changed == (warehouse.generation > generation)
            assert report.changed or expected == before
            assert not _pull(source, warehouse).changed


@settings(max_examples=20)
@given(rows=ROWS, order=st.randoms(use_true_random=False), page_rows=st.integers(1, 5))
def test_equal_rows_in_any_order_and_paging_change_nothing(
    rows: list[Row], order: Random, page_rows: int
) -> None:
    unique = list(dict(rows).items())
    shuffled = list(unique)
    order.shuffle(shuffled)
    first, second = MemorySource(page_rows=3), MemorySource(page_rows=page_rows)
    _put(first, (unique, True))
    _put(second, (shuffled, True))
    with (
        tempfile.TemporaryDirectory() as folder,
        Warehouse(Path(folder) / "warehouse.duckdb", timezone="UTC") as warehouse,
    ):
        _pull(first, warehouse)
        generation = warehouse.generation
        assert generation == (1 if unique else 0)
        with warehouse.transaction():
            warehouse.remember("cursor", None)
        assert not _pull(second, warehouse).changed
        assert warehouse.generation == generation
