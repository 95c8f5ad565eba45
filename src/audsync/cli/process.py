"""What the process does before any command: file modes, text output, signals."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from audsync.errors import ExitCode

_EXIT_CODES = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
}


class Stopped(BaseException):
    """A signal asked the process to end; nothing that is committed is lost."""

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__()
        self.exit_code = exit_code


class Signals:
    """SIGINT and SIGTERM: the first stops at the next safe point, the second leaves at once.

    `number` is the first that came; `at_the_second` is called before leaving.
    """

    def __init__(self) -> None:
        self.exit_code: ExitCode | None = None
        self.number: int | None = None
        self.at_the_second: Callable[[], None] | None = None
        self._delivering = False

    def install(self) -> None:
        """Take over both signals; called once, in the main thread."""
        for number in _EXIT_CODES:
            signal.signal(number, self._received)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        code = _EXIT_CODES[signal.Signals(number)]
        if self.exit_code is not None:
            if self.at_the_second is not None:
                self.at_the_second()
            os._exit(code)
        self.exit_code, self.number = code, number
        if not self._delivering:
            raise Stopped(code)

    def stop_at_batch_boundaries(self) -> None:
        """From now on a signal is only noted, for `should_stop` to be asked between batches."""
        self._delivering = True

    def should_stop(self) -> bool:
        """Whether a signal has come."""
        return self.exit_code is not None


signals = Signals()


def prepare() -> None:
    """New files are the user's alone, odd terminals lose letters and not the run."""
    os.umask(0o077)
    # Validation looks for plug-ins of its own in every package; none may see what we read.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    signals.install()
