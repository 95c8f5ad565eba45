"""Jobs in forks of a process that has imported everything already, instead of in new ones."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SERVER = Path(__file__).with_name("fork_server.py")


class Forks:
    """The process that forks, with an environment of its own. Threads may share it.

    It imports `modules` before it takes the first job; fork_server.py says what a job is.
    """

    def __init__(self, environment: Mapping[str, str], modules: tuple[str, ...] = ()) -> None:
        self._lock = threading.Lock()
        self._server = subprocess.Popen(
            [sys.executable, str(_SERVER), *modules],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt is for the one who asks
        )

    def ask(self, folder: Path, **job: Any) -> dict[str, Any]:
        """The answer to a job in a folder: its `code`, negative for a signal, and texts."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        with self._lock:
            self._server.stdin.write(json.dumps({"folder": str(folder), **job}) + "\n")
            self._server.stdin.flush()
            line = self._server.stdout.readline()
        if not line:
            raise AssertionError("the server has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Let it end."""
        if self._server.stdin is not None:
            self._server.stdin.close()
        self._server.wait()
        if self._server.stdout is not None:
            self._server.stdout.close()
