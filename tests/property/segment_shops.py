"""Random small shops, whose days and amounts lie at the edges of windows and bounds."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa

from audsync.engine import Engine
from fakes.segment_shop import by_number, numbered
from oracle.segment_values import Row, Shop

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
    listed = [
        {"list_name": name, "client_id": client}
        for name, clients in shop.lists.items()
        for client in clients
    ]
    engine.store("numbered_clients", numbered(list(shop.clients[0])))
    engine.register("listed", _arrow(listed, ["list_name", "client_id"]))
