"""Which segments a shop's data cannot answer."""

from collections.abc import Collection, Mapping, Sequence

from audsync.config import Config, Shop
from audsync.contracts import Sink
from audsync.errors import ConfigError, Problem, Severity
from audsync.model.analyses import Analysis
from audsync.run.segment_problems import segment_problems
from audsync.segments import (
    Segment,
    Segments,
    above,
    analyses_of,
    check_forecasts,
    listed,
    unclear_groups,
)
from audsync.tables import Kind


def unanswerable(
    config: Config,
    shop: Shop,
    segments: Sequence[Segment],
    *,
    provided: Collection[str],
    params: Mapping[str, Kind],
    sinks: Mapping[str, Sink],
    lists: Mapping[str, Problem],
    places: ConfigError | None = None,
) -> dict[str, ConfigError]:
    """By id, the segments that a shop's data cannot answer, and those that refer to one.

    Also those that refer to a segment that is not there, or in a circle, and those that ask for
    a list of which `lists` say what is wrong with it. `places` is why nobody can tell where
    postcodes lie.
    """
    failures: dict[str, ConfigError] = {}
    for segment in segments:
        problems = segment_problems(
            config,
            shop,
            segment,
            provided=provided,
            params=params,
            sinks=sinks,
            sink_ids=shop.sinks,
        )
        problems += [lists[name] for name in listed(segment.rule) if name in lists]
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            failures[segment.id] = ConfigError(errors)
        elif places and Analysis.PLACES in analyses_of([segment], [segment.id]):
            failures[segment.id] = places
    return with_dependents(segments, failures)


def unpredicted(segments: Sequence[Segment], why_none: str) -> dict[str, ConfigError]:
    """By id, the segments that ask for what is not predicted, and those that refer to one."""
    found = {segment.id: check_forecasts(segment, why_none) for segment in segments}
    failures = {name: ConfigError(problems) for name, problems in found.items() if problems}
    return with_dependents(segments, failures)


def with_dependents(
    segments: Sequence[Segment], failures: Mapping[str, ConfigError]
) -> dict[str, ConfigError]:
    """The failures, and those of segments that refer to one of these, to none, in a circle.

    Also those that one of these goes before in their group.
    """
    left = [segment for segment in segments if segment.id not in failures]
    sound: set[str] = set()
    while ready := [one for one in left if one.id not in sound and sound >= {*one.references}]:
        sound.update(one.id for one in ready)
    found = dict(failures) | {
        segment.id: ConfigError(
            f"segment {segment.id} refers to "
            f"{', '.join(name for name in segment.references if name not in sound)}, "
            "which cannot be evaluated; mend that first: audsync check"
        )
        for segment in left
        if segment.id not in sound
    }
    for segment in left:
        before = [name for name in above(segment, segments) if name not in sound]
        if before and segment.id not in found:
            found[segment.id] = ConfigError(
                f"segment {segment.id} comes after {', '.join(before)} in the group "
                f"{segment.group}, which cannot be evaluated; mend that first: audsync check"
            )
    return found


def unclear(
    segments: Segments, shop: Shop, chosen: Sequence[Segment]
) -> dict[str, ConfigError]:
    """By id, those of the chosen that a file with a mistake may go before in their group."""
    flawed = [one for one in segments.to_check(shop.id) if one.id in segments.flawed]
    found = unclear_groups(flawed, segments.unread, chosen)
    return {name: ConfigError(why) for name, why in found.items()}
