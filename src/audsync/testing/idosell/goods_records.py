"""Products and returns as the API writes them."""

from typing import Final

from audsync.testing.idosell.catalogue import BRANDS, CATEGORIES, SERIES, category_path
from audsync.testing.idosell.panel import Panel
from audsync.testing.idosell.records import Product, Return
from audsync.testing.idosell.shapes import Json, Shapes

# What a caller may ask for → the fields that come then; without it all of them do.
ELEMENTS: Final = {
    "code": ("productDisplayedCode",),
    "producer_id": ("producerId",),
    "producer_name": ("producerName",),
    "category_id": ("categoryId",),
    "category_name": ("categoryName",),
    "iaiCategoryId": ("categoryIdoSellId",),
    "iaiCategoryName": ("categoryIdoSellName",),
    "iaiCategoryPath": ("categoryIdoSellPath",),
    "series": ("productSeries",),
    "sizes": ("productSizes",),
    "sizes_attributes": ("productSizesAttributes",),
    "retail_price": ("productRetailPrice",),
    "wholesale_price": ("productWholesalePrice",),
    "vat": ("productVat",),
    "currency": ("currencyId",),
    "lang_data": ("productDescriptionsLangData",),
    "product_type": ("productType",),
    "shops": ("productShops",),
    "menu": ("productMenu",),
    "parameters": ("productParameters",),
    "adding_time": ("productAddingTime",),
    "modification_time": ("productModificationTime",),
    "deleted": ("productIsDeleted",),
}
_PARENTS: Final = {10: 2, 11: 2, 19: 2, 20: 2, 7: 3, 8: 3, 9: 3}
RETURN_STATUSES: Final = {
    1: "not handled",
    2: "accepted",
    3: "rejected",
    5: "sent back",
    6: "not arrived",
    7: "not new",
    8: "too late",
    9: "not as described",
    10: "refund ordered",
    11: "refunded",
    13: "cancelled by the customer",
    14: "cancelled",
    15: "sent again",
    16: "not sent again",
    17: "will be brought",
    18: "will be sent",
    19: "corrective invoice awaited",
    20: "corrective invoice in preparation",
}


def product_record(panel: Panel, product: Product, elements: frozenset[str]) -> Json:
    """A product with the wanted elements, with all of them where none are named."""
    shapes, clock = Shapes(panel.quirks), panel.clock
    path = category_path(product.category_id)
    language = {"langId": "pol", "productName": product.name}
    record: Json = {
        "productId": product.product_id,
        "productDisplayedCode": product.code,
        "productIsDeleted": "y" if product.is_deleted else "n",
        "productType": "product_item",
        "productVat": product.vat,
        "currencyId": product.currency,
        "producerId": BRANDS.index(product.brand) + 1 if product.brand in BRANDS else 0,
        "producerName": product.brand,
        "categoryId": product.category_id,
        "categoryName": CATEGORIES[product.category_id][1],
        "categoryIdoSellId": product.category_id + 5000,
        "categoryIdoSellName": path[-1],
        "categoryIdoSellPath": " > ".join(path),
        "productRetailPrice": shapes.amount(product.price),
        "productWholesalePrice": shapes.amount(product.price),
        "productDescriptionsLangData": [
            {**language, "langId": "eng", "productName": ""},
            language,
        ],
        "productSizes": [{"sizeId": size, "sizePanelName": size} for size in product.sizes],
        "productSizesAttributes": [
            {"sizeId": size, "sizePanelName": size, "productSizeCodeExternal": ""}
            for size in product.sizes
        ],
        "productShops": [{"shopId": shop} for shop in sorted(product.shops)],
        "productMenu": [],
        "productParameters": _parameters(product),
        "productAddingTime": clock.wall(product.added_at),
        "productModificationTime": clock.wall(product.changed_at),
    }
    if product.series:
        record["productSeries"] = {
            "seriesId": SERIES.index(product.series) + 1 if product.series in SERIES else 99,
            "seriesPanelName": product.series,
            "seriesDescriptionsLangData": [{"langId": "pol", "seriesName": product.series}],
        }
    if elements:
        kept = {"productId", *(name for one in elements for name in ELEMENTS.get(one, ()))}
        record = {name: value for name, value in record.items() if name in kept}
    return shapes.with_extras(record, product.product_id)


def _parameters(product: Product) -> list[Json]:
    return [
        {
            "parameterId": 300 + number,
            "parameterType": "parameter",
            "parameterDescriptionsLangData": [{"langId": "pol", "parameterName": name}],
            "parameterValues": [
                {
                    "parameterValueId": 3000 + number,
                    "parameterValueDescriptionsLangData": [
                        {"langId": "pol", "parameterValueName": value}
                    ],
                }
            ],
        }
        for number, (name, value) in enumerate(sorted(product.parameters.items()))
    ]


def return_record(panel: Panel, made: Return, *, with_shop: bool) -> Json:
    """A return; the shop is named from v8 on. It names an order and no client."""
    shapes, clock = Shapes(panel.quirks), panel.clock
    record = {
        "id": made.return_id,
        "order_sn": made.serial,
        "status": RETURN_STATUSES.get(made.status, "own label"),
        "status_numeric": made.status,
        "statusNameInUserLanguage": RETURN_STATUSES.get(made.status, "own label"),
        "parentStatusNumeric": _PARENTS.get(made.status, made.status),
        "stock_id": 1,
        **({"shop_id": made.shop_id} if with_shop else {}),
        "date_add": clock.wall(made.added_at),
        "date_end": None if made.ended_at is None else clock.wall(made.ended_at),
        "date_last_edit": clock.wall(made.changed_at),
        "currency": made.currency,
        "package_number": "",
        "include_shipping_cost": "n",
        "preferedPaymentType": "bankTransfer",
        "userNote": "",
        "clientNote": "",
        "prepaids": [],
        "products": [
            {
                "id": line.product_id,
                "size": line.size,
                "product_sizecode": None,
                "quantity": shapes.quantity(line.quantity),
                "price": shapes.amount(line.gross),
                "price_net": shapes.amount(line.net),
                "order_price": shapes.amount(line.gross),
                "order_price_net": shapes.amount(line.net),
                "points": 0,
            }
            for line in made.lines
        ],
    }
    return shapes.with_extras(record, made.return_id)
