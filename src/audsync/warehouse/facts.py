"""The table `identity_facts`: what is known of the values that rows of people hold."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from audsync.identity.facts import KINDS, fact_schema
from audsync.sql_text import literals
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.schema import WITH_PEOPLE

if TYPE_CHECKING:
    import pyarrow as pa

_SAME = " AND ".join(f"k.{name} = f.{name}" for name in ("kind", "value", "fact"))
_STAGED = "staged_facts"
_HELD = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, {column} AS value FROM main.{table}"
    for kind, column in KINDS.items()
    for table in WITH_PEOPLE
)
_UNHELD = (
    f"NOT EXISTS (SELECT 1 FROM ({_HELD}) AS h WHERE h.kind = k.kind AND h.value = k.value)"
)


def stage_facts(engine: DuckEngine, facts: "pa.Table") -> None:
    """Collect facts until the rows of their values are stored."""
    with engine.handed_over("audsync_facts", facts):
        engine.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {_STAGED} AS "
            "SELECT * FROM audsync_facts WHERE FALSE"
        )
        engine.execute(f"INSERT INTO temp.{_STAGED} BY NAME SELECT * FROM audsync_facts")


def store_staged_facts(engine: DuckEngine) -> None:
    """Keep the collected facts, each once; part of the transaction that is open."""
    stage_facts(engine, fact_schema().empty_table())
    engine.execute(
        f"DELETE FROM main.identity_facts AS k USING temp.{_STAGED} AS f "
        f"WHERE {_SAME} AND k.text <> f.text"
    )
    engine.execute(
        "INSERT INTO main.identity_facts BY NAME "
        f"SELECT DISTINCT f.* FROM temp.{_STAGED} AS f "
        f"WHERE NOT EXISTS (SELECT 1 FROM main.identity_facts AS k WHERE {_SAME})"
    )
    forget_staged_facts(engine)


def forget_staged_facts(engine: DuckEngine) -> None:
    """Drop what was collected and not stored."""
    engine.drop(_STAGED)


def drop_unheld_facts(engine: DuckEngine) -> None:
    """Drop collected facts of values that no row holds: those of rows that were kept out."""
    stage_facts(engine, fact_schema().empty_table())
    engine.change(f"DELETE FROM temp.{_STAGED} AS k WHERE {_UNHELD}")


def sweep_facts(engine: DuckEngine, kept: Collection[str]) -> int:
    """Delete facts of values that no row holds, and facts not among `kept`; how many."""
    return engine.change(
        "DELETE FROM main.identity_facts AS k "
        f"WHERE k.fact NOT IN {literals(kept)} OR {_UNHELD}"
    )
