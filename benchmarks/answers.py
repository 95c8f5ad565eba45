"""Whether two ways gave the same answers: `clients` column by column, and every segment."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from audsync.model.analyses import ON_DEMAND
from audsync.sql_text import identifier
from audsync.warehouse import DuckEngine
from audsync.warehouse.schema import text_pairs

if TYPE_CHECKING:
    import pyarrow as pa

# The invented shop has nobody's name or address, and no segment here asks for an analysis.
NOT_COMPARED: Final = frozenset(
    {
        "email", "phone", "first_name", "last_name", "full_name",
        "hashed_email", "hashed_phone", "hashed_first_name", "hashed_last_name",
        "email_domain", "phone_country",
        *ON_DEMAND, "stated_gender",
        # The invented shop has neither web log nor messages.
        "visit_count_30d", "days_between_last_visits", "days_since_last_visit",
        "last_email_delivered", "last_email_opened", "last_email_clicked", "last_sms_sent",
        "days_since_email_delivered", "days_since_email_opened", "days_since_email_clicked",
        "days_since_sms_sent",
    }
)  # fmt: skip


def differences(ours: Path, theirs: Path) -> dict[str, int]:
    """By column of `clients`, and by segment, in how many rows the ways disagree.

    The folders hold `clients.parquet` and `membership.parquet`. A column that only one of them
    has, and rows of different clients, count as well; empty when all is equal.
    """
    import pyarrow.parquet as pq

    engine = DuckEngine.in_memory()
    for name, folder in (("ours", ours), ("theirs", theirs)):
        engine.register(f"{name}_clients", pq.read_table(folder / "clients.parquet"))
        engine.register(f"{name}_membership", pq.read_table(folder / "membership.parquet"))
    found = {"rows of clients": _unmatched(engine), **_columns(engine), **_segments(engine)}
    return {name: count for name, count in found.items() if count}


def _unmatched(engine: DuckEngine) -> int:
    return engine.rows(
        "ours_clients AS o FULL JOIN theirs_clients AS t ON t.client_id = o.client_id "
        "WHERE o.client_id IS NULL OR t.client_id IS NULL"
    )


def _columns(engine: DuckEngine) -> dict[str, int]:
    kinds = [_kinds(engine, f"{name}_clients") for name in ("ours", "theirs")]
    mine, other = ({k: v for k, v in kind.items() if k not in NOT_COMPARED} for kind in kinds)
    tests = {name: _test(name, mine[name], other[name]) for name in mine if name in other}
    counts = ", ".join(
        f"count(*) FILTER (WHERE {test}) AS {identifier(name)}" for name, test in tests.items()
    )
    rows: pa.Table = engine.fetch(
        f"SELECT {counts} FROM ours_clients AS o "
        "JOIN theirs_clients AS t ON t.client_id = o.client_id"
    )
    (found,) = rows.to_pylist()
    alone = sorted(mine.keys() ^ other.keys())
    return {**{f"column {name} of one way only": 1 for name in alone}, **found}


def _test(name: str, mine: str, other: str) -> str:
    """Where the values differ. A way without nullable integers has them as floats."""
    kind = "DOUBLE" if other == "DOUBLE" else mine
    column = identifier(name)
    return f"CAST(o.{column} AS {kind}) IS DISTINCT FROM CAST(t.{column} AS {kind})"


def _kinds(engine: DuckEngine, table: str) -> dict[str, str]:
    return text_pairs(
        engine.fetch(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {table})")
    )


def _segments(engine: DuckEngine) -> dict[str, int]:
    rows = engine.fetch(
        "SELECT coalesce(o.segment_id, t.segment_id) AS segment, count(*) AS members "
        "FROM ours_membership AS o FULL JOIN theirs_membership AS t "
        "ON t.segment_id = o.segment_id AND t.client_id = o.client_id "
        "WHERE o.segment_id IS NULL OR t.segment_id IS NULL GROUP BY segment ORDER BY segment"
    )
    return {f"segment {row['segment']}": row["members"] for row in rows.to_pylist()}
