"""Segments that ask for what is predicted or derived, and what becomes of them without."""

from collections.abc import Iterable, Iterator, Sequence

from audsync.errors import Problem
from audsync.identity.derived import Derived
from audsync.segments.codes import Mistake
from audsync.segments.fields import Field, Forecast
from audsync.segments.mistakes import Mistakes
from audsync.segments.rule import comparisons
from audsync.segments.segment import Segment
from audsync.toml_file import KeyPath


def asks_for_forecasts(segments: Sequence[Segment], asked: Iterable[str]) -> bool:
    """Whether one of these segments, by id, or one that they refer to has a predicted field."""
    return any(field.forecast for field in _fields(segments, asked))


def asked_derivations(segments: Sequence[Segment], asked: Iterable[str]) -> frozenset[Derived]:
    """What these segments, by id, and those that they refer to take of what is derived."""
    return frozenset(
        field.derived for field in _fields(segments, asked) if field.derived is not None
    )


def _fields(segments: Sequence[Segment], asked: Iterable[str]) -> Iterator[Field]:
    """The fields of these segments, by id, and of those that they refer to."""
    by_id = {segment.id: segment for segment in segments}
    left, seen = [*asked], set[str]()
    while left:
        name = left.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        yield from (field for _, field in _asked(by_id[name]))
        left += by_id[name].references


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
    if segment.value is not None:
        yield ("value",), segment.value
