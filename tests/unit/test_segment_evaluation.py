"""Who matches: each operator, window and kind of field on a tiny shop."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from audsync.errors import ConfigError
from audsync.segments import bucket_counts, evaluate
from audsync.segments.buckets import bucket
from fakes.engine import MemoryEngine
from fakes.segment_shop import fill, line, members, order, segment

AS_OF = date(2024, 3, 1)


@pytest.fixture
def engine() -> Iterator[MemoryEngine]:
    with MemoryEngine() as engine:
        yield engine


def days_ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


# Missing values


def test_a_missing_value_fulfils_no_comparison(engine: MemoryEngine) -> None:
    fill(
        engine, [{"client_id": "brno", "city": "Brno"}, {"client_id": "nowhere", "city": None}]
    )
    assert members(engine, '[all]\ncity = "Brno"') == ["brno"]
    assert members(engine, '[all]\ncity.is_not = "Brno"') == []
    assert members(engine, '[all]\ncity.is_not = "Praha"') == ["brno"]
    assert members(engine, '[all]\ncity.not_contains = "Praha"') == ["brno"]


def test_none_keeps_clients_whose_value_is_missing(engine: MemoryEngine) -> None:
    fill(
        engine, [{"client_id": "brno", "city": "Brno"}, {"client_id": "nowhere", "city": None}]
    )
    assert members(engine, '[none]\ncity = "Brno"') == ["nowhere"]
    assert members(engine, '[none]\ncity.is_not = "Praha"') == ["nowhere"]


def test_none_inside_any_keeps_them_too(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "age": None}, {"client_id": "b", "age": 40}])
    assert members(engine, "[any]\nage = 1\n[any.none]\nage.at_least = 18") == ["a"]


def test_missing_asks_for_the_value_itself(engine: MemoryEngine) -> None:
    fill(
        engine,
        [
            {"client_id": "a", "age": 3, "tags": ["x"]},
            {"client_id": "b", "tags": []},
            {"client_id": "c"},
        ],
    )
    assert members(engine, "[all]\nage.missing = true") == ["b", "c"]
    assert members(engine, "[all]\nage.missing = false") == ["a"]
    assert members(engine, "[all]\ntags.missing = true") == ["b", "c"]
    assert members(engine, "[none]\ntags.missing = true") == ["a"]


def test_a_client_without_orders_has_counts_of_nothing_and_no_days(
    engine: MemoryEngine,
) -> None:
    fill(engine, [{"client_id": "a", "order_count": 0, "days_since_last_order": None}])
    for question in ("is = 0", "at_most = 0", "at_least = 0"):
        assert members(engine, f"[all]\norder_count.{question}") == ["a"]
        assert members(engine, f"[all]\ndays_since_last_order.{question}") == []


def test_lists_of_none_and_of_all_are_not_mixed_up(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "age": 1, "order_count": 5}])
    assert members(engine, "[none]\nage = 1\norder_count = 1") == []
    assert members(engine, "[all]\nage = 1\norder_count = 1") == []
    assert members(engine, "[any]\nage = 1\norder_count = 1") == ["a"]


# Text


@pytest.mark.parametrize(
    ("stored", "asked"),
    [("Růžová", "ruzova"), ("ruzova", "Růžová"), ("Łódź", "lodz"), (" BRNO ", "brno")],
)
def test_case_and_accents_do_not_count(engine: MemoryEngine, stored: str, asked: str) -> None:
    fill(engine, [{"client_id": "a", "city": stored}])
    for operator in ("is", "contains", "starts_with", "ends_with"):
        assert members(engine, f'[all]\ncity.{operator} = "{asked}"') == ["a"]


def test_exact_brings_case_and_accents_back(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "city": " Růžová "}, {"client_id": "b", "city": "ruzova"}])
    assert members(engine, 'exact = true\n[all]\ncity = "Růžová"') == ["a"]
    assert members(engine, 'exact = true\n[all]\ncity = "ruzova"') == ["b"]
    decomposed = "Ru\u030az\u030cova\u0301"
    assert members(engine, f'exact = true\n[all]\ncity = "{decomposed}"') == ["a"]


def test_exact_leaves_words_of_the_shop_alone(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "country": "CZ"}])
    assert members(engine, 'exact = true\n[all]\ncountry = "cz"') == ["a"]


def test_contains_takes_any_of_several(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "email": "anna@firma.example.com"}])
    fill(
        engine,
        [
            {"client_id": "a", "email": "anna@firma.example.com"},
            {"client_id": "b", "email": "ben@example.com"},
        ],
    )
    assert members(engine, '[all]\nemail.contains = "@firma."') == ["a"]
    assert members(engine, '[all]\nemail.contains = ["@firma.", "BEN"]') == ["a", "b"]
    assert members(engine, '[all]\nemail.not_contains = ["@firma.", "cyril"]') == ["b"]


def test_a_phone_is_compared_by_its_digits(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "phone": "+447700900123"}])
    assert members(engine, '[all]\nphone.contains = "7700 900"') == ["a"]
    assert members(engine, '[all]\nphone = "+44 (7700) 900-123"') == ["a"]
    assert members(engine, '[all]\nphone.starts_with = "+44"') == ["a"]
    assert members(engine, '[all]\nphone.starts_with = "44"') == []


def test_a_postcode_is_compared_without_spaces(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "zip": "110 00"}, {"client_id": "b", "zip": "sw1a1aa"}])
    assert members(engine, '[all]\nzip = "11000"') == ["a"]
    assert members(engine, '[all]\nzip.starts_with = "1 1"') == ["a"]
    assert members(engine, '[all]\nzip.starts_with = "SW1A 1"') == ["b"]


def test_any_customer_id_of_a_client_is_enough(engine: MemoryEngine) -> None:
    fill(
        engine,
        [
            {"client_id": "1", "customer_ids": ["1", "C-77"]},
            {"client_id": "g", "customer_ids": []},
        ],
    )
    assert members(engine, '[all]\ncustomer_id = "c-77"') == ["1"]
    assert members(engine, '[all]\ncustomer_id.is_not = "2"') == ["1"]
    assert members(engine, "[all]\ncustomer_id.missing = true") == ["g"]


def test_quotes_and_backslashes_are_text_like_any_other(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "it's", "city": "a'b\\c"}])
    assert members(engine, '[all]\ncity = "a\'b\\\\c"') == ["it's"]


# Lists


def test_lists_are_asked_for_one_any_or_all(engine: MemoryEngine) -> None:
    fill(
        engine,
        [
            {"client_id": "a", "tags": ["VIP", "klub"]},
            {"client_id": "b", "tags": ["vip"]},
            {"client_id": "c", "tags": None},
        ],
    )
    assert members(engine, '[all]\ntags = "vip"') == ["a", "b"]
    assert members(engine, '[all]\ntags.has_any = ["klub", "x"]') == ["a"]
    assert members(engine, '[all]\ntags.has_all = ["vip", "KLUB"]') == ["a"]
    assert members(engine, '[all]\ntags.contains = "lu"') == ["a"]
    assert members(engine, '[none]\ntags = "vip"') == ["c"]


def test_a_purchased_category_is_a_level_or_a_path(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "purchased_categories": ["Shoes", "Shoes | Running"]}])
    for wanted in ("shoes", "running", "Shoes|Running"):
        assert members(engine, f'[all]\npurchased_categories = "{wanted}"') == ["a"]
    assert members(engine, '[all]\npurchased_categories = "Running | Shoes"') == []


# Numbers and money


def test_money_is_compared_to_the_minor_unit(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "total_revenue_minor": 1999}])
    for question in ("is = 19.99", "at_least = 19.99", "at_most = 19.99"):
        assert members(engine, f"[all]\ntotal_revenue.{question}") == ["a"]
    for question in ("more_than = 19.99", "less_than = 19.99", "is = 20", "is_not = 19.99"):
        assert members(engine, f"[all]\ntotal_revenue.{question}") == []


def test_money_has_the_decimals_of_its_currency(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "total_revenue_minor": 1999}])
    assert members(engine, "[all]\ntotal_revenue = 1999", currency="JPY") == ["a"]
    assert members(engine, "[all]\ntotal_revenue = 1.999", currency="KWD") == ["a"]


def test_a_bound_between_two_minor_units_is_not_rounded(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "total_revenue_minor": 2000}])
    assert members(engine, "[all]\ntotal_revenue.at_most = 19.995") == []
    assert members(engine, "[all]\ntotal_revenue.at_least = 19.995") == ["a"]


def test_decimals_are_exact(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "product_count": Decimal("0.3")}])
    assert members(engine, "[all]\nproduct_count = 0.3") == ["a"]
    assert members(engine, "[all]\nproduct_count.one_of = [0.1, 0.30]") == ["a"]


def test_between_includes_both_bounds(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": str(age), "age": age} for age in (17, 18, 30, 31)])
    assert members(engine, "[all]\nage.between = [18, 30]") == ["18", "30"]


def ranks(engine: MemoryEngine, ages: list[int | None], question: str) -> list[str]:
    fill(engine, [{"client_id": f"{n}", "age": age} for n, age in enumerate(ages)])
    return members(engine, f"[all]\nage.{question}")


def test_the_top_percent_is_of_the_clients_with_a_value(engine: MemoryEngine) -> None:
    ages: list[int | None] = [10, 20, 30, 40, None, None]
    assert ranks(engine, ages, "top_percent = 25") == ["3"]
    assert ranks(engine, ages, "top_percent = 50") == ["2", "3"]
    assert ranks(engine, ages, "bottom_percent = 25") == ["0"]
    assert ranks(engine, ages, "top_percent = 100") == ["0", "1", "2", "3"]


def test_equal_values_are_in_the_top_together_or_not_at_all(engine: MemoryEngine) -> None:
    ages: list[int | None] = [10, 20, 20, 20]
    assert ranks(engine, ages, "top_percent = 37") == []
    assert ranks(engine, ages, "top_percent = 37.5") == ["1", "2", "3"]


def test_a_share_of_nobody_is_nobody(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "age": None}])
    assert members(engine, "[all]\nage.top_percent = 50") == []


# Dates


def test_the_same_window_in_three_spellings(engine: MemoryEngine) -> None:
    clients = [
        {
            "client_id": f"{days:03}",
            "last_order": days_ago(days),
            "days_since_last_order": days,
            "order_count_365d": int(days <= 365),
        }
        for days in (0, 364, 365, 366)
    ]
    fill(engine, clients)
    for text in (
        'last_order.within = "365 days"',
        "days_since_last_order.at_most = 365",
        "order_count_365d.at_least = 1",
    ):
        assert members(engine, f"[all]\n{text}") == ["000", "364", "365"]
    assert members(engine, '[all]\nlast_order.older_than = "365 days"') == ["366"]


def test_a_month_window_begins_with_its_first_day(engine: MemoryEngine) -> None:
    days = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31)]
    fill(engine, [{"client_id": day.isoformat(), "last_order": day} for day in days])
    found = members(engine, '[all]\nlast_order.within = "1 month"', as_of=date(2024, 3, 31))
    assert found == ["2024-02-29", "2024-03-01", "2024-03-31"]
    older = members(engine, '[all]\nlast_order.older_than = "1 month"', as_of=date(2024, 3, 31))
    assert older == ["2024-01-31"]


def test_a_day_to_come_is_neither_within_nor_older(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "registered": AS_OF + timedelta(days=1)}])
    assert members(engine, '[all]\nregistered.within = "1 year"') == []
    assert members(engine, '[all]\nregistered.older_than = "1 day"') == []


def test_dates_are_compared_with_days(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": f"{n}", "last_order": date(2024, 1, n)} for n in (1, 2, 3)])
    assert members(engine, "[all]\nlast_order = 2024-01-02") == ["2"]
    assert members(engine, "[all]\nlast_order.before = 2024-01-02") == ["1"]
    assert members(engine, "[all]\nlast_order.after = 2024-01-02") == ["3"]
    assert members(engine, "[all]\nlast_order.between = [2024-01-01, 2024-01-02]") == ["1", "2"]
    assert members(engine, '[all]\nlast_order.during = "2024-01"') == ["1", "2", "3"]


def test_birthdays_of_the_coming_week(engine: MemoryEngine) -> None:
    born = [date(2000, 2, 28), date(2000, 2, 29), date(1990, 3, 7), date(1990, 3, 8), None]
    fill(engine, [{"client_id": f"{n}", "born_on": day} for n, day in enumerate(born)])
    found = members(engine, '[all]\nborn_on.within_next = "1 week"', as_of=date(2023, 2, 28))
    assert found == ["0", "1", "2"]


# Parameters


def test_parameters_are_compared_by_what_they_hold(engine: MemoryEngine) -> None:
    fill(
        engine,
        [
            {
                "client_id": "a",
                "param.size": Decimal("42.5"),
                "param.a.b": "Modrá",
                "param.club": True,
                "param.sports": ["Běh", "tenis"],
            }
        ],
    )
    for text in (
        "param.size = 42.5",
        "param.size.between = [42, 43]",
        'param."a.b" = "modra"',
        "param.club = true",
        'param.sports.is = "beh"',
        'param.sports.contains = "enis"',
    ):
        assert members(engine, f"[all]\n{text}") == ["a"], text
    assert members(engine, "[all]\nparam.club.is_not = true") == []


def test_dates_of_the_shop_have_anniversaries(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "param.born": date(2000, 2, 29)}])
    for text in (
        'param_date."born".before = 2001-01-01',
        'param_date."born".within_next = "1 year"',
        'param_days_to_anniversary."born" = 364',
        'param_days_to_anniversary."born".within_next = "12 months"',
        'param_days_since_anniversary."born" = 1',
        'param_years_since."born" = 24',
        'param_days_since."born" = 8767',
        'param_years_since."born".top_percent = 100',
    ):
        assert members(engine, f"[all]\n{text}") == ["a"], text


def test_days_since_a_day_to_come_are_negative(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "param.valid": AS_OF + timedelta(days=3)}])
    assert members(engine, '[all]\nparam_days_since."valid" = -3') == ["a"]
    assert members(engine, '[all]\nparam_years_since."valid".missing = true') == ["a"]


def test_a_moment_is_a_day_in_the_shops_zone() -> None:
    import pyarrow as pa

    with MemoryEngine("Europe/Prague") as engine:
        fill(engine, [{"client_id": "a"}])
        engine.execute(
            "CREATE OR REPLACE TEMPORARY TABLE numbered_clients AS SELECT c.*, "
            "TIMESTAMP '2024-01-31 23:30:00' AS \"param.seen\" FROM numbered_clients AS c"
        )
        columns = engine.fetch("SELECT * FROM numbered_clients").schema
        assert pa.types.is_timestamp(columns.field("param.seen").type)
        assert members(engine, '[all]\nparam_date."seen" = 2024-02-01') == ["a"]


def test_an_unknown_parameter_stops_the_evaluation(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "param.size": "42"}])
    with pytest.raises(ConfigError, match="no parameter"):
        members(engine, "[all]\nparam.colour = 1")
    with pytest.raises(ConfigError, match="holds text"):
        members(engine, "[all]\nparam.size.at_least = 1")


# Purchases


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


def test_who_spent_nothing_spent_less_than_any_amount(engine: MemoryEngine) -> None:
    orders = [order("a", "1", days_ago(10), 5000), order("a", "2", days_ago(400), 100_000)]
    fill(engine, [{"client_id": "a"}, {"client_id": "never"}], counted_orders=orders)
    assert members(engine, '[all.spent]\nwithin = "1 year"\nless_than = 50') == ["never"]
    assert members(engine, '[all.spent]\nwithin = "1 year"\nat_least = 50') == ["a"]
    assert members(engine, "[all.spent]\nis = 0") == ["never"]
    assert members(engine, "[all.spent]\nat_least = 1050\nat_most = 1050") == ["a"]


# Segments, experiments


def test_a_segment_may_ask_for_another(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "age": 20}, {"client_id": "b", "age": 40}])
    segments = [
        segment('[none]\nin_segment = "old"', "young"),
        segment("active = false\n[all]\nage.at_least = 30", "old"),
        segment('[all]\nin_segment.one_of = ["old", "young"]', "either"),
        segment('[all]\nin_segment.none_of = ["old"]', "neither"),
    ]
    evaluate(segments, engine, as_of=AS_OF, currency="CZK")
    rows = engine.fetch("SELECT * FROM membership ORDER BY ALL").to_pylist()
    assert [(row["segment_id"], row["client_id"]) for row in rows] == [
        ("either", "a"),
        ("either", "b"),
        ("neither", "a"),
        ("young", "a"),
    ]


def test_no_active_segment_leaves_an_empty_table(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a"}])
    evaluate([], engine, as_of=AS_OF, currency="CZK")
    rows = engine.fetch("SELECT * FROM membership")
    assert (rows.num_rows, rows.column_names) == (0, ["segment_id", "client_id"])


def test_a_reference_that_leads_nowhere_stops_the_evaluation(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a"}])
    with pytest.raises(ConfigError, match="unknown segment"):
        members(engine, '[all]\nin_segment = "gone"')


def test_many_segments_are_worked_out_in_statements_of_a_bounded_size(
    engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All in one statement, sixty over ten million order lines ran out of the engine's memory.
    fill(engine, [{"client_id": f"c{age}", "age": age} for age in range(25)])
    chosen = [segment(f"[all]\nage = {age}", f"age-{age}") for age in range(25)]
    listing = "SELECT table_name FROM information_schema.tables"
    before = {*engine.fetch(listing)["table_name"].to_pylist()}
    stored, store = [], engine.store

    def remembered(name: str, sql: str) -> None:
        stored.append(sql)
        store(name, sql)

    monkeypatch.setattr(engine, "store", remembered)
    evaluate(chosen, engine, as_of=AS_OF, currency="CZK")
    rows = engine.fetch("SELECT segment_id, client_id FROM membership").to_pylist()
    assert {(row["segment_id"], row["client_id"]) for row in rows} == {
        (f"age-{age}", f"c{age}") for age in range(25)
    }
    assert max(sql.count("clients c WHERE") for sql in stored) == 10
    assert {*engine.fetch(listing)["table_name"].to_pylist()} == before | {"membership"}


def test_no_table_but_the_result_is_left_behind(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "a", "city": "Brno"}])
    members(engine, '[all]\ncity = "brno"\n[none.bought]\nbrand = "x"')
    tables = engine.fetch("SELECT table_name FROM information_schema.tables")
    assert set(tables.column("table_name").to_pylist()) == {
        "clients",
        "client_numbers",
        "numbered_clients",
        "order_facts",
        "bought_products",
        "purchases",
        "product_facts",
        "price_scores",
        "visit_views",
        "membership",
    }


@pytest.mark.parametrize(
    ("key", "default", "salted"),
    [("1", 40, 65), ("42", 71, 32), ("C-1001", 42, 82), ("jan.novak@example.com", 68, 86)],
)
def test_a_bucket_never_changes(key: str, default: int, salted: int) -> None:
    assert bucket(key) == default
    assert bucket(key, "spring-test") == salted


def test_buckets_split_clients_by_id(engine: MemoryEngine) -> None:
    fill(engine, [{"client_id": "1"}, {"client_id": "42"}, {"client_id": "C-1001"}])
    assert members(engine, "[all]\nab_bucket.between = [1, 50]") == ["1", "C-1001"]
    assert members(engine, "[all]\nab_bucket.between = [51, 100]") == ["42"]
    salted = '[all.ab_bucket]\nat_most = 50\nsalt = "spring-test"'
    assert members(engine, salted) == ["42"]


def test_the_groups_of_a_segment_are_its_own_halves(engine: MemoryEngine) -> None:
    ids = [f"{number}" for number in range(40)]
    fill(engine, [{"client_id": name} for name in ids])
    first = members(engine, '[all]\nab_group = "A"')
    assert first == sorted(name for name in ids if bucket(name, "tested") <= 50)
    assert members(engine, '[all]\nab_group.is_not = "a"') == sorted(set(ids) - set(first))
    assert members(engine, '[all]\nab_group.one_of = ["A", "B"]') == sorted(ids)


# Order


def test_the_order_of_rows_does_not_matter(engine: MemoryEngine) -> None:
    clients = [{"client_id": f"{n}", "age": n % 7, "city": "Brno"} for n in range(30)]
    text = '[all]\nage.top_percent = 33\ncity.contains = "rn"'
    fill(engine, clients)
    found = members(engine, text)
    fill(engine, clients[::-1])
    assert members(engine, text) == found
    assert found


def test_the_sizes_of_buckets_are_told_by_split(engine: MemoryEngine) -> None:
    ids = [f"c{number}" for number in range(500)]
    fill(engine, [{"client_id": name} for name in ids])
    asked = segment(
        '[all]\nab_group = "A"\n[[all.ab_bucket]]\nat_most = 9\n'
        '[[all.ab_bucket]]\nat_most = 9\nsalt = "spring-test"\n'
    )
    found = bucket_counts(asked, engine)
    assert list(found) == ["ab", "spring-test", "tested"]
    for split, counts in found.items():
        assert (len(counts), sum(counts)) == (100, 500)
        assert counts[6] == sum(bucket(name, split) == 7 for name in ids)
    assert bucket_counts(segment("[all]\nage = 1"), engine) == {}


# The keys of purchases, one by one


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
