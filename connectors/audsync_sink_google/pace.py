"""Not more calls in a minute than the quota of a Cloud project allows."""

from collections import deque
from collections.abc import Callable

_MINUTE = 60.0


class Pace:
    """Waits before a call that would be one too many of the last minute."""

    def __init__(
        self, per_minute: int, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._times: deque[float] = deque(maxlen=per_minute)

    def wait(self) -> None:
        """Come back when the next call may be made, and count it."""
        if len(self._times) == self._times.maxlen:
            left = self._times[0] + _MINUTE - self._clock()
            if left > 0:
                self._sleep(left)
        self._times.append(self._clock())
