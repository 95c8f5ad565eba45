"""Where and when clients order most: favourite store, weekday and hour."""

from collections.abc import Sequence
from typing import Final

from audsync.model.catalogue import spellings
from audsync.model.parts import Part
from audsync.model.stages import Stages

_DIMENSIONS: Final = ("store", "weekday", "hour")


def client_favorites(stages: Stages, parts: Sequence[Part]) -> None:
    """Leave `client_favorites` of the clients with a counted order; reads `order_sums` too."""
    stores = spellings(
        stages.fetch(
            "SELECT o.store AS value, count(*) AS products FROM order_facts AS o "
            "WHERE o.store IS NOT NULL GROUP BY o.store"
        )
    )
    stages.register("store_codes", stores.codes)
    stages.register("store_names", stores.names)
    for part in parts:
        stages.run_for("order_moments", into="order_moments", orders=part.table("order_facts"))
        for dimension in _DIMENSIONS:
            orders = f"{dimension}_orders"
            stages.show_for("moment_orders", into=orders, dimension=dimension)
            stages.run_for("favorites", into=f"{dimension}_favorites", orders=orders)
        stages.run_for("client_favorites", into=part.table("client_favorites"))
    stages.drop("order_moments", "store_codes", "store_names")
    stages.drop(*(f"{dimension}_favorites" for dimension in _DIMENSIONS))
    stages.gather("client_favorites", [part.table("client_favorites") for part in parts])
