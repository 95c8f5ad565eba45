"""Windows, dates, prices, products, favourites: what a client's purchases add up to."""

from datetime import date

import pytest

from fakes.model_shop import ModelShop, at, line


@pytest.fixture
def shop() -> ModelShop:
    shop = ModelShop()
    shop.account("1")
    return shop


@pytest.mark.parametrize(
    ("when", "recent"),
    [
        ("2026-07-01 23:59:59", 1),
        ("2025-07-02 00:00:00", 1),
        ("2025-07-01 00:00:00", 1),
        ("2025-06-30 23:59:59", 0),
    ],
)
def test_the_365_day_window_starts_with_the_day_365_days_ago(
    shop: ModelShop, when: str, recent: int
) -> None:
    shop.order("a", when, line("p", 2, 700))
    client = shop.client(as_of=date(2026, 7, 1))
    assert client["order_count"] == 1
    assert client["order_count_365d"] == recent
    assert client["product_count_365d"] == 2 * recent
    assert client["total_revenue_365d_minor"] == 1400 * recent
    assert client["avg_order_value_365d_minor"] == (1400 if recent else None)
    assert (client["days_since_last_order"] <= 365) == bool(recent)


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-01-09 22:59:59", date(2026, 1, 9)),  # 23:59:59 in winter
        ("2026-01-09 23:00:00", date(2026, 1, 10)),
        ("2026-06-09 21:59:59", date(2026, 6, 9)),  # 23:59:59 in summer
        ("2026-06-09 22:00:00", date(2026, 6, 10)),
        ("2026-03-28 23:00:00", date(2026, 3, 29)),  # the day has 23 hours
        ("2026-03-29 21:59:59", date(2026, 3, 29)),
        ("2026-03-29 22:00:00", date(2026, 3, 30)),
        ("2025-10-25 22:00:00", date(2025, 10, 26)),  # the day has 25 hours
        ("2025-10-26 22:59:59", date(2025, 10, 26)),
        ("2025-10-26 23:00:00", date(2025, 10, 27)),
    ],
)
def test_the_order_date_is_the_day_in_the_shops_zone(utc: str, day: date) -> None:
    shop = ModelShop("Europe/Warsaw")
    shop.account("1")
    shop.order("a", utc, line("p"))
    client = shop.client()
    assert client["last_order"] == day
    assert client["days_since_last_order"] == (date(2026, 7, 1) - day).days


def test_an_order_of_today_in_a_zone_east_of_utc_is_not_in_the_future() -> None:
    shop = ModelShop("Asia/Tokyo")
    shop.account("1")
    shop.order("a", "2026-06-30 15:00", line("p"))
    assert shop.client(as_of=date(2026, 6, 30))["order_count"] == 0
    assert shop.client(as_of=date(2026, 7, 1))["days_since_last_order"] == 0


def test_first_and_last_order_and_the_days_between_the_last_two(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10", line("p"))
    shop.order("b", "2026-03-10", line("p"))
    shop.order("c", "2026-03-31", line("p"))
    shop.order("d", "2026-03-20", line("back"))
    shop.give_back("back", when="2026-03-25")
    client = shop.client(as_of=date(2026, 4, 10))
    assert (client["first_order"], client["last_order"]) == (
        date(2026, 1, 10),
        date(2026, 3, 31),
    )
    assert (client["days_since_first_order"], client["days_since_last_order"]) == (90, 10)
    assert client["days_between_last_orders"] == 21


def test_two_orders_of_one_day_are_no_days_apart_and_one_has_no_gap(shop: ModelShop) -> None:
    shop.order("a", "2026-03-10 10:00", line("p"))
    assert shop.client()["days_between_last_orders"] is None
    shop.order("b", "2026-03-10 10:00", line("p"))
    assert shop.client()["days_between_last_orders"] == 0


def test_an_average_is_rounded_with_halves_up(shop: ModelShop) -> None:
    shop.order("a", "2026-03-10", line("p", 1, 100))
    shop.order("b", "2026-03-11", line("p", 1, 101))
    assert shop.client()["avg_order_value_minor"] == 101
    shop.order("c", "2026-03-12", line("p", 1, 100))
    assert shop.client()["avg_order_value_minor"] == 100


def test_prices_are_net_per_unit_and_zero_is_left_out(shop: ModelShop) -> None:
    shop.order(
        "a",
        "2026-03-10",
        line("p", 2, 500, unit_net_minor=400),
        line("q", 3, unit_net_minor=None, net_minor=1001),
        line("r", 4, unit_net_minor=None, net_minor=1002),
        line("gift", 1, 0),
        line("correction", 1, -50),
    )
    client = shop.client()
    assert client["min_product_price_net_minor"] == 251  # 250.5
    assert client["max_product_price_net_minor"] == 400


def test_the_unit_price_of_a_line_is_of_the_money_that_is_counted(shop: ModelShop) -> None:
    shop.order(
        "a",
        "2026-03-10",
        line("p", 2, 500, unit_net_minor=400),
        line("q", 2, unit_gross_minor=None, gross_minor=999),
    )
    shop.build()
    assert [row["unit_price_minor"] for row in shop.read("counted_lines")] == [500, 500]


@pytest.mark.parametrize(
    ("answers", "has_invoice"),
    [((True, None), True), ((True, False), True), ((False, False), False), ((None,), None)],
)
def test_an_invoice_was_had_not_had_or_nobody_says(
    *, shop: ModelShop, answers: tuple[bool | None, ...], has_invoice: bool | None
) -> None:
    for number, answer in enumerate(answers):
        shop.order(f"o{number}", "2026-03-10", line("p"), has_invoice=answer)
    assert shop.client()["has_invoice"] is has_invoice


def test_variants_are_one_product(shop: ModelShop) -> None:
    shop.product("p")
    shop.product("p-red", parent_id="p")
    shop.product("x-1", parent_id="gone")
    shop.order("a", "2026-03-10", line("p"), line("p-red"), line("x-1"), line("unknown"))
    assert shop.client()["unique_product_count"] == 3
    keys = {row["product_id"]: row["product_key"] for row in shop.read("counted_lines")}
    assert keys == {"p": "p", "p-red": "p", "x-1": "gone", "unknown": "unknown"}


def test_stores_are_those_of_counted_orders(shop: ModelShop) -> None:
    for number, store in enumerate(("web", "Brno", "web", None)):
        shop.order(f"o{number}", "2026-03-10", line("p"), store=store)
    shop.order("open", "2026-03-10", line("p"), store="till", status="open")
    assert shop.client()["stores"] == ["Brno", "web"]


def test_brands_are_listed_in_their_spelling_sorted_by_code_point(shop: ModelShop) -> None:
    for product, brand in {"p": "acme", "q": "Ábc", "r": "Zeta", "s": None}.items():
        shop.product(product, brand=brand)
    shop.order("a", "2026-03-10", *(line(name) for name in "pqrsp"))
    client = shop.client()
    assert client["purchased_brands"] == ["Zeta", "acme", "Ábc"]
    assert client["brand_count"] == 3


def test_categories_are_listed_with_the_paths_above_them(shop: ModelShop) -> None:
    shop.product("p", category="Shoes|Running | Trail")
    shop.product("q", category="Shoes | | Sandals|")
    shop.product("r", category="Bags")
    shop.product("s", category=" | ")
    shop.order("a", "2026-03-10", *(line(name) for name in "pqrs"))
    client = shop.client()
    assert client["purchased_categories"] == [
        "Bags",
        "Shoes",
        "Shoes | Running",
        "Shoes | Running | Trail",
        "Shoes | Sandals",
    ]
    assert client["category_count"] == 2


def test_categories_are_listed_each_once_sorted_by_code_point(shop: ModelShop) -> None:
    shop.product("p", category="Ábc | x")
    shop.product("q", category="zeta | Ł")
    shop.product("r", category="Ábc-d")
    shop.product("s", category="zeta | B")
    shop.order("a", "2026-03-10", *(line(name) for name in "pqrsp"))
    listed = ["zeta", "zeta | B", "zeta | Ł", "Ábc", "Ábc | x", "Ábc-d"]
    assert shop.client()["purchased_categories"] == listed


def test_who_bought_of_no_category_has_no_list_of_them(shop: ModelShop) -> None:
    shop.product("p")
    shop.order("a", "2026-03-10", line("p"))
    assert shop.client()["purchased_categories"] is None


FAVORITES = (
    "favorite_brand",
    "favorite_category",
    "favorite_subcategory",
    "favorite_product_line",
)


def favorites(shop: ModelShop, first: str, second: str) -> list[str]:
    """The favourites of client 1, where products f and s are of the first and second value."""
    for product, name in (("f", first), ("s", second)):
        shop.product(product, brand=name, product_line=name, category=f"{name} | {name} | Leaf")
    client = shop.client()
    return [client[column] for column in FAVORITES]


def test_the_favorite_is_in_most_orders(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10", line("s", 99, 9999))
    shop.order("b", "2026-01-11", line("f"))
    shop.order("c", "2026-01-12", line("f"), line("f"), line("s", 9))
    shop.order("d", "2026-01-13", line("f"))
    assert favorites(shop, "Zeta", "Alfa") == ["Zeta"] * 4


def test_two_lines_of_one_order_are_one_order(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10", line("s"), line("s"), line("s"))
    shop.order("b", "2026-01-11", line("f"))
    shop.order("c", "2026-01-12", line("f"))
    assert favorites(shop, "Zeta", "Alfa") == ["Zeta"] * 4


@pytest.mark.parametrize("orders", [60, 61, 130])
def test_orders_are_counted_right_however_many_there_are(shop: ModelShop, orders: int) -> None:
    for number in range(orders):
        goods = [line("f"), line("f")] if number else [line("f")]
        more = [line("s", 9, 9999)] if number else []
        shop.order(f"o{number}", "2026-01-10", *goods, *more)
    assert favorites(shop, "Zeta", "Alfa") == ["Zeta"] * 4
    found = {row["value"]: row["orders"] for row in shop.read("client_brands")}
    assert found == {"Zeta": orders, "Alfa": orders - 1}


def test_of_equal_orders_the_favorite_has_most_units(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10", line("f", "1.001", 1))
    shop.order("b", "2026-01-11", line("s", 1, 9999))
    assert favorites(shop, "Zeta", "Alfa") == ["Zeta"] * 4


def test_of_equal_units_the_favorite_has_most_spend(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10", line("f", 2, 501))
    shop.order("b", "2026-01-11", line("s", 2, 500))
    assert favorites(shop, "Zeta", "Alfa") == ["Zeta"] * 4


def test_of_equal_spend_the_favorite_was_bought_last(shop: ModelShop) -> None:
    shop.order("a", "2026-01-11", line("f"))
    shop.order("b", "2026-01-10", line("s"))
    assert favorites(shop, "Zeta", "Alfa") == ["Zeta"] * 4


def test_of_equal_days_the_favorite_is_first_in_folded_order(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10 08:00", line("f"))
    shop.order("b", "2026-01-10 20:00", line("s"))
    assert favorites(shop, "álfa", "Beta") == ["álfa"] * 4


def test_a_product_of_one_level_has_no_subcategory(shop: ModelShop) -> None:
    shop.product("p", category="Bags")
    shop.order("a", "2026-01-10", line("p"))
    client = shop.client()
    assert client["favorite_category"] == "Bags"
    assert client["favorite_subcategory"] is None
    assert client["favorite_brand"] is None


def test_subcategories_of_one_name_are_one(shop: ModelShop) -> None:
    shop.product("p", category="Shoes | Sale")
    shop.product("q", category="Bags | SALE")
    shop.product("r", category="Bags | Leather")
    shop.order("a", "2026-01-10", line("p"), line("r", 3))
    shop.order("b", "2026-01-11", line("q"))
    assert shop.client()["favorite_subcategory"] == "SALE"


def test_what_came_back_is_nobodys_favorite(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10", line("s", 5, order_id="a"), line("f"))
    shop.give_back("s", 5)
    assert favorites(shop, "Zeta", "Alfa") == ["Zeta"] * 4


def test_facts_name_client_order_and_product(shop: ModelShop) -> None:
    shop.product("p", title="Tent", brand="Acme", category="Camping | Tents")
    goods = line("p", 2, 500, sku="T1", name="Tent (old name)")
    shop.order(
        "a",
        "2026-01-10 08:00",
        goods,
        offer_code="WINTER",
        store="web",
        finished_at=at("2026-01-12"),
    )
    shop.build()
    assert shop.read("counted_orders") == [
        {
            "client_id": "1",
            "order_id": "a",
            "ordered_at": at("2026-01-12").replace(tzinfo=None),
            "ordered_on": date(2026, 1, 12),
            "age_days": 170,
            "value_minor": 1000,
            "offer_code": "WINTER",
            "store": "web",
        }
    ]
    assert shop.read("counted_lines") == [
        {
            "client_id": "1",
            "order_id": "a",
            "line_number": 1,
            "ordered_on": date(2026, 1, 12),
            "age_days": 170,
            "product_id": "p",
            "product_key": "p",
            "sku": "T1",
            "name": "Tent (old name)",
            "quantity": 2,
            "value_minor": 1000,
            "unit_price_minor": 500,
        }
    ]
    assert shop.read("client_brands") == [
        {
            "client_id": "1",
            "value": "Acme",
            "orders": 1,
            "units": 2,
            "spend_minor": 1000,
            "last_on": date(2026, 1, 12),
        }
    ]
    assert shop.read("client_categories") == [
        {"client_id": "1", "value": "Camping", "depth": 1},
        {"client_id": "1", "value": "Camping | Tents", "depth": 2},
    ]
    assert shop.read("client_products") == [
        {
            "client_id": "1",
            "value": "p",
            "product_id": "p",
            "sku": "T1",
            "name": "Tent (old name)",
        }
    ]


def test_a_name_may_differ_from_line_to_line(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10", line("p", name="Mug"), line("p", name="MUG"), line("p"))
    shop.build()
    assert [row["name"] for row in shop.read("counted_lines")] == ["Mug", "MUG", None]
    assert shop.client()["unique_product_count"] == 1


def test_the_report_knows_clients_and_the_earliest_order(shop: ModelShop) -> None:
    shop.account("2")
    shop.order("a", "2024-01-10", line("p"))
    shop.order("b", "2023-01-10", line("p"), status="open")
    report = shop.build()
    assert (report.clients, report.clients_with_orders, report.rfm.scored) == (2, 1, 1)
    assert report.earliest_order == date(2024, 1, 10)
    assert ModelShop().build().earliest_order is None


def test_building_again_replaces_everything(shop: ModelShop) -> None:
    shop.order("a", "2026-01-10", line("p"))
    assert shop.client()["order_count"] == 1
    shop.order("b", "2026-01-11", line("p"))
    assert shop.client()["order_count"] == 2
    assert len(shop.read("counted_lines")) == 2
