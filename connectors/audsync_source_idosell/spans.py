"""Spans of time, and how they are told to a panel that writes times without a zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_WALL = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another, both included."""

    begin: datetime
    end: datetime

    def walls(self, zone: ZoneInfo) -> tuple[str, str]:
        """Begin and end on the panel's clock.

        Where the clock was set back in between, its hands have shown an hour twice: the span is
        told longer by that, so that neither pass is missed.
        """
        begin, end = self.begin.astimezone(zone), self.end.astimezone(zone)
        back = (begin.utcoffset() or timedelta()) - (end.utcoffset() or timedelta())
        back = max(back, timedelta())
        return (begin - back).strftime(_WALL), (end + back).strftime(_WALL)

    def days(self, zone: ZoneInfo) -> tuple[str, str]:
        """First and last day on the panel's calendar."""
        begin, end = self.begin.astimezone(zone), self.end.astimezone(zone)
        return begin.date().isoformat(), end.date().isoformat()

    def halves(self, *, by_days: bool) -> "tuple[Span, Span] | None":
        """Two spans that make up this one; None where it is too short for that."""
        middle = self.begin + (self.end - self.begin) / 2
        step = _DAY if by_days else _SECOND
        if self.end - self.begin <= 2 * step:
            return None
        return Span(self.begin, middle), Span(middle, self.end)


def is_within(said: object, first: str, last: str) -> bool | None:
    """Whether a time or day of a record lies in a span as it was told; None if it says none."""
    text = str(said or "")
    if not text.strip("0-: "):
        return None
    return first <= text[: len(first)] <= last


def to_text(moment: datetime) -> str:
    """An instant as a cursor keeps it."""
    return moment.astimezone(UTC).isoformat()


def from_text(text: object) -> datetime | None:
    """An instant that a cursor kept."""
    return datetime.fromisoformat(text) if isinstance(text, str) else None
