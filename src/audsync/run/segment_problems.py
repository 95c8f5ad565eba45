"""What is wrong with a segment at a shop: its data, its sinks, its query. One way to ask."""

from collections.abc import Collection, Mapping

from audsync.config import Config, Shop
from audsync.contracts import Guiding, Sink, Source
from audsync.errors import Problem
from audsync.model.scores import rfm_names
from audsync.run.audience_specs import option_problems
from audsync.run.connectors import sources_of
from audsync.run.places import place_names, tells_places
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
        places=lambda columns: place_names(config, shop, columns),
    )
    return [
        *option_problems(segment, shop, sinks),
        *sql_problems(segment, shop),
        *check_segment(segment, facts),
    ]


def _how_to_fill(config: Config, shop: Shop, missing: str) -> str:
    """What a source of the table says that it would take, or that another one must come."""
    table = missing.partition(".")[0]
    sources = sources_of(config, shop)
    of_table = [key for key, one in sources.items() if table in _tables(one)]
    for key in of_table or sources:
        source = sources[key]
        at = f"shops.<id>.{key}"
        told = source.how_to_fill(missing, at) if isinstance(source, Guiding) else None
        if told:
            return told
    if of_table:
        return "its source cannot fill it; take the line out"
    return (
        f"name a source of {table} below [shops.<id>.sources.<name>], such as "
        'type = "csv" with its files; or take the line out'
    )


def _tables(source: Source) -> set[str]:
    return {name.partition(".")[0] for name in source.provides}
