"""Sink connector `meta`: Custom Audiences of Meta."""

from audsync_sink_meta.options import MetaOptions
from audsync_sink_meta.sink import MetaSink

__all__ = ["MetaOptions", "MetaSink"]
