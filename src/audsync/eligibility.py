"""Who is kept out of every audience beside what people consented to.

Suppressions are lists whose people are in no audience. The hold-out share is in none either, so
that it tells what happens without advertising.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from audsync.consent import Refusal
from audsync.lists import LISTED
from audsync.segments.buckets import NAMESPACE, bucket
from audsync.sql_text import literals

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine

MOST_HELD_OUT: Final = 90


@dataclass(frozen=True, slots=True)
class EligibilitySettings:
    """Keys of `[shops.<id>.eligibility]`."""

    suppressed: Annotated[
        tuple[str, ...], "Lists whose people are in no audience; their removal is never held."
    ] = ()
    holdout_percent: Annotated[
        int, "Clients whose ab_bucket is 1 to this number are in no audience; 0: nobody."
    ] = 0
    holdout_salt: Annotated[
        str, "Another text makes the hold-out independent of ab_bucket without a salt."
    ] = NAMESPACE


def excluded(engine: "Engine", settings: EligibilitySettings) -> "pa.Table":
    """Who is kept out: `client_id`, each once, and `reason`, of several the first.

    Reads `clients` and, where lists are suppressed, `listed`.
    """
    reasons: dict[str, str] = {}
    if settings.holdout_percent:
        clients = _ids(engine, "SELECT c.client_id FROM clients AS c")
        reasons = {
            client: Refusal.HELD_OUT.value
            for client in clients
            if bucket(client, settings.holdout_salt) <= settings.holdout_percent
        }
    if settings.suppressed:
        listed = _ids(
            engine,
            f"SELECT DISTINCT l.client_id FROM {LISTED} AS l"
            f" WHERE l.list_name IN {literals(settings.suppressed)}",
        )
        reasons |= dict.fromkeys(listed, Refusal.SUPPRESSED.value)
    return _table(reasons)


def nobody() -> "pa.Table":
    """The table of those who are kept out where nobody is."""
    return _table({})


def _ids(engine: "Engine", sql: str) -> list[str]:
    ids: list[Any] = engine.fetch(sql)["client_id"].to_pylist()
    return ids


def _table(reasons: Mapping[str, str]) -> "pa.Table":
    import pyarrow as pa

    clients = sorted(reasons)
    return pa.table(
        {
            "client_id": pa.array(clients, pa.string()),
            "reason": pa.array([reasons[client] for client in clients], pa.string()),
        }
    )
