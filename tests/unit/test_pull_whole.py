"""Orders that are told whole, and accounts that are named without a row."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from audsync.contracts import Page
from audsync.errors import GuardError
from audsync.pull import TableCounts
from audsync.testing.memory_source import table_rows
from fakes.pulled_shop import Pages, Shop, customers


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.warehouse.close()


def lines(order_id: str, *numbers: int) -> pa.Table:
    records = [
        {"order_id": order_id, "line_number": n, "product_id": f"p{n}", "quantity": 1}
        for n in numbers
    ]
    return table_rows("order_lines", *records)


def line_numbers(shop: Shop) -> list[tuple[str, int]]:
    found = shop.rows("SELECT order_id, line_number FROM main.order_lines ORDER BY ALL")
    return [(row["order_id"], row["line_number"]) for row in found]


def test_an_order_that_is_told_whole_loses_the_lines_it_has_no_more(shop: Shop) -> None:
    both = pa.concat_tables([lines("a", 1, 2, 3), lines("b", 1)])
    shop.pull(Pages(Page("order_lines", both, cursor={"n": 1})))
    page = Page("order_lines", lines("a", 1), whole_of=["a"], cursor={"n": 2})
    report = shop.pull(Pages(page))
    assert line_numbers(shop) == [("a", 1), ("b", 1)]
    assert report.tables["order_lines"] == TableCounts(read=1, removed=2, held=2)
    assert report.changed
    assert not shop.pull(Pages(page)).changed


def test_an_account_that_is_named_without_a_row_is_gone(shop: Shop) -> None:
    shop.pull(Pages(Page("customers", customers(1, 2, 3), cursor={"n": 1})))
    page = Page("customers", customers(2), whole_of=["1", "2"], cursor={"n": 2})
    assert shop.pull(Pages(page)).tables["customers"].removed == 1
    assert set(shop.emails()) == {"2", "3"}


def test_of_an_order_told_whole_twice_in_one_pull_the_last_is_kept_and_nothing_is_lost(
    shop: Shop,
) -> None:
    report = shop.pull(
        Pages(
            Page("order_lines", lines("a", 1, 2), whole_of=["a"]),
            Page("order_lines", lines("a", 2), whole_of=["a"], cursor={"n": 1}),
        )
    )
    assert line_numbers(shop) == [("a", 2)]
    assert report.rejections == ()


def test_more_than_a_few_accounts_are_gone_only_when_a_person_has_looked(shop: Shop) -> None:
    numbers = range(1, 41)
    shop.pull(Pages(Page("customers", customers(*numbers), cursor={"n": 1})))
    gone = [str(number) for number in numbers[:20]]
    page = Page("customers", customers(40), whole_of=gone, cursor={"n": 2})
    with pytest.raises(GuardError, match="customers: 20 rows, 40 before"):
        shop.pull(Pages(page))
    assert len(shop.emails()) == 40
    few = Page("customers", customers(40), whole_of=gone[:10], cursor={"n": 2})
    shop.pull(Pages(few))
    assert len(shop.emails()) == 30
    shop.pull(Pages(page), accept_smaller=True)
    assert len(shop.emails()) == 20
