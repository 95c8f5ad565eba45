"""Answers whose body trickles: each wait for a piece has its limit, and so has the whole."""

import time
from collections.abc import Iterator
from typing import Any


class TimedBody:
    """The body of an answer, which is cut off where it has not come within `seconds`.

    All else is that of the answer of urllib3 inside.
    """

    def __init__(self, raw: Any, seconds: float) -> None:
        self._raw = raw
        self._until = time.monotonic() + seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, amt: int, decode_content: bool | None = None) -> Iterator[bytes]:  # noqa: FBT001 -- as requests calls it
        """Pieces as they come, of at most that size; ReadTimeoutError of urllib3 too late."""
        from urllib3.exceptions import ReadTimeoutError

        while piece := self._raw.read1(amt, decode_content):
            yield piece
            if time.monotonic() > self._until:
                self._raw.close()
                raise ReadTimeoutError(self._raw.connection, "", "the body came too slowly")
