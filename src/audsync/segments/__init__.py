"""Segments: rules in TOML files, and who matches them.

`load_segments` reads a folder and finds every mistake, `check_segment` tells what one shop
cannot answer, `check_forecasts` what cannot be predicted for it, `evaluate` leaves who matches
in the engine, `explain` shows how a rule narrows.
"""

from audsync.segments.check import ShopFacts, check_segment, check_shops, check_sinks
from audsync.segments.evaluate import evaluate
from audsync.segments.explain import ExplainedLine, Explanation, explain
from audsync.segments.folder import load_segments
from audsync.segments.forecasts import analyses_of, check_forecasts
from audsync.segments.groups import above, unclear_groups
from audsync.segments.json_schema import segment_schema
from audsync.segments.mistakes import untold
from audsync.segments.page import fields_page
from audsync.segments.rule import listed
from audsync.segments.segment import Segment, Segments, read_segment
from audsync.segments.splits import bucket_counts
from audsync.segments.template import examples, template

__all__ = [
    "ExplainedLine",
    "Explanation",
    "Segment",
    "Segments",
    "ShopFacts",
    "above",
    "analyses_of",
    "bucket_counts",
    "check_forecasts",
    "check_segment",
    "check_shops",
    "check_sinks",
    "evaluate",
    "examples",
    "explain",
    "fields_page",
    "listed",
    "load_segments",
    "read_segment",
    "segment_schema",
    "template",
    "unclear_groups",
    "untold",
]
