"""Affluence: price scores within a category, weights, and the classes of clients."""

import statistics
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from audsync.errors import ConfigError
from audsync.model.affluence_report import AffluenceReport
from audsync.model.analyses import Analysis
from audsync.model.settings import AffluenceSettings, ModelSettings
from fakes.model_shop import AS_OF, ModelShop, line

PATHS = {"a": "Shoes | Running", "b": "Shoes | Town", "c": "Socks", "d": None}


def scored(
    shop: ModelShop, **settings: Any
) -> tuple[dict[str, Any], dict[str, int], AffluenceReport]:
    """Rows of clients, price scores by product, and the report."""
    model = ModelSettings(affluence=AffluenceSettings(**settings))
    report = shop.build(model, analyses=[Analysis.AFFLUENCE]).affluence
    assert report is not None
    rows = {row["client_id"]: row for row in shop.read("clients")}
    prices = shop.engine.fetch(
        "SELECT DISTINCT b.product_key, s.price_score FROM price_scores AS s "
        "JOIN bought_products AS b ON b.product = s.product"
    ).to_pylist()
    return rows, {row["product_key"]: row["price_score"] for row in prices}, report


def buy(shop: ModelShop, client: str, *goods: Any, age: int = 10) -> None:
    number = len(shop.rows["orders"])
    day = AS_OF - timedelta(days=age)
    shop.order(f"o{number}", f"{day} 12:00", *goods, client=client)


def crowd(seed: int) -> ModelShop:
    """Sixty products in three categories and none, ninety clients who buy some of them."""
    chance = Random(seed)  # noqa: S311 -- examples
    shop = ModelShop()
    for kind, path in PATHS.items():
        for number in range(15):
            price = chance.randint(5, 400) * (200 if kind == "a" else 20)
            shop.product(f"{kind}{number}", category=path, price_minor=price)
    for client in range(90):
        for _ in range(chance.choice([1, 1, 2, 5])):
            goods = [
                line(f"{chance.choice('aabcd')}{chance.randrange(15)}", chance.choice([1, 5]))
                for _ in range(chance.choice([1, 3]))
            ]
            buy(shop, str(client), *goods, age=chance.choice([1, 90, 730, 731, 1500]))
    return shop


class Formula:
    """The page's formula, worked out line by line with decimal fractions."""

    def __init__(self, shop: ModelShop) -> None:
        catalogue = shop.rows["products"]
        self.price = {row["product_id"]: row["price_minor"] for row in catalogue}
        self.path = {row["product_id"]: row["category"] or "" for row in catalogue}
        orders = {row["order_id"]: row["created_at"].date() for row in shop.rows["orders"]}
        owner = {row["order_id"]: row["client_id"] for row in shop.order_clients}
        self.lines = [
            (owner[row["order_id"]], (AS_OF - orders[row["order_id"]]).days, row)
            for row in shop.rows["order_lines"]
        ]
        self.pairs = {(c, row["product_id"]) for c, age, row in self.lines if age <= 730}

    def bought(self, group: str) -> list[str]:
        """The product of each client and product of the look-back; the shop is group ""."""
        return [name for _, name in self.pairs if self.path[name].startswith(group)]

    def group(self, product: str) -> str:
        groups = (self.path[product], self.path[product].split(" | ", maxsplit=1)[0])
        return next((one for one in groups if one and len(set(self.bought(one))) >= 8), "")

    def score(self, product: str) -> int:
        prices = [self.price[name] for name in self.bought(self.group(product))]
        below = sum(other < self.price[product] for other in prices)
        equal = prices.count(self.price[product])
        return int(1 + 99 * (2 * below + equal) // (2 * len(prices)))

    def weight(self, product: str) -> float:
        own, all_ = (
            statistics.median(self.price[name] for name in self.bought(group))
            for group in (self.group(product), "")
        )
        return float(min(max((own / all_) ** 0.5, 0.25), 2))

    def affluence(self) -> dict[str, float]:
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for client, age, row in self.lines:
            product, units = row["product_id"], float(min(row["quantity"], Decimal(3)))
            value = self.weight(product) * units * 0.5 ** (age / 730)
            sums[client][0] += value
            sums[client][1] += value * self.score(product)
        usual = statistics.median(value for value, _ in sums.values())
        return {k: (times + 50 * usual) / (value + usual) for k, (value, times) in sums.items()}


def test_scores_are_those_of_the_formula_worked_out_line_by_line() -> None:
    shop = crowd(1)
    rows, scores, report = scored(shop)
    formula = Formula(shop)
    products = {row["product_id"] for *_, row in formula.lines}
    assert scores == {product: formula.score(product) for product in products}
    assert {formula.group(product) for product in products} == {
        *("Shoes | Running", "Shoes | Town", "Socks", ""),
    }
    raw = formula.affluence()
    assert {key for key, row in rows.items() if row["affluence_score"]} == raw.keys()
    ranked = sorted(raw.values())
    for key, value in raw.items():
        assert abs(rows[key]["affluence_score"] - value) <= 0.501
        place = (2 * ranked.index(value) + 1) / (2 * len(ranked))
        wanted = "economy" if place < 0.2 else "rich" if place >= 0.8 else "standard"
        assert rows[key]["affluence_category"] == wanted
    for name, clients in report.categories.items():
        of = [r["affluence_score"] for r in rows.values() if r["affluence_category"] == name]
        assert clients == len(of)
        assert report.category_bounds[name] == (min(of), max(of))
    assert report.scored == sum(report.categories.values()) == len(raw)


def test_the_report_has_the_prices_of_each_fifth_by_category() -> None:
    _, scores, report = scored(crowd(1))
    assert report.group_count == len(report.groups) == 4
    names = {group.name for group in report.groups}
    assert names == {None, "Shoes | Running", "Shoes | Town", "Socks"}
    buyers = [group.buyers for group in report.groups]
    assert buyers == sorted(buyers, reverse=True)
    for group in report.groups:
        assert sum(low <= high for low, high in group.bands.values()) == len(group.bands)
        lows = [group.bands[band][0] for band in sorted(group.bands)]
        assert lows == sorted(lows)
    assert sum(group.products for group in report.groups) == len(scores)


def test_a_category_of_few_products_is_judged_with_the_one_above_it() -> None:
    shop = ModelShop()
    for number in range(8):
        path = "Shoes | Running" if number < 3 else "Shoes | Town"
        shop.product(f"p{number}", category=path, price_minor=1000 * (number + 1))
        buy(shop, "1", line(f"p{number}"))
    shop.product("alone", category="Bags", price_minor=4500)
    buy(shop, "1", line("alone"))
    _, scores, report = scored(shop)
    assert {group.name: group.products for group in report.groups} == {"Shoes": 8, None: 1}
    assert [scores[f"p{number}"] for number in range(8)] == [
        1 + 99 * (2 * number + 1) // 16 for number in range(8)
    ]
    assert scores["alone"] == 1 + 99 * (2 * 4 + 1) // 18


def test_one_purchase_moves_a_client_half_of_the_way() -> None:
    shop = ModelShop()
    for number in range(3):
        shop.product(f"p{number}", price_minor=100 + number)
        buy(shop, str(number), line(f"p{number}"))
    rows, scores, report = scored(shop)
    assert scores == {"p0": 17, "p1": 50, "p2": 83}
    assert [rows[str(number)]["affluence_score"] for number in range(3)] == [34, 50, 67]
    assert {row["affluence_category"] for row in rows.values()} == {"standard"}
    (told,) = report.messages
    assert told.endswith("are standard: model.affluence.least_clients asks for 20")
    rows, _, report = scored(shop, least_clients=3)
    assert [rows[str(number)]["affluence_category"] for number in range(3)] == [
        *("economy", "standard", "rich"),
    ]
    assert report.messages == []


def test_what_a_product_costs_is_told_by_the_catalogue_and_not_by_what_was_paid() -> None:
    shop = ModelShop()
    shop.product("dear", price_minor=9000)
    shop.product("cheap", price_minor=100)
    shop.product("parent", title="without a price")
    for number, price in enumerate((500, 700, 901)):
        shop.product(f"v{number}", parent_id="parent", price_minor=price)
    for client in "12":
        buy(shop, client, line("dear", 1, 50), line("cheap", 9, 99))
    buy(shop, "3", line("v0", 1, 1), line("gone", 1, 300), line("gone", 1, 401))
    _, scores, _ = scored(shop)
    prices = [row["price_minor"] for row in shop.read("price_scores")]
    assert sorted(prices) == [100, 350, 700, 9000]
    assert scores["cheap"] < scores["gone"] < scores["parent"] < scores["dear"]


def test_gifts_returns_and_products_without_a_price_have_no_say() -> None:
    shop = ModelShop()
    for number in range(2):
        shop.product(f"p{number}", price_minor=1000 * (number + 1))
        buy(shop, str(number), line(f"p{number}"))
    before = scored(shop)[:2]
    shop.product("gift", price_minor=1)
    shop.account("9")
    buy(shop, "9", line("gift", 1, 0))
    buy(shop, "0", line("gift", 5, 0), line("back", 1, 99999), line("free", 1, 0))
    shop.rows["returns"].append(
        {
            "return_id": "r",
            "line_number": 1,
            "order_id": "o3",
            "product_id": "back",
            "quantity": Decimal(1),
            "returned_at": shop.rows["orders"][-1]["created_at"],
        }
    )
    rows, scores, _ = scored(shop)
    for key, row in before[0].items():
        assert rows[key]["affluence_score"] == row["affluence_score"]
    assert {key: scores[key] for key in before[1]} == before[1]
    assert (rows["9"]["affluence_score"], rows["9"]["affluence_category"]) == (None, None)


def test_a_client_counts_once_for_a_product_and_a_line_for_three_units() -> None:
    def shop_of(units: int, times: int) -> ModelShop:
        shop = ModelShop()
        for number in range(3):
            shop.product(f"p{number}", price_minor=100 + number)
            buy(shop, str(number), line(f"p{number}"))
        for _ in range(times):
            buy(shop, "0", line("p2", units))
        return shop

    rows, once, _ = scored(shop_of(3, 1))
    more, often, _ = scored(shop_of(900, 1))
    assert rows["0"]["affluence_score"] == more["0"]["affluence_score"] > 50
    assert scored(shop_of(500, 4))[1] == often == once


def test_purchases_before_the_look_back_say_nothing_of_prices_but_something_of_people() -> None:
    shop = ModelShop()
    shop.product("new", price_minor=500)
    shop.product("old", price_minor=900)
    buy(shop, "1", line("new"), age=730)
    buy(shop, "2", line("old"), age=731)
    rows, scores, _ = scored(shop)
    assert scores == {"new": 50, "old": 100}
    assert rows["2"]["affluence_score"] > rows["1"]["affluence_score"] == 50
    rows, scores, _ = scored(shop, lookback_days=1)
    assert scores == {}
    assert rows["1"]["affluence_score"] is None


def test_half_of_a_life_later_a_purchase_counts_half() -> None:
    shop = ModelShop()
    for number in range(2):
        shop.product(f"p{number}", price_minor=100 + number)
    buy(shop, "1", line("p0"), age=100)
    buy(shop, "1", line("p1"), age=0)
    buy(shop, "2", line("p1"), age=0)
    rows, scores, _ = scored(shop, half_life_days=100)
    assert scores == {"p0": 17, "p1": 67}
    # Weights 0.5 and 1 against a usual weight of 1.25.
    raw = (0.5 * 17 + 67 + 1.25 * 50) / (1.5 + 1.25)
    assert rows["1"]["affluence_score"] == round(raw)


def test_a_shop_without_an_order_has_nobody() -> None:
    shop = ModelShop()
    shop.account("1")
    rows, scores, report = scored(shop)
    assert (rows["1"]["affluence_score"], scores, report.scored) == (None, {}, 0)
    assert (report.groups, report.categories) == ((), {})


@pytest.mark.parametrize(
    "wrong", [{"half_life_days": 0}, {"most_units": 101}, {"least_products": 0}]
)
def test_settings_without_a_meaning_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=rf"model\.affluence\.{next(iter(wrong))} must be"):
        scored(ModelShop(), **wrong)


def test_clients_who_buy_by_the_thousand_are_scored_as_well() -> None:
    shop = ModelShop()
    for number in range(2):
        shop.product(f"p{number}", category="Shoes", price_minor=1000 + 1000 * number)
    for client, product in (("a", "p0"), ("b", "p1")):
        for _ in range(60):
            buy(shop, client, line(product, 3))
    rows, _, _ = scored(shop, least_products=1)
    assert rows["a"]["affluence_score"] < 50 < rows["b"]["affluence_score"]
