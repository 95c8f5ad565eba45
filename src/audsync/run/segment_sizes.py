"""How many clients the segments of a shop hold, and how many two of them share."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from audsync.config import Shop
from audsync.consent import Gate, gate
from audsync.contracts import Purpose
from audsync.errors import ConsentError
from audsync.segments import Segment
from audsync.sql_text import literals

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine

# A client whom a platform can find: one way of reaching a person is enough.
REACHABLE: Final = "(c.hashed_email IS NOT NULL OR c.hashed_phone IS NOT NULL)"


def segment_sizes(
    segments: Sequence[Segment],
    shop: Shop,
    engine: "Engine",
    gates: Mapping[Purpose, Gate],
    *,
    provided: frozenset[str],
    excluded: "pa.Table",
    forgotten: Sequence[str],
) -> list[dict[str, Any]]:
    """Of each segment how many clients match, subscribed, consented, and can be reached then.

    Reads `membership` and `clients` as they stand in the engine. Consent is that for the
    purpose of the segment's first sink, or for advertising; what the gate cannot say is None.
    """
    gates = {**gates}
    if Purpose.ADVERTISING not in gates and Purpose.ADVERTISING in shop.consent:
        with suppress(ConsentError):  # told where somebody is to be sent
            gates[Purpose.ADVERTISING] = gate(
                engine,
                Purpose.ADVERTISING,
                shop.consent[Purpose.ADVERTISING],
                provided=provided,
                excluded=excluded,
                forgotten=forgotten,
                shop=shop.id,
            )
    by_purpose: dict[Purpose, list[str]] = {}
    for segment in segments:
        by_purpose.setdefault(_purpose(segment, shop), []).append(segment.id)
    found: dict[str, dict[str, Any]] = {}
    for purpose, names in by_purpose.items():
        found |= _counted(names, engine, gates.get(purpose))
    nobody = {"clients": 0, "subscribed": 0, "consented": 0, "reachable": 0}
    return [
        {"segment": segment.id, **(found.get(segment.id) or nobody)} for segment in segments
    ]


def overlaps(names: Collection[str], engine: "Engine") -> dict[tuple[str, str], int]:
    """Clients in both of two segments, by their ids in order; of one and itself all of it."""
    rows = engine.fetch(
        "SELECT x.segment_id AS one, y.segment_id AS other, count(*) AS clients "
        "FROM membership x JOIN membership y ON y.client_id = x.client_id "
        f"WHERE x.segment_id <= y.segment_id AND x.segment_id IN {literals(names)} "
        f"AND y.segment_id IN {literals(names)} GROUP BY x.segment_id, y.segment_id"
    )
    return {(row["one"], row["other"]): row["clients"] for row in rows.to_pylist()}


def _purpose(segment: Segment, shop: Shop) -> Purpose:
    known = [shop.sinks[name].purpose for name in segment.sinks if name in shop.sinks]
    return known[0] if known else Purpose.ADVERTISING


def _counted(
    names: Sequence[str], engine: "Engine", verdict: Gate | None
) -> dict[str, dict[str, Any]]:
    join, consented = "", "FALSE"
    if verdict is not None:
        engine.register("sized_consents", verdict.consented.clients)
        join = "LEFT JOIN sized_consents g ON g.client_id = m.client_id "
        consented = "g.client_id IS NOT NULL"
    rows = engine.fetch(
        "SELECT m.segment_id AS segment, count(*) AS clients, "
        "count(*) FILTER (WHERE c.subscribed) AS subscribed, "
        f"count(*) FILTER (WHERE {consented}) AS consented, "
        f"count(*) FILTER (WHERE {consented} AND {REACHABLE}) AS reachable "
        f"FROM membership m JOIN clients c ON c.client_id = m.client_id {join}"
        f"WHERE m.segment_id IN {literals(names)} GROUP BY m.segment_id"
    ).to_pylist()
    engine.drop("sized_consents")
    unknown = {} if verdict is not None else {"consented": None, "reachable": None}
    return {row.pop("segment"): {**row, **unknown} for row in rows}
