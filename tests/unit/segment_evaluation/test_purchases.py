"""Who matches: what was bought, when, for how much."""

from decimal import Decimal

from fakes.engine import MemoryEngine
from fakes.segment_shop import AS_OF, days_ago, fill, line, members, order


def test_two_lines_of_one_block_are_about_one_product(engine: MemoryEngine) -> None:
    first, second = (order("both", name, AS_OF, 1000) for name in ("1", "2"))
    one = order("one", "3", AS_OF, 1000)
    fill(
        engine,
        [{"client_id": "both"}, {"client_id": "one"}],
        counted_orders=[first, second, one],
        counted_lines=[
            line(first, "acme-bag"),
            line(second, "other-shoe"),
            line(one, "acme-shoe"),
        ],
        product_facts=[
            {"product_id": "acme-bag", "brand": "Acme", "category_path": "Bags"},
            {"product_id": "other-shoe", "brand": "Other", "category_path": "Shoes"},
            {"product_id": "acme-shoe", "brand": "Acme", "category_path": "Shoes"},
        ],
    )
    together = '[all.bought]\nbrand = "acme"\ncategory = "shoes"'
    apart = '[[all.bought]]\nbrand = "acme"\n[[all.bought]]\ncategory = "shoes"'
    assert members(engine, together) == ["one"]
    assert members(engine, apart) == ["both", "one"]
    either = '[all.bought]\nany.brand = "other"\nany.category = "bags"'
    assert members(engine, either) == ["both"]


def test_who_did_not_buy_is_asked_with_none(engine: MemoryEngine) -> None:
    of = order("buyer", "1", AS_OF, 1000)
    fill(
        engine,
        [{"client_id": "buyer"}, {"client_id": "never"}],
        counted_orders=[of],
        counted_lines=[line(of, "p")],
        product_facts=[{"product_id": "p", "brand": "Acme"}],
    )
    assert members(engine, '[none.bought]\nbrand = "acme"') == ["never"]
    assert members(engine, "[none.bought]") == ["never"]


def test_quantities_are_of_the_matching_lines(engine: MemoryEngine) -> None:
    first = order("a", "1", days_ago(10), 5000)
    second = order("a", "2", days_ago(3), 700)
    fill(
        engine,
        [{"client_id": "a"}],
        counted_orders=[first, second],
        counted_lines=[
            line(first, "x", 1500, quantity=Decimal("2.5"), line_number=1),
            line(first, "x", 500, line_number=2),
            line(first, "y", 3000, line_number=3),
            line(second, "x", 700),
        ],
    )
    for text in ("orders = 2", "units = 4.5", "items_total = 27", "days_since = 3"):
        assert members(engine, f'[all.bought]\nproduct_id = "x"\n{text}') == ["a"], text
    large = '[all.bought]\nproduct_id = "x"\norder_total.at_least = 50\n'
    for text in ("orders = 1", "units = 3.5", "items_total = 20", "days_since = 10"):
        assert members(engine, large + text) == ["a"], text


def test_an_order_without_lines_is_a_purchase_of_no_product(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a"}], counted_orders=[order("a", "1", AS_OF, 900)])
    assert members(engine, '[all.bought]\nwithin = "1 day"') == ["a"]
    assert members(engine, "[all.bought]\nunits.at_most = 3") == ["a"]
    assert members(engine, "[all.bought]\norder_total = 9") == ["a"]
    assert members(engine, "[all.bought]\nproduct_id.missing = false") == []


def test_windows_of_purchases_include_their_ends(engine: MemoryEngine) -> None:
    orders = [order(f"{days:03}", f"{days}", days_ago(days), 100) for days in (0, 1, 365, 366)]
    fill(engine, [{"client_id": row["client_id"]} for row in orders], counted_orders=orders)
    assert members(engine, '[all.bought]\nwithin = "365 days"') == ["000", "001", "365"]
    assert members(engine, '[all.bought]\nduring = "yesterday"') == ["001"]
    assert members(engine, f"[all.bought]\nsince = {days_ago(1)}") == ["000", "001"]
    assert members(engine, f"[all.bought]\nuntil = {days_ago(365)}") == ["365", "366"]


def test_the_offer_code_is_of_the_order(engine: MemoryEngine) -> None:
    orders = [order("a", "1", AS_OF, 100, "Spring24"), order("b", "2", AS_OF, 100)]
    fill(engine, [{"client_id": "a"}, {"client_id": "b"}], counted_orders=orders)
    assert members(engine, '[all.bought]\noffer_code.starts_with = "SPRING"') == ["a"]
    assert members(engine, "[all.bought]\noffer_code.missing = true") == ["b"]


def test_a_variant_and_its_product_both_match(engine: MemoryEngine) -> None:
    of = order("a", "1", AS_OF, 100)
    variant = line(of, "shirt-red", product_key="shirt")
    fill(engine, [{"client_id": "a"}], counted_orders=[of], counted_lines=[variant])
    for product in ("shirt-red", "SHIRT"):
        assert members(engine, f'[all.bought]\nproduct_id = "{product}"') == ["a"]
        assert members(engine, f'[all]\npurchased_product_id = "{product}"') == ["a"]
        assert members(engine, f'[all.bought]\nproduct_id.is_not = "{product}"') == []


def test_of_a_deleted_product_the_order_still_tells_something(engine: MemoryEngine) -> None:
    of = order("a", "1", AS_OF, 999)
    gone = line(of, "gone", 999, sku="G-1", name="Old tent")
    fill(engine, [{"client_id": "a"}], counted_orders=[of], counted_lines=[gone])
    for text in (
        'product_id = "gone"',
        'sku = "g-1"',
        'title.contains = "tent"',
        "paid_price = 9.99",
        "brand.missing = true",
        "discounted.missing = true",
    ):
        assert members(engine, f"[all.bought]\n{text}") == ["a"], text
    for text in ('brand.is_not = "x"', "price.at_least = 0", "discounted = false"):
        assert members(engine, f"[all.bought]\n{text}") == [], text
    assert members(engine, '[all]\npurchased_product_name.contains = "OLD"') == ["a"]


def test_purchased_products_may_all_be_asked_for(engine: MemoryEngine) -> None:
    of = order("both", "1", AS_OF, 100)
    one = order("one", "2", AS_OF, 100)
    fill(
        engine,
        [{"client_id": "both"}, {"client_id": "none"}, {"client_id": "one"}],
        counted_orders=[of, one],
        counted_lines=[line(of, "x"), line(of, "y", line_number=2), line(one, "x")],
    )
    assert members(engine, '[all]\npurchased_product_id.has_all = ["x", "y"]') == ["both"]
    assert members(engine, '[all]\npurchased_product_id.has_any = ["x", "z"]') == [
        "both",
        "one",
    ]
    assert members(engine, "[all]\npurchased_product_id.missing = true") == ["none"]


def test_who_spent_nothing_spent_less_than_any_amount(engine: MemoryEngine) -> None:
    orders = [order("a", "1", days_ago(10), 5000), order("a", "2", days_ago(400), 100_000)]
    fill(engine, [{"client_id": "a"}, {"client_id": "never"}], counted_orders=orders)
    assert members(engine, '[all.spent]\nwithin = "1 year"\nless_than = 50') == ["never"]
    assert members(engine, '[all.spent]\nwithin = "1 year"\nat_least = 50') == ["a"]
    assert members(engine, "[all.spent]\nis = 0") == ["never"]
    assert members(engine, "[all.spent]\nat_least = 1050\nat_most = 1050") == ["a"]
