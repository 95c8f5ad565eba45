"""Connector `acme`: customers and orders from Acme, audiences to Acme."""

from audsync_acme.sink import AcmeSink
from audsync_acme.source import AcmeSource

__all__ = ["AcmeSink", "AcmeSource"]
