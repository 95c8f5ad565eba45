"""A shop's tables on Spark, from the settings: session, published tables, engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audsync.engine import EngineSettings
from audsync.spark.engine import SparkEngine
from audsync.spark.published import publish
from audsync.spark.session import spark_session
from audsync.spark.shelves import CatalogShelf, FolderShelf, Shelf
from audsync.warehouse.engine import DuckEngine


@contextmanager
def spark_engine(
    settings: EngineSettings,
    embedded: DuckEngine,
    *,
    shop: str,
    timezone: str,
    location: Path | None,
    spill: Path,
) -> Iterator[SparkEngine]:
    """Spark with the tables of the shop's file, as they are now.

    `location` is where `settings.location` leads; without one the tables go to the catalog.
    `spill` is a folder for what a session leaves on this machine's disk while it lasts.
    """
    folder = None if location is None else FolderShelf(location, shop)
    with spark_session(settings, name=shop, spill=spill) as session:
        engine = SparkEngine(session, timezone=timezone)
        shelf = folder or _catalog(settings, session, shop)
        for table, name in publish(embedded, shelf).items():
            engine.show(table, shelf.frame(session, name))
        yield engine


def _catalog(settings: EngineSettings, session: Any, shop: str) -> Shelf:
    return CatalogShelf(session, settings.catalog or "", shop)
