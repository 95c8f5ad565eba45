"""Runs the command in forks of a server, with a step that goes wrong where one is ordered."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from faults import platforms
from forks import Forks

TESTS = Path(__file__).parents[1]
SHIM = Path(__file__).with_name("shim.c")


class Kind(IntEnum):
    """What happens at the step; the numbers are those of shim.c."""

    COUNT = 0
    KILL = 1
    TEAR = 2
    NO_SPACE = 3
    READ_ONLY = 4
    BROKEN = 5
    BROKEN_ONCE = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One call that changes a file of the shop; `place` is its path from the shop's folder."""

    number: int
    call: str
    place: str
    size: int


@dataclass(frozen=True)
class Done:
    """How a job ended: exit code (negative for a signal), what it said, the steps it took."""

    code: int
    stdout: str
    stderr: str
    log: str
    folder: Path

    @cached_property
    def steps(self) -> list[Step]:
        """The steps, in order."""
        fields = (line.split("\t") for line in self.log.splitlines())
        return [
            Step(int(number), call, os.path.relpath(path, self.folder), int(size))
            for number, call, path, size in fields
        ]


class Runner:
    """A server and its shim, in a scratch folder; a context manager. Threads may share it."""

    def __init__(self, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        library = scratch / "shim.so"
        if not library.exists():
            compile_shim(library)
            platforms.install(scratch)
        self._forks = Forks(
            {
                "PATH": os.environ["PATH"],
                "AUDSYNC_LOG_FORMAT": "text",
                "HOME": str(scratch),
                "PYTHONPATH": f"{TESTS}:{scratch}",
                "LD_PRELOAD": str(library),
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            }
        )

    def command(
        self,
        folder: Path,
        arguments: Sequence[str],
        *,
        kind: Kind = Kind.COUNT,
        number: int = 0,
        before: Sequence[str] = (),
        learn: bool = False,
        record: Path | None = None,
        places: Sequence[str] = ("state", "out"),
    ) -> Done:
        """Run `audsync …` in a shop's folder, where step `number` goes wrong.

        Steps are counted in `places` of it. With `record` all that is written in the folder is
        kept there, as shim.c says.
        """
        roots = [str(folder / name) for name in ((".",) if record else places)]
        shown = None if record is None else str(record)
        answer = self._forks.ask(
            folder,
            arguments=list(arguments),
            fault={"roots": roots, "number": number, "kind": kind, "record": shown},
            before=list(before),
            learn=learn,
        )
        return Done(folder=folder, **answer)

    def call(self, folder: Path, target: str, *, before: Sequence[str] = ()) -> Any:
        """What the function `module:name` says of a folder, in a process of its own."""
        answer = self._forks.ask(folder, call=target, before=list(before))
        if answer["code"]:
            raise AssertionError(f"{target} failed: {answer['stderr']}")
        return json.loads(answer["stdout"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._forks.close()


def compile_shim(library: Path) -> None:
    """Compile shim.c; needs a C compiler, which `make` installs when there is none."""
    subprocess.run(
        ["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(SHIM), "-ldl", "-lpthread"],  # noqa: S607 -- whichever compiler the machine has
        check=True,
    )
