"""What a segment wants of its audience at a sink, with what it says to that type alone."""

from collections.abc import Mapping, Sequence

from audsync.config import Shop
from audsync.config.problems import Problems, Section
from audsync.config.validation import validated
from audsync.contracts import AudienceSpec, Sink
from audsync.errors import ConfigError, Problem
from audsync.segments import Segment
from audsync.segments.codes import Mistake


def audience_spec(shop: Shop, segment: Segment, sink_id: str, sink: Sink) -> AudienceSpec:
    """What a segment wants of an audience at a sink; ConfigError for options that are wrong."""
    capabilities = sink.capabilities
    return AudienceSpec(
        f"{shop.id}.{segment.id}",
        segment.name,
        segment.description,
        capabilities.membership_days,
        segment.value is not None and capabilities.accepts_value,
        audience_options(segment, shop.sinks[sink_id].type, sink),
    )


def audience_options(segment: Segment, kind: str, sink: Sink) -> object:
    """The options of an audience at a sink of a type; None where the segment says nothing.

    Raises ConfigError for what the sink does not understand.
    """
    table, options = segment.tables.get(kind), getattr(sink, "AudienceOptions", None)
    if table is None:
        return None
    if options is None:
        message = f"sinks of type {kind} take no options of a segment"
        raise ConfigError(
            [segment.file.problem(Mistake.UNKNOWN_KEY, message, (kind,), hint="take it out")]
        )
    problems = Problems()
    found: object = validated(options, Section(segment.file, (kind,), dict(table), problems))
    if problems.has_errors:
        raise ConfigError(problems.listed())
    return found


def option_problems(
    segment: Segment, shop: Shop, sinks: Mapping[str, Sink]
) -> Sequence[Problem]:
    """What sinks of the segment do not understand of it."""
    found: list[Problem] = []
    for name in segment.sinks:
        if name in sinks:
            try:
                audience_options(segment, shop.sinks[name].type, sinks[name])
            except ConfigError as error:
                found += error.problems
    return list(dict.fromkeys(found))
