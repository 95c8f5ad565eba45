"""What can be asked of a shop without changing anything: explanations, exports."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from audsync.config import Config, Shop
from audsync.consent import gate
from audsync.contracts import Purpose
from audsync.engine import Engine
from audsync.errors import NotFoundError
from audsync.model.analyses import EVERY_ANALYSIS, Analysis
from audsync.run.clients_model import model_clients
from audsync.run.compute import compute_engine, open_warehouse
from audsync.run.connectors import sinks_of, state_folder
from audsync.run.identities import check_held, hiding_of
from audsync.run.suppression import forgotten_clients, suppression_of
from audsync.run.unanswerable import unpredicted
from audsync.segments import Segment, Segments, analyses_of, evaluate, explain
from audsync.sql_text import literal
from audsync.state import State

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class _Modelled:
    """The engine with the Clients model in it, and the columns that the source fills.

    `forgotten` are clients who asked to be; `hidden_id` gives a customer's id as it is kept,
    `why_none` why nothing could be predicted.
    """

    engine: Engine
    provided: frozenset[str]
    forgotten: Sequence[str]
    hidden_id: Callable[[str], str]
    why_none: str | None


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
    others = segments.for_shop(shop.id)
    analyses = analyses_of([*others, segment], [segment.id])
    with _clients(config, shop, as_of, analyses=analyses) as modelled:
        _check_predicted(modelled, others, segment)
        client = (
            None if customer_id is None else _client(modelled, modelled.hidden_id(customer_id))
        )
        explanation = explain(
            segment,
            modelled.engine,
            as_of=as_of.date(),
            currency=shop.currency,
            leap_day=shop.model.leap_day,
            client_id=client,
            others=others,
        )
        funnel = _funnel(modelled, segments, shop, segment, as_of)
    return {**asdict(explanation), "customer_id": customer_id, "funnel": funnel}


def segment_clients(
    config: Config, segments: Segments, shop: Shop, segment: Segment, *, as_of: datetime
) -> "pa.Table":
    """All columns of `clients` for the members of a segment who consented to advertising."""
    with _clients(config, shop, as_of, analyses=EVERY_ANALYSIS) as modelled:
        _check_predicted(modelled, segments.for_shop(shop.id), segment)
        _evaluate(modelled, segments, shop, segment, as_of)
        verdict = _gate(modelled, shop)
        modelled.engine.register("consented", verdict.consented.clients)
        return modelled.engine.fetch(
            "SELECT c.* FROM clients c WHERE c.client_id IN (SELECT m.client_id "
            f"FROM membership m WHERE m.segment_id = {literal(segment.id)}) "
            "AND c.client_id IN (SELECT client_id FROM consented) ORDER BY c.client_id"
        )


@contextmanager
def _clients(
    config: Config, shop: Shop, as_of: datetime, *, analyses: Collection[Analysis]
) -> Iterator[_Modelled]:
    """The shop's tables with the Clients model of that day."""
    if not (state_folder(config, shop) / "warehouse.duckdb").exists():
        raise NotFoundError(
            f"{shop.id}: nothing was pulled yet; start with: audsync pull --shop {shop.id}"
        )
    # What is wrong with the place of a secret is told by runs.
    sinks, folder = sinks_of(config, shop), state_folder(config, shop)
    hiding = hiding_of(config, shop, sinks, warnings=[])
    with ExitStack() as open_things:
        warehouse = open_things.enter_context(open_warehouse(config, shop))
        check_held(warehouse, shop, hiding)
        with State(folder) as state:
            suppression = suppression_of(config, shop, state, warnings=[])
            forgotten = forgotten_clients(shop, state, warehouse, sinks, suppression)
        engine = open_things.enter_context(compute_engine(config, shop, warehouse))
        model = model_clients(
            config, shop, warehouse, engine, as_of=as_of.date(), analyses=analyses
        )
        hidden_id = str if hiding is None else hiding.text
        why_none = None if model.value is None else model.value.why_none
        yield _Modelled(engine, warehouse.provided, forgotten, hidden_id, why_none)


def _check_predicted(modelled: _Modelled, others: Sequence[Segment], segment: Segment) -> None:
    """Raise ConfigError where the segment asks for what could not be predicted."""
    if modelled.why_none is not None:
        failures = unpredicted([*others, segment], modelled.why_none)
        if segment.id in failures:
            raise failures[segment.id]


def _client(modelled: _Modelled, customer_id: str) -> str:
    found = modelled.engine.fetch(
        "SELECT client_id FROM account_clients WHERE customer_id = "
        f"{literal(customer_id)} UNION SELECT client_id FROM clients WHERE client_id = "
        f"{literal(customer_id)}"
    )
    if not found.num_rows:
        raise NotFoundError("no client has that customer id")
    return str(found["client_id"][0].as_py())


def _funnel(
    modelled: _Modelled, segments: Segments, shop: Shop, segment: Segment, as_of: datetime
) -> dict[str, int]:
    """Members of the segment by what the gate says; empty where the shop has no rule."""
    if Purpose.ADVERTISING not in shop.consent:
        return {}
    _evaluate(modelled, segments, shop, segment, as_of)
    verdict = _gate(modelled, shop)
    modelled.engine.register("refused", verdict.refused)
    rows = modelled.engine.fetch(
        "SELECT coalesce(r.reason, 'consented') AS reason, count(*) AS clients "
        "FROM membership m LEFT JOIN refused r ON r.client_id = m.client_id "
        f"WHERE m.segment_id = {literal(segment.id)} GROUP BY 1 ORDER BY 1"
    )
    return {row["reason"]: row["clients"] for row in rows.to_pylist()}


def _evaluate(
    modelled: _Modelled, segments: Segments, shop: Shop, segment: Segment, as_of: datetime
) -> None:
    evaluate(
        segments.for_shop(shop.id),
        modelled.engine,
        as_of=as_of.date(),
        currency=shop.currency,
        leap_day=shop.model.leap_day,
    )
    if segment.id not in {one.id for one in segments.for_shop(shop.id) if one.active}:
        raise NotFoundError(
            f"segment {segment.id} is not active, or not meant for shop {shop.id}"
        )


def _gate(modelled: _Modelled, shop: Shop) -> Any:
    return gate(
        modelled.engine,
        Purpose.ADVERTISING,
        shop.consent.get(Purpose.ADVERTISING),
        provided=modelled.provided,
        forgotten=modelled.forgotten,
        shop=shop.id,
    )
