"""Laws of the Clients model: the order of rows does not matter; scores and favourites."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from audsync.identity.text import fold
from audsync.model.analyses import EVERY_ANALYSIS
from audsync.model.settings import FrequencyMethod, ModelSettings, RfmSettings
from fakes.model_shop import AS_OF, ModelShop, line

LEFT = ("clients", "counted_orders", "counted_lines", "product_facts", "client_brands")
FACTS = (*LEFT, "client_categories", "client_products")
BRANDS = ("Acme", "ACME", "ácme", "Beta", " beta", "Ünit")
PATHS = ("Shoes | Running", "shoes|RUNNING", "Shoes", "Bags | Sale", "Bags | sale | Small")

# Few values of everything, so that ties are the rule.
ages = st.integers(-1, 4)
few = st.integers(0, 3)
lines_ = st.lists(
    st.tuples(few, st.sampled_from([1, 2]), st.sampled_from([0, 100, 200])), max_size=4
)
orders_ = st.lists(
    st.tuples(few, ages, lines_, st.sampled_from(["finished", "open"])), max_size=8
)
returns_ = st.lists(st.tuples(few, few, st.sampled_from([1, 3]), ages), max_size=3)


def make_shop(
    orders: list[tuple[Any, ...]], returns: list[tuple[Any, ...]], brands: list[str]
) -> ModelShop:
    """Four clients of one or two accounts and four products."""
    shop = ModelShop()
    for number in range(4):
        shop.account(str(number), city=f"City {number % 2}", tags=[f"t{number}", "t"])
        shop.account(f"{number}b", client=str(number), zip=f"{number}", email="e@example.com")
        shop.product(f"p{number}", brand=brands[number], category=PATHS[number])
    shop.product("p4", parent_id="p0", brand=brands[4], category=PATHS[4])
    for number, (client, age, bought, status) in enumerate(orders):
        goods = (line(f"p{product}", units, price) for product, units, price in bought)
        shop.order(
            f"o{number}",
            str(AS_OF - timedelta(days=age)),
            *goods,
            client=str(client),
            status=status,
            zip=f"z{number % 2}",
            email=f"{number % 3}@example.com",
            store=f"s{number % 2}",
        )
    for client, product, units, age in returns:
        shop.give_back(
            f"p{product}", units, str(AS_OF - timedelta(days=age)), customer_id=str(client)
        )
    return shop


@settings(max_examples=10)
@given(
    orders_,
    returns_,
    st.lists(st.sampled_from(BRANDS), min_size=5, max_size=5),
    st.integers(0, 9),
    st.integers(1, 5),
)
def test_the_order_and_pieces_of_the_input_do_not_matter(
    orders: list[tuple[Any, ...]],
    returns: list[tuple[Any, ...]],
    brands: list[str],
    seed: int,
    chunks: int,
) -> None:
    shop = make_shop(orders, returns, brands)
    report = shop.build(analyses=EVERY_ANALYSIS)
    before = {name: shop.read(name) for name in FACTS}
    shop.shuffle(seed)
    assert shop.build(chunks=chunks, analyses=EVERY_ANALYSIS) == report
    assert {name: shop.read(name) for name in FACTS} == before


@settings(max_examples=10)
@given(orders_, returns_)
def test_clients_are_the_sums_of_the_facts(
    orders: list[tuple[Any, ...]], returns: list[tuple[Any, ...]]
) -> None:
    shop = make_shop(orders, returns, ["Acme"] * 5)
    report = shop.build()
    spent: dict[str, int] = defaultdict(int)
    units: dict[str, Decimal] = defaultdict(Decimal)
    for order in shop.read("counted_orders"):
        spent[order["client_id"]] += order["value_minor"]
    for bought in shop.read("counted_lines"):
        units[bought["client_id"]] += bought["quantity"]
    for client in shop.read("clients"):
        assert client["total_revenue_minor"] == spent[client["client_id"]]
        assert client["product_count"] == units[client["client_id"]]
    assert report.orders == len(orders) == report.counted + sum(report.not_counted.values())


def test_scores_are_the_formulas_of_the_page_counted_one_by_one() -> None:
    orders = [(n * n % 7, 100 * (n % 5)) for n in range(40)]
    shop = ModelShop()
    bought: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, (age, value) in enumerate(orders):
        client = str(number * 3 % 17)
        bought[client].append((age, value))
        day = AS_OF - timedelta(days=age)
        shop.order(f"o{number}", str(day), line("p", 1, value), client=client)
    days = {key: min(age for age, _ in had) for key, had in bought.items()}
    mean = {
        key: (2 * sum(value for _, value in had) + len(had)) // (2 * len(had))
        for key, had in bought.items()
    }
    often = {key: len(had) for key, had in bought.items()}
    n = len(bought)
    quintiles = ModelSettings(rfm=RfmSettings(frequency=FrequencyMethod.QUINTILE))
    for key, row in shop.clients(quintiles).items():
        worse = sum(other > days[key] for other in days.values())
        equal = sum(other == days[key] for other in days.values())
        assert row["recency_score"] == 1 + 5 * (2 * worse + equal) // (2 * n)
        for measure, column in ((mean, "monetary_score"), (often, "frequency_score")):
            lower = sum(other < measure[key] for other in measure.values())
            equal = sum(other == measure[key] for other in measure.values())
            assert row[column] == 1 + 5 * (2 * lower + equal) // (2 * n)


@settings(max_examples=10)
@given(orders_, st.lists(st.sampled_from(BRANDS), min_size=5, max_size=5))
def test_the_favorite_brand_wins_by_the_five_rules(
    orders: list[tuple[Any, ...]], brands: list[str]
) -> None:
    shop = make_shop(orders, [], brands)
    clients = shop.clients()
    for key, client in clients.items():
        rank: dict[str, tuple[Any, ...]] = {}
        of_brand: dict[str, list[tuple[int, int, int, datetime]]] = defaultdict(list)
        for number, (owner, age, bought, status) in enumerate(orders):
            if str(owner) != key or age < 0 or status != "finished":
                continue
            moment = datetime.combine(AS_OF, datetime.min.time(), UTC) - timedelta(days=age)
            for product, units, price in bought:
                brand = fold(brands[product])
                of_brand[brand].append((number, units, units * price, moment))
        for brand, rows in of_brand.items():
            rank[brand] = (
                -len({number for number, *_ in rows}),
                -sum(units for _, units, _, _ in rows),
                -sum(spend for _, _, spend, _ in rows),
                -max(moment for *_, moment in rows).timestamp(),
                brand,
            )
        best = min(rank, key=rank.__getitem__, default=None)
        shown = client["favorite_brand"]
        assert (None if shown is None else fold(shown)) == best
        assert client["brand_count"] == len(rank)
