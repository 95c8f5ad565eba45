"""What the process does before any command: file modes, text output, signals."""

import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from audsync.errors import ExitCode

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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
    sys.stdout, sys.stderr = _outlasting(sys.stdout), _outlasting(sys.stderr)
    signals.install()


class _Unread(io.FileIO):
    """An output whose reader may leave, as `head` does; what is written then is nobody's.

    Whatever is at work goes on: a run must not end between two batches since nobody listens.
    """

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _outlasting(stream: TextIO | None) -> TextIO:
    if stream is None:  # the process was begun without it
        return Path(os.devnull).open("w", encoding="utf-8")
    raw = _Unread(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.isatty() or stream is sys.stderr,
    )
