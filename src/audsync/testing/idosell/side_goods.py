"""The calls beside products: brands, series, categories, parameters, sizes."""

from collections.abc import Callable
from typing import Final

from audsync.testing.idosell.catalogue import BRANDS, CATEGORIES, SERIES, category_path
from audsync.testing.idosell.listing import Answer, Dialect, Empty, Listing
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.params import numbers
from audsync.testing.idosell.route import Route
from audsync.testing.idosell.shapes import Json

_SIZES: Final = ("uniw", "S", "M", "L")


def side_goods_routes(panel: Panel) -> list[Route]:
    """Lists of the words that products are described with."""

    def listed(
        key: str, rows: Callable[[], list[Json]], dialect: Dialect, ids: str = "ids"
    ) -> Listing:
        def find(params: Json, _major: int) -> list[Json]:
            wanted = numbers(params.get(ids))
            return [row for row in rows() if not wanted or row.get("id") in wanted]

        return Listing(key, find, lambda row, *_: row, dialect, Empty.LIST)

    brands = listed("producers", _brands, Dialect.SNAKE)
    series = listed("series", _series, Dialect.CAMEL)
    categories = listed("categories", lambda: _categories(panel), Dialect.SNAKE)
    taxonomy = listed("categoriesIdoSell", _taxonomy, Dialect.CAMEL)
    parameters = listed("parametersResult", lambda: _parameters(panel), Dialect.CAMEL)
    return [
        Route("GET", "products/brands", "pim", brands),
        Route("GET", "products/series", "pim", series),
        Route("GET", "products/categories", "pim", categories),
        Route("POST", "products/categoriesIdosell/search", "pim", taxonomy),
        Route("POST", "products/parameters/search", "pim", parameters),
        Route("GET", "sizes/sizes", "pim", _sizes),
    ]


def _brands() -> list[Json]:
    return [
        {"id": number, "name": name, "currency": "PLN", "lang_data": []}
        for number, name in enumerate(BRANDS, start=1)
    ]


def _series() -> list[Json]:
    return [
        {"id": number, "name": name, "lang_data": [{"lang_id": "pol", "name": name}]}
        for number, name in enumerate(SERIES, start=1)
        if name
    ]


def _categories(panel: Panel) -> list[Json]:
    products = panel.catalogue.products.values()
    return [
        {
            "id": number,
            "parent_id": above,
            "priority": 1,
            "product_count": sum(product.category_id == number for product in products),
            "shops": [],
            "lang_data": [{"lang_id": "pol", "singular_name": name, "plural_name": name}],
        }
        for number, (above, name) in CATEGORIES.items()
    ]


def _taxonomy() -> list[Json]:
    return [
        {
            "categoryIdoSellId": number + 5000,
            "categoryIdoSellParentId": above + 5000 if above else 0,
            "productsCount": 1,
            "categoryIdoSellLangsData": [
                {
                    "languageId": "pol",
                    "categoryIdoSellName": name,
                    "categoryIdoSellPath": " > ".join(category_path(number)),
                }
            ],
        }
        for number, (above, name) in CATEGORIES.items()
    ]


def _parameters(panel: Panel) -> list[Json]:
    names = {name for one in panel.catalogue.products.values() for name in one.parameters}
    return [
        {
            "id": 300 + number,
            "parameterId": 300 + number,
            "names": [{"languageId": "pol", "value": name}],
            "type": "parameter",
        }
        for number, name in enumerate(sorted(names))
    ]


def _sizes(_params: Json, _major: int) -> Answer:
    sizes: list[Json] = [
        {"size_id": size, "size_name": size, "lang_data": []} for size in _SIZES
    ]
    groups = [{"group_id": 1, "group_name": "Odzież", "sizes": sizes}]
    return Answer(200, {"size_groups": groups})
