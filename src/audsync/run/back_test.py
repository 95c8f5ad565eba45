"""What became of the members of a segment of an earlier day, beside the others of that day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from audsync.money import to_decimal
from audsync.run.clients_model import model_clients
from audsync.run.modelled import Modelled
from audsync.segments import Segment
from audsync.sql_text import literal

if TYPE_CHECKING:
    import pyarrow as pa

_GROUPS: Final = {True: "members", False: "others"}


@dataclass(frozen=True, slots=True)
class Then:
    """The clients of the earlier day: `client_id`, `is_member`, `is_known` that day already."""

    as_of: date
    clients: "pa.Table"


def remembered(here: Modelled, segment: Segment) -> Then:
    """Who was in the segment on the day of the model, and who was known at all.

    Known is who had registered or ordered by then. An account without a day of registration
    whose first order came later may have been there or not: it is not compared.
    """
    day = literal(here.as_of)
    rows = here.engine.fetch(
        "SELECT c.client_id, m.client_id IS NOT NULL AS is_member, "
        f"(c.order_count > 0 OR coalesce(c.registered <= {day}, FALSE)) AS is_known "
        "FROM clients c LEFT JOIN (SELECT client_id FROM membership "
        f"WHERE segment_id = {literal(segment.id)}) m ON m.client_id = c.client_id"
    )
    return Then(here.as_of, rows)


def followed(here: Modelled, then: Then, *, until: date) -> dict[str, Any]:
    """What members and others of that day ordered from the day after it until `until`.

    Builds the model of `until` in the place of the other. JSON values; amounts are decimals of
    the shop's currency as text.
    """
    model_clients(
        here.config,
        here.shop,
        here.warehouse,
        here.engine,
        as_of=until,
        analyses=(),
        lists=here.lists,
    )
    here.engine.register("clients_then", then.clients)
    since = then.as_of + timedelta(days=1)
    rows = here.engine.fetch(
        "SELECT t.is_member, count(*) AS clients, "
        "count(o.client) AS buyers, "
        "CAST(coalesce(sum(o.orders), 0) AS BIGINT) AS orders, "
        "CAST(coalesce(sum(o.value_minor), 0) AS BIGINT) AS revenue_minor "
        "FROM clients_then t LEFT JOIN client_numbers n ON n.client_id = t.client_id "
        "LEFT JOIN (SELECT f.client, count(*) AS orders, sum(f.value_minor) AS value_minor "
        f"FROM order_facts f WHERE f.ordered_on >= {literal(since)} GROUP BY f.client) o "
        "ON o.client = n.client WHERE t.is_known GROUP BY t.is_member"
    ).to_pylist()
    here.engine.drop("clients_then")
    found = {_GROUPS[row["is_member"]]: row for row in rows}
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "currency": here.shop.currency,
        "unknown_then": _unknown(then),
        **dict(_groups(found, here.shop.currency)),
    }


def _groups(
    found: Mapping[str, Mapping[str, Any]], currency: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in _GROUPS.values():
        row = found.get(name) or {}
        clients, orders = row.get("clients", 0), row.get("orders", 0)
        minor = row.get("revenue_minor", 0)
        each = (2 * minor + clients) // (2 * clients) if clients else 0
        yield (
            name,
            {
                "clients": clients,
                "orders": orders,
                "buyers": row.get("buyers", 0),
                "buyers_share": round(row.get("buyers", 0) / clients, 4) if clients else 0.0,
                "revenue": str(to_decimal(minor, currency)),
                "revenue_per_client": str(to_decimal(each, currency)),
            },
        )


def _unknown(then: Then) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    return int(pc.sum(pc.invert(then.clients["is_known"]).cast(pa.int64())).as_py() or 0)
