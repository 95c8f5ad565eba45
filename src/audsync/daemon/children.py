"""A command for one shop in a process of its own: memory returns, a crash stays inside."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol

from audsync.redaction import redact
from audsync.secrets import with_secrets_of

KILLED: Final = 128  # what shells add to the number of the signal
# Says to a run that whoever began it keeps its health and tells of it.
WATCHED: Final = "AUDSYNC_WATCHED"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its code, 128 + signal if it was killed, and its own last words."""

    exit_code: int
    summary: Mapping[str, Any] | None = None
    message: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_temporary(self) -> bool:
        """Whether something failed that may pass by itself, as the run says."""
        return bool((self.summary or {}).get("temporary"))


class Child(Protocol):
    """A process at work for a shop."""

    def ended(self) -> Ended | None:
        """How it ended; None while it is at work."""

    def signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""


class Starter(Protocol):
    """Whatever starts a command for a shop."""

    def __call__(self, shop: str, arguments: Sequence[str], /) -> Child:
        """Begin `audsync <arguments> --shop <shop>`; OSError where no process can be had."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Starts the installed command, each time in a session of its own.

    A child gets the secrets of its shop and of no other. It writes its log where we do if that
    is JSON; else its warnings are left to whoever started it.
    """

    config_file: Path
    logs_json: bool
    environ: Mapping[str, str]

    def __call__(self, shop: str, arguments: Sequence[str]) -> Child:
        """Begin the command."""
        log_format = "json" if self.logs_json else "text"
        return _Process(
            [
                *(sys.executable, "-P", "-m", "audsync", *arguments, "--shop", shop),
                *("--config", str(self.config_file), "--json", "--log-format", log_format),
            ],
            {
                **with_secrets_of(self.environ, shop),
                WATCHED: "1",
                "NOTIFY_SOCKET": "",  # of us alone
            },
        )


class _Process:
    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._ended: Ended | None = None
        # No pipe: nobody reads before the end, and it would be full by then.
        self._stdout = _unnamed_file()
        self._process = subprocess.Popen(  # noqa: S603 -- our own command, no shell
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=self._stdout,
            start_new_session=True,  # a signal to us reaches it once, through us
        )

    def ended(self) -> Ended | None:
        code = self._process.poll()
        if code is not None and self._ended is None:
            self._ended = _ended(KILLED - code if code < 0 else code, _text(self._stdout))
        return self._ended

    def signal(self, number: int) -> None:
        self._process.send_signal(signal.Signals(number))


def _unnamed_file() -> IO[bytes]:
    """A file in memory where there is such: a full disk takes no word from anybody."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("audsync"), "w+b")
    return tempfile.TemporaryFile()


def _text(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode("utf-8", "replace")


def _ended(exit_code: int, stdout: str) -> Ended:
    events: dict[str, list[Mapping[str, Any]]] = {}
    for line in stdout.splitlines():
        with suppress(ValueError):  # a process that was killed may have written half a line
            told = json.loads(line)
            events.setdefault(told.get("event"), []).append(told)
    errors = [redact(one["message"]) for one in events.get("error", ())]
    return Ended(
        exit_code,
        next(iter(events.get("summary", ())), None),
        next(iter(errors), None),
        tuple(redact(one["message"]) for one in events.get("warning", ())),
    )
