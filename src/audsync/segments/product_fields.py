"""Fields inside `bought` and `spent`: one purchased product, and how much of it.

Columns are SQL over the order line `l` and the product `p` of today's catalogue, which is
absent for a deleted product.
"""

from typing import Final

from audsync.segments.affluence_fields import PRICE_SCORE
from audsync.segments.fields import Field, Form, Needs, Scope, Unit
from audsync.segments.operators import COMPARISONS, Code, Operator

_LINES: Needs = (("order_lines.product_id",),)
_SPEND: Needs = (
    (
        "order_lines.gross_minor",
        "order_lines.net_minor",
        "orders.total_gross_minor",
        "orders.total_net_minor",
    ),
)
_LINE_VALUE: Needs = (("order_lines.gross_minor", "order_lines.net_minor"),)
_PRICE: Needs = (*_LINES, ("products.price_minor",))
_BEFORE: Needs = (*_LINES, ("products.price_before_discount_minor",))
_MEASURED = (*COMPARISONS, Operator.MISSING)
_DISCOUNTED = (
    "CASE WHEN p.price_minor IS NOT NULL "
    "THEN coalesce(p.price_before_discount_minor > p.price_minor, FALSE) END"
)


def _catalogue(name: str, definition: str, example: str, column: str) -> Field:
    return Field(
        name,
        Code.TEXT,
        definition,
        f"{name}{example}",
        (*_LINES, (f"products.{column}",)),
        columns=(f"p.{name}",),
        scope=Scope.PRODUCT,
    )


def _figure(name: str, definition: str, example: str, needs: Needs, column: str) -> Field:
    return Field(
        name,
        Code.NUMBER,
        definition,
        f"{name}.{example}",
        needs,
        Unit.MONEY,
        columns=(column,),
        scope=Scope.PRODUCT,
        only=_MEASURED,
    )


_BEFORE_COLUMN = "p.price_before_discount_minor"

PRODUCT_FIELDS: Final = (
    Field(
        "product_id",
        Code.TEXT,
        "Id of the variant or of its product.",
        'product_id.one_of = ["1001", "1002"]',
        _LINES,
        columns=("b.product_id", "b.product_key"),
        scope=Scope.PRODUCT,
    ),
    Field(
        "sku",
        Code.TEXT,
        "Product code, as in the catalogue, else as on the order.",
        'sku.starts_with = "TENT-"',
        (*_LINES, ("products.sku", "order_lines.sku")),
        columns=("coalesce(p.sku, b.sku)",),
        scope=Scope.PRODUCT,
    ),
    Field(
        "title",
        Code.TEXT,
        "Name, as in the catalogue, else as on the order.",
        'title.contains = ["tent", "awning"]',
        (*_LINES, ("products.title", "order_lines.name")),
        columns=("coalesce(p.title, b.name)",),
        scope=Scope.PRODUCT,
    ),
    _catalogue("brand", "Brand.", ' = "L\'Oréal"', "brand"),
    Field(
        "category",
        Code.TEXT,
        "A level, or a path from the first level on, with everything below it; with "
        "`exact_category = true` without what lies below.",
        'category.one_of = ["Tents", "Shoes | Running"]',
        (*_LINES, ("products.category",)),
        columns=("p.category_path",),
        form=Form.CATEGORY,
        scope=Scope.PRODUCT,
    ),
    _catalogue("subcategory", "Category of the second level.", ' = "Running"', "category"),
    _catalogue("product_line", "Series of the brand.", ' = "Pro"', "product_line"),
    Field(
        "tag",
        Code.LIST,
        "Labels that the shop gave to the product.",
        'tag.has_any = ["new", "outlet"]',
        (*_LINES, ("products.tags",)),
        columns=("p.tags",),
        is_list=True,
        scope=Scope.PRODUCT,
    ),
    _figure("price", "Selling price with VAT.", "at_least = 1000", _PRICE, "p.price_minor"),
    _figure(
        "price_before_discount",
        "Price before discount with VAT.",
        "at_least = 1000",
        _BEFORE,
        _BEFORE_COLUMN,
    ),
    Field(
        "discount_percent",
        Code.NUMBER,
        "Discount as a share of the price before discount; missing without one.",
        "discount_percent.at_least = 20",
        (*_PRICE, *_BEFORE),
        Unit.PERCENT,
        columns=(f"100 * ({_BEFORE_COLUMN} - p.price_minor)",),
        per=_BEFORE_COLUMN,
        scope=Scope.PRODUCT,
        only=_MEASURED,
    ),
    Field(
        "margin_percent",
        Code.NUMBER,
        "Selling price less purchase cost, as a share of the selling price.",
        "margin_percent.at_least = 30",
        (*_PRICE, ("products.price_buy_minor",)),
        Unit.PERCENT,
        columns=("100 * (p.price_minor - p.price_buy_minor)",),
        per="p.price_minor",
        scope=Scope.PRODUCT,
        only=_MEASURED,
    ),
    Field(
        "discounted",
        Code.ENUM,
        "Whether the price is below the price before discount.",
        "discounted = true",
        (*_PRICE, *_BEFORE),
        columns=(_DISCOUNTED,),
        boolean=True,
        scope=Scope.PRODUCT,
    ),
    PRICE_SCORE,
    Field(
        "stock",
        Code.NUMBER,
        "Units in stock today, as the catalogue says.",
        "stock.at_least = 1",
        (*_LINES, ("products.stock",)),
        Unit.DECIMAL,
        columns=("p.stock",),
        scope=Scope.PRODUCT,
        only=_MEASURED,
    ),
    _figure(
        "paid_price",
        "Price of one unit on the order line.",
        "less_than = 100",
        _LINE_VALUE,
        "l.unit_price_minor",
    ),
    Field(
        "param",
        Code.DECLARED,
        "A parameter of the product: text, number or true and false, as the shop declares it.",
        'param."colour" = "red"',
        _LINES,
        family=True,
        scope=Scope.PRODUCT,
        only=(
            *COMPARISONS,
            Operator.CONTAINS,
            Operator.NOT_CONTAINS,
            Operator.STARTS_WITH,
            Operator.ENDS_WITH,
            Operator.MISSING,
        ),
    ),
)


def _measure(name: str, definition: str, example: str, needs: Needs, unit: Unit) -> Field:
    return Field(
        name,
        Code.NUMBER,
        definition,
        f"{name}.{example}",
        needs,
        unit,
        scope=Scope.PURCHASE,
        only=COMPARISONS,
    )


PURCHASE_FIELDS: Final = (
    _measure(
        "orders",
        "Orders with a match; without any of these keys: at least one.",
        "at_least = 2",
        (("orders.order_id",),),
        Unit.INTEGER,
    ),
    _measure(
        "units",
        "Matching units.",
        "at_least = 3",
        (("order_lines.quantity",),),
        Unit.DECIMAL,
    ),
    _measure(
        "items_total",
        "Value of the matching lines.",
        "at_least = 1500",
        _LINE_VALUE,
        Unit.MONEY,
    ),
    _measure(
        "order_total",
        "Value of an order with a match; other orders are not looked at.",
        "at_least = 1500",
        _SPEND,
        Unit.MONEY,
    ),
    _measure(
        "days_since",
        "Days since the latest match.",
        "at_most = 90",
        (("orders.order_id",),),
        Unit.DAYS,
    ),
    Field(
        "offer_code",
        Code.TEXT,
        "Discount code of the order.",
        'offer_code.starts_with = "SPRING"',
        (("orders.offer_code",),),
        columns=("o.offer_code",),
        scope=Scope.PURCHASE,
    ),
)

SPEND_FIELD: Final = Field(
    "spent",
    Code.NUMBER,
    "Value of the counted orders in the window; 0 for a client without any.",
    "at_least = 10000",
    _SPEND,
    Unit.MONEY,
    scope=Scope.SPEND,
    only=COMPARISONS,
)
