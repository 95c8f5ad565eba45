"""Sink connector `files`: audiences as CSV files."""

from audsync_sink_files.options import FilesOptions
from audsync_sink_files.sink import FilesSink

__all__ = ["FilesOptions", "FilesSink"]
