"""Whoever begins runs tells of them here: the book, the heartbeat, people, metrics."""

import logging
import queue
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from audsync.daemon.book import Book
from audsync.daemon.channels import Channels
from audsync.daemon.children import Ended
from audsync.daemon.health import NEUTRAL
from audsync.daemon.notices import notices
from audsync.errors import ExitCode
from audsync.logs import log

_LAST_SECONDS: Final = 15.0  # for what is still to be told at the end


class Watch:
    """Notes starts and ends of runs in the book, and tells of them.

    Telling happens in a thread of its own: a channel that does not answer holds nobody up.
    `channels` may be exchanged when files were read anew; `wrote` is called after each end.
    """

    def __init__(
        self, book: Book, channels: Channels, *, wrote: Callable[[], None] = lambda: None
    ) -> None:
        self.book = book
        self.channels = channels
        self._wrote = wrote
        self._errands: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def began(self, shop: str, run: str, at: datetime) -> None:
        """A run begins."""
        self.book.started(shop, run, at)
        channels = self.channels
        self._errands.put(lambda: channels.beat(shop, "start", f"run {run}"))

    def ended(self, shop: str, how: Ended, at: datetime, *, is_final: bool) -> None:
        """A run has ended; one that is tried again soon is not told of."""
        before, after = self.book.ended(shop, how, at)
        if is_final and how.exit_code not in NEUTRAL:
            channels, text = self.channels, f"run {after.run}, exit code {how.exit_code}"
            found, after = notices(shop, before, after, how, channels.settings, at=at)
            if after.told_at != self.book.of(shop).told_at:
                self.book.put(shop, after)
            what = "success" if how.exit_code == ExitCode.DONE else "fail"
            self._errands.put(lambda: channels.beat(shop, what, text))
            self._errands.put(lambda: channels.tell(shop, found))
        self._wrote()

    def settled(self, shop: str, how: Ended) -> None:
        """Platforms were asked between runs; only the members can be others now."""
        self.book.put(shop, self.book.of(shop).settled(how))
        self._wrote()

    def close(self) -> None:
        """Wait a little for what is still to be told."""
        self._errands.put(None)
        self._thread.join(_LAST_SECONDS)

    def _run(self) -> None:
        while (errand := self._errands.get()) is not None:
            try:
                errand()
            except Exception as error:  # noqa: BLE001 -- channels are many people's code
                message = f"a channel broke ({type(error).__name__})"
                log("nobody could be told", level=logging.WARNING, message=message)
