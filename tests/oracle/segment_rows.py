"""Segments evaluated one client at a time, straight from the text of the rules.

Slow, and written without the package's own code, so that it can disagree with it. It knows the
fields that `property/segment_files.py` writes.
"""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

from oracle.segment_values import (
    COLUMNS,
    DERIVED,
    Row,
    Shop,
    asked,
    derived,
    holds,
    in_window,
    number_holds,
)


def members(shop: Shop, rules: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """Pairs of segment id and client id."""
    return {
        (name, client["client_id"])
        for name in rules
        for client in shop.clients
        if is_member(shop, rules, name, client)
    }


def is_member(shop: Shop, rules: dict[str, dict[str, Any]], name: str, client: Row) -> bool:
    """Whether the client matches every block of that segment."""

    def line(key: str, value: Any) -> list[bool]:
        if key == "in_segment":
            return [is_member(shop, rules, value, client)]
        if key == "bought":
            return [_bought(shop, client, one) for one in _tables(value)]
        if key == "in_list":
            return _listed(shop, client, value)
        if key == "visited":
            return [_visited(shop, client, one) for one in _tables(value)]
        if key == "spent":
            return [_spent(shop, client, one) for one in _tables(value)]
        return _field_lines(
            key, value, lambda field, param: _client_value(shop, client, field, param), shop
        )

    return _blocks(rules[name], line)


def _listed(shop: Shop, client: Row, value: Any) -> list[bool]:
    tables = value if isinstance(value, list) else [value]
    found = []
    for table in tables:
        for operator, names in asked(table):
            wanted = names if isinstance(names, list) else [names]
            on_one = any(client["client_id"] in shop.lists[name] for name in wanted)
            found.append(on_one if operator in {"is", "one_of"} else not on_one)
    return found


def _blocks(table: dict[str, Any], line: Callable[[str, Any], list[bool]]) -> bool:
    return all(
        _block(kind, block, line)
        for kind in ("all", "any", "none")
        if kind in table
        for block in _tables(table[kind])
    )


def _block(kind: str, block: dict[str, Any], line: Callable[[str, Any], list[bool]]) -> bool:
    found: list[bool] = []
    for key, value in block.items():
        if key in {"all", "any", "none"}:
            found += [_block(key, one, line) for one in _tables(value)]
        else:
            found += line(key, value)
    if kind == "all":
        return all(found)
    return any(found) if kind == "any" else not any(found)


def _tables(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _field_lines(
    key: str, value: Any, look: Callable[[str, str | None], Any], shop: Shop
) -> list[bool]:
    if key.startswith("param"):
        return [
            holds(key, operator, wanted, look(key, name), shop)
            for name, questions in value.items()
            for operator, wanted in questions.items()
        ]
    plain = {"tags": "has", "tag": "has", "purchased_product_id": "has"}.get(key, "is")
    if key in {"last_order", "registered", "last_sms_sent"} or key.startswith("last_email_"):
        plain = "on"
    if isinstance(value, dict):
        questions = list(value.items())
    elif isinstance(value, list):
        questions = [pair for table in value for pair in table.items()]
    else:
        questions = [(plain, value)]
    return [
        holds(key, operator, wanted, look(key, None), shop) for operator, wanted in questions
    ]


def _client_value(shop: Shop, client: Row, field: str, param: str | None) -> Any:
    if field == "ab_bucket":
        digest = hashlib.sha256(b"ab:" + client["client_id"].encode()).hexdigest()
        return int(digest[:16], 16) % 100 + 1
    if field == "purchased_product_id":
        bought = [line for line in shop.lines if line["client_id"] == client["client_id"]]
        return [one for line in bought for one in (line["product_id"], line["product_key"])]
    if field == "district":
        # By its name or its code; both are one thing, and not a list of two.
        both = [client["district"], client["district_code"]]
        return tuple(one for one in both if one is not None) or None
    if field in DERIVED:
        return derived(field, client[f"param.{param}"], shop.as_of)
    if field.startswith("param"):
        return client[f"param.{param}"]
    return client[{"customer_id": "customer_ids"}.get(field, COLUMNS.get(field, field))]


def _spent(shop: Shop, client: Row, block: dict[str, Any]) -> bool:
    total = sum(
        order["value_minor"]
        for order in shop.orders
        if order["client_id"] == client["client_id"]
        and in_window(block, order["ordered_on"], shop.as_of)
    )
    return all(
        number_holds("total_spent", operator, wanted, total)
        for operator, wanted in block.items()
        if operator not in {"within", "during", "since", "until"}
    )


MEASURES = ("orders", "units", "items_total", "days_since")
PRODUCT_KEYS = (
    "brand",
    "category",
    "product_id",
    "tag",
    "price",
    "paid_price",
    "stock",
    "price_score",
    "all",
    "any",
    "none",
)


def _bought(shop: Shop, client: Row, block: dict[str, Any]) -> bool:
    asks = {key: value for key, value in block.items() if key in PRODUCT_KEYS}
    found: list[tuple[Row, list[Row]]] = []
    for order in shop.orders:
        if order["client_id"] != client["client_id"]:
            continue
        if not in_window(block, order["ordered_on"], shop.as_of):
            continue
        if not _order_fits(block, order, shop):
            continue
        lines = [line for line in shop.lines if line["order_id"] == order["order_id"]]
        matching = [line for line in lines if _line_fits(asks, line, shop)]
        if matching or not asks:
            found.append((order, matching))
    if not found:
        return False
    quantities = {
        "orders": len(found),
        "units": sum(line["quantity"] for _, lines in found for line in lines),
        "items_total": sum(line["value_minor"] for _, lines in found for line in lines),
        "days_since": min((shop.as_of - order["ordered_on"]).days for order, _ in found),
    }
    return all(
        number_holds(key, operator, wanted, quantities[key])
        for key in MEASURES
        for operator, wanted in asked(block.get(key, {}))
    )


def _visited(shop: Shop, client: Row, block: dict[str, Any]) -> bool:
    if not {"within", "during", "since", "until"} & set(block):
        block = {"within": "30 days", **block}
    asks = {key: value for key, value in block.items() if key in PRODUCT_KEYS}
    days: dict[str, date] = {}
    for view in shop.views:
        if view["client_id"] != client["client_id"]:
            continue
        if not in_window(block, view["visited_on"], shop.as_of):
            continue
        if asks and view["product_id"] is None:
            continue
        if not asks or _line_fits(asks, view, shop):
            day = max(view["visited_on"], days.get(view["visit"], date.min))
            days[view["visit"]] = day
    if not days:
        return False
    quantities = {"visits": len(days), "days_since": (shop.as_of - max(days.values())).days}
    return all(
        number_holds(key, operator, wanted, quantities[key])
        for key in ("visits", "days_since")
        for operator, wanted in asked(block.get(key, {}))
    )


def _order_fits(block: dict[str, Any], order: Row, shop: Shop) -> bool:
    totals = all(
        number_holds("order_total", operator, wanted, order["value_minor"])
        for operator, wanted in asked(block.get("order_total", {}))
    )
    codes = all(
        holds("offer_code", operator, wanted, order["offer_code"], shop)
        for operator, wanted in asked(block.get("offer_code", {}))
    )
    return totals and codes


def _line_fits(asks: dict[str, Any], line: Row, shop: Shop) -> bool:
    product = shop.products.get(line["product_id"], {})

    def look(field: str, _: str | None) -> Any:
        if field == "product_id":
            return [line["product_id"], line["product_key"]]
        if field == "paid_price":
            return line["unit_price_minor"]
        if field == "price_score":
            return line["price_score"]
        names = {"category": "category_path", "tag": "tags", "price": "price_minor"}
        return product.get(names.get(field, field))

    return _block("all", asks, lambda key, value: _field_lines(key, value, look, shop))
