"""The warehouse: its file, its engine, and what it does about faults."""

import os
import struct
import subprocess
import sys
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from audsync.errors import AudsyncError, StateError
from audsync.tables import SQL_TYPES, TABLES
from audsync.warehouse import DuckEngine, Warehouse
from audsync.warehouse import schema as warehouse_schema
from audsync.warehouse.engine import half_of_the_memory, usual_memory
from audsync.warehouse.schema import columns_of, fit_columns


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "shop" / "warehouse.duckdb"


def _open(file: Path) -> Warehouse:
    return Warehouse(file, timezone="Europe/Prague")


def _value(engine: DuckEngine, expression: str) -> object:
    value: object = engine.fetch(f"SELECT {expression} AS value").column(0)[0].as_py()
    return value


# The engine


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
    with _open(file) as warehouse:
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
    with Warehouse(file, timezone="UTC", memory_limit="80MB") as warehouse:
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


# The file


def test_file_and_folder_are_for_their_owner_only(file: Path) -> None:
    with _open(file) as warehouse:
        with warehouse.transaction():
            warehouse.remember("cursor", {"page": 1})
        modes = {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
        assert modes == {
            "warehouse.duckdb": 0o600,
            "warehouse.duckdb.wal": 0o600,
            "warehouse.spill": 0o700,
        }
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_new_warehouse_has_every_table_with_every_column_and_nothing_in_it(
    file: Path,
) -> None:
    with _open(file) as warehouse:
        for name, table in TABLES.items():
            present = columns_of(warehouse.engine, name)
            declared = {column.name: SQL_TYPES[column.kind] for column in table.columns}
            assert declared.items() <= present.items()
        assert "email_normal" in columns_of(warehouse.engine, "orders")
        assert columns_of(warehouse.engine, "account_clients") == {
            "customer_id": "VARCHAR",
            "client_id": "VARCHAR",
        }
        assert warehouse.cursor is None
        assert warehouse.generation == 0
        assert warehouse.provided == frozenset()
        assert warehouse.params == {}


def test_a_second_process_is_told_to_wait(file: Path) -> None:
    with _open(file):
        program = (
            "import sys; from pathlib import Path\n"
            "from audsync.warehouse import Warehouse\n"
            "from audsync.errors import LockedError\n"
            "try: Warehouse(Path(sys.argv[1]), timezone='UTC')\n"
            "except LockedError as error: print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(file)],
            capture_output=True,
            text=True,
            check=True,
        )
    assert "another process has the shop's data open" in done.stdout


@pytest.mark.parametrize("damage", [b"garbage" * 1000, b"\x00" * 5000])
def test_a_damaged_file_is_refused_with_what_to_do(file: Path, damage: bytes) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(damage)
    with pytest.raises(StateError, match="damaged; bring it back from a backup") as caught:
        _open(file)
    assert caught.value.exit_code == 13
    assert file.read_bytes() == damage  # left for a person to look at


def test_the_words_of_a_path_do_not_change_what_is_said_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "set lock, version number" / "warehouse.duckdb"
    file.parent.mkdir()
    file.write_bytes(b"garbage" * 1000)
    with pytest.raises(StateError, match="the file is damaged"):
        _open(file)


def _checksum(block: bytes | bytearray) -> int:
    """DuckDB's own checksum of a block: a product of each word, joined by exclusive or."""
    total = 5381
    for (word,) in struct.iter_unpack("<Q", block):
        total ^= word * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    return total


def test_a_file_of_a_later_duckdb_is_not_called_damaged(file: Path) -> None:
    with _open(file):
        pass
    data = bytearray(file.read_bytes())
    assert _checksum(data[8:4096]).to_bytes(8, "little") == data[:8]
    data[12:20] = (9_999).to_bytes(8, "little")  # the version of the storage format
    data[:8] = _checksum(data[8:4096]).to_bytes(8, "little")
    file.write_bytes(data)
    with pytest.raises(StateError, match="newer release of DuckDB; update audsync"):
        _open(file)


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where the folder should be")
    with pytest.raises(StateError, match=r"shop cannot be used .*the owner of the folder"):
        _open(tmp_path / "shop" / "warehouse.duckdb")


def test_a_file_cut_in_half_is_refused(file: Path) -> None:
    with _open(file) as warehouse:
        warehouse.engine.execute(
            "INSERT INTO main.orders (order_id) SELECT hash(i) FROM range(200000) t(i)"
        )
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(StateError), _open(file) as warehouse:
        warehouse.engine.fetch("SELECT max(order_id) FROM main.orders")


def test_an_empty_file_left_by_a_killed_process_is_made_anew(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.touch()
    with _open(file) as warehouse:
        assert warehouse.rows("customers") == 0


def test_spilled_rows_left_by_a_killed_process_are_deleted(file: Path) -> None:
    file.with_suffix(".spill").mkdir(parents=True)
    (file.with_suffix(".spill") / "duckdb_temp_storage_0.tmp").write_text("rows")
    with _open(file):
        assert list(file.with_suffix(".spill").iterdir()) == []


def test_a_file_of_a_newer_release_is_refused(file: Path) -> None:
    with _open(file) as warehouse:
        warehouse.engine.execute(
            "UPDATE main.about SET value = '99' WHERE item = 'schema_version'"
        )
    with pytest.raises(StateError, match=r"newer audsync \(its version is 99"):
        _open(file)


def test_a_column_declared_since_is_added_with_the_rows_kept(file: Path) -> None:
    with _open(file) as warehouse:
        warehouse.engine.execute("ALTER TABLE main.orders DROP COLUMN offer_code")
        warehouse.engine.execute("INSERT INTO main.orders (order_id) VALUES ('A1')")
    with _open(file) as warehouse:
        rows = warehouse.engine.fetch("SELECT order_id, offer_code FROM main.orders")
        assert rows.to_pylist() == [{"order_id": "A1", "offer_code": None}]


def test_a_migration_runs_once_and_leaves_no_half(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _open(file):
        pass

    def step(engine: DuckEngine) -> None:
        engine.execute("CREATE TABLE main.extra (a VARCHAR)")
        if fails:
            raise StateError("stopped half-way")

    monkeypatch.setattr(warehouse_schema, "MIGRATIONS", (*warehouse_schema.MIGRATIONS, step))
    fails = True
    with pytest.raises(StateError, match="half-way"):
        _open(file)
    fails = False
    for _ in range(2):
        with _open(file) as warehouse:
            assert columns_of(warehouse.engine, "extra") == {"a": "VARCHAR"}


def test_a_parameter_that_changes_its_type_keeps_what_can_be_read(file: Path) -> None:
    with _open(file) as warehouse:
        fit_columns(warehouse.engine, "customers", {"param.Tier 1": "VARCHAR"})
        warehouse.engine.execute(
            'INSERT INTO main.customers (customer_id, "param.Tier 1") '
            "VALUES ('1', '17'), ('2', 'gold')"
        )
        fit_columns(warehouse.engine, "customers", {"param.tier 1": "BIGINT"})
        rows = warehouse.engine.fetch(
            'SELECT "param.Tier 1" AS tier FROM main.customers ORDER BY customer_id'
        )
        assert rows.column("tier").to_pylist() == [17, None]


@pytest.mark.parametrize("one", list(SQL_TYPES.values()))
@pytest.mark.parametrize("other", list(SQL_TYPES.values()))
def test_every_type_of_parameter_can_become_every_other(one: str, other: str) -> None:
    engine = DuckEngine.in_memory()
    engine.execute(f"CREATE TABLE main.t (a {one})")
    engine.execute("INSERT INTO main.t VALUES (NULL)")
    fit_columns(engine, "t", {"a": other})
    assert columns_of(engine, "t") == {"a": other}


# Transactions and what is remembered


def test_what_is_remembered_is_there_when_it_is_opened_again(file: Path) -> None:
    with _open(file) as warehouse, warehouse.transaction():
        warehouse.remember("cursor", {"page": 7, "text": "it's"})
        warehouse.remember("params", {"customers.param.points": "integer"})
        warehouse.remember("provided", ["customers.email"])
    with _open(file) as warehouse:
        assert warehouse.cursor == {"page": 7, "text": "it's"}
        assert warehouse.params == {"customers.param.points": "integer"}
        assert warehouse.provided == {"customers.email"}


def _change_and_fail(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        warehouse.remember("cursor", {"page": 1})
        warehouse.engine.execute("INSERT INTO main.orders (order_id) VALUES ('A1')")
        warehouse.engine.execute("SELECT nonsense")


def test_a_failed_transaction_leaves_nothing_not_even_what_was_remembered(file: Path) -> None:
    with _open(file) as warehouse:
        with pytest.raises(AudsyncError):
            _change_and_fail(warehouse)
        assert warehouse.cursor is None
        assert warehouse.rows("orders") == 0
        with warehouse.transaction():
            warehouse.remember("cursor", {"page": 2})
        assert warehouse.cursor == {"page": 2}


def test_a_commit_that_fails_leaves_nothing_remembered_for_the_next_transaction(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _open(file) as warehouse:
        execute = warehouse.engine.execute

        def refusing(sql: str) -> None:
            if sql == "COMMIT":
                execute("ROLLBACK")  # as DuckDB does when its log cannot be written
                raise StateError("the disk is full")
            execute(sql)

        monkeypatch.setattr(warehouse.engine, "execute", refusing)
        with pytest.raises(StateError), warehouse.transaction():
            warehouse.note_changed_rows()
        monkeypatch.undo()
        assert warehouse.generation == 0
        assert not warehouse.resolve_if_stale()


def test_a_transaction_inside_another_is_a_mistake(file: Path) -> None:
    with (
        _open(file) as warehouse,
        warehouse.transaction(),
        pytest.raises(AudsyncError, match="open already"),
        warehouse.transaction(),
    ):
        pass


def test_clients_are_resolved_when_a_killed_pull_did_not_come_to_it(file: Path) -> None:
    with _open(file) as warehouse, warehouse.transaction():
        warehouse.engine.execute("INSERT INTO main.customers (customer_id) VALUES ('7')")
        warehouse.note_changed_rows()
    with _open(file) as warehouse:
        rows = warehouse.engine.fetch("SELECT * FROM main.account_clients").to_pylist()
        assert rows == [{"customer_id": "7", "client_id": "7"}]
        assert warehouse.generation == 1


def test_each_release_resolves_clients_by_its_own_rules(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _open(file) as warehouse:
        with warehouse.transaction():
            warehouse.engine.execute("INSERT INTO main.customers (customer_id) VALUES ('7')")
            warehouse.note_changed_rows()
        assert warehouse.resolve_if_stale()
        assert not warehouse.resolve_if_stale()
        warehouse.engine.execute("UPDATE main.account_clients SET client_id = 'by old rules'")
    monkeypatch.setattr("audsync.warehouse.store.__version__", "99.0")
    with _open(file) as warehouse:
        rows = warehouse.engine.fetch("SELECT * FROM main.account_clients").to_pylist()
        assert rows == [{"customer_id": "7", "client_id": "7"}]


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
