"""Favourite store, weekday and hour: the five rules that decide, in the shop's own time."""

from typing import Any

import pytest

from audsync.model.analyses import COLUMNS, Analysis
from audsync.tables import arrow_type
from fakes.model_shop import ModelShop, line

# Monday to Wednesday; hours and stores go with the days, so that all three are decided alike.
DAYS = {"first": "2026-01-05 09", "second": "2026-01-06 08", "later": "2026-01-12 09"}
STORES = {"first": "Zeta", "second": "Alfa", "later": "Zeta"}


@pytest.fixture
def shop() -> ModelShop:
    shop = ModelShop()
    shop.account("1")
    return shop


def favorites(shop: ModelShop, client: str = "1", **how: Any) -> tuple[Any, ...]:
    row = shop.clients(analyses=[Analysis.FAVORITES], **how)[client]
    return tuple(row[name] for name in COLUMNS[Analysis.FAVORITES])


def order(shop: ModelShop, when: str, *goods: Any) -> None:
    number = len(shop.rows["orders"])
    shop.order(f"o{number}", f"{DAYS[when]}:30", *goods, store=STORES[when])


def test_the_favorites_are_of_most_orders(shop: ModelShop) -> None:
    order(shop, "second", line("p", 99, 9999), line("q"), line("r"))
    order(shop, "first", line("p"))
    order(shop, "first", line("p"))
    assert favorites(shop) == ("Zeta", 1, 9)


def test_of_equal_orders_they_have_most_units(shop: ModelShop) -> None:
    order(shop, "first", line("p", "1.001", 1))
    order(shop, "second", line("p", 1, 9999))
    assert favorites(shop) == ("Zeta", 1, 9)


def test_of_equal_units_they_have_most_spend(shop: ModelShop) -> None:
    order(shop, "first", line("p", 2, 501))
    order(shop, "second", line("p", 2, 500))
    assert favorites(shop) == ("Zeta", 1, 9)


def test_of_equal_spend_they_are_of_the_latest_day(shop: ModelShop) -> None:
    order(shop, "later", line("p"))
    order(shop, "second", line("p"))
    assert favorites(shop) == ("Zeta", 1, 9)


def test_of_equal_days_they_are_first_in_folded_order_and_by_number(shop: ModelShop) -> None:
    for number, (hour, store) in enumerate([("20", "Beta"), ("08", "álfa")]):
        shop.order(f"o{number}", f"2026-01-05 {hour}:00", line("p"), store=store)
    assert favorites(shop) == ("álfa", 1, 8)


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_the_rows_changes_nothing(shop: ModelShop, seed: int) -> None:
    for when in ("first", "second", "later", "second", "later"):
        order(shop, when, line("p"))
    before = favorites(shop)
    shop.shuffle(seed)
    assert favorites(shop, chunks=2) == before == ("Zeta", 1, 9)


def test_stores_that_differ_in_case_and_accents_are_one(shop: ModelShop) -> None:
    for number, store in enumerate(["Praha ", "PRAHA", "práha", "PRAHA", "Brno", "Brno"]):
        shop.order(f"o{number}", f"2026-01-{10 + number} 10:00", line("p"), store=store)
    assert favorites(shop)[0] == "PRAHA"


MOMENTS = {
    "2026-01-11 22:59:59": (7, 23),  # Sunday in winter
    "2026-01-11 23:00:00": (1, 0),
    "2026-06-14 21:59:59": (7, 23),  # Sunday in summer
    "2026-06-14 22:00:00": (1, 0),
    "2026-03-29 00:59:59": (7, 1),  # the hour from two to three is left out
    "2026-03-29 01:00:00": (7, 3),
    "2025-10-26 00:30:00": (7, 2),  # the hour from two to three comes twice
    "2025-10-26 01:30:00": (7, 2),
    "2024-02-28 23:30:00": (4, 0),  # 29 February
}


def test_weekday_and_hour_are_those_of_the_shops_zone() -> None:
    shop = ModelShop("Europe/Prague")
    for utc in MOMENTS:
        shop.order(utc, utc, line("p"), client=utc)
    rows = shop.clients(analyses=[Analysis.FAVORITES])
    found = {key: (row["favorite_weekday"], row["favorite_hour"]) for key, row in rows.items()}
    assert found == MOMENTS


def test_orders_that_do_not_count_have_no_say(shop: ModelShop) -> None:
    shop.account("2")
    order(shop, "first", line("p"))
    shop.order("open", "2026-01-06 08:00", line("p"), status="open", store="Alfa")
    shop.order("back", "2026-01-06 08:00", line("q"), store="Alfa")
    shop.give_back("q")
    assert favorites(shop) == ("Zeta", 1, 9)
    assert favorites(shop, "2") == (None, None, None)


def test_an_order_without_a_line_is_an_order(shop: ModelShop) -> None:
    shop.order("a", "2026-01-06 08:00", store="Alfa", total_gross_minor=100)
    assert favorites(shop) == ("Alfa", 2, 8)


def test_asked_or_not_the_columns_have_the_types_that_are_declared(shop: ModelShop) -> None:
    order(shop, "first", line("p"))
    shapes = []
    for analyses in ((), tuple(Analysis)):
        shop.build(analyses=analyses)
        shapes.append(shop.engine.fetch("SELECT * FROM clients LIMIT 0").schema)
    assert shapes[0] == shapes[1]
    for columns in COLUMNS.values():
        for name, kind in columns.items():
            assert shapes[0].field(name).type == arrow_type(kind), name


def test_unless_asked_nothing_of_it_is_worked_out(shop: ModelShop) -> None:
    order(shop, "first", line("p"))
    row = shop.client()
    assert {row[name] for columns in COLUMNS.values() for name in columns} == {None}
