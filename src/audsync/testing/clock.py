"""The time of an invented platform, which passes only when it is told to."""

from datetime import UTC, datetime


class Clock:
    """The present moment, in seconds since 1970."""

    def __init__(self, now: datetime) -> None:
        self.now = int(now.timestamp())

    @property
    def moment(self) -> datetime:
        """The present moment as an aware time."""
        return datetime.fromtimestamp(self.now, UTC)

    def advance(
        self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0
    ) -> None:
        """Let time pass."""
        self.now += seconds + 60 * (minutes + 60 * (hours + 24 * days))
