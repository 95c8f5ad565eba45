"""What a source may ask of the warehouse, and what its calls are counted by."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from audsync.contracts import Calls, Context
from audsync.errors import CredentialError, ExitCode, PausedError, TableError
from audsync.identity.hiding import Hiding
from audsync.tables import TABLES
from audsync.testing.memory_source import table_rows
from audsync.warehouse import HeldRows, Warehouse
from audsync.warehouse.schema import source_columns
from audsync.warehouse.stage import Stage


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse(tmp_path / "warehouse.duckdb", timezone="UTC") as opened:
        orders = [
            {
                "order_id": str(n),
                "customer_id": str(n % 3),
                "created_at": "2024-01-01",
                "status": "finished" if n % 2 else "open",
                "currency": "PLN",
            }
            for n in range(6)
        ]
        for table, rows in (
            ("orders", table_rows("orders", *orders)),
            (
                "customers",
                table_rows("customers", {"customer_id": "1", "email": "a@b.example"}),
            ),
        ):
            opened.engine.execute(f"DELETE FROM main.{table}")
            with opened.engine.handed_over("given", rows):
                opened.engine.execute(f"INSERT INTO main.{table} BY NAME SELECT * FROM given")
        yield opened


def test_texts_are_distinct_in_order_and_come_in_pieces(warehouse: Warehouse) -> None:
    held = HeldRows(warehouse.engine)
    assert held.texts("orders", "customer_id") == ["0", "1", "2"]
    assert held.texts("orders", "customer_id", limit=2) == ["0", "1"]
    assert held.texts("orders", "customer_id", after="1") == ["2"]


def test_texts_may_be_those_that_another_table_lacks_or_of_certain_rows(
    warehouse: Warehouse,
) -> None:
    held = HeldRows(warehouse.engine)
    assert held.texts("orders", "customer_id", but_not_in="customers") == ["0", "2"]
    assert held.texts("orders", "order_id", having={"status": "open"}) == ["0", "2", "4"]


def test_times_are_those_of_the_keys_that_have_one(warehouse: Warehouse) -> None:
    held = HeldRows(warehouse.engine)
    new_year = datetime(2024, 1, 1, tzinfo=UTC)
    asked = ["1", "3", "99"]
    assert held.times("orders", "created_at", asked) == {"1": new_year, "3": new_year}
    assert held.times("orders", "finished_at", asked) == {}
    assert held.times("orders", "created_at", []) == {}
    with pytest.raises(TableError, match=r"customers\.email"):
        held.times("customers", "email", asked)


@pytest.mark.parametrize("column", ["email", "phone", "last_name", "no_such", "registered_at"])
def test_what_names_a_person_cannot_be_asked_for(warehouse: Warehouse, column: str) -> None:
    held = HeldRows(warehouse.engine)
    with pytest.raises(TableError, match=f"customers.{column}"):
        held.texts("customers", column)
    with pytest.raises(TableError):
        held.texts("customers", "customer_id", having={column: "x"})


def test_a_key_that_is_an_address_is_told_and_removed_as_it_is_kept(
    warehouse: Warehouse,
) -> None:
    hiding = Hiding(b"k" * 32, {})
    held = HeldRows(warehouse.engine, hiding)
    assert held.kept("17") == "17"
    kept = held.kept("anna@example.com")
    assert "anna" not in kept
    rows = table_rows("customers", {"customer_id": "anna@example.com", "city": "Brno"})
    table = TABLES["customers"]

    def merged(given: pa.Table) -> int:
        columns = source_columns(table)
        stage = Stage(warehouse.engine, table, columns, country="CZ", hiding=hiding)
        stage.add(given, first_number=0, whole_of=["anna@example.com"])
        removed = stage.merge(replaces=False).removed
        stage.forget()
        return removed

    assert merged(rows) == 0
    assert kept in held.texts("customers", "customer_id")
    assert merged(rows.slice(0, 0)) == 1
    assert held.texts("customers", "customer_id") == ["1"]


def test_a_call_beyond_the_limit_is_not_made_and_ends_as_incomplete() -> None:
    told: list[int] = []
    calls = Calls(2, told=told.append)
    calls.expect(7)
    calls.take()
    calls.take()
    with pytest.raises(PausedError, match="limit of 2 calls") as caught:
        calls.take()
    assert caught.value.exit_code is ExitCode.INCOMPLETE
    assert (calls.made, calls.expected, told) == (2, 7, [7])


def test_a_context_alone_knows_no_secret_and_holds_nothing(tmp_path: Path) -> None:
    context = Context("shop", "UTC", "GB", "GBP", tmp_path, lambda text: tmp_path / text)
    with pytest.raises(CredentialError, match="no place to look"):
        context.secret("key")
    assert context.held.texts("orders", "order_id") == []
    assert context.held.times("orders", "created_at", ["1"]) == {}
    assert context.held.kept("a") == "a"
