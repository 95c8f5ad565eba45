"""Calls to a sink, repeated while it asks to be called later."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from audsync.errors import TransientError, authors_mistakes

if TYPE_CHECKING:
    from tenacity import RetryCallState

Answer = TypeVar("Answer")

ATTEMPTS: Final = 5
LONGEST_WAIT_SECONDS: Final = 120.0


class Patience:
    """Repeats a call for TransientError, a bounded number of times, and no others.

    Waits 1, 2, 4, … seconds or `retry_after`, whichever is longer; gives up when the sink asks
    for more than `LONGEST_WAIT_SECONDS` or when the run is to stop. The last error is raised.
    """

    def __init__(self, sleep: Callable[[float], None], should_stop: Callable[[], bool]) -> None:
        self._sleep = sleep
        self._should_stop = should_stop
        self.attempts = 0

    def __call__(self, call: Callable[[], Answer]) -> Answer:
        """What `call` returns; `attempts` then says how often it was made.

        A mistake of the sink's author is a TableError.
        """
        from tenacity import Retrying, retry_if_exception_type

        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=self._gives_up,
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            with authors_mistakes("the sink"):
                return retrying(call)
        finally:
            self.attempts = int(retrying.statistics["attempt_number"])

    def _gives_up(self, call: "RetryCallState") -> bool:
        return (
            call.attempt_number >= ATTEMPTS
            or _wait(call) > LONGEST_WAIT_SECONDS
            or self._should_stop()
        )


def _wait(call: "RetryCallState") -> float:
    error = call.outcome.exception() if call.outcome else None
    asked = error.retry_after if isinstance(error, TransientError) else None
    return max(2.0 ** (call.attempt_number - 1), asked or 0.0)
