"""The file of a warehouse: made, refused, migrated, and what it remembers."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from audsync.errors import AudsyncError, StateError
from audsync.tables import SQL_TYPES, TABLES
from audsync.warehouse import DuckEngine, Warehouse
from audsync.warehouse import schema as warehouse_schema
from audsync.warehouse.checks import check_warehouse
from audsync.warehouse.schema import columns_of, fit_columns
from fakes.warehouses import open_warehouse


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "shop" / "warehouse.duckdb"


def test_file_and_folder_are_for_their_owner_only(file: Path) -> None:
    with open_warehouse(file) as warehouse:
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
    with open_warehouse(file) as warehouse:
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
    with open_warehouse(file):
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
        open_warehouse(file)
    assert caught.value.exit_code == 13
    assert file.read_bytes() == damage  # left for a person to look at


def test_too_little_memory_to_open_a_file_is_not_called_damage(file: Path) -> None:
    with open_warehouse(file):
        pass
    before = file.read_bytes()
    with pytest.raises(AudsyncError, match="ran out of memory; raise memory_limit") as caught:
        Warehouse(file, timezone="UTC", memory_limit="1KB")
    assert not isinstance(caught.value, StateError)
    assert file.read_bytes() == before


def test_the_words_of_a_path_do_not_change_what_is_said_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "set lock, version number" / "warehouse.duckdb"
    file.parent.mkdir()
    file.write_bytes(b"garbage" * 1000)
    with pytest.raises(StateError, match="the file is damaged"):
        open_warehouse(file)


def _checksum(block: bytes | bytearray) -> int:
    """DuckDB's own checksum of a block: a product of each word, joined by exclusive or."""
    total = 5381
    for (word,) in struct.iter_unpack("<Q", block):
        total ^= word * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    return total


def test_a_file_of_a_later_duckdb_is_not_called_damaged(file: Path) -> None:
    with open_warehouse(file):
        pass
    data = bytearray(file.read_bytes())
    assert _checksum(data[8:4096]).to_bytes(8, "little") == data[:8]
    data[12:20] = (9_999).to_bytes(8, "little")  # the version of the storage format
    data[:8] = _checksum(data[8:4096]).to_bytes(8, "little")
    file.write_bytes(data)
    with pytest.raises(StateError, match="newer release of DuckDB; update audsync"):
        open_warehouse(file)
    (told,) = check_warehouse(file)
    assert told.message == f"{file}: the file was written by a newer release of DuckDB"
    assert told.remedy == "update audsync", "and not to make it anew"


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file where the folder should be")
    with pytest.raises(StateError, match=r"shop cannot be used .*the owner of the folder"):
        open_warehouse(tmp_path / "shop" / "warehouse.duckdb")


def test_a_file_cut_in_half_is_refused(file: Path) -> None:
    with open_warehouse(file) as warehouse:
        warehouse.engine.execute(
            "INSERT INTO main.orders (order_id) SELECT hash(i) FROM range(200000) t(i)"
        )
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(StateError), open_warehouse(file) as warehouse:
        warehouse.engine.fetch("SELECT max(order_id) FROM main.orders")


def test_an_empty_file_left_by_a_killed_process_is_made_anew(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.touch()
    with open_warehouse(file) as warehouse:
        assert warehouse.rows("customers") == 0


def test_spilled_rows_left_by_a_killed_process_are_deleted(file: Path) -> None:
    file.with_suffix(".spill").mkdir(parents=True)
    (file.with_suffix(".spill") / "duckdb_temp_storage_0.tmp").write_text("rows")
    with open_warehouse(file):
        assert list(file.with_suffix(".spill").iterdir()) == []


def test_a_file_of_a_newer_release_is_refused(file: Path) -> None:
    with open_warehouse(file) as warehouse:
        warehouse.engine.execute(
            "UPDATE main.about SET value = '99' WHERE item = 'schema_version'"
        )
    with pytest.raises(StateError, match=r"newer audsync \(its version is 99"):
        open_warehouse(file)


def test_a_column_declared_since_is_added_with_the_rows_kept(file: Path) -> None:
    with open_warehouse(file) as warehouse:
        warehouse.engine.execute("ALTER TABLE main.orders DROP COLUMN offer_code")
        warehouse.engine.execute("INSERT INTO main.orders (order_id) VALUES ('A1')")
    with open_warehouse(file) as warehouse:
        rows = warehouse.engine.fetch("SELECT order_id, offer_code FROM main.orders")
        assert rows.to_pylist() == [{"order_id": "A1", "offer_code": None}]


def test_a_migration_runs_once_and_leaves_no_half(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_warehouse(file):
        pass

    def step(engine: DuckEngine) -> None:
        engine.execute("CREATE TABLE main.extra (a VARCHAR)")
        if fails:
            raise StateError("stopped half-way")

    monkeypatch.setattr(warehouse_schema, "MIGRATIONS", (*warehouse_schema.MIGRATIONS, step))
    fails = True
    with pytest.raises(StateError, match="half-way"):
        open_warehouse(file)
    fails = False
    for _ in range(2):
        with open_warehouse(file) as warehouse:
            assert columns_of(warehouse.engine, "extra") == {"a": "VARCHAR"}


def test_a_parameter_that_changes_its_type_keeps_what_can_be_read(file: Path) -> None:
    with open_warehouse(file) as warehouse:
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


def test_what_is_remembered_is_there_when_it_is_opened_again(file: Path) -> None:
    with open_warehouse(file) as warehouse, warehouse.transaction():
        warehouse.remember("cursor", {"page": 7, "text": "it's"})
        warehouse.remember("params", {"customers.param.points": "integer"})
        warehouse.remember("provided", ["customers.email"])
    with open_warehouse(file) as warehouse:
        assert warehouse.cursor == {"page": 7, "text": "it's"}
        assert warehouse.params == {"customers.param.points": "integer"}
        assert warehouse.provided == {"customers.email"}


def _change_and_fail(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        warehouse.remember("cursor", {"page": 1})
        warehouse.engine.execute("INSERT INTO main.orders (order_id) VALUES ('A1')")
        warehouse.engine.execute("SELECT nonsense")


def test_a_failed_transaction_leaves_nothing_not_even_what_was_remembered(file: Path) -> None:
    with open_warehouse(file) as warehouse:
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
    with open_warehouse(file) as warehouse:
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
        open_warehouse(file) as warehouse,
        warehouse.transaction(),
        pytest.raises(AudsyncError, match="open already"),
        warehouse.transaction(),
    ):
        pass


def test_clients_are_resolved_when_a_killed_pull_did_not_come_to_it(file: Path) -> None:
    with open_warehouse(file) as warehouse, warehouse.transaction():
        warehouse.engine.execute("INSERT INTO main.customers (customer_id) VALUES ('7')")
        warehouse.note_changed_rows()
    with open_warehouse(file) as warehouse:
        rows = warehouse.engine.fetch("SELECT * FROM main.account_clients").to_pylist()
        assert rows == [{"customer_id": "7", "client_id": "7"}]
        assert warehouse.generation == 1


def test_each_release_resolves_clients_by_its_own_rules(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_warehouse(file) as warehouse:
        with warehouse.transaction():
            warehouse.engine.execute("INSERT INTO main.customers (customer_id) VALUES ('7')")
            warehouse.note_changed_rows()
        assert warehouse.resolve_if_stale()
        assert not warehouse.resolve_if_stale()
        warehouse.engine.execute("UPDATE main.account_clients SET client_id = 'by old rules'")
    monkeypatch.setattr("audsync.warehouse.store.__version__", "99.0")
    with open_warehouse(file) as warehouse:
        rows = warehouse.engine.fetch("SELECT * FROM main.account_clients").to_pylist()
        assert rows == [{"customer_id": "7", "client_id": "7"}]
