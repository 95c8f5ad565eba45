"""A pull brings the shop's rows in whole, or leaves yesterday's state."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from audsync.contracts import Cursor, Loss, Page, Rejection
from audsync.errors import GuardError, TransientError
from audsync.pull import TableCounts
from audsync.quarantine import QuarantineLimits, RejectionCount
from audsync.tables import Kind
from audsync.testing.memory_source import MemorySource, table_rows
from fakes.pulled_shop import UNTIL, Pages, Shop, customers, order, rejections


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.warehouse.close()


def test_a_first_pull_fills_the_tables_and_says_so(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1, 2))
    source.put("orders", [order("A1", customer_id="1"), order("A2", customer_id="2")])
    report = shop.pull(source)
    assert report.tables == {
        "customers": TableCounts(read=2, new=2, held=2),
        "orders": TableCounts(read=2, new=2, held=2),
    }
    assert report.changed
    assert report.generation == shop.warehouse.generation > 0
    assert not report.incomplete
    assert shop.warehouse.cursor == {"changes": 2}
    assert shop.warehouse.provided == source.provides
    assert shop.told == [("customers", 2), ("orders", 2)]
    assert list(shop.folder.glob("quarantine/*")) == []


def test_every_kind_of_column_comes_back_as_it_was_sent(shop: Shop) -> None:
    source = MemorySource(params={"products.param.weight kg": Kind.NUMBER})
    product = {
        "product_id": "P1",
        "title": "Č 😀 'quoted'",
        "price_minor": 9_000_000_000,
        "tags": ["b", None, "a"],
        "param.weight kg": "1.2345",
    }
    line = {"order_id": "A1", "line_number": 1, "product_id": "P1", "quantity": "0.125"}
    account = {
        "customer_id": "1",
        "registered_at": "2024-03-31T01:30:00.123456+02:00",
        "born_on": "1980-02-29",
    }
    source.put("products", [product])
    source.put("order_lines", [line])
    source.put("customers", [account])
    source.put("orders", [order("A1", has_invoice=True)])
    shop.pull(source)
    shop.reopen()
    (row,) = shop.rows("SELECT * FROM main.products")
    assert row["title"] == "Č 😀 'quoted'"
    assert row["price_minor"] == 9_000_000_000
    assert row["tags"] == ["b", None, "a"]
    assert str(row["param.weight kg"]) == "1.2345"
    assert shop.warehouse.params == {"products.param.weight kg": Kind.NUMBER}
    (row,) = shop.rows("SELECT * FROM main.order_lines")
    assert str(row["quantity"]) == "0.125"
    (row,) = shop.rows("SELECT * FROM main.customers")
    assert row["registered_at"] == datetime(2024, 3, 30, 23, 30, 0, 123456)  # noqa: DTZ001 -- UTC
    assert str(row["born_on"]) == "1980-02-29"
    assert shop.rows("SELECT has_invoice FROM main.orders") == [{"has_invoice": True}]


def test_the_same_rows_again_change_nothing(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1, 2, 3), replaces=True)
    shop.pull(source)
    before = shop.warehouse.generation
    source.put("customers", customers(3, 1, 2), replaces=True)
    report = shop.pull(source)
    assert report.tables == {"customers": TableCounts(read=3, held=3)}
    assert not report.changed
    assert shop.warehouse.generation == before
    assert shop.warehouse.cursor == {"changes": 2}


def test_a_pull_of_nothing_leaves_everything(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1))
    first = shop.pull(source)
    second = shop.pull(source)
    assert second.tables == {}
    assert not second.changed
    assert second.resolution == first.resolution
    assert shop.emails() == {"1": "c1@example.com"}


def test_a_changed_row_replaces_the_old_one_with_all_its_columns(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1, 2, city="London"))
    shop.pull(source)
    source.put("customers", customers(2, email="new{}@example.com"))
    report = shop.pull(source)
    assert report.tables == {"customers": TableCounts(read=1, changed=1, held=2)}
    assert shop.rows("SELECT customer_id, email, city FROM main.customers ORDER BY 1") == [
        {"customer_id": "1", "email": "c1@example.com", "city": "London"},
        {"customer_id": "2", "email": "new2@example.com", "city": None},
    ]


def test_a_replaced_table_holds_this_pulls_rows_only(shop: Shop) -> None:
    source = MemorySource(page_rows=2)
    source.put("customers", customers(*range(1, 11)))
    shop.pull(source)
    source.put("customers", customers(*range(2, 11)), replaces=True)
    report = shop.pull(source)
    assert report.tables == {"customers": TableCounts(read=9, removed=1, held=9)}
    assert sorted(map(int, shop.emails())) == list(range(2, 11))


def test_a_row_sent_twice_the_last_wins(shop: Shop) -> None:
    one_page = table_rows(
        "customers",
        {"customer_id": "1", "email": "first@example.com"},
        {"customer_id": "1", "email": "second@example.com"},
        {"customer_id": "2", "email": "first@example.com"},
    )
    shop.pull(
        Pages(
            Page("customers", one_page),
            Page("customers", customers(2, email="later@example.com"), cursor={"n": 1}),
        ),
        limits=QuarantineLimits(stop_percent=100),
    )
    assert shop.emails() == {"1": "second@example.com", "2": "later@example.com"}


def test_a_row_lost_to_another_of_its_key_is_counted_and_kept_masked(shop: Shop) -> None:
    rows = pa.concat_tables(
        [customers(*range(10, 110)), customers(17, email="other@example.com"), customers(20)]
    )
    report = shop.pull(Pages(Page("customers", rows, cursor={"n": 1})))
    # 20 came twice with the same content: nothing was lost.
    assert report.rejections == (RejectionCount("customers", "duplicate_key", Loss.ROW, 1),)
    assert report.tables["customers"] == TableCounts(read=102, dropped=1, new=100, held=100)
    (entry, _) = (shop.folder / "quarantine" / "run.jsonl").read_text().splitlines()
    assert json.loads(entry) == {
        "table": "customers",
        "place": "row 8",
        "column": "customer_id",
        "reason": "duplicate_key",
        "loss": "row",
        "value": "1*",
    }


def test_parameters_get_their_column_when_they_come_up(shop: Shop) -> None:
    source = MemorySource(params={"customers.param.points": Kind.INTEGER})
    source.put("customers", [{"customer_id": "1", "param.points": 5}, {"customer_id": "2"}])
    shop.pull(source)
    source.params = {
        "customers.param.points": Kind.TEXT,
        "customers.param.Club level": Kind.TEXTS,
    }
    source.put(
        "customers",
        [{"customer_id": "2", "param.points": "many", "param.Club level": ["gold"]}],
    )
    shop.pull(source)
    points = 'SELECT "param.points" AS p, "param.Club level" AS c FROM main.customers'
    assert shop.rows(points + " ORDER BY customer_id") == [
        {"p": "5", "c": None},
        {"p": "many", "c": ["gold"]},
    ]
    assert shop.warehouse.params == source.params


def test_a_parameter_may_come_up_in_the_middle_of_a_pull(shop: Shop) -> None:
    class Growing(MemorySource):
        def pull(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
            assert cursor is None
            assert until == UNTIL
            yield Page("customers", customers(1))
            self.params = {"customers.param.vip": Kind.BOOLEAN}
            record = {"customer_id": "2", "param.vip": True}
            rows = table_rows("customers", record, params=self.params)
            yield Page("customers", rows, cursor={"n": 1})

    shop.pull(Growing())
    assert shop.rows('SELECT "param.vip" AS v FROM main.customers ORDER BY customer_id') == [
        {"v": None},
        {"v": True},
    ]


def test_a_declared_parameter_has_a_column_also_without_a_row(shop: Shop) -> None:
    source = MemorySource(params={"products.param.colour": Kind.TEXT})
    shop.pull(source)
    assert shop.warehouse.params == source.params
    assert shop.rows('SELECT "param.colour" FROM main.products') == []


def test_what_came_with_a_cursor_stays_when_the_source_fails_later(shop: Shop) -> None:
    source = MemorySource(page_rows=2)
    source.put("customers", customers(1, 2, 3))
    source.put("customers", customers(4, 5, 6))
    source.fail_next(TransientError("busy", connector="memory"), after_pages=3)
    with pytest.raises(TransientError):
        shop.pull(source)
    assert sorted(shop.emails()) == ["1", "2", "3"]  # not 4 and 5: their cursor never came
    assert shop.warehouse.cursor == {"changes": 1}
    assert shop.rows("SELECT client_id FROM main.account_clients ORDER BY 1") == [
        {"client_id": "1"},
        {"client_id": "2"},
        {"client_id": "3"},
    ]
    shop.pull(source)
    assert sorted(shop.emails()) == ["1", "2", "3", "4", "5", "6"]


def test_a_table_half_replaced_is_not_kept_though_a_cursor_came(shop: Shop) -> None:
    source = MemorySource(page_rows=2)
    source.put("customers", customers(*range(1, 6)))
    shop.pull(source)
    source.put("customers", customers(*range(3, 8)), replaces=True)
    source.put("customers", customers(9))
    source.fail_next(TransientError("busy", connector="memory"), after_pages=3)
    with pytest.raises(TransientError):
        shop.pull(source)
    assert sorted(shop.emails()) == ["1", "2", "3", "4", "5"]
    assert shop.warehouse.cursor == {"changes": 1}
    shop.pull(source)
    assert sorted(shop.emails()) == ["3", "4", "5", "6", "7", "9"]


def test_last_pages_without_a_cursor_are_kept_and_the_cursor_stays(shop: Shop) -> None:
    shop.pull(
        Pages(Page("customers", customers(1), cursor={"n": 1}), Page("customers", customers(2)))
    )
    assert sorted(shop.emails()) == ["1", "2"]
    assert shop.warehouse.cursor == {"n": 1}


def test_the_state_is_the_same_after_opening_again(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1, 2))
    report = shop.pull(source)
    shop.reopen()
    assert sorted(shop.emails()) == ["1", "2"]
    assert shop.warehouse.generation == report.generation
    assert shop.warehouse.cursor == {"changes": 1}
    assert not shop.pull(source).changed


def test_normal_forms_are_made_again_when_the_country_of_the_shop_changes(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", [{"customer_id": "1", "phone": "0172 5550123"}])
    query = "SELECT phone_e164 FROM main.customers"
    shop.pull(source, country="GB")
    before, generation = shop.rows(query), shop.warehouse.generation
    report = shop.pull(source, country="DE")
    assert shop.rows(query) == [{"phone_e164": "+491725550123"}] != before
    assert report.changed
    assert shop.warehouse.generation == generation + 1
    assert not shop.pull(source, country="DE").changed


def test_normal_forms_are_made_again_when_their_rules_change(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = MemorySource()
    source.put("orders", [order("A1", email="Anna@Example.com ")])
    shop.pull(source)
    shop.warehouse.engine.execute("UPDATE main.orders SET email_normal = 'by old rules'")
    assert not shop.pull(source).changed
    monkeypatch.setattr("audsync.pull.basis.NORMAL_VERSION", 0)
    assert shop.pull(source).changed
    assert shop.rows("SELECT email_normal FROM main.orders") == [
        {"email_normal": "anna@example.com"}
    ]


def test_accounts_and_orders_are_resolved_with_every_change(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1))
    source.put("orders", [order("A1", customer_id="1"), order("A2")])
    shop.pull(source)
    query = "SELECT order_id, client_id FROM main.order_clients ORDER BY 1"
    assert shop.rows(query)[0] == {"order_id": "A1", "client_id": "1"}
    source.put("orders", [order("A2", customer_id="1")])
    shop.pull(source)
    assert shop.rows(query) == [
        {"order_id": "A1", "client_id": "1"},
        {"order_id": "A2", "client_id": "1"},
    ]


def test_no_value_of_a_person_is_in_report_quarantine_or_error(shop: Shop) -> None:
    canaries = ["canary.person@example.com", "+447700900123", "Canaryne", "Canaryson"]
    person = dict(zip(["email", "phone", "first_name", "last_name"], canaries, strict=True))
    bad = [
        Rejection("customers", f"feed.csv:{n}", column, "unreadable", Loss.ROW, value)
        for n, (column, value) in enumerate(person.items())
    ]
    source = MemorySource()
    twice = [{"customer_id": "canaryid", **person}, {"customer_id": "canaryid", "city": "York"}]
    source.put("customers", twice, replaces=True, rejected=bad)
    with pytest.raises(GuardError) as caught:
        shop.pull(source)
    report = shop.pull(source, limits=QuarantineLimits(stop_percent=100), run="second")
    files = "".join(p.read_text() for p in (shop.folder / "quarantine").iterdir())
    assert files.count("unreadable") == 2 * (4 + 1)
    spoken = f"{caught.value!r} {report!r} {json.dumps(report.to_json())} {files}"
    for canary in [*canaries, "canaryid", "7700900123"]:
        assert canary.lower() not in spoken.lower()


def test_a_report_is_json_with_every_count(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1), rejected=rejections(1))
    data = shop.pull(source).to_json()
    assert json.loads(json.dumps(data)) == data
    assert data["tables"] == {
        "customers": {
            "read": 2, "dropped": 1, "new": 1, "changed": 0, "removed": 0, "kept_out": 0,
            "held": 1
        }
    }  # fmt: skip
    assert data["rejections"] == [
        {"table": "customers", "reason": "missing_key", "loss": "row", "count": 1}
    ]
    assert data["incomplete"] is True
