"""The shop's tables on the embedded engine: one DuckDB file per shop."""

from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.held import HeldRows
from audsync.warehouse.store import Warehouse

__all__ = ["DuckEngine", "HeldRows", "Warehouse"]
