"""Whether one value fulfils the lines of a segment about it; for `segment_rows`."""

import calendar
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


def derived(field: str, day: date | None, as_of: date) -> int | None:
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


def holds(  # noqa: PLR0911 -- one return per kind of value reads best
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
    return number_holds(field, operator, wanted, value)


def _ranked(field: str, operator: str, wanted: Any, value: Any, shop: Shop) -> bool:
    column = COLUMNS.get(field, field)
    values = [row[column] for row in shop.clients if row[column] is not None]
    better = sum(other > value for other in values)
    if operator == "bottom_percent":
        better = sum(other < value for other in values)
    middle = Decimal(2 * better + values.count(value)) / (2 * len(values))
    return middle <= Decimal(str(wanted)) / 100


def number_holds(field: str, operator: str, wanted: Any, value: Any) -> bool:
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
        coming = derived("param_days_to_anniversary", value, as_of)
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


def in_window(block: dict[str, Any], day: date, as_of: date) -> bool:
    if "within" in block:
        return _moved(block["within"], as_of, -1) <= day <= as_of
    if "during" in block:
        first, last = _period(block["during"], as_of)
        return first <= day <= last
    first, last = block.get("since", date.min), block.get("until", date.max)
    return bool(first <= day <= last)


def asked(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else [("is", value)]
