"""What systemd is told of a service: ready, alive, stopping."""

import socket
import time
from collections.abc import Mapping
from typing import Final

_SECONDS: Final = 1.0  # a manager that does not listen must not stop the loop


class Supervisor:
    """The service manager that started the process, if one did; it is told by datagrams."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{path[1:]}" if path.startswith("@") else path
        microseconds = environ.get("WATCHDOG_USEC", "")
        self._told_at = 0.0
        self.watchdog_seconds = int(microseconds) / 1e6 if microseconds.isdigit() else None

    def is_alive(self) -> None:
        """Say that the loop goes on, as often as the manager wants to hear it."""
        now = time.monotonic()
        if (
            self.watchdog_seconds is not None
            and now - self._told_at > self.watchdog_seconds / 3
        ):
            self._told_at = now
            self.tell("WATCHDOG=1")

    def tell(self, state: str) -> None:
        """Say a state such as `READY=1`; nobody there is no trouble."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.settimeout(_SECONDS)
                out.sendto(state.encode(), self._address)
        except OSError:
            return
