"""The time of an invented panel, in its zone."""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from audsync.testing import clock

if TYPE_CHECKING:
    from collections.abc import Callable

NO_DATE: Final = "0000-00-00"
NO_TIME: Final = "0000-00-00 00:00:00"


class Clock(clock.Clock):
    """The present moment in seconds since 1970, and wall time in the panel's zone.

    `version` counts what has happened, so that answers worked out before can be told stale.
    """

    def __init__(self, now: datetime, timezone: str) -> None:
        super().__init__(now)
        self.version = 0
        self.timezone = timezone

    @property
    def timezone(self) -> str:
        """The zone of all times that the panel shows and understands."""
        return self._zone.key

    @timezone.setter
    def timezone(self, name: str) -> None:
        self._zone = ZoneInfo(name)
        self.wall: Callable[[int], str] = lru_cache(maxsize=1 << 20)(self._wall)
        self.version += 1

    def happened(self) -> int:
        """Note that something changed; the moment of it."""
        self.version += 1
        return self.now

    def _wall(self, moment: int) -> str:
        local = datetime.fromtimestamp(moment, self._zone)
        return local.replace(tzinfo=None).isoformat(sep=" ")

    def day(self, moment: int) -> str:
        """The local day of a moment."""
        return self.wall(moment)[:10]

    def shown(self, moment: int | None, missing: str = NO_TIME) -> str:
        """Wall time of a moment, or what stands for none."""
        return missing if moment is None else self.wall(moment)

    def readable(self, wall: str) -> int:
        """The moment that a wall time is read as; of two, the earlier."""
        local = datetime.fromisoformat(wall).replace(tzinfo=self._zone)
        return int(local.timestamp())
