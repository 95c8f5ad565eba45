"""One pull of a fake IdoSell panel into a folder: what it took, and how much of it was waiting.

`python -m benchmarks.idosell_pull URL KEY FOLDER` prints JSON.
"""

import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audsync.contracts import Calls, Context
from audsync.pull import pull
from audsync.quarantine import QuarantineLimits
from audsync.warehouse import HeldRows, Warehouse
from audsync_source_idosell import IdoSellOptions, IdoSellSource
from audsync_source_idosell.transport import Transport
from benchmarks.child import peak_bytes

_SHOP = 2


@dataclass(frozen=True, slots=True)
class _Key:
    text: str

    def reveal(self) -> str:
        """The key of the fake."""
        return self.text


class _Watched(Transport):
    """Calls whose seconds between question and answer are added up."""

    waited = 0.0

    def _answered(self, *given: Any) -> Any:
        started = time.perf_counter()
        try:
            return super()._answered(*given)
        finally:
            _Watched.waited += time.perf_counter() - started


class _Source(IdoSellSource):
    """The source with these calls."""

    def _transport(self) -> Transport:
        return _Watched(self._options, self._context)


def main(url: str, key: str, folder: Path) -> None:
    """Pull, and print calls, rows, seconds and peak."""
    calls = Calls()
    folder.mkdir(exist_ok=True)
    started = time.perf_counter()
    with Warehouse(folder / "warehouse.duckdb", timezone="Europe/Warsaw") as warehouse:
        context = Context(
            *("shop", "Europe/Warsaw", "PL", "PLN"),
            folder,
            lambda text: folder / text,
            secret=lambda _: _Key(key),
            held=HeldRows(warehouse.engine),
            calls=calls,
        )
        options = IdoSellOptions(url=url, shop_id=_SHOP, pause_seconds=0.0)
        report = pull(
            _Source(options, context),
            warehouse,
            until=datetime.now(UTC),
            country="PL",
            limits=QuarantineLimits(),
            source_percent=80,
            quarantine_file=folder / "quarantine.jsonl",
            progress=lambda *_: None,
        )
    wall = time.perf_counter() - started
    held = {name: counts.held for name, counts in report.tables.items()}
    figures = {"calls": calls.made, "wall": wall, "waiting": _Watched.waited, "held": held}
    print(json.dumps({**figures, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
