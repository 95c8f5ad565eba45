"""Who matches: what the catalogue says of the products that were bought."""

from decimal import Decimal

import pytest

from fakes.engine import MemoryEngine
from fakes.segment_shop import AS_OF, fill, line, members, order

CATALOGUE = {
    "product_id": "p",
    "category_path": "Sport | Running | Shoes",
    "subcategory": "Running",
    "product_line": "Pro",
    "tags": ["New", "outlet"],
    "price_minor": 8000,
    "price_before_discount_minor": 10000,
    "price_buy_minor": 6000,
    "stock": Decimal("2.5"),
    "param.colour": "Modrá",
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('category = "running"', True),
        ('category = "Sport|Running"', True),
        ('category = "Running | Shoes"', False),
        ('category = "Sport | Run"', False),
        ('category.one_of = ["x", "shoes"]', True),
        ('category.is_not = "sport"', False),
        ('category.contains = "unn"', True),
        ('exact_category = true\ncategory = "Sport"', False),
        ('exact_category = true\ncategory = "Shoes"', True),
        ('exact_category = true\ncategory = "Sport | Running"', False),
        ('exact_category = true\ncategory = "Sport | Running | Shoes"', True),
        ('subcategory = "running"', True),
        ('product_line = "pro"', True),
        ('tag.has_all = ["new", "outlet"]', True),
        ('tag = "old"', False),
        ("price = 80", True),
        ("price_before_discount.more_than = 100", False),
        ("discount_percent = 20", True),
        ("discount_percent.between = [19.9, 20]", True),
        ("discount_percent.more_than = 20", False),
        ("margin_percent = 25", True),
        ("margin_percent.at_least = 25.0001", False),
        ("discounted = true", True),
        ("stock.more_than = 2", True),
        ("price_score.at_least = 80", True),
        ("price_score = 79", False),
        ("none.price_score.missing = true", True),
        ("any.price_score.at_least = 99\nany.paid_price = 10", True),
        ("stock.is = 2", False),
        ('param.colour = "modra"', True),
        ("none.price = 80", False),
    ],
)
def test_products_are_asked_by_the_catalogue(
    engine: MemoryEngine, text: str, *, holds: bool
) -> None:
    of = order("a", "1", AS_OF, 100)
    fill(
        engine,
        [{"client_id": "a"}],
        counted_orders=[of],
        counted_lines=[line(of, "p", price_score=80)],
        product_facts=[CATALOGUE],
    )
    assert members(engine, f"[all.bought]\n{text}") == (["a"] if holds else [])


def test_a_product_without_a_price_before_discount_is_not_discounted(
    engine: MemoryEngine,
) -> None:
    of = order("a", "1", AS_OF, 100)
    lines, product = [line(of, "p")], {"product_id": "p", "price_minor": 100}
    fill(
        engine,
        [{"client_id": "a"}],
        counted_orders=[of],
        counted_lines=lines,
        product_facts=[product],
    )
    assert members(engine, "[all.bought]\ndiscounted = false") == ["a"]
    assert members(engine, "[all.bought]\ndiscount_percent.missing = true") == ["a"]


def test_a_category_may_be_asked_for_without_what_lies_below(engine: MemoryEngine) -> None:
    clients = {"upper": "Shoes", "lower": "Shoes | Running", "other": "Bags"}
    orders = {name: order(name, name, AS_OF, 100) for name in clients}
    fill(
        engine,
        [{"client_id": name} for name in clients],
        counted_orders=list(orders.values()),
        counted_lines=[line(one, f"p-{name}") for name, one in orders.items()],
        product_facts=[
            {"product_id": f"p-{name}", "category_path": path} for name, path in clients.items()
        ],
    )
    assert members(engine, '[all.bought]\ncategory = "shoes"') == ["lower", "upper"]
    exact = "\nexact_category = true"
    assert members(engine, f'[all.bought]\ncategory = "shoes"{exact}') == ["upper"]
    running = '[all.bought]\ncategory = "Shoes | Running"'
    assert members(engine, running + exact) == ["lower"]
    several = '[all.bought]\ncategory.one_of = ["bags", "running"]'
    assert members(engine, several) == ["lower", "other"]


def test_what_the_catalogue_says_of_a_product_can_be_asked(engine: MemoryEngine) -> None:
    of = order("a", "1", AS_OF, 100)
    fill(
        engine,
        [{"client_id": "a"}],
        counted_orders=[of],
        counted_lines=[line(of, "p", unit_price_minor=1999)],
        product_facts=[
            {
                "product_id": "p",
                "sku": "T-1",
                "title": "Tent",
                "brand": "Acme",
                "category": "Camping",
                "subcategory": "Tents",
                "category_path": "Camping | Tents",
                "product_line": "Pro",
                "tags": ["new", "sale"],
                "price_minor": 8000,
                "price_before_discount_minor": 10000,
                "price_buy_minor": 6000,
            }
        ],
    )
    for text in (
        'sku = "t-1"',
        'title.ends_with = "ENT"',
        'brand = "acme"',
        'subcategory = "tents"',
        'product_line = "pro"',
        'tag.has_all = ["sale", "new"]',
        "price = 80",
        "price_before_discount = 100",
        "discount_percent = 20",
        "margin_percent = 25",
        "discounted = true",
        "paid_price = 19.99",
    ):
        assert members(engine, f"[all.bought]\n{text}") == ["a"], text
        assert members(engine, f"[none.bought]\n{text}") == [], text
    for text in ("paid_price.less_than = 19.99", "discount_percent.more_than = 20"):
        assert members(engine, f"[all.bought]\n{text}") == [], text
