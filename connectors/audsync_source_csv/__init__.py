"""Source connector `csv`: order and customer feeds as delimited text or XML."""

from audsync_source_csv.options import CsvOptions
from audsync_source_csv.source import CsvSource

__all__ = ["CsvOptions", "CsvSource"]
