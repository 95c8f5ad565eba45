"""What is published for Spark: only what has changed, whole or not at all, for few eyes."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audsync.errors import ConfigError
from audsync.spark import publish
from audsync.spark.arrow import as_embedded
from audsync.spark.published import PUBLISHED
from audsync.spark.shelves import FolderShelf
from audsync.warehouse import DuckEngine, Warehouse


@pytest.fixture
def location(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    return folder


@pytest.fixture
def engine(tmp_path: Path) -> DuckEngine:
    warehouse = Warehouse(tmp_path / "state" / "warehouse.duckdb", timezone="Europe/Prague")
    add(warehouse.engine, "c1", "c2")
    return warehouse.engine


def add(engine: DuckEngine, *customers: str) -> None:
    for name in customers:
        engine.execute(
            "INSERT INTO main.customers (customer_id, registered_at, tags) "
            f"VALUES ('{name}', TIMESTAMP '2026-01-01 10:00', ['a'])"
        )


def files(location: Path) -> dict[str, int]:
    """Table → the number of its file; a file written anew has another."""
    found = sorted((location / "kolo").iterdir())
    return {path.name.rpartition("_")[0]: path.stat().st_ino for path in found}


def test_every_table_is_there_with_its_rows_and_types(
    engine: DuckEngine, location: Path
) -> None:
    names = publish(engine, FolderShelf(location, "kolo"))
    assert set(names) == set(files(location))
    rows = pq.read_table(location / "kolo" / f"{names['customers']}.parquet")
    assert set(rows["customer_id"].to_pylist()) == {"c1", "c2"}
    assert rows.schema.field("registered_at").type == pa.timestamp("us")
    empty = pq.read_table(location / "kolo" / f"{names['order_lines']}.parquet")
    assert empty.num_rows == 0
    assert empty.schema.field("quantity").type == pa.decimal128(18, 3)


def test_only_a_table_that_has_changed_is_written_anew(
    engine: DuckEngine, location: Path
) -> None:
    shelf = FolderShelf(location, "kolo")
    publish(engine, shelf)
    before = files(location)
    publish(engine, shelf)
    assert files(location) == before
    add(engine, "c3")
    publish(engine, shelf)
    after = files(location)
    assert {name for name in after if after[name] != before[name]} == {"customers"}
    assert len(list((location / "kolo").iterdir())) == len(after)


def test_the_order_of_rows_is_no_change(engine: DuckEngine, location: Path) -> None:
    names = publish(engine, FolderShelf(location, "kolo"))
    engine.execute("DELETE FROM main.customers")
    add(engine, "c2", "c1")
    assert publish(engine, FolderShelf(location, "kolo")) == names


def test_a_new_column_is_a_change(engine: DuckEngine, location: Path) -> None:
    names = publish(engine, FolderShelf(location, "kolo"))
    engine.execute('ALTER TABLE main.customers ADD COLUMN "param.club" BOOLEAN')
    assert publish(engine, FolderShelf(location, "kolo"))["customers"] != names["customers"]


def test_what_a_killed_run_left_is_taken_away(engine: DuckEngine, location: Path) -> None:
    (location / "kolo").mkdir()
    (location / "kolo" / ".customers_0.parquet.x1.tmp").write_bytes(b"half")
    (location / "kolo" / "orders_0.parquet").write_bytes(b"old")
    publish(engine, FolderShelf(location, "kolo"))
    assert len(list((location / "kolo").iterdir())) == len(files(location)) == len(PUBLISHED)


def test_another_shop_keeps_its_tables(engine: DuckEngine, location: Path) -> None:
    publish(engine, FolderShelf(location, "other"))
    publish(engine, FolderShelf(location, "kolo"))
    assert len(list((location / "other").iterdir())) == len(PUBLISHED)


@pytest.mark.parametrize(
    ("mode", "folder", "file"), [(0o755, 0o750, 0o640), (0o777, 0o770, 0o660), (0o700,) * 3]
)
def test_files_are_open_to_the_group_of_the_location_and_to_nobody_else(
    engine: DuckEngine, location: Path, mode: int, folder: int, file: int
) -> None:
    location.chmod(mode)
    publish(engine, FolderShelf(location, "kolo"))
    assert (location / "kolo").stat().st_mode & 0o777 == folder
    for path in (location / "kolo").iterdir():
        assert path.stat().st_mode & 0o777 == file & 0o666


def test_a_location_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"engine\.location: there is no folder .*/nowhere;"):
        FolderShelf(tmp_path / "nowhere", "kolo")
    (tmp_path / "a[1]").mkdir()
    with pytest.raises(ConfigError, match="takes for a pattern"):
        FolderShelf(tmp_path / "a[1]", "kolo")


@pytest.mark.parametrize("name", ["param.a\\", 'param.a\\"b', "param.a\\\\\\"])
def test_a_column_that_spark_cannot_name_is_refused(
    engine: DuckEngine, location: Path, name: str
) -> None:
    quoted = name.replace('"', '""')
    engine.execute(f'ALTER TABLE main.products ADD COLUMN "{quoted}" VARCHAR')
    with pytest.raises(ConfigError, match=r"^products\.param\.a"):
        publish(engine, FolderShelf(location, "kolo"))


def test_a_backslash_elsewhere_in_a_name_is_none(engine: DuckEngine, location: Path) -> None:
    engine.execute('ALTER TABLE main.products ADD COLUMN "param.a\\b""c\\\\" VARCHAR')
    assert "products" in publish(engine, FolderShelf(location, "kolo"))


def test_types_of_spark_become_those_of_the_embedded_engine() -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    kinds: dict[str, pa.DataType] = {
        "none": pa.null(),
        "zoned": pa.timestamp("us", tz="Europe/Prague"),
        "long": pa.large_string(),
        "list": pa.large_list(pa.large_string()),
    }
    amount = pa.field("amount", pa.decimal128(18, 3), nullable=False)
    schema = pa.schema(kinds).append(amount)
    row = {"zoned": moment, "long": "x", "list": ["x"], "amount": Decimal("1.500")}
    rows = pa.Table.from_pylist([row], schema=schema)
    found = as_embedded(rows)
    assert (
        found.schema
        == DuckEngine.in_memory()
        .fetch(
            "SELECT NULL AS none, TIMESTAMP '2026-01-01 12:00' AS zoned, 'x' AS long, "
            "['x'] AS list, CAST(1.5 AS DECIMAL(18,3)) AS amount"
        )
        .schema
    )
    assert found["zoned"].to_pylist() == [moment.replace(tzinfo=None)]
