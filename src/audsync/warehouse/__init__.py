"""The shop's tables on the embedded engine: one DuckDB file per shop."""

from audsync.warehouse.engine import DuckEngine

__all__ = ["DuckEngine"]
