"""Who matches: each operator and kind of field on a tiny shop."""

from decimal import Decimal

import pytest

from fakes.engine import MemoryEngine
from fakes.segment_shop import fill, members


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
