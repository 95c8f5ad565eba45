"""A fake platform in a process of its own, told what to do line by line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Fake:
    """The fake's process; `about` is what it said of itself."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.about = self._answer()

    def tell(self, line: str = "") -> dict[str, Any]:
        """Let something happen, or nothing; what the fake says of itself then."""
        if self._process.stdin is None:  # pragma: no cover -- it is a pipe
            raise RuntimeError("no pipe")
        print(line, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        if self._process.stdout is None:  # pragma: no cover -- it is a pipe
            raise RuntimeError("no pipe")
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def serving(platform: str, *flags: str) -> Iterator[Fake]:
    """`audsync fake-server PLATFORM` with these flags, until the block ends."""
    with subprocess.Popen(
        [Path(sys.executable).with_name("audsync"), "fake-server", platform, "--json", *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Fake(process)
        if process.stdin is not None:
            process.stdin.close()
