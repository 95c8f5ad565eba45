"""Run the command in this process and kill it at the n-th time that a point is passed.

    python killed.py POINT NUMBER ARGUMENTS…

Points: `page` (the source has given a page), `sending` (before a batch leaves), `sent` (after
the sink has taken it), `settled` (after its outcome), `worked` (Spark has made a table).
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from audsync.cli import main
from audsync_sink_files import FilesSink
from audsync_source_csv import CsvSource


class Point:
    """Counts its passes and kills the process at the last."""

    def __init__(self, number: int) -> None:
        self.left = number

    def passed(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _before(method: Callable[..., Any], point: Point) -> Callable[..., Any]:
    def wrapped(*arguments: Any) -> Any:
        point.passed()
        return method(*arguments)

    return wrapped


def _after(method: Callable[..., Any], point: Point) -> Callable[..., Any]:
    def wrapped(*arguments: Any) -> Any:
        result = method(*arguments)
        point.passed()
        return result

    return wrapped


def _pages(method: Callable[..., Iterator[Any]], point: Point) -> Callable[..., Iterator[Any]]:
    def wrapped(*arguments: Any) -> Iterator[Any]:
        for page in method(*arguments):
            yield page
            point.passed()

    return wrapped


def plant(name: str, point: Point) -> None:
    """Put the point into the connector's class."""
    match name:
        case "page":
            CsvSource.pull = _pages(CsvSource.pull, point)  # type: ignore[method-assign]  # planted
        case "sending":
            FilesSink.send = _before(FilesSink.send, point)  # type: ignore[method-assign]  # planted
        case "sent":
            FilesSink.send = _after(FilesSink.send, point)  # type: ignore[method-assign]  # planted
        case "settled":
            FilesSink.settle = _after(FilesSink.settle, point)  # type: ignore[method-assign]  # planted
        case "worked":
            from audsync.spark import SparkEngine

            SparkEngine.store = _after(SparkEngine.store, point)  # type: ignore[method-assign]  # planted
        case _:
            raise SystemExit(f"no point {name}")


if __name__ == "__main__":
    plant(sys.argv[1], Point(int(sys.argv[2])))
    sys.argv[1:] = sys.argv[3:]
    main()
