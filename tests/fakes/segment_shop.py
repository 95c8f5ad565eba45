"""A tiny shop for tests of segments, and segments read from text."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from audsync.segments import Segment, evaluate, read_segment
from audsync.toml_file import parse_toml
from fakes.engine import MemoryEngine

Row = dict[str, Any]

AS_OF = date(2024, 3, 1)

_TYPES: dict[str, pa.DataType] = {
    "customer_ids": pa.list_(pa.string()),
    "tags": pa.list_(pa.string()),
    "stores": pa.list_(pa.string()),
    "purchased_categories": pa.list_(pa.string()),
    "purchased_brands": pa.list_(pa.string()),
    "product_count": pa.decimal128(18, 3),
    "quantity": pa.decimal128(18, 3),
    "stock": pa.decimal128(18, 3),
    "subscribed": pa.bool_(),
    "has_invoice": pa.bool_(),
}
_FACTS = {
    "client_numbers": "client_id client",
    "order_facts": "client order_rank ordered_on value_minor offer_code",
    "bought_products": "article product_id product_key product sku name",
    "price_scores": "product price_score",
    "purchases": "client order_rank article ordered_on quantity value_minor unit_price_minor",
    "visit_views": "client visit visited_on article",
    "product_facts": "product_id product_key sku title brand category subcategory product_line"
    " category_path price_minor price_before_discount_minor price_buy_minor stock tags",
}
_DATES = {"ordered_on", "visited_on", "last_order", "first_order", "registered", "born_on"}
_ARTICLE = ("product_id", "product_key", "sku", "name")
_WHOLE = {
    "client",
    "order_rank",
    "article",
    "product",
    "price_score",
    "affluence_score",
    "order_count",
    "order_count_365d",
    "age",
    "line_number",
    "rfm_score",
    "recency_score",
}


def _type(column: str) -> pa.DataType:
    if column in _TYPES:
        return _TYPES[column]
    if column in _DATES:
        return pa.date32()
    if column.endswith("_minor") or column in _WHOLE or column.startswith("days_"):
        return pa.int64()
    return pa.string()


def numbered(columns: Sequence[str]) -> str:
    """`clients` with the number of each, and with category paths, as the model has them."""
    is_asked = "purchased_categories" in columns
    paths = ", c.purchased_categories AS category_paths" if is_asked else ""
    return (
        f"SELECT n.client, c.*{paths} FROM clients AS c"
        " JOIN client_numbers AS n ON n.client_id = c.client_id"
    )


def fill(
    engine: MemoryEngine,
    clients: list[Row],
    *,
    counted_orders: list[Row] | None = None,
    counted_lines: list[Row] | None = None,
    product_facts: list[Row] | None = None,
    views: list[Row] | None = None,
) -> None:
    """Put clients and facts into the engine; a column that no row has is null."""
    names = sorted({name for row in clients for name in row})
    engine.register("clients", _table(clients, names))
    facts = by_number(clients, counted_orders or [], counted_lines or [], views or [])
    facts["product_facts"] = product_facts or []
    for fact, columns in _FACTS.items():
        rows = facts[fact]
        more = sorted({name for row in rows for name in row} - set(columns.split()))
        engine.register(fact, _table(rows, [*columns.split(), *more]))
    engine.store("numbered_clients", numbered(names))


def by_number(
    clients: list[Row], orders: list[Row], lines: list[Row], views: Sequence[Row] = ()
) -> dict[str, list[Row]]:
    """Facts as the model leaves them: clients, orders and products by number."""
    ids = [row["client_id"] for row in (*clients, *orders, *lines, *views)]
    client_of = {key: number for number, key in enumerate(dict.fromkeys(ids), start=1)}
    named = [(row["client_id"], row["order_id"]) for row in (*orders, *lines)]
    rank_of = {key: number for number, key in enumerate(dict.fromkeys(named), start=1)}
    bought = [tuple(row.get(name) for name in _ARTICLE) for row in lines]
    ordered = {row["product_id"] for row in lines}
    bought += [
        (row["product_id"], row["product_key"], None, None)
        for row in views
        if row["product_id"] is not None and row["product_id"] not in ordered
    ]
    scores = {row["product_key"]: row.get("price_score") for row in (*lines, *views)}
    product_of = {key: number for number, key in enumerate(scores, start=1)}
    article_of = {key: number for number, key in enumerate(dict.fromkeys(bought), start=1)}
    by_product = {key[0]: number for key, number in article_of.items()}

    def numbers(row: Row) -> Row:
        order = rank_of[row["client_id"], row["order_id"]]
        return {"client": client_of[row["client_id"]], "order_rank": order}

    return {
        "client_numbers": [
            {"client_id": key, "client": number} for key, number in client_of.items()
        ],
        "order_facts": [
            {name: row[name] for name in ("ordered_on", "value_minor", "offer_code")}
            | numbers(row)
            for row in orders
        ],
        "bought_products": [
            {
                "article": number,
                "product": product_of[key[1]],
                **dict(zip(_ARTICLE, key, strict=True)),
            }
            for key, number in article_of.items()
        ],
        "price_scores": [
            {"product": product_of[key], "price_score": score}
            for key, score in scores.items()
            if key is not None and score is not None
        ],
        "purchases": [
            {
                name: row[name]
                for name in ("ordered_on", "quantity", "value_minor", "unit_price_minor")
            }
            | {"article": article_of[key]}
            | numbers(row)
            for row, key in zip(lines, bought[: len(lines)], strict=True)
        ],
        "visit_views": [
            {
                "client": client_of[row["client_id"]],
                "visit": row["visit"],
                "visited_on": row["visited_on"],
                "article": by_product.get(row["product_id"]),
            }
            for row in views
        ],
    }


def _table(rows: list[Row], columns: list[str]) -> pa.Table:
    arrays = {}
    for column in columns:
        values = [row.get(column) for row in rows]
        known = column in _TYPES or not column.startswith("param.")
        arrays[column] = pa.array(values, _type(column)) if known else pa.array(values)
    return pa.table(arrays)


def order(client: str, name: str, day: date, value: int, offer: str | None = None) -> Row:
    """One counted order; the value is in minor units."""
    return {
        "client_id": client,
        "order_id": name,
        "ordered_on": day,
        "value_minor": value,
        "offer_code": offer,
    }


def line(of: Row, product: str, value: int = 1000, **more: Any) -> Row:
    """One counted line of an order."""
    return {
        "client_id": of["client_id"],
        "order_id": of["order_id"],
        "line_number": 1,
        "ordered_on": of["ordered_on"],
        "product_id": product,
        "product_key": more.pop("product_key", product),
        "quantity": Decimal(1),
        "value_minor": value,
        "unit_price_minor": value,
        **more,
    }


def view(client: str, visit: str, day: date, product: str | None = None, **more: Any) -> Row:
    """One page that a client looked at, in a visit."""
    return {
        "client_id": client,
        "visit": visit,
        "visited_on": day,
        "product_id": product,
        "product_key": more.pop("product_key", product),
        **more,
    }


def days_ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def segment(text: str, name: str = "tested") -> Segment:
    """The segment of that text, which must be free of mistakes."""
    found, problems = read_segment(parse_toml(text.encode(), f"segments/{name}.toml"), name)
    assert problems == (), "\n".join(map(str, problems))
    assert found is not None
    return found


def codes(text: str, name: str = "tested") -> list[tuple[str, int, int]]:
    """Code, line and column of every mistake in the text."""
    _, problems = read_segment(parse_toml(text.encode(), f"segments/{name}.toml"), name)
    return [(problem.code, problem.line, problem.column) for problem in problems]


def members(
    engine: MemoryEngine, text: str, *, as_of: date = AS_OF, currency: str = "CZK"
) -> list[str]:
    """Ids of the clients who match, sorted."""
    evaluate([segment(text)], engine, as_of=as_of, currency=currency)
    found = engine.fetch("SELECT client_id FROM membership ORDER BY client_id")
    return [str(client) for client in found.column("client_id").to_pylist()]
