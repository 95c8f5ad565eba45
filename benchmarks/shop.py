"""The invented shop: normalised tables as Parquet files, skewed as real shops are.

A fifth as many people as order lines; most buy once, a few hundreds of times. Orders come in
the order of their time, as a shop's do. There is no contact data: every column of an identifier
and of its normal form is empty.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from audsync.engine import Engine
from audsync.identity.normal import NORMAL_COLUMNS
from audsync.tables import CONSENTS, RATES, TABLES, Kind, arrow_type
from audsync.warehouse import Warehouse
from audsync.warehouse.schema import EVENTS, WITH_PEOPLE
from benchmarks.catalogue import make_catalogue
from benchmarks.people import account_rows, make_people
from benchmarks.sales import make_sales

AS_OF: Final = date(2026, 7, 1)
TIMEZONE: Final = "Europe/Prague"
CURRENCY: Final = "CZK"
WAREHOUSE: Final = "warehouse.duckdb"
# It has neither web log nor messages, one currency, and no log of decisions.
_ABSENT: Final = (*EVENTS, RATES.name, CONSENTS.name)
# What a source of this shop would fill: all but what tells who somebody is.
PROVIDED: Final = frozenset(
    f"{table.name}.{column.name}"
    for table in TABLES.values()
    for column in table.columns
    if not column.personal and table.name not in _ABSENT
)
_CLIENT_TABLES: Final = {"account_clients": "customer_id", "order_clients": "order_id"}
TABLE_NAMES: Final = (*(name for name in TABLES if name not in _ABSENT), *_CLIENT_TABLES)


def generate(folder: Path, *, lines: int, seed: int = 1) -> None:
    """Write `<table>.parquet` of each of TABLE_NAMES; the same seed gives the same bytes.

    Works in chunks: 50 million lines fit in 3 GB.
    """
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = make_catalogue(min(20_000, max(600, lines // 10)), seed)
    people = make_people(max(1, lines // 5), seed)
    _write(folder, iter([{"products": catalogue.table}]))
    _write(folder, account_rows(people))
    _write(folder, make_sales(people, catalogue, lines=lines))


def stored_schema(table: str) -> pa.Schema:
    """The columns of a table as the warehouse holds them; a time is UTC without saying so."""
    if table in _CLIENT_TABLES:
        return pa.schema([(_CLIENT_TABLES[table], pa.string()), ("client_id", pa.string())])
    columns = [
        (
            column.name,
            pa.timestamp("us") if column.kind is Kind.TIME else arrow_type(column.kind),
        )
        for column in TABLES[table].columns
    ]
    normal = NORMAL_COLUMNS if table in WITH_PEOPLE else ()
    return pa.schema([*columns, *((name, pa.string()) for name in normal)])


def load(engine: Engine, folder: Path) -> None:
    """Keep the tables of a folder as temporary tables of an engine."""
    for table in TABLE_NAMES:
        engine.register(table, pq.read_table(folder / f"{table}.parquet"))
    for table in _ABSENT:
        engine.register(table, stored_schema(table).empty_table())


def fill_warehouse(warehouse: Warehouse, folder: Path) -> None:
    """Put the tables of a folder into an empty warehouse, as a pull would leave them."""
    engine = warehouse.engine
    with warehouse.transaction():
        for table in TABLE_NAMES:
            for rows in _pieces(folder, table):
                with engine.handed_over("shop_rows", rows):
                    engine.execute(f"INSERT INTO main.{table} BY NAME SELECT * FROM shop_rows")


def _pieces(folder: Path, table: str) -> Iterator[pa.Table]:
    with pq.ParquetFile(folder / f"{table}.parquet") as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number)


def _write(folder: Path, chunks: Iterator[dict[str, pa.Table]]) -> None:
    """Append each chunk's rows to the files of their tables."""
    writers: dict[str, pq.ParquetWriter] = {}
    try:
        for chunk in chunks:
            for table, rows in chunk.items():
                schema = stored_schema(table)
                if table not in writers:
                    writers[table] = pq.ParquetWriter(
                        folder / f"{table}.parquet", schema, compression="zstd"
                    )
                writers[table].write_table(_fitted(rows, schema))
    finally:
        for writer in writers.values():
            writer.close()


def _fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows with every column of the schema, those that are not there without values."""
    unknown = set(rows.column_names) - set(schema.names)
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    return pa.table(
        [
            rows[field.name].cast(field.type)
            if field.name in rows.column_names
            else pa.nulls(rows.num_rows, field.type)
            for field in schema
        ],
        schema=schema,
    )
