"""Laws of queries: SQL finds whom a reading row by row finds, and no escape is ever asked."""

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audsync.sandbox.asking import send
from audsync.sandbox.process import answer_to
from audsync.sandbox.statement import QueryError, Statement, statement_of
from fakes.model_shop import AS_OF, ModelShop, Row, line
from oracle.sql_rows import Tables, clients_of
from property.sql_queries import FORBIDDEN, QUERIES, Tree, as_sql

CITIES = ["Brno", "brno", None, "Ústí", "O'Hara", "", "Brno", None]
STORES = ["Brno", None, "x y"]
OFFERS = [None, "brno", "Ústí", "B"]
PRODUCTS: list[Row] = [
    {"product_id": "p1", "brand": "Brno", "category": "B", "title": "x y"},
    {"product_id": "p2", "brand": None, "category": "Brno", "title": None},
    {"product_id": "p3", "brand": "Ústí", "category": None, "title": "O'Hara"},
]
PRICES = [1000, None, 30]


class Asked:
    """A small shop, its rows as they were invented, and queries answered in this process."""

    def __init__(self) -> None:
        self.shop = ModelShop()
        self.tables: Tables = {"orders": [], "order_lines": [], "products": []}
        for number, city in enumerate(CITIES):
            self.shop.account(f"c{number}", city=city)
        for product, price in zip(PRODUCTS, PRICES, strict=True):
            self.shop.product(**product, price_minor=price)
            self.tables["products"].append({**product, "price_minor": price})
        # Of the last clients some have one order or none.
        for number in range(17):
            self._order(number, f"c{number * number % 7}")
        self.shop.build()
        self.tables["clients"] = self.shop.read("clients")
        numbers = self.shop.read("client_numbers")
        self.names = {row["client"]: row["client_id"] for row in numbers}

    def _order(self, number: int, client: str) -> None:
        day = AS_OF - timedelta(days=[0, 1, 30, 31, 365, 400][number % 6])
        bought = [number % 4, (number + 1) % 4][: number % 3]  # p0 is in no catalogue
        lines = [
            line(f"p{one}", 1 + one % 2, [30, 1000][number % 2], name=["Brno", None][one % 2])
            for one in bought
        ]
        stated = {"store": STORES[number % 3], "offer_code": OFFERS[number % 4]}
        self.shop.order(f"o{number}", f"{day} 12:00", *lines, client=client, **stated)
        self.tables["orders"].append(
            {
                **stated,
                "client_id": client,
                "ordered_on": day,
                "age_days": (AS_OF - day).days,
                "value_minor": sum(one["net_minor"] for one in lines),
            }
        )
        brands = {one["product_id"]: one["brand"] for one in PRODUCTS}
        self.tables["order_lines"] += [
            {
                "client_id": client,
                "ordered_on": day,
                "line_number": place,
                "product_id": one["product_id"],
                "name": one["name"],
                "brand": brands.get(one["product_id"]),
                "value_minor": one["net_minor"],
                "unit_price_minor": one["unit_net_minor"],
            }
            for place, one in enumerate(lines, start=1)
        ]

    def answer(self, statement: Statement) -> tuple[dict[str, object], set[int]]:
        """What the process tells, and the numbers that the query gives."""
        tables, answer = BytesIO(), BytesIO()
        send(tables, statement, self.shop.engine)
        tables.seek(0)
        question = {
            "sql": statement.sql,
            "as_of": AS_OF.isoformat(),
            "takes_as_of": statement.takes_as_of,
            "tables": statement.tables,
            "memory_bytes": 200_000_000,
        }
        answer_to(question, tables, answer)
        answer.seek(0)
        told = json.loads(answer.readline())
        if told:
            return told, set()
        found: list[Any] = pa.ipc.open_stream(answer).read_all()["client_id"].to_pylist()
        return told, set(found)


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


def agree(asked: Asked, trees: list[Tree]) -> None:
    """Ask several at once, the number of each behind the clients that it finds."""
    parts = [
        f"SELECT client_id * 100 + {number} AS client_id FROM ({as_sql(tree)})"
        for number, tree in enumerate(trees)
    ]
    told, found = asked.answer(statement_of(" UNION ALL ".join(parts)))
    assert told == {}
    for number, tree in enumerate(trees):
        clients = {asked.names[one // 100] for one in found if one % 100 == number}
        assert clients == clients_of(tree, asked.tables), as_sql(tree)


SEVERAL = st.lists(QUERIES, min_size=1, max_size=10)


@given(trees=SEVERAL)
@settings(max_examples=15)
def test_a_query_finds_whom_a_reading_row_by_row_finds(asked: Asked, trees: list[Tree]) -> None:
    agree(asked, trees)


@pytest.mark.slow
@given(trees=SEVERAL)
@settings(max_examples=50)
def test_it_does_in_many_more_cases(asked: Asked, trees: list[Tree]) -> None:
    agree(asked, trees)


@given(sql=FORBIDDEN)
@settings(max_examples=40)
def test_no_escape_is_asked(sql: str) -> None:
    with pytest.raises(QueryError) as error:
        statement_of(sql)
    assert not error.value.has_run


@pytest.mark.slow
@given(sql=FORBIDDEN)
@settings(max_examples=60)
def test_past_its_text_an_escape_changes_nothing(
    asked: Asked, tmp_path_factory: pytest.TempPathFactory, sql: str
) -> None:
    folder = tmp_path_factory.mktemp("escape")
    before = asked.shop.read("clients"), asked.shop.read("order_facts")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        asked.answer(Statement(sql, ("clients", "orders"), takes_as_of=False))
    assert list(Path(folder).iterdir()) == []
    assert (asked.shop.read("clients"), asked.shop.read("order_facts")) == before
