"""Segments evaluated one client at a time, straight from the text of the rules.

Slow, and written without the package's own code, so that it can disagree with it. It knows the
fields that `property/segment_files.py` writes.
"""

import calendar
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

# Every text that occurs in the generated shops and segments, as people compare it.
FOLDED = {
    "Brno": "brno",
    " BRNO ": "brno",
    "Růžová": "ruzova",
    "ruzova": "ruzova",
    "Łódź": "lodz",
    "odz": "odz",
    "r": "r",
    "VIP": "vip",
    "vip": "vip",
    "club": "club",
    "Klub": "klub",
    "example.com": "example.com",
    "shop.example": "shop.example",
    "Shop.Example": "shop.example",
    "example": "example",
    ".COM": ".com",
    "CZ": "cz",
    "cz": "cz",
    "SK": "sk",
    "Acme": "acme",
    "ACME": "acme",
    "Běh": "beh",
    "beh": "beh",
    "p1": "p1",
    "P2": "p2",
    "p2": "p2",
    "v1": "v1",
    "v9": "v9",
    "Jaro": "jaro",
    "JARO": "jaro",
    "c1": "c1",
    "C2": "c2",
    "c2": "c2",
}
FOLDED |= {
    "Brno-město": "brno-mesto",
    "brno-mesto": "brno-mesto",
    "brno": "brno",
    "CZ-642": "cz-642",
    "CZ0642": "cz-642",  # the code that statistics have for it
    "642": "642",
    "CZ-10": "cz-10",
    "cz-10": "cz-10",
    "female": "female",
    "Male": "male",
    "male": "male",
}
NUMBERS = {"order_count", "product_count", "total_revenue", "total_spent", "age", "rfm_score"}
MONEY = {"total_revenue", "total_spent", "items_total", "order_total", "paid_price", "price"}
MONEY |= {"predicted_clv_365d", "predicted_aov"}
COLUMNS = {"total_revenue": "total_revenue_minor", "total_spent": "total_revenue_minor"}
NEGATIVE = {"is_not", "none_of", "not_contains"}
COLUMNS |= {name: f"{name}_minor" for name in ("predicted_clv_365d", "predicted_aov")}
# Words of audsync's own, which are written with spaces and capitals too.
WORDS = {"rfm_segment", "activity", "clv_category", "value_band", "frequency_band"}
WORDS |= {"value_frequency", "recency_bucket", "affluence_category"}
DERIVED = {"param_days_since", "param_years_since", "param_days_to_anniversary"}


@dataclass(frozen=True)
class Shop:
    """A small shop as of a day; amounts are in hundredths."""

    as_of: date
    clients: list[Row]
    orders: list[Row]
    lines: list[Row]
    products: dict[str, Row]
    views: list[Row]
    lists: dict[str, set[str]]


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
        for operator, names in _questions(table):
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
            _holds(key, operator, wanted, look(key, name), shop)
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
        _holds(key, operator, wanted, look(key, None), shop) for operator, wanted in questions
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
        return _derived(field, client[f"param.{param}"], shop.as_of)
    if field.startswith("param"):
        return client[f"param.{param}"]
    return client[{"customer_id": "customer_ids"}.get(field, COLUMNS.get(field, field))]


def _derived(field: str, day: date | None, as_of: date) -> int | None:
    if day is None:
        return None
    if field == "param_days_since":
        return (as_of - day).days
    coming = as_of
    while not (coming.year > day.year and _is_anniversary(day, coming)):
        coming += timedelta(days=1)
    if field == "param_days_to_anniversary":
        return (coming - as_of).days
    if day > as_of:
        return None
    return coming.year - day.year - (coming != as_of)


def _is_anniversary(day: date, other: date) -> bool:
    if (day.month, day.day) == (2, 29) and not calendar.isleap(other.year):
        return (other.month, other.day) == (2, 28)
    return (other.month, other.day) == (day.month, day.day)


def _holds(  # noqa: PLR0911 -- one return per kind of value reads best
    field: str, operator: str, wanted: Any, value: Any, shop: Shop
) -> bool:
    if value is None or value == []:
        return operator == "missing" and wanted is True
    if operator == "missing":
        return not wanted
    if operator in {"top_percent", "bottom_percent"}:
        return _ranked(field, operator, wanted, value, shop)
    if isinstance(value, date):
        return _date_holds(operator, wanted, value, shop.as_of)
    if isinstance(value, tuple):
        found = [_text_holds(field, operator, wanted, one) for one in value]
        return all(found) if operator in NEGATIVE else any(found)
    if isinstance(value, list):
        return _list_holds(operator, wanted, value)
    if isinstance(value, bool):
        return value is wanted if operator == "is" else value is not wanted
    if isinstance(value, str):
        return _text_holds(field, operator, wanted, value)
    return _number_holds(field, operator, wanted, value)


def _ranked(field: str, operator: str, wanted: Any, value: Any, shop: Shop) -> bool:
    column = COLUMNS.get(field, field)
    values = [row[column] for row in shop.clients if row[column] is not None]
    better = sum(other > value for other in values)
    if operator == "bottom_percent":
        better = sum(other < value for other in values)
    middle = Decimal(2 * better + values.count(value)) / (2 * len(values))
    return middle <= Decimal(str(wanted)) / 100


def _number_holds(field: str, operator: str, wanted: Any, value: Any) -> bool:
    scale = 100 if field in MONEY else 1
    bounds = [
        Decimal(str(one)) * scale for one in (wanted if isinstance(wanted, list) else [wanted])
    ]
    tests: dict[str, Callable[[], bool]] = {
        "is": lambda: value == bounds[0],
        "is_not": lambda: value != bounds[0],
        "one_of": lambda: value in bounds,
        "none_of": lambda: value not in bounds,
        "at_least": lambda: value >= bounds[0],
        "at_most": lambda: value <= bounds[0],
        "more_than": lambda: value > bounds[0],
        "less_than": lambda: value < bounds[0],
        "between": lambda: bounds[0] <= value <= bounds[-1],
    }
    return tests[operator]()


def _text_holds(field: str, operator: str, wanted: Any, value: str) -> bool:
    texts = wanted if isinstance(wanted, list) else [wanted]
    if field == "category":
        levels = [FOLDED[level] for level in value.split(" | ")]
        paths = [[FOLDED[level] for level in text.split(" | ")] for text in texts]
        found = any(
            levels[: len(path)] == path if len(path) > 1 else path[0] in levels
            for path in paths
        )
        return found if operator in {"is", "one_of"} else not found
    if field == "zip":
        mine, texts = value.replace(" ", ""), [text.replace(" ", "") for text in texts]
    elif field in WORDS:
        mine, texts = value, [text.lower().replace(" ", "_") for text in texts]
    else:
        mine, texts = FOLDED[value], [FOLDED[text] for text in texts]
    tests: dict[str, Callable[[str], bool]] = {
        "is": mine.__eq__,
        "one_of": mine.__eq__,
        "is_not": mine.__eq__,
        "none_of": mine.__eq__,
        "contains": mine.__contains__,
        "not_contains": mine.__contains__,
        "starts_with": mine.startswith,
        "ends_with": mine.endswith,
    }
    found = any(tests[operator](text) for text in texts)
    return not found if operator in NEGATIVE else found


def _list_holds(operator: str, wanted: Any, value: list[str]) -> bool:
    mine = {FOLDED[one] for one in value}
    texts = {FOLDED[one] for one in (wanted if isinstance(wanted, list) else [wanted])}
    if operator == "has_all":
        return texts <= mine
    if operator == "contains":
        return any(text in one for text in texts for one in mine)
    if operator in {"is_not", "none_of"}:
        return not texts & mine
    return bool(texts & mine)


def _date_holds(operator: str, wanted: Any, value: date, as_of: date) -> bool:
    if operator in {"within", "older_than"}:
        inside = _moved(wanted, as_of, -1) <= value
        return value <= as_of and inside is (operator == "within")
    if operator == "during":
        first, last = _period(wanted, as_of)
        return first <= value <= last
    if operator == "within_next":
        last = _moved(wanted, as_of, 1)
        coming = _derived("param_days_to_anniversary", value, as_of)
        return coming is not None and as_of + timedelta(days=coming) <= last
    tests: dict[str, Callable[[], bool]] = {
        "on": lambda: value == wanted,
        "before": lambda: value < wanted,
        "after": lambda: value > wanted,
        "between": lambda: wanted[0] <= value <= wanted[1],
    }
    return tests[operator]()


def _moved(length: str, day: date, direction: int) -> date:
    number, unit = length.removesuffix("s").split()
    count = int(number)
    if unit in {"day", "week"}:
        return day + direction * timedelta(days=count * (7 if unit == "week" else 1))
    months = count * (12 if unit == "year" else 1)
    index = day.year * 12 + day.month - 1 + direction * months
    for last in range(day.day, 0, -1):
        try:
            return date(index // 12, index % 12 + 1, last)
        except ValueError:
            continue
    raise AssertionError


def _period(text: str, as_of: date) -> tuple[date, date]:
    """First and last day, found by walking through the days around `as_of`."""
    keys: dict[str, Callable[[date], Any]] = {
        "week": lambda day: day.isocalendar()[:2],
        "month": lambda day: (day.year, day.month),
        "quarter": lambda day: (day.year, (day.month - 1) // 3),
        "year": lambda day: day.year,
    }
    days = [as_of + timedelta(days=offset) for offset in range(-1500, 400)]
    if text == "today":
        return as_of, as_of
    if text == "yesterday":
        return as_of - timedelta(days=1), as_of - timedelta(days=1)
    if text[:4] in {"this", "last"}:
        key = keys[text.split()[1]]
        same = [day for day in days if key(day) == key(as_of)]
        if text.startswith("last"):
            before = same[0] - timedelta(days=1)
            same = [day for day in days if key(day) == key(before)]
        return same[0], same[-1]
    if "Q" in text:
        quarter = int(text[-1])
        same = [d for d in days if d.year == int(text[:4]) and (d.month + 2) // 3 == quarter]
    else:
        same = [day for day in days if day.isoformat().startswith(text)]
    return same[0], same[-1]


def _in_window(block: dict[str, Any], day: date, as_of: date) -> bool:
    if "within" in block:
        return _moved(block["within"], as_of, -1) <= day <= as_of
    if "during" in block:
        first, last = _period(block["during"], as_of)
        return first <= day <= last
    first, last = block.get("since", date.min), block.get("until", date.max)
    return bool(first <= day <= last)


def _spent(shop: Shop, client: Row, block: dict[str, Any]) -> bool:
    total = sum(
        order["value_minor"]
        for order in shop.orders
        if order["client_id"] == client["client_id"]
        and _in_window(block, order["ordered_on"], shop.as_of)
    )
    return all(
        _number_holds("total_spent", operator, wanted, total)
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
        if not _in_window(block, order["ordered_on"], shop.as_of):
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
        _number_holds(key, operator, wanted, quantities[key])
        for key in MEASURES
        for operator, wanted in _questions(block.get(key, {}))
    )


def _visited(shop: Shop, client: Row, block: dict[str, Any]) -> bool:
    if not {"within", "during", "since", "until"} & set(block):
        block = {"within": "30 days", **block}
    asks = {key: value for key, value in block.items() if key in PRODUCT_KEYS}
    days: dict[str, date] = {}
    for view in shop.views:
        if view["client_id"] != client["client_id"]:
            continue
        if not _in_window(block, view["visited_on"], shop.as_of):
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
        _number_holds(key, operator, wanted, quantities[key])
        for key in ("visits", "days_since")
        for operator, wanted in _questions(block.get(key, {}))
    )


def _questions(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else [("is", value)]


def _order_fits(block: dict[str, Any], order: Row, shop: Shop) -> bool:
    totals = all(
        _number_holds("order_total", operator, wanted, order["value_minor"])
        for operator, wanted in _questions(block.get("order_total", {}))
    )
    codes = all(
        _holds("offer_code", operator, wanted, order["offer_code"], shop)
        for operator, wanted in _questions(block.get("offer_code", {}))
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
