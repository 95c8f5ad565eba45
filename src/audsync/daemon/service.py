"""The daemon: the loop with a real clock, signals, the service manager and those who ask."""

import logging
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from audsync.config import Config
from audsync.daemon.loop import Loop
from audsync.daemon.metrics import metrics_text
from audsync.daemon.server import Answers, serving
from audsync.daemon.systemd import Supervisor
from audsync.errors import ConfigError, Severity
from audsync.files import write_whole
from audsync.logs import log

_LONGEST_WAIT: Final = 20.0  # a clock that somebody sets is noticed by then
_ALIVE_SECONDS: Final = 120.0

Reading = tuple[Config, dict[str, ConfigError]]


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()


@dataclass
class Daemon:
    """Runs every shop by its schedule until a signal ends it.

    `read` gives the files anew; `stopped_by` the signal that asked for the end.
    """

    loop: Loop
    read: Callable[[], Reading]
    stopped_by: Callable[[], int | None]
    supervisor: Supervisor
    metrics_file: Path | None = None
    applied: Callable[[Config], None] = lambda _config: None
    _shops: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stepped_at: float = 0.0
    _is_ready: bool = False
    _wants_reload: bool = False

    def run(self, listen: tuple[str, int] | None) -> None:
        """Work until all is over, answering at that host and port.

        ConfigError where it cannot begin.
        """
        self._apply(*self.read())
        with ExitStack() as open_things:
            wake = open_things.enter_context(_woken(self._ask_reload))
            if listen is not None:
                answers = Answers(self._is_alive, lambda: self._is_ready, self._metrics)
                port = open_things.enter_context(serving(listen, answers))
                log("answers", address=f"{listen[0]}:{port}")
            self.supervisor.tell("READY=1")
            log("daemon is ready", shops=len(self._shops))
            while True:
                seconds = self._step()
                if self.loop.is_over:
                    break
                wake(min(seconds, self._longest_wait))
        log("daemon ends")

    def write(self) -> None:
        """Write the metrics anew; called in the loop, after a run has ended or a reading."""
        if self.metrics_file is not None:
            write_metrics(self.metrics_file, self._metrics_now())

    @property
    def _longest_wait(self) -> float:
        watchdog = self.supervisor.watchdog_seconds
        return _LONGEST_WAIT if watchdog is None else min(_LONGEST_WAIT, watchdog / 3)

    def _step(self) -> float:
        with self._lock:
            if self._wants_reload:
                self._wants_reload = False
                self._reload()
            number = self.stopped_by()
            if number is not None and not self.loop.is_stopping:
                log("daemon stops", signal=signal.Signals(number).name)
                self.supervisor.tell("STOPPING=1")
                self.loop.stop(number)
            seconds = self.loop.step()
            self._stepped_at = time.monotonic()
        self.supervisor.is_alive()
        return seconds

    def _reload(self) -> None:
        """Read the files anew; where there is a mistake in any all stays as it was."""
        try:
            config, wrong = self.read()
            for error in wrong.values():
                raise error
        except ConfigError as error:
            self._told_ready(is_ready=False)
            _tell("files have mistakes; the daemon goes on as it was", error)
            return
        self._apply(config, wrong)
        log("files read anew", shops=len(self._shops))

    def _apply(self, config: Config, wrong: dict[str, ConfigError]) -> None:
        for shop, error in sorted(wrong.items()):
            _tell(f"shop {shop} is left out", error)
        self._shops = sorted(config.shops)
        self.loop.plan(config.shops.values(), config.daemon)
        self.applied(config)
        self._told_ready(is_ready=not wrong)

    def _told_ready(self, *, is_ready: bool) -> None:
        """Whether all files are right: in the metrics first, whose file is there when asked."""
        self.loop.tally.is_config_valid = is_ready
        self.write()
        self._is_ready = is_ready

    def _ask_reload(self) -> None:
        self._wants_reload = True

    def _is_alive(self) -> bool:
        return time.monotonic() - self._stepped_at < _ALIVE_SECONDS

    def _metrics(self) -> str:
        with self._lock:
            return self._metrics_now()

    def _metrics_now(self) -> str:
        return metrics_text(
            {shop: self.loop.watch.book.of(shop) for shop in self._shops}, self.loop.tally
        )


def write_metrics(file: Path, text: str) -> None:
    """Write a file of metrics, whole, for a collector to read; a full disk stops nothing."""
    try:
        write_whole(file, text, mode=0o644)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"{file} cannot be written ({reason})"
        log("metrics cannot be written", level=logging.WARNING, message=message)


def _tell(what: str, error: ConfigError) -> None:
    mistakes = sum(one.severity is Severity.ERROR for one in error.problems)
    log(
        "files have mistakes",
        level=logging.ERROR,
        message=f"{what}; mistakes: {mistakes}\n{error}",
    )


@contextmanager
def _woken(reload: Callable[[], None]) -> Iterator[Callable[[float], None]]:
    """A way to wait that every signal ends at once; SIGHUP asks for the files to be read."""
    inner, outer = socket.socketpair()
    inner.setblocking(False)
    outer.setblocking(False)

    def wait(seconds: float) -> None:
        select.select([inner], [], [], seconds)
        with suppress(BlockingIOError):
            while inner.recv(4096):
                pass

    with inner, outer:
        before = signal.set_wakeup_fd(outer.fileno(), warn_on_full_buffer=False)
        handlers = {
            signal.SIGHUP: signal.signal(signal.SIGHUP, lambda *_: reload()),
            signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda *_: None),
        }
        try:
            yield wait
        finally:
            signal.set_wakeup_fd(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
