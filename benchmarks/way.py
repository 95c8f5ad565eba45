"""One way of making `clients` and the segments, in a process of its own.

`python -m benchmarks.way NAME FOLDER [OUT]` prints one JSON object with the seconds of each
part and the peak memory; with OUT the answers are written there when the clock has stopped.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

Lap = Callable[[str], None]
WAREHOUSE: Final = "warehouse.duckdb"


def ours(folder: Path, lap: Lap, out: Path | None) -> None:
    """Audsync as a run does it, on the shop's DuckDB file."""
    from audsync.warehouse import Warehouse
    from benchmarks.ours import build, choose
    from benchmarks.shop import TIMEZONE

    with Warehouse(folder / WAREHOUSE, timezone=TIMEZONE) as warehouse:
        build(warehouse.engine)
        lap("model")
        choose(warehouse.engine)
        lap("segments")
        if out is not None:
            for table in ("clients", "membership"):
                _write(out, table, warehouse.engine.fetch(f"SELECT * FROM {table}"))


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


WAYS: Final[dict[str, Callable[[Path, Lap, Path | None], None]]] = {
    "ours": ours,
    "pandas": pandas,
    "polars": polars,
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
    print(json.dumps({"parts": parts, "peak_bytes": _peak_bytes()}))


def _peak_bytes() -> int:
    """The most memory that this process has held; unlike rusage, without its parent's."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _write(out: Path, table: str, rows: pa.Table) -> None:
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, out / f"{table}.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
