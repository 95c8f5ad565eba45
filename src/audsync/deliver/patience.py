"""Calls to a sink, repeated while it asks to be called later."""

from collections.abc import Callable
from typing import TypeVar

from audsync.errors import authors_mistakes
from audsync.http import retried

Answer = TypeVar("Answer")


class Patience:
    """Repeats a call that ends in a TransientError as `http.retried` does, and no others.

    It gives up when the run is to stop. The last error is raised.
    """

    def __init__(self, sleep: Callable[[float], None], should_stop: Callable[[], bool]) -> None:
        self._sleep = sleep
        self._should_stop = should_stop
        self.attempts = 0

    def __call__(self, call: Callable[[], Answer]) -> Answer:
        """What `call` returns; `attempts` then says how often it was made.

        A mistake of the sink's author is a TableError.
        """
        self.attempts = 0

        def attempt() -> Answer:
            self.attempts += 1
            return call()

        with authors_mistakes("the sink"):
            return retried(attempt, sleep=self._sleep, should_stop=self._should_stop)
