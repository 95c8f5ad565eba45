"""Not more calls in a minute than the quota of a Cloud project allows, in all processes."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_MINUTE: Final = 60.0
_MOST_BYTES: Final = 1 << 20


class Pace:
    """Waits before a call that would be one too many of the last minute.

    With a `file` the calls of every process that uses it count. One that cannot be used does
    not keep anybody from calling: Google then says itself that it is too much.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        *,
        file: Path | None = None,
    ) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._sleep = sleep
        self._file = file
        self._times: list[float] = []

    def wait(self) -> None:
        """Come back when the next call may be made, and count it."""
        while (seconds := self._left()) > 0:
            self._sleep(seconds)

    def _left(self) -> float:
        """How long to wait; 0 when the call may be made, which is counted then."""
        with self._shared():
            now = self._clock()
            # Times of the future are of a clock that was put back.
            self._times = [one for one in self._times if now - _MINUTE < one <= now]
            if len(self._times) >= self._per_minute:
                return self._times[-self._per_minute] + _MINUTE - now
            self._times.append(now)
            return 0.0

    @contextmanager
    def _shared(self) -> Iterator[None]:
        """Within the block `_times` are those of all processes, and no other changes them."""
        handle = None if self._file is None else _opened(self._file)
        if handle is None:
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._times = _read(handle)
            yield
            _write(handle, self._times)
        except OSError:
            return
        finally:
            os.close(handle)


def _opened(file: Path) -> int | None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _read(handle: int) -> list[float]:
    try:
        found = json.loads(os.pread(handle, _MOST_BYTES, 0) or b"[]")
        return [float(one) for one in found]
    except (ValueError, TypeError):  # cut off by a full disk
        return []


def _write(handle: int, times: list[float]) -> None:
    data = json.dumps([round(one, 3) for one in times]).encode()
    os.pwrite(handle, data, 0)
    os.truncate(handle, len(data))
