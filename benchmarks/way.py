"""One way of making `clients` and the segments, for a process of its own.

`python -m benchmarks.way NAME FOLDER [OUT]` prints one JSON object with the seconds of each
part and the peak memory; with OUT the answers are written there when the clock has stopped.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from audsync.sql_text import identifier
from audsync.warehouse import Warehouse
from audsync.warehouse.engine import half_of_the_memory
from benchmarks.child import peak_bytes
from benchmarks.shop import PROVIDED, TIMEZONE, WAREHOUSE

Lap = Callable[[str], None]
Way = Callable[[Path, Lap, Path | None], None]


def audsync(
    folder: Path,
    lap: Lap,
    out: Path | None,
    *,
    memory: str | None = None,
    is_whole: bool = False,
) -> None:
    """Audsync as a run does it, on the shop's file.

    If `is_whole`, every column of `clients` is written out in the end, as peers have them.
    """
    from benchmarks.ours import build, choose

    with Warehouse(folder / WAREHOUSE, timezone=TIMEZONE, memory_limit=memory) as warehouse:
        build(warehouse.engine)
        lap("model")
        choose(warehouse.engine)
        lap("segments")
        if is_whole:
            warehouse.engine.store("whole_clients", "SELECT * FROM clients")
            lap("every column")
        if out is not None:
            for table in ("clients", "membership"):
                _write(out, table, warehouse.engine.fetch(f"SELECT * FROM {table}"))


def scan(folder: Path, lap: Lap, _: Path | None) -> None:
    """One look at every value that the model may read, in the same file."""
    with Warehouse(folder / WAREHOUSE, timezone=TIMEZONE) as warehouse:
        for table in sorted({name.partition(".")[0] for name in PROVIDED}):
            columns = sorted(
                name.partition(".")[2] for name in PROVIDED if name.startswith(f"{table}.")
            )
            greatest = ", ".join(f"max({identifier(column)})" for column in columns)
            warehouse.engine.fetch(f"SELECT {greatest} FROM main.{table}")
        lap("scan")


def pandas(folder: Path, lap: Lap, out: Path | None) -> None:
    """Pandas on the same tables as Parquet files."""
    from benchmarks.peers import pandas_model, pandas_segments
    from benchmarks.peers.pandas_facts import Facts

    facts = Facts(folder)
    clients = pandas_model.build(facts)
    lap("model")
    members = pandas_segments.choose(facts, clients)
    lap("segments")
    if out is not None:
        _write(out, "clients", pa.Table.from_pandas(clients, preserve_index=False))
        _write(out, "membership", pa.Table.from_pandas(members, preserve_index=False))


def polars(folder: Path, lap: Lap, out: Path | None) -> None:
    """Polars on the same tables as Parquet files."""
    from benchmarks.peers import polars_model, polars_segments
    from benchmarks.peers.polars_facts import read_facts

    facts = read_facts(folder)
    clients = polars_model.build(facts)
    lap("model")
    members = polars_segments.choose(facts, clients)
    lap("segments")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        clients.drop("client").write_parquet(out / "clients.parquet")
        members.write_parquet(out / "membership.parquet")


WAYS: Final[Mapping[str, Way]] = {
    "scan": scan,
    "audsync": audsync,
    "whole": partial(audsync, is_whole=True),
    "roomy": partial(audsync, memory=f"{half_of_the_memory()}B"),
    "polars": polars,
    "pandas": pandas,
}


def main(name: str, folder: str, out: str | None = None) -> None:
    """Run one way and print its figures."""
    parts: dict[str, float] = {}
    since = time.perf_counter()

    def lap(part: str) -> None:
        nonlocal since
        now = time.perf_counter()
        parts[part], since = now - since, now

    WAYS[name](Path(folder), lap, None if out is None else Path(out))
    print(json.dumps({"parts": parts, "peak_bytes": peak_bytes()}))


def _write(out: Path, table: str, rows: pa.Table) -> None:
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, out / f"{table}.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
