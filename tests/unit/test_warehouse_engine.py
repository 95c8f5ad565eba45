"""The engine of a warehouse: its functions, its limits, and what SQL cannot reach."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from audsync.errors import AudsyncError
from audsync.identity.google_keys import gmail_mailbox
from audsync.warehouse import DuckEngine, Warehouse
from audsync.warehouse.engine import half_of_the_memory, usual_memory
from fakes.warehouses import open_warehouse


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "shop" / "warehouse.duckdb"


def _value(engine: DuckEngine, expression: str) -> object:
    value: object = engine.fetch(f"SELECT {expression} AS value").column(0)[0].as_py()
    return value


def test_days_to_counts_from_the_first_day_to_the_second() -> None:
    engine = DuckEngine.in_memory()
    assert _value(engine, "days_to(DATE '2024-02-28', DATE '2024-03-01')") == 2
    assert _value(engine, "days_to(DATE '2024-03-01', DATE '2024-02-28')") == -2
    assert _value(engine, "days_to(NULL, DATE '2024-02-28')") is None


def test_integer_division_drops_the_rest() -> None:
    engine = DuckEngine.in_memory()
    assert _value(engine, "int_div(7, 2)") == 3
    assert _value(engine, "int_div(1 + 6, 1 + 1)") == 3  # the arguments are whole terms
    assert _value(engine, "int_div(9007199254740993, 1)") == 9007199254740993


@pytest.mark.parametrize("text", ["anna@example.com", "žluťoučký", "", "😀"])
def test_a_digest_is_that_of_the_utf_8_bytes(text: str) -> None:
    assert _value(DuckEngine.in_memory(), f"sha256_hex('{text}')") == (
        sha256(text.encode()).hexdigest()
    )


@pytest.mark.parametrize(
    "address",
    [
        *("an.na+shop@gmail.com", "a.n.n.a@googlemail.com", "anna@gmail.com", "+s@gmail.com"),
        *("an.na+shop@example.com", "an.na@notgmail.com", "an.na@gmail.com.example.com"),
        *("+420600100200", "0c" * 32, ""),
    ],
)
def test_a_mailbox_at_gmail_is_that_of_the_marks_of_forgotten_people(address: str) -> None:
    found = _value(DuckEngine.in_memory(), f"mailbox('{address}')")
    assert found == (gmail_mailbox(address) or address)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        # Prague moves to summer time at 01:00 UTC on 31 March 2024, back on 27 October.
        ("Europe/Prague", "2024-03-30 22:59:59", date(2024, 3, 30)),
        ("Europe/Prague", "2024-03-30 23:00:00", date(2024, 3, 31)),
        ("Europe/Prague", "2024-03-31 21:59:59.999999", date(2024, 3, 31)),
        ("Europe/Prague", "2024-03-31 22:00:00", date(2024, 4, 1)),
        ("Europe/Prague", "2024-10-26 22:00:00", date(2024, 10, 27)),
        ("Europe/Prague", "2024-10-27 22:59:59", date(2024, 10, 27)),
        ("Europe/Prague", "2024-10-27 23:00:00", date(2024, 10, 28)),
        ("UTC", "2024-10-27 23:59:59", date(2024, 10, 27)),
        ("America/New_York", "2024-03-11 03:59:59", date(2024, 3, 10)),
        # Samoa crossed the date line: 30 December 2011 did not happen there.
        ("Pacific/Apia", "2011-12-30 09:59:59", date(2011, 12, 29)),
        ("Pacific/Apia", "2011-12-30 10:00:00", date(2011, 12, 31)),
        # Sao Paulo had summer time begin at midnight, so that day has no 00:00.
        ("America/Sao_Paulo", "2018-11-04 02:59:59", date(2018, 11, 3)),
        ("America/Sao_Paulo", "2018-11-04 03:00:00", date(2018, 11, 4)),
    ],
)
def test_a_local_day_is_that_of_the_shops_zone(zone: str, moment: str, day: date) -> None:
    engine = DuckEngine.in_memory(zone)
    assert _value(engine, f"local_date(TIMESTAMP '{moment}')") == day


def test_a_time_handed_over_with_its_zone_is_kept_as_utc() -> None:
    engine = DuckEngine.in_memory("Asia/Tokyo")
    noon = datetime(2024, 6, 1, 12, tzinfo=UTC)
    engine.register("times", pa.table({"t": pa.array([noon, None], pa.timestamp("us", "UTC"))}))
    assert engine.fetch("SELECT t FROM times").schema.field("t").type == pa.timestamp("us")
    assert _value(engine, "(SELECT max(t) FROM times)") == noon.replace(tzinfo=None)


def test_dictionary_columns_sort_as_their_texts_and_become_plain_again() -> None:
    texts = ["b", "B", "š", "a", "𝄞", "a", None]
    words = pa.array(texts, pa.string()).dictionary_encode()
    engine = DuckEngine.in_memory()
    for _ in range(2):  # a second table of that name replaces words and all
        engine.register("words", pa.table({"word": words}))
    found = engine.fetch(
        "SELECT plain_texts(array_sort(array_agg(w.word))) AS texts FROM words AS w "
        "WHERE w.word IS NOT NULL"
    )
    assert found.schema.field("texts").type == pa.list_(pa.string())
    assert found["texts"].to_pylist() == [sorted(text for text in texts if text is not None)]


def test_elements_of_lists_are_picked_by_place() -> None:
    engine = DuckEngine.in_memory()
    assert _value(engine, "texts_at(['a', 'b', 'c'], [3, 1, 3])") == ["c", "a", "c"]
    assert _value(engine, "texts_at(['a'], CAST(NULL AS INTEGER[]))") is None
    assert _value(engine, "numbers_at([[3], [1, 3], [2]], [2, 1])") == [1, 3]
    assert _value(engine, "numbers_at([[1]], CAST(NULL AS INTEGER[]))") is None


def test_a_list_is_exploded_into_a_row_per_element() -> None:
    rows = pa.table({"key": [1, 2, 3], "texts": [["b", "a"], [], None]})
    engine = DuckEngine.in_memory()
    engine.register("rows_", rows)
    found = engine.fetch("SELECT r.key, explode(r.texts) AS text FROM rows_ r").to_pylist()
    assert sorted(row["text"] for row in found) == ["a", "b"]
    assert {row["key"] for row in found} == {1}


def test_a_temporary_table_replaces_one_of_its_name_and_is_forgotten() -> None:
    engine = DuckEngine.in_memory()
    engine.register("t", pa.table({"a": [1]}))
    engine.store("t", "SELECT 2 AS a, 3 AS b")
    assert engine.fetch("SELECT * FROM t").to_pylist() == [{"a": 2, "b": 3}]
    engine.drop("t")
    engine.drop("t")
    with pytest.raises(AudsyncError, match="refused a statement"):
        engine.fetch("SELECT * FROM t")


def test_a_temporary_table_may_have_the_name_of_a_table_of_the_file(file: Path) -> None:
    with open_warehouse(file) as warehouse:
        warehouse.engine.store("orders", "SELECT 1 AS a")
        warehouse.engine.drop("orders")
        assert warehouse.rows("orders") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT CAST('canary@example.com' AS INTEGER)",
        "SELECT CAST(a AS DATE) FROM people",
        "SELECT error(a) FROM people",
    ],
)
def test_no_error_of_the_engine_quotes_a_cell(statement: str) -> None:
    engine = DuckEngine.in_memory()
    engine.register("people", pa.table({"a": ["canary@example.com"]}))
    with pytest.raises(AudsyncError) as caught:
        engine.fetch(statement)
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "SELECT * FROM read_text('{folder}/in.txt')",
        "SELECT * FROM '{folder}/in.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET TimeZone = 'Asia/Tokyo'",
    ],
)
def test_sql_reaches_no_other_file_and_no_network(statement: str, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("secret")
    (tmp_path / "in.csv").write_text("a\n1\n")
    engine = DuckEngine.in_memory()
    with pytest.raises(AudsyncError):
        engine.execute(statement.format(folder=tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "in.txt"]


def test_python_variables_are_no_tables() -> None:
    people = pa.table({"a": [1]})
    with pytest.raises(AudsyncError):
        DuckEngine.in_memory().fetch("SELECT * FROM people")
    assert people.num_rows == 1


def test_work_larger_than_memory_spills_into_the_shops_folder(file: Path) -> None:
    with Warehouse(file, timezone="UTC", memory_limit="80MB", threads=2) as warehouse:
        text = "hash(i)::VARCHAR || hash(i + 1)::VARCHAR AS text"
        warehouse.engine.store("large", f"SELECT i, {text} FROM range(1500000) t(i)")
        sorted_rows = "SELECT text, i FROM large ORDER BY text"
        warehouse.engine.store("sorted", sorted_rows)
        assert list(file.with_suffix(".spill").iterdir())
        assert warehouse.engine.rows("sorted") == 1_500_000
    assert list(file.with_suffix(".spill").iterdir()) == []


@pytest.mark.parametrize(
    ("limit", "half"), [("1073741824\n", 536870912), ("max\n", None), (None, None)]
)
def test_a_container_gives_half_of_its_own_memory(
    tmp_path: Path, limit: str | None, half: int | None
) -> None:
    control_group = tmp_path / "memory.max"
    if limit is not None:
        control_group.write_text(limit)
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    assert half_of_the_memory(control_group) == (half or machine)


@pytest.mark.parametrize(("half", "taken"), [(600_000_000, 600_000_000), (10**11, 2 * 10**9)])
def test_the_engine_takes_2_gb_or_half_of_a_small_machine(
    monkeypatch: pytest.MonkeyPatch, half: int, taken: int
) -> None:
    monkeypatch.setattr("audsync.warehouse.engine.half_of_the_memory", lambda: half)
    assert usual_memory() == taken
    shown = _value(DuckEngine.in_memory(), "current_setting('memory_limit')")
    assert shown == f"{taken / 2**20:.1f} MiB" if taken < 2**30 else f"{taken / 2**30:.1f} GiB"


def test_opening_needs_no_heavy_package_before_it_is_done() -> None:
    program = (
        "import sys, audsync.warehouse, audsync.pull, audsync.quarantine\n"
        "print(sorted({'duckdb', 'pyarrow', 'pandas', 'phonenumbers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_engine_in_use_is_the_one_the_tables_were_measured_on() -> None:
    assert int(duckdb.__version__.partition(".")[0]) >= 2
