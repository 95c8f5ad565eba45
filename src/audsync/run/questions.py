"""What can be asked of a shop without changing anything: checks, explanations, exports."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from audsync.config import Config, Shop, unanswered_consent
from audsync.consent import gate
from audsync.contracts import Purpose, Source
from audsync.errors import NotFoundError, Problem
from audsync.model import build_clients
from audsync.run.shell import source_of, state_folder
from audsync.segments import Segment, Segments, check_segment, evaluate, explain
from audsync.sql_text import literal
from audsync.warehouse import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def check_shop(config: Config, segments: Segments, shop: Shop) -> list[Problem]:
    """What the shop's data and sinks cannot answer, from the mapping alone.

    Of its consent rules, and of its segments.
    """
    source = source_of(config, shop)
    return [
        *unanswered_consent(config, shop, source.provides),
        *_unanswered_segments(segments, shop, source),
    ]


def _unanswered_segments(segments: Segments, shop: Shop, source: Source) -> list[Problem]:
    return [
        problem
        for segment in segments.for_shop(shop.id)
        for problem in check_segment(
            segment,
            provided=source.provides,
            params=source.params,
            sinks=shop.sinks,
            currency=shop.currency,
        )
    ]


def explain_segment(
    config: Config,
    segments: Segments,
    shop: Shop,
    segment: Segment,
    *,
    as_of: datetime,
    customer_id: str | None,
) -> dict[str, Any]:
    """How a segment narrows, line by line, and how many of its members consented.

    With a customer id the same lines for that customer. JSON values; no text of a person.
    """
    with _clients(config, shop, as_of) as warehouse:
        client = None if customer_id is None else _client(warehouse, customer_id)
        explanation = explain(
            segment,
            warehouse.engine,
            as_of=as_of.date(),
            currency=shop.currency,
            client_id=client,
            others=segments.for_shop(shop.id),
        )
        funnel = _funnel(warehouse, segments, shop, segment, as_of)
    return {**asdict(explanation), "customer_id": customer_id, "funnel": funnel}


def segment_clients(
    config: Config, segments: Segments, shop: Shop, segment: Segment, *, as_of: datetime
) -> "pa.Table":
    """All columns of `clients` for the members of a segment who consented to advertising."""
    with _clients(config, shop, as_of) as warehouse:
        _evaluate(warehouse, segments, shop, segment, as_of)
        verdict = _gate(warehouse, shop)
        warehouse.engine.register("consented", verdict.consented.clients)
        return warehouse.engine.fetch(
            "SELECT c.* FROM clients c WHERE c.client_id IN (SELECT m.client_id "
            f"FROM membership m WHERE m.segment_id = {literal(segment.id)}) "
            "AND c.client_id IN (SELECT client_id FROM consented) ORDER BY c.client_id"
        )


@contextmanager
def _clients(config: Config, shop: Shop, as_of: datetime) -> Iterator[Warehouse]:
    """The shop's warehouse with the Clients model of that day in it."""
    file = state_folder(config, shop) / "warehouse.duckdb"
    if not file.exists():
        raise NotFoundError(
            f"{shop.id}: nothing was pulled yet; start with: audsync pull --shop {shop.id}"
        )
    with Warehouse(file, timezone=shop.timezone) as warehouse:
        build_clients(
            warehouse.engine,
            shop.model,
            as_of=as_of.date(),
            currency=shop.currency,
            rates=shop.rates,
            provided=warehouse.provided,
            params=warehouse.params,
        )
        yield warehouse


def _client(warehouse: Warehouse, customer_id: str) -> str:
    found = warehouse.engine.fetch(
        "SELECT client_id FROM account_clients WHERE customer_id = "
        f"{literal(customer_id)} UNION SELECT client_id FROM clients WHERE client_id = "
        f"{literal(customer_id)}"
    )
    if not found.num_rows:
        raise NotFoundError("no client has that customer id")
    return str(found["client_id"][0].as_py())


def _funnel(
    warehouse: Warehouse, segments: Segments, shop: Shop, segment: Segment, as_of: datetime
) -> dict[str, int]:
    """Members of the segment by what the gate says; empty where the shop has no rule."""
    if Purpose.ADVERTISING not in shop.consent:
        return {}
    _evaluate(warehouse, segments, shop, segment, as_of)
    verdict = _gate(warehouse, shop)
    warehouse.engine.register("refused", verdict.refused)
    rows = warehouse.engine.fetch(
        "SELECT coalesce(r.reason, 'consented') AS reason, count(*) AS clients "
        "FROM membership m LEFT JOIN refused r ON r.client_id = m.client_id "
        f"WHERE m.segment_id = {literal(segment.id)} GROUP BY 1 ORDER BY 1"
    )
    return {row["reason"]: row["clients"] for row in rows.to_pylist()}


def _evaluate(
    warehouse: Warehouse, segments: Segments, shop: Shop, segment: Segment, as_of: datetime
) -> None:
    evaluate(
        segments.for_shop(shop.id),
        warehouse.engine,
        as_of=as_of.date(),
        currency=shop.currency,
    )
    if segment.id not in {one.id for one in segments.for_shop(shop.id) if one.active}:
        raise NotFoundError(
            f"segment {segment.id} is not active, or not meant for shop {shop.id}"
        )


def _gate(warehouse: Warehouse, shop: Shop) -> Any:
    return gate(
        warehouse.engine,
        Purpose.ADVERTISING,
        shop.consent.get(Purpose.ADVERTISING),
        provided=warehouse.provided,
        shop=shop.id,
    )
