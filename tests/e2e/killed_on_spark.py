"""Run the command in this process and kill it once Spark has made its n-th table.

python killed_on_spark.py NUMBER ARGUMENTS…
"""

import os
import signal
import sys

from audsync.cli import main
from audsync.spark import SparkEngine


class Point:
    """Counts the tables and kills the process at the last."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.store = SparkEngine.store

    def passed(self, engine: SparkEngine, name: str, sql: str) -> None:
        self.store(engine, name, sql)
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    point = Point(int(sys.argv[1]))

    def store(engine: SparkEngine, name: str, sql: str) -> None:
        point.passed(engine, name, sql)

    SparkEngine.store = store  # type: ignore[method-assign,assignment]  # planted
    sys.argv[1:] = sys.argv[2:]
    main()
