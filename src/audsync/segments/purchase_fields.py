"""Fields about what a client has bought."""

from typing import Final

from audsync.model.analyses import Analysis
from audsync.segments.fields import Field, Form, Needs, Unit
from audsync.segments.operators import Code, Operator

_ORDERS: Needs = (("orders.order_id",),)
_LINES: Needs = (("order_lines.product_id",),)
_UNITS: Needs = (("order_lines.quantity",),)
_SPEND: Needs = (
    (
        "order_lines.gross_minor",
        "order_lines.net_minor",
        "orders.total_gross_minor",
        "orders.total_net_minor",
    ),
)
_UNIT_PRICE: Needs = (("order_lines.unit_net_minor", "order_lines.net_minor"),)
_BRAND: Needs = (*_LINES, ("products.brand",))
_CATEGORY: Needs = (*_LINES, ("products.category",))
_PRODUCT_LINE: Needs = (*_LINES, ("products.product_line",))


def _number(
    name: str, definition: str, example: str, needs: Needs, unit: Unit, *aliases: str
) -> Field:
    columns = (f"{name}_minor",) if unit is Unit.MONEY else ()
    line = f"{name}.{example}"
    return Field(
        name, Code.NUMBER, definition, line, needs, unit, columns=columns, aliases=aliases
    )


_COUNTS: Final = (
    _number("order_count", "Counted orders.", "at_least = 1", _ORDERS, Unit.INTEGER),
    _number(
        "order_count_365d",
        "Counted orders of the last 365 days.",
        "is = 0",
        _ORDERS,
        Unit.INTEGER,
    ),
    _number("product_count", "Units bought.", "more_than = 10", _UNITS, Unit.DECIMAL),
    _number(
        "product_count_365d",
        "Units bought in the last 365 days.",
        "at_most = 3",
        _UNITS,
        Unit.DECIMAL,
    ),
    _number(
        "unique_product_count",
        "Different products bought; variants are one.",
        "at_least = 5",
        _LINES,
        Unit.INTEGER,
    ),
    _number(
        "total_revenue",
        "Value of all counted orders.",
        "top_percent = 10",
        _SPEND,
        Unit.MONEY,
        "total_spent",
    ),
    _number(
        "total_revenue_365d",
        "Value of the counted orders of the last 365 days.",
        "at_least = 5000",
        _SPEND,
        Unit.MONEY,
        "total_spent_365d",
    ),
    _number(
        "avg_order_value",
        "Value of all counted orders by their number.",
        "less_than = 300",
        _SPEND,
        Unit.MONEY,
    ),
    _number(
        "avg_order_value_365d",
        "The same of the last 365 days; missing without an order in them.",
        "between = [500, 999.90]",
        _SPEND,
        Unit.MONEY,
    ),
    _number(
        "min_product_price_net",
        "Unit price without VAT of the cheapest product bought; gifts are left out.",
        "at_most = 99",
        _UNIT_PRICE,
        Unit.MONEY,
    ),
    _number(
        "max_product_price_net",
        "Unit price without VAT of the dearest product bought.",
        "at_least = 2000",
        _UNIT_PRICE,
        Unit.MONEY,
    ),
    Field(
        "has_invoice",
        Code.ENUM,
        "Whether a counted order had an invoice; missing when the shop never says.",
        "has_invoice = true",
        (("orders.has_invoice",),),
        boolean=True,
    ),
)

_DATES: Final = (
    Field(
        "first_order",
        Code.DATE,
        "Day of the first counted order.",
        'first_order.during = "last year"',
        _ORDERS,
        extra=(Operator.WITHIN_NEXT,),
    ),
    Field(
        "last_order",
        Code.DATE,
        "Day of the latest counted order.",
        'last_order.older_than = "6 months"',
        _ORDERS,
    ),
    _number(
        "days_since_first_order",
        "Days from the first counted order until today.",
        "at_most = 30",
        _ORDERS,
        Unit.DAYS,
    ),
    _number(
        "days_since_last_order",
        "Days from the latest counted order until today.",
        "between = [90, 365]",
        _ORDERS,
        Unit.DAYS,
    ),
    _number(
        "days_between_last_orders",
        "Days between the two latest counted orders; missing below two.",
        "at_most = 14",
        _ORDERS,
        Unit.DAYS,
    ),
)


def _products(name: str, definition: str, example: str, needs: Needs, form: Form) -> Field:
    return Field(
        name, Code.LIST, definition, f"{name}.{example}", needs, form=form, is_list=True
    )


def _moment(
    name: str, definition: str, example: str, lowest: int, highest: int, written: str
) -> Field:
    return Field(
        name,
        Code.NUMBER,
        definition,
        f"{name}{example}",
        _ORDERS,
        Unit.SCORE,
        bounds=(lowest, highest),
        written=written,
        analysis=Analysis.FAVORITES,
    )


_MOMENTS: Final = (
    Field(
        "favorite_store",
        Code.TEXT,
        "Shop, till or channel of most orders (then units, spend, latest).",
        'favorite_store = "Prague"',
        (("orders.store",),),
        analysis=Analysis.FAVORITES,
    ),
    _moment(
        "favorite_weekday",
        "Day of the week of most orders, in the shop's zone; 1: Monday.",
        ".one_of = [6, 7]",
        1,
        7,
        "1 for Monday to 7 for Sunday",
    ),
    _moment(
        "favorite_hour",
        "Hour of most orders, in the shop's zone; 17: from 17:00 to 17:59.",
        ".between = [17, 21]",
        0,
        23,
        "the hour from 0 to 23, without minutes",
    ),
)

_PRODUCTS: Final = (
    Field(
        "purchased_product_id",
        Code.LIST,
        "Ids of products bought; the id of a variant and of its product both match.",
        'purchased_product_id.has_any = ["1001", "1002"]',
        _LINES,
    ),
    Field(
        "purchased_product_name",
        Code.LIST,
        "Names of products bought, as in the catalogue, else as on the order.",
        'purchased_product_name.contains = "tent"',
        (*_LINES, ("products.title", "order_lines.name")),
    ),
    _number("brand_count", "Different brands bought.", "at_least = 3", _BRAND, Unit.INTEGER),
    _products("purchased_brands", "Brands bought.", 'has = "Acme"', _BRAND, Form.TEXT),
    _number(
        "category_count",
        "Different categories of the first level bought.",
        "is = 1",
        _CATEGORY,
        Unit.INTEGER,
    ),
    _products(
        "purchased_categories",
        "Categories bought: a level, or a path from the first level on.",
        'has_all = ["Shoes", "Tents | Family"]',
        _CATEGORY,
        Form.CATEGORY,
    ),
    Field(
        "favorite_brand",
        Code.TEXT,
        "Brand on most orders (then units, spend, latest).",
        'favorite_brand = "Acme"',
        _BRAND,
    ),
    Field(
        "favorite_category",
        Code.TEXT,
        "Category of the first level on most orders.",
        'favorite_category = "Shoes"',
        _CATEGORY,
    ),
    Field(
        "favorite_subcategory",
        Code.TEXT,
        "Category of the second level on most orders.",
        'favorite_subcategory.contains = "running"',
        _CATEGORY,
    ),
    Field(
        "favorite_product_line",
        Code.TEXT,
        "Product line on most orders.",
        'favorite_product_line.starts_with = "Pro"',
        _PRODUCT_LINE,
    ),
    Field(
        "store",
        Code.LIST,
        "Shops, tills or channels of the counted orders.",
        'store = "Prague"',
        (("orders.store",),),
        columns=("stores",),
        is_list=True,
    ),
)

GROUPS: Final = {
    "Orders and spend": _COUNTS,
    "Dates of orders": _DATES,
    "Products bought": _PRODUCTS,
    "Where and when bought": _MOMENTS,
}
