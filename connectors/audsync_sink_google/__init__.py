"""Sink connector `google`: Customer Match lists of Google Ads and Display & Video 360."""

from audsync_sink_google.options import GoogleOptions
from audsync_sink_google.sink import GoogleSink

__all__ = ["GoogleOptions", "GoogleSink"]
