"""The shop's tables, brought to where Spark reads them: only those that have changed."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

from audsync.errors import ConfigError
from audsync.spark.shelves import Shelf
from audsync.sql_text import identifier
from audsync.tables import TABLES
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.schema import columns_of

# All that the model, the segments and the gate read.
PUBLISHED: Final = (*TABLES, "account_clients", "order_clients", "identity_facts")
# Spark takes a backslash and the quotation mark behind it for one sign, and has no other way to
# write such a name.
_UNSPEAKABLE: Final = re.compile(r'(?<!\\)(?:\\\\)*\\(?:"|\Z)')


def publish(engine: DuckEngine, shelf: Shelf) -> Mapping[str, str]:
    """Bring the shelf to the file's tables; the name of each there, by table.

    A table is named by its content and never written anew while that stays. What lies there
    besides, from an earlier day or a killed run, is taken away.
    """
    names = {table: f"{table}_{_digest(engine, table)}" for table in PUBLISHED}
    there = set(shelf.names())
    for table, name in names.items():
        if name not in there:
            shelf.write(name, engine.batches(f"SELECT * FROM main.{identifier(table)}"))
    for name in sorted(there - set(names.values())):
        shelf.remove(name)
    return names


def _digest(engine: DuckEngine, table: str) -> str:
    """A name for a table's rows, in whatever order they lie, and the types of its columns."""
    columns = columns_of(engine, table)
    for name in filter(_UNSPEAKABLE.search, columns):
        raise ConfigError(
            f"{table}.{name}: Spark cannot read a column whose name ends in a backslash or has "
            "one before a quotation mark; name the parameter otherwise in the source"
        )
    listed = ", ".join(map(identifier, columns))
    rows = engine.fetch(
        "SELECT count(*) AS number, CAST(bit_xor(h.row_hash) AS VARCHAR) AS mixed, "
        "CAST(sum(CAST(h.row_hash AS HUGEINT)) AS VARCHAR) AS total "
        f"FROM (SELECT hash({listed}) AS row_hash FROM main.{identifier(table)}) AS h"
    )
    text = json.dumps([columns, rows.to_pylist()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
