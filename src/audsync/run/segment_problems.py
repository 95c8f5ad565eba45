"""What is wrong with a segment at a shop: its data, its sinks, its query. One way to ask."""

from collections.abc import Collection, Mapping

from audsync.config import Config, Shop
from audsync.contracts import Guiding, Sink
from audsync.errors import Problem
from audsync.model.scores import rfm_names
from audsync.run.audience_specs import option_problems
from audsync.run.connectors import source_of
from audsync.run.places import tells_places
from audsync.run.sql_segments import sql_problems
from audsync.segments import Segment, ShopFacts, check_segment
from audsync.tables import Kind


def segment_problems(
    config: Config,
    shop: Shop,
    segment: Segment,
    *,
    provided: Collection[str],
    params: Mapping[str, Kind],
    sinks: Mapping[str, Sink],
    sink_ids: Collection[str],
) -> list[Problem]:
    """What is wrong with a segment at a shop whose data are `provided`, without any advice.

    `sink_ids` are there, of `sinks` those that can be asked about options.
    """
    facts = ShopFacts(
        provided=provided,
        params=params,
        sinks=sink_ids,
        currency=shop.currency,
        identities=shop.identities,
        lists=shop.lists,
        rfm_names=frozenset(rfm_names(shop.model.rfm).values()),
        country=shop.country,
        tells_places=tells_places(shop),
        how_to_fill=lambda missing: _how_to_fill(config, shop, missing),
    )
    return [
        *option_problems(segment, shop, sinks),
        *sql_problems(segment, shop),
        *check_segment(segment, facts),
    ]


def _how_to_fill(config: Config, shop: Shop, missing: str) -> str:
    source = source_of(config, shop)
    told = source.how_to_fill(missing) if isinstance(source, Guiding) else None
    return told or f"the source {shop.source.type} does not fill it; take the line out"
