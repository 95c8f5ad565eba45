"""Random small shops, and random segment files that are valid for them; from a seed."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pyarrow as pa

from audsync.engine import Engine
from fakes.segment_shop import by_number, numbered
from oracle.segment_rows import Row, Shop

AS_OF = [date(2024, 2, 29), date(2024, 3, 31), date(2023, 5, 31), date(2025, 1, 1)]
CITIES = ["Brno", " BRNO ", "Růžová", "Łódź"]
DISTRICTS = [
    {"district": name, "district_code": code}
    for name, code in (
        ("Brno-město", "CZ-642"),
        ("Růžová", None),
        (None, "CZ-10"),
        (None, None),
    )
]
TAGS = ["VIP", "club", "Klub"]
LISTS = ["staff", "press"]
MESSAGE_DAYS = (
    *("last_email_delivered", "last_email_opened", "last_email_clicked", "last_sms_sent"),
)
MESSAGE_AGES = (
    *("days_since_email_delivered", "days_since_email_opened", "days_since_email_clicked"),
    "days_since_sms_sent",
)
AMOUNTS = [0, 1, 1999, 2000, 10000]
LENGTHS = [
    "1 day",
    "2 weeks",
    "30 days",
    "1 month",
    "3 months",
    "365 days",
    "1 year",
    "2 years",
]
PERIODS = ["today", "yesterday", "this week", "last month", "last quarter", "this year"]
PERIODS += ["last year", "last week", "2023", "2024-Q1", "2023-11"]
OFFSETS = [0, 1, 2, 29, 30, 31, 89, 90, 91, 92, 180, 364, 365, 366, 400, 730, 731]
PRODUCTS: dict[str, Row] = {
    "v1": {
        "product_key": "p1",
        "brand": "Acme",
        "category_path": "Běh | Brno",
        "tags": ["VIP"],
    },
    "p1": {"product_key": "p1", "brand": "Acme", "category_path": "Běh", "tags": None},
    "p2": {"product_key": "p2", "brand": None, "category_path": "Brno | Běh", "tags": ["club"]},
}
for _position, _product in enumerate(PRODUCTS.values()):
    _product["price_minor"] = [1999, None, 10000][_position]
    _product["stock"] = [Decimal(0), Decimal("2.5"), None][_position]
    _product["title"] = _product["sku"] = None

PRICE_SCORES = {"v1": 30, "p1": 30, "p2": 100}  # of v9 nobody knows a price

Doc = dict[str, Any]
Values = dict[str, list[Any]]  # operator or field → values to choose from


def day_before(random: Random, as_of: date) -> date:
    """A day so far before `as_of` that a window begins or ends there."""
    return as_of - timedelta(days=random.choice(OFFSETS))


def _client(random: Random, number: int, as_of: date) -> Row:
    def maybe(*values: Any) -> Any:
        return random.choice([None, *values])

    near = day_before(random, as_of)
    return {
        "client_id": f"c{number}",
        "customer_ids": random.choice([[], [f"c{min(number, 2)}"], ["c1", "C2"]]),
        "city": maybe(*CITIES),
        "zip": maybe("110 00", "11000", "602 00"),
        "country": maybe("CZ", "SK"),
        "email_domain": maybe("example.com", "shop.example"),
        "phone_country": maybe("CZ", "SK"),
        "tags": maybe([], TAGS[:1], TAGS[1:], TAGS),
        "subscribed": maybe(True, False),
        "rfm_segment": maybe("at_risk", "champions"),
        "rfm_score": maybe(111, 345, 555),
        "age": maybe(18, 34, 35, 70),
        "gender": maybe("female", "male"),
        "name_day_today": maybe(True, False),
        "days_to_name_day": maybe(0, 1, 30, 1460),
        **random.choice(DISTRICTS),
        **_predicted(maybe),
        "affluence_category": maybe("economy", "rich"),
        "affluence_score": maybe(1, 50, 100),
        "value_band": maybe("high", "mid", "low"),
        "frequency_band": maybe("high", "low"),
        "value_frequency": maybe("hv_hf", "lv_hf"),
        "recency_bucket": maybe("active", "lost"),
        "favorite_store": maybe("Brno", "Růžová"),
        "favorite_weekday": maybe(1, 7),
        "favorite_hour": maybe(0, 23),
        "order_count": random.randrange(4),
        "product_count": random.choice([Decimal(0), Decimal("1.5"), Decimal(4)]),
        "total_revenue_minor": random.choice(AMOUNTS),
        "last_order": maybe(day_before(random, as_of)),
        "registered": maybe(day_before(random, as_of)),
        "visit_count_30d": random.randrange(4),
        "days_since_last_visit": maybe(0, 7, 30),
        "days_between_last_visits": maybe(0, 7),
        **{name: maybe(day_before(random, as_of)) for name in MESSAGE_DAYS},
        **{name: maybe(0, 30, 365) for name in MESSAGE_AGES},
        "param.colour": maybe("Acme", "Brno"),
        "param.points": maybe(Decimal(3), Decimal("4.5")),
        "param.club": maybe(True, False),
        "param.born": maybe(near.replace(day=min(near.day, 28), year=2000), date(2000, 2, 29)),
    }


def _predicted(maybe: Callable[..., Any]) -> Row:
    """What a model said of the client; nothing of one value follows from another here."""
    return {
        "activity": maybe("active", "possibly_churned", "churned"),
        "clv_category": maybe("low", "mid", "high"),
        "predicted_clv_365d_minor": maybe(*AMOUNTS),
        "predicted_aov_minor": maybe(*AMOUNTS),
        "predicted_orders_365d": maybe(Decimal("0.1234"), Decimal("1.5"), Decimal(4)),
        "days_to_next_order": maybe(1, 30, 400),
        "p_order_365d": maybe(Decimal("0.2"), Decimal("0.5999"), Decimal(1)),
        "p_alive": maybe(Decimal(0), Decimal("0.6")),
    }


def shop(random: Random, *, most: int = 7) -> Shop:
    """A few clients, orders without lines, and products no longer in the catalogue."""
    as_of = random.choice(AS_OF)
    clients = [_client(random, number, as_of) for number in range(1, random.randint(2, most))]
    orders = [
        {
            "client_id": random.choice(clients)["client_id"],
            "order_id": f"o{number}",
            "ordered_on": day_before(random, as_of),
            "value_minor": random.choice(AMOUNTS),
            "offer_code": random.choice([None, "Jaro", "VIP"]),
        }
        for number in range(random.randrange(most + 2))
    ]
    lines = [
        _line(random, order, number)
        for order in orders
        for number in range(random.randrange(3))
    ]
    views = [_view(random, clients, as_of) for _ in range(random.randrange(most + 2))]
    lists = {
        name: {row["client_id"] for row in clients if random.random() < 0.5} for name in LISTS
    }
    return Shop(as_of, clients, orders, lines, PRODUCTS, views, lists)


def _view(random: Random, clients: list[Row], as_of: date) -> Row:
    product = random.choice([None, "v1", "p1", "p2", "v9"])
    return {
        "client_id": random.choice(clients)["client_id"],
        "visit": random.choice(["s1", "s2", "d1"]),
        "visited_on": as_of - timedelta(days=random.choice([0, 1, 7, 30, 31, 365])),
        "product_id": product,
        "product_key": PRODUCTS.get(product or "", {}).get("product_key", product),
        "price_score": PRICE_SCORES.get(product or ""),
    }


def _line(random: Random, order: Row, number: int) -> Row:
    product, value = random.choice(["v1", "p1", "p2", "v9"]), random.choice(AMOUNTS)
    return {
        "client_id": order["client_id"],
        "order_id": order["order_id"],
        "line_number": number,
        "ordered_on": order["ordered_on"],
        "product_id": product,
        "product_key": PRODUCTS.get(product, {}).get("product_key", product),
        "price_score": PRICE_SCORES.get(product),
        "sku": None,
        "name": "Brno",
        "quantity": random.choice([Decimal(1), Decimal("2.5")]),
        "value_minor": value,
        "unit_price_minor": value,
    }


_TEXT, _DECIMAL = pa.string(), pa.decimal128(18, 3)
_TEXTS = pa.list_(pa.string())
_TYPES: dict[str, pa.DataType] = {
    "customer_ids": _TEXTS,
    "tags": _TEXTS,
    "subscribed": pa.bool_(),
    "name_day_today": pa.bool_(),
    "param.club": pa.bool_(),
    "product_count": _DECIMAL,
    "quantity": _DECIMAL,
    "stock": _DECIMAL,
    "param.points": pa.decimal128(18, 4),
    "last_order": pa.date32(),
    "registered": pa.date32(),
    **dict.fromkeys(MESSAGE_DAYS, pa.date32()),
    "visited_on": pa.date32(),
    "ordered_on": pa.date32(),
    "param.born": pa.date32(),
    **dict.fromkeys(
        [
            *("product", "price_score", "affluence_score", "days_to_next_order"),
            *("favorite_weekday", "favorite_hour", "days_to_name_day"),
            *("rfm_score", "age", "order_count", "client", "order_rank", "article"),
            *("visit_count_30d", "days_since_last_visit", "days_between_last_visits"),
            *MESSAGE_AGES,
        ],
        pa.int64(),
    ),
    **dict.fromkeys(["predicted_orders_365d", "p_order_365d", "p_alive"], pa.decimal128(18, 4)),
}
_COLUMNS = {
    "client_numbers": "client_id client",
    "order_facts": "client order_rank ordered_on value_minor offer_code",
    "bought_products": "article product_id product_key product sku name",
    "price_scores": "product price_score",
    "purchases": "client order_rank article ordered_on quantity value_minor unit_price_minor",
    "visit_views": "client visit visited_on article",
    "product_facts": "product_id product_key sku title brand category_path tags price_minor"
    " stock",
}


def _arrow(rows: list[Row], columns: list[str]) -> pa.Table:
    def kind(column: str) -> pa.DataType:
        return _TYPES.get(column, pa.int64() if column.endswith("_minor") else _TEXT)

    return pa.table(
        {column: pa.array([row[column] for row in rows], kind(column)) for column in columns}
    )


def fill(engine: Engine, shop: Shop) -> None:
    """Put the shop's clients and facts into the engine."""
    engine.register("clients", _arrow(shop.clients, list(shop.clients[0])))
    products = [{"product_id": name, **row} for name, row in shop.products.items()]
    facts = by_number(shop.clients, shop.orders, shop.lines, shop.views)
    facts |= {"product_facts": products}
    for name, rows in facts.items():
        engine.register(name, _arrow(rows, _COLUMNS[name].split()))
    engine.store("numbered_clients", numbered(list(shop.clients[0])))
    listed = [
        {"list_name": name, "client_id": client}
        for name, clients in shop.lists.items()
        for client in clients
    ]
    engine.register("listed", _arrow(listed, ["list_name", "client_id"]))


class Writer:
    """Writes random segment files for a shop as of a day."""

    def __init__(self, random: Random, as_of: date) -> None:
        self.random = random
        self.as_of = as_of

    def segment(self, before: list[str]) -> Doc:
        """The blocks of a segment, which may refer to those in `before`."""
        if before and self.random.random() < 0.2:
            return {"all": {"in_segment": self.random.choice(before)}}
        kinds = self.some(["all", "any", "none"], least=1, most=2)
        return {kind: self.one_or_two(partial(self.block, kind, 1)) for kind in kinds}

    def block(self, kind: str, depth: int) -> Doc:
        """The lines of a block, perhaps with a block inside."""
        fields = self.client_fields()
        found: Doc = {}
        for name in self.some([*fields, "bought", "spent", "visited"], least=1, most=3):
            if name in {"bought", "visited"}:
                found[name] = self.one_or_two(partial(self.bought, name))
            elif name == "spent":
                found[name] = self.window() | self.asked(numbers(MONEY), most=2)
            else:
                field = name.partition(":")[0]
                found[field] = self.line(name, fields[name], 2 if kind == "all" else 1)
        if depth and self.random.random() < 0.4:
            inner = self.random.choice(["all", "any", "none"])
            found[inner] = self.one_or_two(lambda: self.block(inner, depth - 1))
        return found

    def line(self, name: str, values: Values, most: int) -> Any:
        """What stands behind a field: a plain value, a table, or a list of tables."""
        dates = dict.fromkeys(("last_order", *MESSAGE_DAYS), "on")
        plain = {**dates, "tags": "has"}.get(name, "is")
        if name.startswith("param"):
            return {name.partition(":")[2]: self.asked(values, most=most)}
        if plain in values and self.random.random() < 0.3:
            return self.random.choice(values[plain])
        if self.random.random() < 0.1:
            return [self.asked(values, most=1), self.asked(values, most=1)]
        return self.asked(values, most=most)

    def bought(self, word: str) -> Doc:
        """One block of purchases or visits."""
        found, measures = self.window(), MEASURES if word == "bought" else VISIT_MEASURES
        for name in self.some(list(measures), least=0, most=2):
            found[name] = self.asked(measures[name], most=2)
        found |= self.product_lines(word, least=0, most=2, operators=2)
        inner = self.random.choice(["", "any", "none"])
        if inner:
            found[inner] = self.one_or_two(lambda: self.product_lines(word, least=1, most=2))
        return found

    def product_lines(self, word: str, *, least: int, most: int, operators: int = 1) -> Doc:
        """Lines about one product that was bought or looked at."""
        names = [name for name in PRODUCT_LINES if word == "bought" or name != "paid_price"]
        chosen = self.some(names, least=least, most=most)
        return {name: self.asked(PRODUCT_LINES[name], most=operators) for name in chosen}

    def window(self) -> Doc:
        """A window, or none."""
        first, last = sorted(day_before(self.random, self.as_of) for _ in range(2))
        return self.random.choice(
            [
                {},
                {"within": self.random.choice(LENGTHS)},
                {"during": self.random.choice(PERIODS)},
                {"since": first, "until": last},
                {"since": last},
                {"until": first},
            ]
        )

    def client_fields(self) -> dict[str, Values]:
        """Field → its operators and values; parameters are written `family:name`."""
        days = sorted({day_before(self.random, self.as_of) for _ in range(3)})
        dates: Values = {"on": days, "before": days, "after": days, "between": pairs(days)}
        dates |= {"within": LENGTHS, "older_than": LENGTHS}
        dates |= {"during": PERIODS, "missing": [True, False]}
        coming: Values = {**dates, "within_next": LENGTHS}
        return {
            "city": texts(["Brno", "ruzova", "Łódź", "r"], ["r", "odz", "ruzova"]),
            "customer_id": texts(["c1", "c2", "C2"]),
            "zip": texts(["11000", "1 1000"], ["11", "00"]),
            "country": texts(["CZ", "cz", "SK"]),
            "email_domain": texts(["example.com", "Shop.Example"], ["example", ".COM"]),
            "phone_country": texts(["CZ", "cz", "SK"]),
            "tags": lists(["vip", "VIP", "club"]),
            "subscribed": BOOLEAN,
            "rfm_segment": texts(["at_risk", "At risk", "champions"]),
            "rfm_score": ranked([111, 345, 555]),
            "age": ranked([18, 34, 35]),
            "gender": texts(["female", "Male"]),
            "name_day_today": BOOLEAN,
            "days_to_name_day": ranked([0, 1, 365]),
            "district": texts(
                ["brno-mesto", "CZ-642", "CZ0642", "cz-10"], ["brno", "642", "r"]
            ),
            "activity": texts(["active", "Possibly churned", "churned"]),
            "clv_category": texts(["low", "High"]),
            "predicted_clv_365d": ranked(MONEY),
            "predicted_aov": ranked(MONEY),
            "predicted_orders_365d": chances([0.1234, 1.5, 3]),
            "days_to_next_order": ranked([1, 30, 365]),
            "p_order_365d": chances([0.2, 0.6, 1]),
            "p_alive": chances([0, 0.6]),
            "affluence_category": texts(["economy", "Rich"]),
            "affluence_score": ranked([1, 50, 99]),
            "value_band": texts(["high", "Mid"]),
            "frequency_band": texts(["high", "low"]),
            "value_frequency": texts(["hv_hf", "lv_hf", "lv_lf"]),
            "recency_bucket": texts(["active", "lapsed", "lost"]),
            "favorite_store": texts(["Brno", "ruzova"], ["r"]),
            "favorite_weekday": ranked([1, 6, 7]),
            "favorite_hour": ranked([0, 12, 23]),
            "order_count": ranked([0, 1, 2]),
            "product_count": ranked([0, 1.5, 4]),
            "total_spent": ranked(MONEY),
            "last_order": dates,
            "registered": coming,
            "visit_count_30d": ranked([0, 1, 2]),
            "days_since_last_visit": ranked([0, 7, 30]),
            "days_between_last_visits": ranked([0, 7]),
            **dict.fromkeys(MESSAGE_DAYS, dates),
            **dict.fromkeys(MESSAGE_AGES, ranked([0, 30, 365])),
            "in_list": words(LISTS),
            "purchased_product_id": lists(["p1", "v1", "v9", "p2"]),
            "ab_bucket": numbers([1, 50, 100]),
            "param:colour": texts(["ACME", "Brno"], ["r", "Acme"]),
            "param:points": numbers([3, 4.5]),
            "param:club": BOOLEAN,
            "param_date:born": coming,
            "param_days_since:born": numbers([-1, 0, 30, 8000]),
            "param_years_since:born": numbers([0, 23, 24, 25]),
            "param_days_to_anniversary:born": numbers([0, 1, 30, 365]),
        }

    def every_operator(self) -> list[Doc]:
        """Each field of clients with each of its operators, in a segment of its own."""
        found: list[Doc] = []
        for name, values in self.client_fields().items():
            field, _, param = name.partition(":")
            for operator, choices in values.items():
                asked: Doc = {operator: self.random.choice(choices)}
                found.append({"all": {field: {param: asked} if param else asked}})
        return found

    def every_purchase_operator(self) -> list[Doc]:
        """The same of purchases and of what was purchased; few segments ask many things."""
        found: list[Doc] = []
        for word, values in (
            ("bought", MEASURES),
            ("bought", PRODUCT_LINES),
            ("visited", VISIT_MEASURES),
        ):
            for name, operators in values.items():
                asked = [
                    {word: {name: {one: self.random.choice(choices)}}}
                    for one, choices in operators.items()
                ]
                found += [{"all": one} for one in asked]
        return found

    def asked(self, values: Values, *, most: int) -> Doc:
        """A table of one operator, or of several, each with a value."""
        chosen = self.some(list(values), least=1, most=most)
        return {operator: self.random.choice(values[operator]) for operator in chosen}

    def some(self, names: list[str], *, least: int, most: int) -> list[str]:
        """Different names, as many as given."""
        return self.random.sample(names, self.random.randint(least, most))

    def one_or_two(self, write: Callable[[], Doc]) -> Doc | list[Doc]:
        """A table, or sometimes a list of two."""
        return [write(), write()] if self.random.random() < 0.25 else write()


MONEY = [0, 0.01, 19.99, 20, 100]
BOOLEAN: Values = {"is": [True, False], "is_not": [True, False], "missing": [True, False]}


def pairs(values: list[Any]) -> list[list[Any]]:
    """Bounds for between."""
    return [[low, high] for low in values for high in values if low <= high]


def texts(values: list[str], parts: list[str] | None = None) -> Values:
    """Operators of text, or with `parts` left out of words."""
    several = [values, values[:1], values[1:]]
    found: Values = {"is": values, "is_not": values, "one_of": several, "none_of": several}
    if parts is not None:
        names = ("contains", "not_contains", "starts_with", "ends_with")
        found |= {name: [*parts, parts] for name in names}
    return {**found, "missing": [True, False]}


def words(values: list[str]) -> Values:
    """Operators of words that are never missing."""
    several = [values, values[:1], values[1:]]
    return {"is": values, "is_not": values, "one_of": several, "none_of": several}


def numbers(values: list[Any]) -> Values:
    """Operators of numbers."""
    names = ("is", "is_not", "at_least", "at_most", "more_than", "less_than")
    several = [values, values[:1], values[1:]]
    found: Values = {name: list(values) for name in names}
    found |= {"between": pairs(values), "one_of": several, "none_of": several}
    return found


def ranked(values: list[Any]) -> Values:
    """Operators of numbers that all clients can be ranked by."""
    share = [1, 12.5, 25, 50, 100]
    found: Values = {"top_percent": share, "bottom_percent": share, "missing": [True, False]}
    return numbers(values) | found


def chances(values: list[Any]) -> Values:
    """Operators of means of what may happen, which are asked for by bounds and ranks alone."""
    equal = {"is", "is_not", "one_of", "none_of"}
    return {name: each for name, each in ranked(values).items() if name not in equal}


def lists(values: list[str]) -> Values:
    """Operators of lists."""
    several = [values, values[:1], values[1:]]
    found: Values = {"has": values, "has_any": several, "has_all": several}
    return {**found, "contains": values, "missing": [True, False]}


_ABOVE_ZERO = {key: each for key, each in numbers([1, 2, 3]).items() if key != "less_than"}
MEASURES: dict[str, Values] = {
    "orders": _ABOVE_ZERO,
    "units": _ABOVE_ZERO,
    "items_total": numbers(MONEY),
    "order_total": numbers(MONEY),
    "days_since": numbers([0, 30, 90, 365]),
    "offer_code": texts(["JARO", "vip"]),
}
VISIT_MEASURES: dict[str, Values] = {
    "visits": _ABOVE_ZERO,
    "days_since": numbers([0, 7, 30]),
}
PRODUCT_LINES: dict[str, Values] = {
    "brand": texts(["ACME", "Brno"], ["Acme"]),
    "category": texts(["Běh", "beh", "Brno", "Běh | Brno", "Brno | beh"]),
    "tag": lists(["vip", "club"]),
    "price": {**numbers(MONEY), "missing": [True, False]},
    "paid_price": numbers(MONEY),
    "price_score": {**numbers([1, 30, 99]), "missing": [True, False]},
    "stock": {**numbers([0, 2.5, 3]), "missing": [True, False]},
    "product_id": texts(["p1", "v1", "v9"]),
}


def written(value: Any) -> str:
    """A value as TOML; tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {written(one)}' for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return value.isoformat() if isinstance(value, date) else str(value)


def as_toml(doc: Doc) -> str:
    """The text of a segment file."""
    return "\n".join(f"{key} = {written(value)}" for key, value in doc.items())
