"""Pauses of a server on 127.0.0.1 that end when a test says so, not by a clock."""

import time
from threading import Semaphore

import pytest

_PATIENCE_SECONDS = 60


class Pauses:
    """Stands in for the server's `time`; `lengths` are the seconds that it meant to wait."""

    time = staticmethod(time.time)

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lengths: list[float] = []
        self._begun, self._ended = Semaphore(0), Semaphore(0)
        monkeypatch.setattr("audsync.testing.loopback.time", self)

    def sleep(self, seconds: float) -> None:
        """What the server calls."""
        self.lengths.append(seconds)
        self._begun.release()
        _have(self._ended)

    def begun(self) -> None:
        """Wait until the server waits."""
        _have(self._begun)

    def end(self) -> None:
        """Let the server go on, now or at its next pause."""
        self._ended.release()


def _have(one: Semaphore) -> None:
    assert one.acquire(timeout=_PATIENCE_SECONDS), "nobody came"
