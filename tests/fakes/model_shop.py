"""An invented shop, row by row, and the Clients model of it."""

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from audsync.identity.facts import fact_schema
from audsync.identity.postcodes import Places
from audsync.identity.text import fold
from audsync.model.analyses import Analysis
from audsync.model.build import ModelInput, build_clients
from audsync.model.report import ModelReport
from audsync.model.settings import ModelSettings
from audsync.tables import TABLES, Kind, arrow_schema, arrow_type, has_people
from audsync.warehouse.engine import DuckEngine

AS_OF = date(2026, 7, 1)
NORMAL = (
    "email_normal",
    "phone_e164",
    "first_name_clean",
    "last_name_clean",
    "first_name_match",
    "last_name_match",
)
EVERYTHING = frozenset(
    f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns
)
Row = dict[str, Any]


def at(text: str) -> datetime:
    """A UTC moment: `at("2026-06-01 12:00")`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def line(product_id: str, units: str | int = 1, each: int = 1000, **values: Any) -> Row:
    """A goods line of so many units at so many minor units each, with and without VAT."""
    value = int(Decimal(units) * each)
    return {
        "product_id": product_id,
        "quantity": Decimal(units),
        "unit_net_minor": each,
        "unit_gross_minor": each,
        "net_minor": value,
        "gross_minor": value,
        **values,
    }


class ModelShop:
    """Rows of the normalised tables; the shop is in `timezone` and sells in EUR."""

    def __init__(self, timezone: str = "UTC") -> None:
        self.engine = DuckEngine.in_memory(timezone)
        self.rows: dict[str, list[Row]] = {name: [] for name in TABLES}
        self.account_clients: list[Row] = []
        self.order_clients: list[Row] = []
        self.params: dict[str, Kind] = {}

    def account(self, customer_id: str, client: str | None = None, **values: Any) -> None:
        """An account; `client` is the client's id where that is not the account's own."""
        self.rows["customers"].append(_person({"customer_id": customer_id, **values}))
        self.account_clients.append(
            {"customer_id": customer_id, "client_id": client or customer_id}
        )

    def order(
        self,
        order_id: str,
        when: str = "2026-06-01 12:00",
        *lines: Row,
        client: str | None = "1",
        **values: Any,
    ) -> None:
        """A finished order of client 1, made at that UTC time."""
        stated = {
            "order_id": order_id,
            "created_at": at(when),
            "status": "finished",
            "currency": "EUR",
        }
        self.rows["orders"].append(_person({**stated, **values}))
        for number, goods in enumerate(lines, start=1):
            row = {"order_id": order_id, "line_number": number, **goods}
            self.rows["order_lines"].append(row)
        if client is not None:
            self.order_clients.append({"order_id": order_id, "client_id": client})

    def product(self, product_id: str, **values: Any) -> None:
        """A row of the catalogue."""
        self.rows["products"].append({"product_id": product_id, **values})

    def give_back(
        self, product_id: str, units: str | int = 1, when: str = "2026-06-15", **values: Any
    ) -> None:
        """A return of customer 1, without the name of its order unless `order_id` says it."""
        number = len(self.rows["returns"])
        row = {
            "return_id": f"r{number}",
            "line_number": 1,
            "customer_id": "1",
            "product_id": product_id,
            "quantity": Decimal(units),
            "returned_at": at(when),
        }
        self.rows["returns"].append({**row, **values})

    def visit(self, when: str, product_id: str | None = None, **values: Any) -> None:
        """A page that customer 1 looked at, unless `values` say who else."""
        row = {
            "view_id": f"v{len(self.rows['visits'])}",
            "customer_id": None if "email" in values else "1",
            "product_id": product_id,
            "visited_at": at(when),
        }
        self.rows["visits"].append({**row, "email_normal": values.get("email"), **values})

    def message(self, event: str, when: str, channel: str = "email", **values: Any) -> None:
        """An event of a message to customer 1, unless `values` say to whom else."""
        row = {
            "event_id": f"m{len(self.rows['messages'])}",
            "customer_id": None if values else "1",
            "channel": channel,
            "event": event,
            "happened_at": at(when),
            "email_normal": values.get("email"),
            "phone_e164": values.get("phone"),
        }
        self.rows["messages"].append({**row, **values})

    def shuffle(self, seed: int) -> None:
        """Bring the rows of every table into another order."""
        chance = random.Random(seed)  # noqa: S311 -- a test's order of rows is no secret
        for rows in (*self.rows.values(), self.account_clients, self.order_clients):
            chance.shuffle(rows)

    def build(
        self,
        settings: ModelSettings | None = None,
        *,
        as_of: date = AS_OF,
        currency: str = "EUR",
        rates: Mapping[str, str] | None = None,
        provided: frozenset[str] = EVERYTHING,
        chunks: int = 1,
        analyses: Collection[Analysis] = (),
        country: str = "CZ",
        places: Places | None = None,
    ) -> ModelReport:
        """Build the model; the input comes to the engine in so many pieces."""
        for name, rows in self.rows.items():
            self.engine.register(name, _in_pieces(self._table(name, rows), chunks))
        text = pa.string()
        for name, key, rows in (
            ("account_clients", "customer_id", self.account_clients),
            ("order_clients", "order_id", self.order_clients),
        ):
            schema = pa.schema([(key, text), ("client_id", text)])
            whole = pa.Table.from_pylist(rows, schema=schema)
            self.engine.register(name, _in_pieces(whole, chunks))
        self.engine.register("identity_facts", fact_schema().empty_table())
        return build_clients(
            self.engine,
            settings or ModelSettings(),
            ModelInput(
                currency=currency,
                rates={code: Decimal(rate) for code, rate in (rates or {}).items()},
                provided=provided,
                params=self.params,
                country=country,
            ),
            as_of=as_of,
            analyses=analyses,
            places=places,
        )

    def clients(self, settings: ModelSettings | None = None, **how: Any) -> dict[str, Row]:
        """Rows of `clients` by client id."""
        self.build(settings, **how)
        return {row["client_id"]: row for row in self.read("clients")}

    def client(self, settings: ModelSettings | None = None, **how: Any) -> Row:
        """The row of client 1."""
        return self.clients(settings, **how)["1"]

    def read(self, table: str) -> list[Row]:
        """Rows of a table that the model left, in a fixed order."""
        rows: list[Row] = self.engine.fetch(f"SELECT * FROM {table} ORDER BY ALL").to_pylist()
        return rows

    def _table(self, name: str, rows: Sequence[Row]) -> pa.Table:
        schema = arrow_schema(name)
        if has_people(TABLES[name]):
            for column in NORMAL:
                schema = schema.append(pa.field(column, pa.string()))
        for param, kind in self.params.items():
            if param.startswith(f"{name}."):
                schema = schema.append(
                    pa.field(param.removeprefix(f"{name}."), arrow_type(kind))
                )
        full = [{column: row.get(column) for column in schema.names} for row in rows]
        return pa.Table.from_pylist(full, schema=schema)


def _person(row: Row) -> Row:
    """The row with normal forms of its contact, which is written here as it should be."""
    return {
        "email_normal": row.get("email"),
        "phone_e164": row.get("phone"),
        "first_name_clean": row.get("first_name"),
        "last_name_clean": row.get("last_name"),
        "first_name_match": row.get("first_name") and fold(row["first_name"]),
        "last_name_match": row.get("last_name") and fold(row["last_name"]),
        **row,
    }


def _in_pieces(table: pa.Table, chunks: int) -> pa.Table:
    size = max(1, -(-table.num_rows // chunks))
    pieces = [table.slice(start, size) for start in range(0, table.num_rows, size)]
    return pa.concat_tables(pieces) if pieces else table
