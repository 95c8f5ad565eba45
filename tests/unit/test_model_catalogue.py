"""Products: one spelling per brand and category, variants complete from their parent."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from audsync.model.catalogue import paths, spellings
from audsync.tables import Kind
from fakes.model_shop import ModelShop


def stated(counts: dict[str, int]) -> pa.Table:
    return pa.table(
        {
            "value": pa.array(counts.keys(), pa.string()),
            "products": pa.array(counts.values(), pa.int64()),
        }
    )


def codes(counts: dict[str, int]) -> tuple[dict[str, int], dict[int, str]]:
    """Code by stated value, name by code."""
    found = spellings(stated(counts))
    named = {row["code"]: row["name"] for row in found.names.to_pylist()}
    return {row["value"]: row["code"] for row in found.codes.to_pylist()}, named


def test_values_that_differ_in_case_accents_and_outer_spaces_are_one() -> None:
    code, name = codes({"Ačme": 1, " ACME ": 1, "acme": 2, "Zeta": 1})
    assert code == {"Ačme": 1, " ACME ": 1, "acme": 1, "Zeta": 2}
    assert name == {1: "acme", 2: "Zeta"}


def test_the_spelling_on_most_products_is_shown() -> None:
    _, name = codes({"ACME": 2, " ACME": 2, "Acme": 3})
    assert name == {1: "ACME"}


def test_of_equally_frequent_spellings_the_first_by_code_point_is_shown() -> None:
    _, name = codes({"acme": 2, "Acme": 2, "ácme": 2})
    assert name == {1: "Acme"}


def test_codes_are_in_folded_order() -> None:
    code, _ = codes({"Žeta": 1, "beta": 1, "Ábc": 1, "Łódź": 1, "z": 1})
    assert sorted(code, key=code.__getitem__) == ["Ábc", "beta", "Łódź", "z", "Žeta"]


def test_a_blank_value_is_none() -> None:
    assert codes({"  ": 4, "a": 1}) == ({"a": 1}, {1: "a"})


def test_no_values_at_all_give_empty_tables() -> None:
    found = paths(stated({}))
    assert found.names.num_rows == found.upper.num_rows == found.levels.num_rows == 0
    assert spellings(stated({})).names.num_rows == 0


def test_each_level_of_a_path_is_shown_in_its_one_spelling() -> None:
    found = paths(stated({"shoes|Running": 1, "Shoes | RUNNING": 1, "Shoes": 3, "Bags": 1}))
    by_value = {row["value"]: row["code"] for row in found.codes.to_pylist()}
    names = {row["code"]: (row["name"], row["depth"]) for row in found.names.to_pylist()}
    assert by_value["shoes|Running"] == by_value["Shoes | RUNNING"]
    assert names[by_value["shoes|Running"]] == ("Shoes | RUNNING", 2)
    assert names[by_value["Shoes"]] == ("Shoes", 1)
    assert names[by_value["Bags"]] == ("Bags", 1)


def facts(shop: ModelShop) -> dict[str, dict[str, Any]]:
    shop.build()
    return {row["product_id"]: row for row in shop.read("product_facts")}


@pytest.fixture
def shop() -> ModelShop:
    return ModelShop()


def test_a_product_shows_its_category_by_levels_and_as_a_path(shop: ModelShop) -> None:
    shop.product("p", category=" Shoes|Running|Trail ", brand=" Acme ", tags=["b", "a"])
    assert facts(shop)["p"] == {
        "product_id": "p",
        "product_key": "p",
        "sku": None,
        "title": None,
        "brand": "Acme",
        "category": "Shoes",
        "subcategory": "Running",
        "product_line": None,
        "category_path": "Shoes | Running | Trail",
        "price_minor": None,
        "price_before_discount_minor": None,
        "price_buy_minor": None,
        "stock": None,
        "tags": ["b", "a"],
    }


def test_a_variant_takes_what_it_lacks_from_its_parent(shop: ModelShop) -> None:
    shop.params = {"products.param.colour": Kind.TEXT, "products.param.size": Kind.INTEGER}
    parent = {
        "sku": "S",
        "title": "Boot",
        "brand": "Acme",
        "product_line": "Pro",
        "category": "Shoes | Boots",
        "price_minor": 1000,
        "price_before_discount_minor": 1200,
        "price_buy_minor": 600,
        "stock": Decimal(7),
        "tags": ["new"],
        "param.colour": "red",
    }
    shop.product("p", **parent)
    shop.product("v", parent_id="p", price_minor=900, brand="  ", **{"param.size": 42})
    shown = facts(shop)
    own = {"product_id": "v", "price_minor": 900, "param.size": 42}
    assert shown["v"] == {**shown["p"], **own}
    assert shown["v"]["product_key"] == "p"
    assert shown["v"]["brand"] == "Acme"


def test_a_variant_keeps_what_it_has(shop: ModelShop) -> None:
    shop.product("p", brand="Acme", category="Shoes | Boots", title="Boot")
    shop.product("v", parent_id="p", brand="Zeta", category="Bags", title="Boot, red")
    shown = facts(shop)["v"]
    assert (shown["brand"], shown["category_path"], shown["title"]) == (
        "Zeta",
        "Bags",
        "Boot, red",
    )
    assert shown["subcategory"] is None


def test_a_variant_of_an_unknown_parent_stands_alone(shop: ModelShop) -> None:
    shop.product("v", parent_id="gone", brand="Acme")
    assert facts(shop)["v"]["product_key"] == "gone"


def test_a_spelling_is_counted_where_a_row_states_it(shop: ModelShop) -> None:
    shop.product("p", brand="ACME")
    for number in range(5):
        shop.product(f"v{number}", parent_id="p")
    shop.product("q", brand="Acme")
    shop.product("r", brand="Acme")
    assert {row["brand"] for row in facts(shop).values()} == {"Acme"}
