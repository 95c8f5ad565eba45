"""Segments that ask for what is worked out on demand, and for what may not be predicted."""

from collections.abc import Iterable, Iterator, Sequence

from audsync.errors import Problem
from audsync.model.analyses import Analysis
from audsync.segments.codes import Mistake
from audsync.segments.fields import Field, Forecast
from audsync.segments.groups import needed
from audsync.segments.mistakes import Mistakes
from audsync.segments.queries import asked_fields
from audsync.segments.rule import comparisons, query
from audsync.segments.segment import Segment
from audsync.toml_file import KeyPath


def analyses_of(segments: Sequence[Segment], asked: Iterable[str]) -> frozenset[Analysis]:
    """What these segments, by id, and those they depend on ask the model for besides."""
    fields = (field for one in needed(segments, asked).values() for _, field in _asked(one))
    return frozenset(field.analysis for field in fields if field.analysis is not None)


def check_forecasts(segment: Segment, why_none: str) -> list[Problem]:
    """Problems of a segment at a shop for which nothing is predicted, for that reason."""
    mistakes = Mistakes(segment.file)
    for path, field in _asked(segment):
        if field.forecast is Forecast.NEEDED:
            mistakes.add(
                Mistake.NOT_PREDICTED,
                f"{field.name} cannot be predicted: {why_none}",
                path,
                hint="wait for more orders, or take the line out; activity works without",
            )
    return list(mistakes.shown())


def _asked(segment: Segment) -> Iterator[tuple[KeyPath, Field]]:
    """The fields that a segment asks for, in its lines or as the value of its members."""
    for line in comparisons(segment.rule):
        yield line.path, line.field
    asked = query(segment.rule)
    if asked is not None:
        for field in asked_fields(asked):
            yield asked.path, field
    if segment.value is not None:
        yield ("value",), segment.value
