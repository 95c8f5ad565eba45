"""What a shop's data and sinks cannot answer of its files, from the mapping alone."""

from audsync.config import Config, Shop, unanswered_consent
from audsync.errors import Problem
from audsync.run.connectors import source_of
from audsync.segments import Segments, check_segment


def check_shop(config: Config, segments: Segments, shop: Shop) -> list[Problem]:
    """Problems of the shop's consent rules, and of its segments."""
    source = source_of(config, shop)
    return [
        *unanswered_consent(config, shop, source.provides),
        *(
            problem
            for segment in segments.for_shop(shop.id)
            for problem in check_segment(
                segment,
                provided=source.provides,
                params=source.params,
                sinks=shop.sinks,
                currency=shop.currency,
            )
        ),
    ]
