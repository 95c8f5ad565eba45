"""How clients were scored by recency, frequency and money, and where the scores were cut."""

from collections.abc import Mapping
from dataclasses import dataclass

Bounds = Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class RfmReport:
    """RFM of one build.

    `bounds` has for each measure (`recency` in days, `frequency` in orders, `monetary` in minor
    units) and score the lowest and the highest value that got it; `cut_points` the same as
    four thresholds, which settings can state so that scores stay what they are. `segments`
    counts the scored clients by name; `unscored` are those without an order in the window.
    """

    map: str  # the preset that names the scores, or `boxes`
    scored: int
    unscored: int
    segments: Mapping[str, int]
    bounds: Mapping[str, Bounds]
    cut_points: Mapping[str, tuple[int, ...]]


def cut_points(measure: str, bounds: Bounds) -> tuple[int, ...]:
    """Four ascending thresholds that give every value the score it has.

    From the first on a client of orders or money has at least 2, from the last on 5; of days at
    most 4, and from the last on 1. A score that nobody has lies beyond all values. Empty where
    nobody is scored.
    """
    if not bounds:
        return ()
    beyond = max(highest for _, highest in bounds.values()) + 1
    if measure == "recency":
        return tuple(_lowest(bounds, range(1, score), beyond) for score in (5, 4, 3, 2))
    return tuple(_lowest(bounds, range(score, 6), beyond) for score in (2, 3, 4, 5))


def _lowest(bounds: Bounds, scores: range, beyond: int) -> int:
    return min((bounds[score][0] for score in scores if score in bounds), default=beyond)
