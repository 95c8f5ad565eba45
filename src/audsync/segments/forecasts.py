"""Segments that ask for what is predicted, and what becomes of them where nothing is."""

from collections.abc import Iterable, Sequence

from audsync.errors import Problem
from audsync.segments.codes import Mistake
from audsync.segments.fields import Forecast
from audsync.segments.mistakes import Mistakes
from audsync.segments.rule import comparisons
from audsync.segments.segment import Segment


def asks_for_forecasts(segments: Sequence[Segment], asked: Iterable[str]) -> bool:
    """Whether one of these segments, by id, or one that they refer to has a predicted field."""
    by_id = {segment.id: segment for segment in segments}
    left, seen = [*asked], set[str]()
    while left:
        name = left.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        if any(line.field.forecast for line in comparisons(by_id[name].rule)):
            return True
        left += by_id[name].references
    return False


def check_forecasts(segment: Segment, why_none: str) -> list[Problem]:
    """Problems of a segment at a shop for which nothing is predicted, for that reason."""
    mistakes = Mistakes(segment.file)
    for line in comparisons(segment.rule):
        if line.field.forecast is Forecast.NEEDED:
            mistakes.add(
                Mistake.NOT_PREDICTED,
                f"{line.field.name} cannot be predicted: {why_none}",
                line.path,
                hint="wait for more orders, or take the line out; activity works without",
            )
    return list(mistakes.shown())
