"""Affluence: how dear the goods are that a client buys, each among its own kind.

The idea is Samba's "bonita", whose formula is not published; ours is in
docs/reference/clients.md. All sums are of whole numbers, so that neither order nor engine can
change a score.
"""

from collections.abc import Sequence
from math import isqrt
from typing import Any, Final

from audsync.model.affluence_report import AffluenceReport, PriceGroup
from audsync.model.parts import Part, in_parts
from audsync.model.settings import AffluenceSettings
from audsync.model.stages import Stages

_ONE: Final = 1_000_000  # a weight of one
_LIGHTEST: Final = _ONE // 4
_HEAVIEST: Final = 2 * _ONE
_FIFTHS: Final = 5
_GROUPS_SHOWN: Final = 12


def client_affluence(
    stages: Stages, parts: Sequence[Part], settings: AffluenceSettings
) -> AffluenceReport:
    """Leave `client_affluence` of the clients with a scored product, and `price_scores`."""
    _price_scores(stages, parts, settings)
    weights = _group_weights(stages)
    _weight_tables(stages, weights, settings)
    in_parts(stages, parts, "affluence_sums", most_units=settings.most_units)
    usual = stages.one(
        "SELECT count(*) AS scored, CAST(floor(median(s.weight)) AS BIGINT) AS weight "
        "FROM affluence_sums AS s"
    )
    # Purchases may be so old that they weigh nothing; then everybody stays at 50.
    stages.run_for(
        "affluence_measures",
        into="affluence_measures",
        usual_weight=max(usual["weight"] or 0, 1),
    )
    stages.run_for(
        "rank_scores",
        into="affluence_ranks",
        measure="affluence",
        measures="affluence_measures",
        scores=_FIFTHS,
    )
    stages.run_for(
        "client_affluence",
        into="client_affluence",
        scored=usual["scored"],
        least_clients=settings.least_clients,
    )
    report = _report(stages, weights, settings)
    stages.drop("affluence_sums", "affluence_measures", "affluence_ranks")
    stages.drop("group_weights", "age_weights", "group_prices", "price_groups")
    return report


def _price_scores(stages: Stages, parts: Sequence[Part], settings: AffluenceSettings) -> None:
    in_parts(stages, parts, "product_buyers", lookback_days=settings.lookback_days)
    stages.run("stated_prices", "base_prices")
    stages.run_for("price_groups", into="price_groups", least_products=settings.least_products)
    stages.run("group_prices", "price_scores")
    stages.drop("product_buyers", "stated_prices", "base_prices")


def _group_weights(stages: Stages) -> dict[int, int]:
    """Group → weight: the root of its median price by that of the shop, from 1/4 to 2."""
    rows: list[dict[str, Any]] = stages.fetch(
        "SELECT p.price_group, "
        "min(p.price_minor) FILTER (WHERE 2 * (p.below + p.buyers) >= p.everyone) "
        "+ min(p.price_minor) FILTER (WHERE 2 * (p.below + p.buyers) > p.everyone) AS twice "
        "FROM group_prices AS p WHERE p.everyone > 0 GROUP BY p.price_group "
        "ORDER BY p.price_group"
    ).to_pylist()
    medians = {row["price_group"]: row["twice"] for row in rows}
    return {
        group: min(max(isqrt(_ONE * _ONE * twice // medians[0]), _LIGHTEST), _HEAVIEST)
        for group, twice in medians.items()
    }


def _weight_tables(
    stages: Stages, weights: dict[int, int], settings: AffluenceSettings
) -> None:
    import pyarrow as pa

    whole = pa.int64()
    stages.register(
        "group_weights",
        pa.table(
            {
                "price_group": pa.array(weights.keys(), whole),
                "weight": pa.array(weights.values(), whole),
            }
        ),
    )
    oldest = stages.one("SELECT max(o.age_days) AS age FROM order_facts AS o")["age"] or 0
    ages = range(oldest + 1)
    decayed = [round(_ONE * 0.5 ** (age / settings.half_life_days)) for age in ages]
    stages.register(
        "age_weights",
        pa.table({"age_days": pa.array(ages, whole), "weight": pa.array(decayed, whole)}),
    )


def _report(
    stages: Stages, weights: dict[int, int], settings: AffluenceSettings
) -> AffluenceReport:
    categories: list[dict[str, Any]] = stages.fetch(
        "SELECT a.affluence_category AS name, count(*) AS clients, "
        "min(a.affluence_score) AS lowest, max(a.affluence_score) AS highest "
        "FROM client_affluence AS a GROUP BY a.affluence_category ORDER BY name"
    ).to_pylist()
    return AffluenceReport(
        scored=sum(row["clients"] for row in categories),
        least_clients=settings.least_clients,
        categories={row["name"]: row["clients"] for row in categories},
        category_bounds={row["name"]: (row["lowest"], row["highest"]) for row in categories},
        **_groups(stages, weights),
    )


def _groups(stages: Stages, weights: dict[int, int]) -> dict[str, Any]:
    """How many groups there are, and those of most buyers with what a fifth costs in them."""
    rows: list[dict[str, Any]] = stages.fetch(
        "SELECT s.price_group, n.name, count(*) AS products, "
        "CAST(sum(s.buyers) AS BIGINT) AS buyers FROM price_scores AS s "
        "LEFT JOIN path_names AS n ON n.code = s.price_group "
        "GROUP BY s.price_group, n.name "
        f"ORDER BY buyers DESC, s.price_group LIMIT {_GROUPS_SHOWN}"
    ).to_pylist()
    bands: list[dict[str, Any]] = stages.fetch(
        "SELECT b.price_group, b.band, min(b.price_minor) AS lowest, "
        "max(b.price_minor) AS highest FROM (SELECT s.price_group, s.price_minor, "
        "1 + int_div(s.price_score - 1, 20) AS band FROM price_scores AS s) AS b "
        "GROUP BY b.price_group, b.band ORDER BY b.price_group, b.band"
    ).to_pylist()
    groups = tuple(
        PriceGroup(
            name=row["name"],
            products=row["products"],
            buyers=row["buyers"],
            weight_percent=round(100 * weights[row["price_group"]] / _ONE),
            bands={
                band["band"]: (band["lowest"], band["highest"])
                for band in bands
                if band["price_group"] == row["price_group"]
            },
        )
        for row in rows
    )
    count = len({band["price_group"] for band in bands})
    return {"group_count": count, "groups": groups}
