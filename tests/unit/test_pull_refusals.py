"""Pulls that are refused: too much is wrong or gone, or a source breaks its contract."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audsync.contracts import Loss, Page
from audsync.errors import AudsyncError, GuardError, TableError
from audsync.pull import Warned
from audsync.quarantine import RejectionCount
from audsync.tables import Kind
from audsync.testing.memory_source import MemorySource, table_rows
from fakes.pulled_shop import UNTIL, Pages, Shop, customers, order, rejections


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.warehouse.close()


# What a person must look at


def test_too_many_bad_rows_refuse_the_pull(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(*range(94)), replaces=True, rejected=rejections(6))
    with pytest.raises(GuardError) as caught:
        shop.pull(source)
    assert str(caught.value) == (
        "customers: 6 of 100 rows were refused (6.0 %), over the limit of 5 %: missing_key in "
        "customer_id 6 times, first at feed.csv:0. What is held stays as it is. See "
        f"{shop.folder / 'quarantine' / 'run.jsonl'} for the places and reasons; mend the "
        "source or its mapping, or raise quarantine.stop_percent"
    )
    assert shop.emails() == {}
    assert shop.warehouse.cursor is None
    assert len((shop.folder / "quarantine" / "run.jsonl").read_text().splitlines()) == 7


@pytest.mark.parametrize(("bad", "incomplete"), [(0, False), (1, False), (2, True), (5, True)])
def test_bad_rows_up_to_the_limit_are_a_warning_or_make_the_run_incomplete(
    shop: Shop, bad: int, *, incomplete: bool
) -> None:
    source = MemorySource()
    rows = customers(*range(100 - bad))
    source.put("customers", rows, replaces=True, rejected=rejections(bad))
    report = shop.pull(source)
    assert report.incomplete is incomplete
    assert report.tables["customers"].read == 100
    assert report.tables["customers"].dropped == bad


@pytest.mark.parametrize(
    ("bad", "incomplete", "stops"),
    [(10, False, False), (11, True, False), (15, True, False), (16, True, True)],
)
def test_many_bad_values_of_one_column_are_as_bad_as_bad_rows(
    shop: Shop, bad: int, *, incomplete: bool, stops: bool
) -> None:
    source = MemorySource()
    lost = rejections(bad, loss=Loss.VALUE)
    source.put("customers", customers(*range(300)), replaces=True, rejected=lost)
    if stops:
        with pytest.raises(GuardError, match=r"customers\.customer_id: 16 of 300 values were"):
            shop.pull(source)
        return
    report = shop.pull(source)
    assert report.incomplete is incomplete
    assert [message.partition(":")[0] for message in report.messages] == (
        ["customers.customer_id"] if incomplete else []
    )


def test_a_few_bad_values_are_counted_and_stop_nothing(shop: Shop) -> None:
    source = MemorySource()
    source.put(
        "customers", customers(1), replaces=True, rejected=rejections(9, loss=Loss.VALUE)
    )
    report = shop.pull(source)
    assert not report.incomplete
    assert report.rejections == (RejectionCount("customers", "missing_key", Loss.VALUE, 9),)


def test_a_table_of_which_every_row_was_refused_stops_the_pull(shop: Shop) -> None:
    source = MemorySource()
    bad = rejections(3, table="orders")
    source.put("orders", table_rows("orders"), replaces=True, rejected=bad)
    with pytest.raises(GuardError, match=r"orders: 3 of 3 rows were refused \(100\.0 %\)"):
        shop.pull(source)


def test_a_few_bad_rows_among_the_few_that_are_new_do_not_stop_the_pull(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1, 2, 3), rejected=rejections(10))
    assert shop.pull(source).incomplete
    source.put("customers", customers(4, 5, 6), rejected=rejections(11))
    with pytest.raises(GuardError):
        shop.pull(source)


def test_a_source_that_has_shrunk_changes_nothing_until_a_person_confirms(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(*range(10)), replaces=True)
    source.put("orders", [order("A1")], replaces=True)
    shop.pull(source)
    source.put("customers", customers(*range(7)), replaces=True)
    source.put("orders", [order("A2")], replaces=True)
    with pytest.raises(GuardError) as caught:
        shop.pull(source)
    assert "customers: 7 rows, 10 before (70 %, the limit is 80 %)" in str(caught.value)
    assert "nobody leaves" in str(caught.value)
    assert caught.value.exit_code == 7
    assert len(shop.emails()) == 10
    assert shop.rows("SELECT order_id FROM main.orders") == [{"order_id": "A1"}]
    assert shop.warehouse.cursor == {"changes": 2}
    assert shop.pull(source, accept_smaller=True).tables["customers"].removed == 3
    assert not shop.pull(source).changed


def gone(*ids: int, number: int) -> Page:
    """A page that says that these accounts are no more, kept by itself."""
    rows = table_rows("customers")
    return Page("customers", rows, whole_of=[str(n) for n in ids], cursor={"n": number})


def test_pages_that_are_kept_one_by_one_never_take_out_more_than_one_might(
    shop: Shop,
) -> None:
    shop.pull(Pages(Page("customers", customers(*range(100)), cursor={"n": 1})))
    pages = [gone(*range(start, start + 8), number=2 + start) for start in range(0, 100, 8)]
    for _ in range(3):  # nor in pulls that begin again where the last one stopped
        with pytest.raises(GuardError, match=r"customers: 76 rows, 100 before \(76 %"):
            shop.pull(Pages(*pages))
        assert len(shop.emails()) == 84
        assert shop.warehouse.cursor == {"n": 10}
    assert shop.pull(Pages(*pages[:4]), accept_smaller=True).tables["customers"].held == 68
    assert shop.pull(Pages(*pages[4:5])).tables["customers"].held == 60


def test_an_empty_feed_where_rows_were_is_refused(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(1), replaces=True)
    shop.pull(source)
    source.put("customers", table_rows("customers"), replaces=True)
    with pytest.raises(GuardError, match=r"customers: 0 rows, 1 before \(0 %"):
        shop.pull(source)
    assert shop.emails() == {"1": "c1@example.com"}


def test_a_quiet_day_is_no_shrunken_source(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(*range(100)))
    shop.pull(source)
    source.put("customers", customers(1, email="new{}@example.com"))
    assert shop.pull(source).tables["customers"].held == 100


def test_exactly_the_limit_of_the_source_guard_is_allowed(shop: Shop) -> None:
    source = MemorySource()
    source.put("customers", customers(*range(10)), replaces=True)
    shop.pull(source)
    source.put("customers", customers(*range(8)), replaces=True)
    assert shop.pull(source).tables["customers"].removed == 2


def test_times_in_the_future_are_counted_and_stay(shop: Shop) -> None:
    source = MemorySource()
    tomorrow, later = "2024-06-02T00:00:00", "2024-06-02T00:00:01"
    source.put("orders", [order("A1", created_at=tomorrow), order("A2", created_at=later)])
    source.put("customers", [{"customer_id": "1", "registered_at": "2999-01-01T00:00:00"}])
    report = shop.pull(source)
    assert report.warnings == (
        Warned("customers", "registered_at", "in_the_future", 1),
        Warned("orders", "created_at", "in_the_future", 1),
    )
    assert report.messages == [
        "customers.registered_at: 1 time lies in the future",
        "orders.created_at: 1 time lies in the future",
    ]
    assert report.tables["orders"].held == 2


def test_an_answer_that_lies_ahead_has_no_date_and_outdoes_no_other(shop: Shop) -> None:
    source = MemorySource()
    said = {"purpose": "advertising", "answer": "granted"}
    dates = {"1": "2024-06-02T00:00:00", "2": "2999-01-01T00:00:00"}
    source.put(
        "consents",
        [
            {"consent_id": key, "customer_id": key, "decided_at": at, **said}
            for key, at in dates.items()
        ],
    )
    source.put("customers", [{"customer_id": "1", "ad_consent_at": dates["2"]}])
    report = shop.pull(source)
    assert report.messages == [
        "consents.decided_at: 1 time lies in the future",
        "customers.ad_consent_at: 1 time lies in the future",
    ]
    rows = shop.warehouse.engine.fetch(
        "SELECT consent_id, decided_at IS NULL AS undated FROM consents "
        "UNION ALL SELECT 'account', ad_consent_at IS NULL FROM customers ORDER BY 1"
    )
    assert {row["consent_id"]: row["undated"] for row in rows.to_pylist()} == {
        "1": False,
        "2": True,
        "account": True,
    }


# A source that breaks its contract

_GOOD = {"customer_id": "1", "email": "canary@example.com"}


@pytest.mark.parametrize(
    ("table", "columns", "message"),
    [
        ("wishes", {"a": ["x"]}, "rows of a table that does not exist"),
        ("customers", {"email": ["canary"]}, "customers.customer_id: the column is missing"),
        ("customers", {"customer_id": ["1", None, ""]}, "2 of 3 values are missing"),
        ("customers", {"customer_id": [1]}, "the type is int64, and must be string"),
        ("customers", {"customer_id": ["1"], "nose": ["x"]}, "no column 'nose' is declared"),
        ("customers", {"customer_id": ["1"], "param.x": ["x"]}, "'param.x' is declared"),
        (
            "customers",
            {"customer_id": ["1", "2"], "data_permission": ["canary", None]},
            "customers.data_permission: 1 of 2 values are none of full, do_not_personalize",
        ),
        ("customers", {"customer_id": ["1"], "country": ["Canary"]}, "two capital letters"),
        (
            "products",
            {"product_id": ["1", "2", "3"], "price_minor": [9_000_000_001, -(2**63), 1]},
            "products.price_minor: 2 of 3 values are out of range",
        ),
    ],
)
def test_a_page_that_breaks_its_table_is_named_with_column_and_count(
    shop: Shop, table: str, columns: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(TableError) as caught:
        shop.pull(Pages(Page(table, pa.table(columns), cursor={"n": 1})))
    assert message in str(caught.value)
    assert "canary" not in str(caught.value).lower()
    assert shop.warehouse.cursor is None


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000.001"])
def test_a_quantity_is_above_zero_and_bounded(shop: Shop, quantity: str) -> None:
    line = {"order_id": "1", "line_number": 1, "product_id": "P", "quantity": quantity}
    rows = table_rows("order_lines", line)
    with pytest.raises(TableError, match=r"order_lines\.quantity: 1 of 1 values are out of"):
        shop.pull(Pages(Page("order_lines", rows, cursor={"n": 1})))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"orders.param.x": Kind.TEXT}, "orders: the table has no parameters"),
        ({"customers.param.x": Kind.TEXT, "customers.param.X": Kind.TEXT}, "in case only"),
    ],
)
def test_odd_parameters_are_refused(shop: Shop, params: dict[str, Kind], message: str) -> None:
    table = next(iter(params)).partition(".")[0]
    rows = table_rows(table, order("A1") if table == "orders" else _GOOD)
    with pytest.raises(TableError, match=message):
        shop.pull(Pages(Page(table, rows, cursor={"n": 1}), params=params))


def test_a_column_that_comes_twice_is_refused(shop: Shop) -> None:
    rows = customers(1).append_column("email", pa.array(["x"]))
    with pytest.raises(TableError, match="a column comes twice"):
        shop.pull(Pages(Page("customers", rows)))


def test_a_cursor_that_is_no_json_is_refused(shop: Shop) -> None:
    with pytest.raises(TableError, match="cursor cannot be kept as JSON"):
        shop.pull(Pages(Page("customers", customers(1), cursor={"at": UNTIL})))


def test_the_first_page_must_say_that_it_replaces(shop: Shop) -> None:
    with pytest.raises(TableError, match="the first page must say so"):
        shop.pull(
            Pages(
                Page("customers", customers(1)), Page("customers", customers(2), replaces=True)
            )
        )


def test_a_mistake_of_a_sources_author_is_told_by_place_without_its_text(shop: Shop) -> None:
    source = MemorySource()
    source.fail_next(ValueError("could not read canary@example.com"))
    with pytest.raises(AudsyncError) as caught:
        shop.pull(source)
    assert str(caught.value).startswith(
        "the source failed: ValueError at testing/memory_source"
    )
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__
