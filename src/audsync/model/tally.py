"""Counts of a build, read from its stages before they go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from audsync.model.affluence_report import AffluenceReport
from audsync.model.bands_report import BandsReport
from audsync.model.report import ModelReport, NotCounted, ReturnCounts
from audsync.model.rfm_report import RfmReport
from audsync.model.stages import Stages
from audsync.model.value_report import ValueReport


def tally_returns(stages: Stages) -> ReturnCounts:
    """What became of the lines of returns."""
    due = stages.one(
        "SELECT count(*) AS due, "
        "count(*) FILTER (WHERE r.order_id IS NOT NULL) AS linked FROM due_returns AS r"
    )
    every = stages.one("SELECT count(*) AS every FROM returns WHERE quantity > 0")
    attached = stages.one(
        "SELECT count(*) FILTER (WHERE NOT r.is_linked) AS attached FROM attached_returns AS r"
    )
    units = stages.one(
        "SELECT coalesce((SELECT sum(r.returned) FROM returned_units AS r), 0) "
        "- coalesce((SELECT sum(t.taken) FROM returned_lines AS t), 0) AS excess"
    )
    found = int(due["linked"]) + int(attached["attached"])
    return ReturnCounts(
        linked=int(due["linked"]),
        attached=int(attached["attached"]),
        unmatched=int(due["due"]) - found,
        future=int(every["every"]) - int(due["due"]),
        excess_units=Decimal(units["excess"]),
    )


@dataclass(frozen=True, slots=True)
class OrderTally:
    """What became of the orders; the fields are those of ModelReport."""

    orders: int
    counted: int
    not_counted: Mapping[NotCounted, int]
    converted_orders: Mapping[str, int]
    lines_without_value: int
    clamped_orders: int
    earliest_order: date | None


@dataclass(frozen=True, slots=True)
class Scores:
    """What came of comparing clients; the fields are those of ModelReport."""

    rfm: RfmReport
    value: ValueReport | None
    bands: BandsReport | None
    affluence: AffluenceReport | None


def tally_fates(stages: Stages) -> Mapping[str, int]:
    """Orders by what keeps them from counting before returns are looked at."""
    return _by_key(
        stages,
        "SELECT coalesce(d.fate, 'open') AS key, count(*) AS number FROM dated_orders AS d "
        "GROUP BY d.fate",
    )


def tally_orders(stages: Stages, fates: Mapping[str, int]) -> OrderTally:
    """The counts of orders, as soon as it is known which of them count."""
    bare = _by_key(
        stages,
        "SELECT b.fate AS key, count(*) AS number FROM bare_orders AS b "
        "WHERE b.fate IS NOT NULL GROUP BY b.fate",
    )
    lost = {**fates, **bare}
    facts = stages.one(
        "SELECT count(*) AS counted, min(o.ordered_on) AS earliest, "
        "count(*) FILTER (WHERE o.is_clamped) AS clamped FROM order_facts AS o"
    )
    lines = stages.one(
        "SELECT coalesce(sum(s.unvalued_lines), 0) AS unvalued FROM order_sums AS s "
        "WHERE {lines_have_values}"
    )
    earliest = facts["earliest"]
    return OrderTally(
        orders=sum(fates.values()),
        counted=facts["counted"],
        not_counted={why: lost[why] for why in NotCounted if why in lost},
        converted_orders=_by_key(stages, _CONVERTED),
        lines_without_value=int(lines["unvalued"]),
        clamped_orders=facts["clamped"],
        earliest_order=earliest if isinstance(earliest, date) else None,
    )


def tally(
    stages: Stages,
    orders: OrderTally,
    returns: ReturnCounts,
    scores: Scores,
    *,
    currency: str,
) -> ModelReport:
    """The report of a build whose last step has run."""
    people = stages.one(
        "SELECT count(*) AS clients, count(*) FILTER (WHERE c.order_count > 0) AS buyers "
        "FROM clients AS c"
    )
    return ModelReport(
        orders=orders.orders,
        counted=orders.counted,
        not_counted=orders.not_counted,
        converted_orders=orders.converted_orders,
        lines_without_value=orders.lines_without_value,
        clamped_orders=orders.clamped_orders,
        returns=returns,
        clients=people["clients"],
        clients_with_orders=people["buyers"],
        earliest_order=orders.earliest_order,
        currency=currency,
        rfm=scores.rfm,
        unpriced_products=_by_key(stages, _UNPRICED),
        value=scores.value,
        bands=scores.bands,
        affluence=scores.affluence,
    )


_CONVERTED = (
    "SELECT d.currency AS key, count(*) AS number FROM order_facts AS o "
    "JOIN orders AS d ON d.order_id = o.order_id WHERE d.currency <> {currency} "
    "GROUP BY d.currency ORDER BY d.currency"
)
_UNPRICED = (
    "SELECT p.currency AS key, count(*) AS number FROM products AS p "
    "LEFT JOIN shop_rates AS r ON r.currency = p.currency "
    "WHERE p.currency <> {currency} AND r.currency IS NULL AND (p.price_minor IS NOT NULL "
    "OR p.price_before_discount_minor IS NOT NULL OR p.price_buy_minor IS NOT NULL) "
    "GROUP BY p.currency ORDER BY p.currency"
)


def _by_key(stages: Stages, sql: str) -> dict[str, int]:
    return {str(row["key"]): int(row["number"]) for row in stages.fetch(sql).to_pylist()}
