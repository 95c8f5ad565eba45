"""A run into files that ends itself with SIGKILL at a chosen step: `killed_run.py FOLDER STEP`.

A step is an fsync, a rename, or the begin or the end of a transaction. Prints the number of
steps when it comes to its end.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audsync.contracts import Context
from audsync.deliver import AudienceResult
from audsync.state import State
from audsync_sink_files import FilesOptions, FilesSink
from fakes.plans import a_run, digest

BEFORE = range(14)
AFTER = range(4, 20)
MAX_BATCH = 3


def wishes(people: range, changed: tuple[int, ...] = ()) -> dict[str, tuple[str | None, ...]]:
    """Hashed rows of people; those who changed have another e-mail address."""
    return {
        f"c{i}": (digest(f"e{i}{'-new' * (i in changed)}"), None, None, None, "GB", f"Z{i}")
        for i in people
    }


def files_sink(folder: Path) -> FilesSink:
    context = Context("shop", "UTC", "GB", "GBP", folder, lambda text: folder / text)
    return FilesSink(FilesOptions(max_batch=MAX_BATCH), context)


def run(
    folder: Path, state: State, wanted: dict[str, tuple[str | None, ...]], number: int
) -> AudienceResult:
    """One whole run with the files in `folder`."""
    return a_run(state, files_sink(folder), wanted, number=number, sink_id="files")


class Steps:
    """Counts steps, and kills the process at one."""

    def __init__(self, last: int) -> None:
        self.done = 0
        self._last = last

    def take(self) -> None:
        if self.done == self._last:
            os.kill(os.getpid(), signal.SIGKILL)
        self.done += 1

    def before(self, function: Any) -> Any:
        def counted(*given: Any) -> Any:
            self.take()
            return function(*given)

        return counted

    def around(self, transaction: Any) -> Any:
        @contextmanager
        def counted() -> Iterator[None]:
            self.take()
            with transaction():
                yield
            self.take()

        return counted


def main(folder: Path, last: int) -> None:
    with State(folder / "state" / "shop") as state:
        steps = Steps(last)
        os.fsync = steps.before(os.fsync)
        Path.replace = steps.before(Path.replace)  # type: ignore[method-assign]  # to be killed there
        state._store.transaction = steps.around(state._store.transaction)  # type: ignore[method-assign]  # as above
        run(folder, state, wishes(AFTER, changed=(5, 9)), number=2)
        sys.stdout.write(str(steps.done))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
