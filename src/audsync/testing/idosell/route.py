"""What is known of one call of the API."""

from collections.abc import Callable
from dataclasses import dataclass

from audsync.testing.idosell.listing import Answer, Listing
from audsync.testing.idosell.shapes import Json

Answering = Callable[[Json, int], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A call that the API knows; `blocked_code` is its fault while the shop is blocked."""

    method: str
    path: str
    scope: str
    answers: Listing | Answering
    blocked_code: int = 2
    since: int = 3
    one_of: tuple[str, ...] = ()  # ids of which one kind must be named, at most 100
    filters: tuple[str, ...] = ()  # of which some panels want one at least
