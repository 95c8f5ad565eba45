"""Returns take units from orders."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fakes.model_shop import ModelShop, line


@pytest.fixture
def shop() -> ModelShop:
    shop = ModelShop()
    shop.account("1")
    return shop


def kept(shop: ModelShop) -> dict[str, tuple[Decimal | int, int]]:
    """Units and value that are left, by order and line; builds the model."""
    shop.build()
    return {
        f"{row['order_id']}{row['line_number']}": (row["quantity"], row["value_minor"])
        for row in shop.read("counted_lines")
    }


def test_a_return_that_names_its_order_takes_units_from_it(shop: ModelShop) -> None:
    shop.order("a", "2026-05-01 12:00", line("p", 3, 1000))
    shop.order("b", "2026-06-01 12:00", line("p", 3, 1000))
    shop.give_back("p", 2, order_id="a")
    assert kept(shop) == {"a1": (1, 1000), "b1": (3, 3000)}
    assert shop.build().returns.linked == 1


def test_a_return_may_name_the_order_of_nobody(shop: ModelShop) -> None:
    shop.order("a", "2026-05-01 12:00", line("p"), client=None)
    shop.give_back("p", order_id="a", customer_id=None)
    assert shop.build().returns.linked == 1


def test_a_return_that_names_an_unknown_order_finds_none(shop: ModelShop) -> None:
    shop.order("a", "2026-05-01 12:00", line("p"))
    shop.give_back("p", order_id="lost")
    assert kept(shop) == {"a1": (1, 1000)}
    assert shop.build().returns.unmatched == 1


def test_a_return_without_an_order_goes_to_the_latest_that_holds_enough(
    shop: ModelShop,
) -> None:
    shop.order("a", "2026-04-01 12:00", line("p", 5))
    shop.order("b", "2026-05-01 12:00", line("p", 5))
    shop.order("c", "2026-06-01 12:00", line("p", 1))
    shop.give_back("p", 2)
    assert kept(shop) == {"a1": (5, 5000), "b1": (3, 3000), "c1": (1, 1000)}
    assert shop.build().returns.attached == 1


def test_when_no_order_holds_enough_the_latest_is_taken_and_the_rest_dropped(
    shop: ModelShop,
) -> None:
    shop.order("a", "2026-04-01 12:00", line("p", 3))
    shop.order("b", "2026-05-01 12:00", line("p", 2))
    shop.give_back("p", 9)
    assert kept(shop) == {"a1": (3, 3000)}
    assert shop.build().returns.excess_units == 7


def test_of_orders_at_one_moment_the_greater_id_is_taken(shop: ModelShop) -> None:
    shop.order("a9", "2026-04-01 12:00", line("p", 2))
    shop.order("b1", "2026-04-01 12:00", line("p", 2))
    shop.give_back("p", 1)
    assert kept(shop) == {"a91": (2, 2000), "b11": (1, 1000)}


def test_all_lines_of_a_product_together_hold_the_units(shop: ModelShop) -> None:
    shop.order("a", "2026-04-01 12:00", line("p", 2), line("q", 1), line("p", 2))
    shop.order("b", "2026-05-01 12:00", line("p", 3))
    shop.give_back("p", 4)
    assert kept(shop) == {"a2": (1, 1000), "b1": (3, 3000)}


def test_units_are_taken_from_lines_by_their_number(shop: ModelShop) -> None:
    shop.order("a", "2026-04-01 12:00", line("p", 2), line("p", 3), line("p", 4))
    shop.give_back("p", 3)
    shop.give_back("p", 1)
    assert kept(shop) == {"a2": (1, 1000), "a3": (4, 4000)}


@pytest.mark.parametrize(
    "unfit",
    [{"status": "open"}, {"is_test": True}, {"client": "2"}, {"client": None}],
    ids=["not finished", "a test", "another client's", "nobody's"],
)
def test_a_return_never_goes_to_an_order_that_may_not_count(
    shop: ModelShop, unfit: dict[str, Any]
) -> None:
    shop.order("a", "2026-06-10 12:00", line("p"), **unfit)
    shop.order("b", "2026-05-01 12:00", line("p"))
    shop.give_back("p", when="2026-06-15")
    assert "b1" not in kept(shop)


def test_a_return_never_goes_to_an_order_that_came_later(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p"))
    shop.give_back("p", when="2026-06-01 11:59:59")
    assert kept(shop) == {"a1": (1, 1000)}
    shop.give_back("p", when="2026-06-01 12:00")
    assert kept(shop) == {}


def test_a_return_never_takes_postage(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p", is_goods=False), line("q"))
    shop.give_back("p")
    assert shop.build().returns.unmatched == 1


def test_a_return_after_the_day_is_not_looked_at(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p"))
    shop.give_back("p", when="2026-06-20 12:00")
    report = shop.build(as_of=date(2026, 6, 19))
    assert report.returns.future == 1
    assert report.counted == 1
    assert shop.build(as_of=date(2026, 6, 20)).counted == 0


def test_a_fully_returned_order_is_no_purchase(shop: ModelShop) -> None:
    shop.order("a", "2026-06-01 12:00", line("p", 2), line("post", 1, 300, is_goods=False))
    shop.give_back("p", 2)
    client = shop.client()
    assert client["order_count"] == 0
    assert client["last_order"] is None
    assert client["rfm_score"] is None


def test_a_return_of_an_account_of_the_same_client_is_found(shop: ModelShop) -> None:
    shop.account("77", client="1")
    shop.order("a", "2026-06-01 12:00", line("p", 2))
    shop.give_back("p", 1, customer_id="77")
    assert kept(shop) == {"a1": (1, 1000)}


@pytest.mark.parametrize(
    ("units", "value", "taken", "left"),
    [
        ("3", 1000, "1", 667),  # 333.33 go
        ("3", 1000, "2", 333),  # 666.67 go
        ("2", 1001, "1", 500),  # 500.5 go: halves up
        ("0.5", 999, "0.125", 749),
        ("3", -1000, "1", -667),  # a correction: -333.33 go
    ],
)
def test_a_line_loses_the_share_of_its_value_that_came_back(
    shop: ModelShop, units: str, value: int, taken: str, left: int
) -> None:
    shop.order("a", "2026-06-01 12:00", line("p", units, gross_minor=value))
    shop.give_back("p", taken)
    assert kept(shop) == {"a1": (Decimal(units) - Decimal(taken), left)}


def test_the_largest_line_that_tables_allow_is_shared_exactly(shop: ModelShop) -> None:
    most = 9_000_000_000
    shop.order("a", "2026-06-01 12:00", line("p", 1_000_000, 1, gross_minor=most))
    shop.give_back("p", "999999.999")
    assert kept(shop) == {"a1": (Decimal("0.001"), 9)}
