"""A module run in a process of its own, with what it took: wall, CPU, peak memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of the whole process, the most bytes it held, and what it printed as JSON."""

    wall: float
    cpu: float
    peak_bytes: int
    printed: dict[str, Any]


def run(module: str, arguments: Sequence[str | Path], **environment: str) -> Measured:
    """Run `python -m module arguments`, with more variables. RuntimeError when it fails."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    started = time.perf_counter()
    environ = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as child:
        if child.stdout is None:  # pragma: no cover -- it is a pipe
            raise RuntimeError("no pipe")
        text = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{module} {arguments[0]} ended with {child.returncode}")
    printed: dict[str, Any] = json.loads(text)
    return Measured(wall, used.ru_utime + used.ru_stime, printed["peak_bytes"], printed)


def peak_bytes() -> int:
    """The most memory that this process has held; unlike rusage, without its parent's."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
