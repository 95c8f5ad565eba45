"""Source connector `idosell`: orders, clients, consents, products and returns of one shop."""

from audsync_source_idosell.options import IdoSellOptions
from audsync_source_idosell.source import IdoSellSource

__all__ = ["IdoSellOptions", "IdoSellSource"]
