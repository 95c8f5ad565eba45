"""The real daemon in a process of its own, with a service manager that listens."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


def make_unfinished(folder: Path, *shops: str) -> None:
    """Let it look as if runs had been cut short just now; a daemon goes on with them."""
    for shop in shops:
        (folder / "state" / shop).mkdir(mode=0o700, parents=True, exist_ok=True)
        began = {"run": f"cut-{shop}", "started_at": datetime.now(UTC).isoformat()}
        (folder / "state" / shop / "health.json").write_text(json.dumps(began))


def not_soon() -> str:
    """A daily schedule that is due half a day from now: no run begins by it in a test."""
    hour = (datetime.now(ZoneInfo("Europe/Prague")).hour + 12) % 24
    return f"30 {hour} * * *"


def wait_until(holds: Callable[[], object], seconds: float = 180.0) -> None:
    """Come back when it holds; the machine may be slow."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


@dataclass
class RealDaemon:
    """What runs, and what it has told."""

    folder: Path
    process: "subprocess.Popen[str]"
    states: list[str] = field(default_factory=list)  # that the service manager has heard

    def children(self) -> list[int]:
        """The processes that it has begun and that are not waited for yet."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[1]) == self.process.pid and fields[0] != "Z":
                    found.append(int(stat.parent.name))
        return found

    def kill(self) -> None:
        """End it and its children at once, wherever they are."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)  # nobody else is begun meanwhile
            children = self.children()
            self.process.kill()
            self.process.wait()
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    def log(self) -> list[dict[str, Any]]:
        """The records so far; what follows the last end of a line is still being written."""
        whole, _, _ = (self.folder / "daemon.log").read_bytes().rpartition(b"\n")
        return [json.loads(line) for line in whole.split(b"\n") if line]

    def has(self, event: str, **fields: object) -> bool:
        """Whether such a record is in the log."""
        return self.count(event, **fields) > 0

    def count(self, event: str, **fields: object) -> int:
        """How many such records are in the log."""
        return sum(
            one["event"] == event and all(one.get(name) == fields[name] for name in fields)
            for one in self.log()
        )

    def get(self, path: str) -> tuple[int, str]:
        (found,) = [one["address"] for one in self.log() if one["event"] == "answers"]
        try:
            with urllib.request.urlopen(f"http://{found}{path}", timeout=120) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def health(self, shop: str) -> dict[str, Any]:
        text = (self.folder / "state" / shop / "health.json").read_text("utf-8")
        found: dict[str, Any] = json.loads(text)
        return found


@contextmanager
def daemon(
    folder: Path,
    *arguments: str,
    module: Sequence[str] = ("audsync", "daemon"),
    **environment: str,
) -> Iterator[RealDaemon]:
    """A daemon in that folder; at the end it is killed with its runs if it is still there.

    `module` is the Python module that it is, with its first arguments.
    """
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        (folder / "daemon.log").open("w", encoding="utf-8") as log,
        (folder / "daemon.out").open("w", encoding="utf-8") as out,
    ):
        address = f"audsync-test-{os.getpid()}-{folder.name}-{time.monotonic_ns()}"
        manager.bind(f"\0{address}")
        process = subprocess.Popen(
            [sys.executable, "-m", *module, *arguments],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "NOTIFY_SOCKET": f"@{address}",
                **environment,
            },
            stdout=out,
            stderr=log,
            text=True,
        )
        made = RealDaemon(folder, process)
        # All the time: a socket holds a dozen messages, and who cannot send more gives up.
        listener = threading.Thread(target=_listen, args=(manager, made.states))
        listener.start()
        try:
            yield made
        finally:
            made.kill()
            manager.shutdown(socket.SHUT_RDWR)
            listener.join()


def _listen(manager: socket.socket, states: list[str]) -> None:
    """Note what is told until the socket is shut, when nothing is received."""
    while state := manager.recv(4096).decode():
        states.append(state)
