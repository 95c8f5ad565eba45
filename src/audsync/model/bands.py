"""Bands of value and frequency: clients ranked into buckets, and where these are cut.

After Capillary's segments of sales and frequency; the index of a bucket, the cut-offs and what
to do about ties are ours (docs/reference/clients.md).
"""

from collections.abc import Sequence
from typing import Any

from audsync.model.bands_report import BandsReport, Bucket, Cuts, Quadrant
from audsync.model.settings import BandSettings
from audsync.model.stages import Stages

_MEASURES = ("value", "frequency")


def client_bands(stages: Stages, settings: BandSettings) -> BandsReport:
    """Leave `client_bands` of the clients with a counted order; reads `order_habits`."""
    stages.run("band_measures")
    buckets: dict[str, list[Bucket]] = {}
    cuts: dict[str, Cuts] = {}
    for measure in _MEASURES:
        stages.run_for(
            "rank_scores",
            into=f"{measure}_buckets",
            measure=measure,
            measures="band_measures",
            scores=settings.buckets,
        )
        buckets[measure] = _buckets(stages, measure)
        stated = getattr(settings, f"{measure}_cuts")
        cuts[measure] = Cuts(*stated) if stated else cut(buckets[measure], settings)
    limits = {
        f"{side}_{measure}": getattr(cuts[measure], side)
        for measure in _MEASURES
        for side in ("low", "high")
    }
    stages.run_for(
        "client_bands",
        into="client_bands",
        active_days=settings.active_days,
        lost_days=settings.lost_days,
        **limits,
    )
    report = BandsReport(
        value=tuple(buckets["value"]),
        frequency=tuple(buckets["frequency"]),
        value_cuts=cuts["value"],
        frequency_cuts=cuts["frequency"],
        quadrants=_quadrants(stages),
        recency=_recency(stages),
        active_days=settings.active_days,
        lost_days=settings.lost_days,
    )
    stages.drop("band_measures", *(f"{measure}_buckets" for measure in _MEASURES))
    return report


def cut(buckets: Sequence[Bucket], settings: BandSettings) -> Cuts:
    """The last low and the first high bucket, by the sales of a client in each.

    Where a bucket of low sales lies above one of high sales, only the buckets at either end
    count that have none of the other kind between them and the end.
    """
    highs = [one.number for one in buckets if one.index >= settings.high_index]
    lows = [one.number for one in buckets if one.index <= settings.low_index]
    low, high = max(lows, default=0), min(highs, default=settings.buckets + 1)
    if low < high:
        return Cuts(low, high)
    return Cuts(
        max((number for number in lows if number < high), default=0),
        min((number for number in highs if number > low), default=settings.buckets + 1),
    )


def _buckets(stages: Stages, measure: str) -> list[Bucket]:
    rows: list[dict[str, Any]] = stages.fetch(
        "SELECT s.score AS number, count(*) AS clients, "
        "CAST(sum(m.sales_minor) AS BIGINT) AS sales_minor, "
        f"min(s.value) AS lowest, max(s.value) AS highest FROM band_measures AS m "
        f"JOIN {measure}_buckets AS s ON s.value = m.{measure} "
        "GROUP BY s.score ORDER BY s.score"
    ).to_pylist()
    sales = sum(row["sales_minor"] for row in rows)
    clients = sum(row["clients"] for row in rows)
    return [
        Bucket(**row, index=_index(row["sales_minor"] * clients, sales * row["clients"]))
        for row in rows
    ]


def _index(mine: int, average: int) -> int:
    """Percent, halves rounded up; 100 where nobody has spent anything."""
    return (200 * mine + average) // (2 * average) if average else 100


def _quadrants(stages: Stages) -> dict[str, Quadrant]:
    rows: list[dict[str, Any]] = stages.fetch(
        "SELECT coalesce(b.value_frequency, 'between') AS name, count(*) AS clients, "
        "CAST(sum(m.frequency) AS BIGINT) AS orders, "
        "CAST(sum(m.sales_minor) AS BIGINT) AS sales_minor FROM client_bands AS b "
        "JOIN band_measures AS m ON m.client = b.client "
        "GROUP BY coalesce(b.value_frequency, 'between') ORDER BY name"
    ).to_pylist()
    return {row.pop("name"): Quadrant(**row) for row in rows}


def _recency(stages: Stages) -> dict[str, int]:
    rows: list[dict[str, Any]] = stages.fetch(
        "SELECT b.recency_bucket AS name, count(*) AS clients FROM client_bands AS b "
        "GROUP BY b.recency_bucket ORDER BY b.recency_bucket"
    ).to_pylist()
    return {row["name"]: row["clients"] for row in rows}
