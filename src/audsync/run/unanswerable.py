"""Which segments a shop's data cannot answer."""

from collections.abc import Collection, Mapping, Sequence

from audsync.config import Shop
from audsync.errors import ConfigError, Severity
from audsync.segments import Segment, check_segment
from audsync.tables import Kind


def unanswerable(
    segments: Sequence[Segment],
    shop: Shop,
    *,
    provided: Collection[str],
    params: Mapping[str, Kind],
) -> dict[str, ConfigError]:
    """By id, the segments that a shop's data cannot answer, and those that refer to one."""
    failures: dict[str, ConfigError] = {}
    for segment in segments:
        problems = check_segment(
            segment, provided=provided, params=params, sinks=shop.sinks, currency=shop.currency
        )
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            failures[segment.id] = ConfigError(errors)
    waiting = True
    while waiting:
        waiting = False
        for segment in segments:
            broken = [name for name in segment.references if name in failures]
            if broken and segment.id not in failures:
                failures[segment.id] = ConfigError(
                    f"segment {segment.id} refers to {', '.join(broken)}, which has a mistake"
                )
                waiting = True
    return failures
