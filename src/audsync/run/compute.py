"""The shop's warehouse, and the engine that works out its model: the one place that decides."""

from collections.abc import Iterator
from contextlib import contextmanager

from audsync.config import Config, Shop, resolve_path
from audsync.engine import Engine, EngineType
from audsync.run.connectors import state_folder
from audsync.warehouse import Warehouse


def open_warehouse(config: Config, shop: Shop) -> Warehouse:
    """The shop's tables, on the embedded engine."""
    return Warehouse(
        state_folder(config, shop) / "warehouse.duckdb",
        timezone=shop.timezone,
        memory_limit=shop.engine.memory_limit,
        threads=shop.engine.threads,
    )


@contextmanager
def compute_engine(config: Config, shop: Shop, warehouse: Warehouse) -> Iterator[Engine]:
    """The engine that answers for the shop's tables as they are now.

    The embedded one reads them where they are. Spark, which is imported only here, starts with
    the block and ends with it.
    """
    match shop.engine.type:
        case EngineType.DUCKDB:
            yield warehouse.engine
        case EngineType.SPARK:
            from audsync.spark import spark_engine

            location = shop.engine.location
            with spark_engine(
                shop.engine,
                warehouse.engine,
                shop=shop.id,
                timezone=shop.timezone,
                location=None
                if location is None
                else resolve_path(config, location, setting="engine.location"),
                spill=state_folder(config, shop) / "spark.spill",
            ) as engine:
                yield engine
