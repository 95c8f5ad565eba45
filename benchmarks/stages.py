"""Seconds and rows of every statement that the model and the segments run.

`python -m benchmarks.stages FOLDER` prints them in their order; see benchmarks/README.md.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from audsync.warehouse import DuckEngine, Warehouse
from benchmarks.child import peak_bytes
from benchmarks.ours import build, choose
from benchmarks.shop import TIMEZONE, WAREHOUSE

if TYPE_CHECKING:
    from audsync.engine import Engine


@dataclass(frozen=True, slots=True)
class Stage:
    """One statement: what it did to which table, seconds of the clock and of the CPUs."""

    part: str
    action: str
    name: str
    wall: float
    cpu: float
    rows: int | None


@dataclass(slots=True)
class WatchedEngine:
    """An engine that notes what each statement took; rows are counted when the clock rests."""

    engine: DuckEngine
    part: str = ""
    stages: list[Stage] = field(default_factory=list)

    def execute(self, sql: str) -> None:
        """Run one statement."""
        with self._noted("execute", _head(sql), None):
            self.engine.execute(sql)

    def fetch(self, sql: str) -> pa.Table:
        """The rows of one SELECT."""
        found: list[pa.Table] = []
        with self._noted("fetch", _head(sql), lambda: found[0].num_rows):
            found.append(self.engine.fetch(sql))
        return found[0]

    def store(self, name: str, sql: str) -> None:
        """Keep a SELECT's rows as a temporary table."""
        with self._noted("store", name, lambda: self.engine.rows(name)):
            self.engine.store(name, sql)

    def register(self, name: str, rows: pa.Table) -> None:
        """Keep Arrow rows as a temporary table."""
        with self._noted("register", name, lambda: rows.num_rows):
            self.engine.register(name, rows)

    def drop(self, name: str) -> None:
        """Forget a temporary table."""
        with self._noted("drop", name, None):
            self.engine.drop(name)

    @contextmanager
    def _noted(self, action: str, name: str, rows: Callable[[], int] | None) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        took = time.perf_counter() - wall, time.process_time() - cpu
        self.stages.append(Stage(self.part, action, name, *took, rows() if rows else None))


def _head(sql: str) -> str:
    return " ".join(sql.split())[:60]


def watch(folder: Path) -> list[Stage]:
    """The stages of the model and the segments on a shop's file."""
    with Warehouse(folder / WAREHOUSE, timezone=TIMEZONE) as warehouse:
        watched = WatchedEngine(warehouse.engine)
        parts: dict[str, Callable[[Engine], None]] = {"model": build, "segments": choose}
        for part, work in parts.items():
            watched.part = part
            wall, cpu = time.perf_counter(), time.process_time()
            work(watched)
            took = time.perf_counter() - wall, time.process_time() - cpu
            watched.stages.append(Stage(part, "all of it", "", *took, None))
        return watched.stages


def main(folder: str) -> None:
    """Print every stage, and the sums, which hold the counting of rows too."""
    stages = watch(Path(folder))
    lines = [
        f"{stage.part:9} {stage.action:9} {stage.wall:8.3f} s {stage.cpu:8.3f} s CPU "
        f"{'' if stage.rows is None else stage.rows:>12} {stage.name}"
        for stage in stages
    ]
    print(json.dumps({"lines": lines, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
