"""Whether anything was sent again that a platform had confirmed already."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from audsync.contracts import Operation
from audsync.state.snapshot import snapshot
from audsync.state.store import DATABASE
from audsync.testing.memory_sink import KEY_RULES, Row
from faults.platforms import platform_in
from faults.shops import PLATFORMS

Sending = tuple[str, Operation, Sequence[Row]]
_STATE: Final = Path("state") / "kolo"


@dataclass(frozen=True, slots=True)
class Past:
    """What a platform had received when a run ended, and what was on its way to it then."""

    received: Sequence[Sending]
    leaving: Sequence[Sending]


def pasts(folder: Path) -> dict[str, Past]:
    """The past of each platform, read after a disturbed run; changes nothing.

    Whether the platform has received what the journal says is leaving, no later run can know.
    """
    state = folder / _STATE
    leaving: dict[str, list[Sending]] = {name: [] for name in PLATFORMS}
    with (
        snapshot(state, is_active=False) as copy,
        closing(sqlite3.connect(copy / DATABASE)) as database,
    ):
        if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'batches'").fetchone():
            batches = database.execute(
                "SELECT sink, file, batch, operation, start, stop FROM batches"
                " JOIN plans USING (plan) JOIN audiences USING (audience)"
                " WHERE state = 'sending' AND sink IN (?, ?) ORDER BY id",
                PLATFORMS,
            )
            for sink, file, batch, operation, start, stop in batches.fetchall():
                plan = pq.read_table(state / "plans" / file, columns=list(KEY_RULES))
                keys = plan.slice(start, stop - start).to_pydict().values()
                rows = list(zip(*keys, strict=True))
                leaving[sink].append((batch, Operation(operation), rows))
    return {name: Past(platform_in(folder / name).sent, leaving[name]) for name in PLATFORMS}


def sent_twice(folder: Path, before: Mapping[str, Past]) -> int:
    """Rows of confirmed batches that were sent again; `before` is what `pasts` said."""
    with closing(sqlite3.connect(folder / _STATE / DATABASE)) as database:
        rows = database.execute("SELECT batch FROM batches WHERE state = 'confirmed'")
        confirmed = {key for (key,) in rows}
    return sum(
        repeats(
            [
                *past.received,
                *past.leaving,
                *platform_in(folder / name).sent[len(past.received) :],
            ],
            confirmed,
        )
        for name, past in before.items()
    )


def repeats(sendings: Iterable[Sending], confirmed: Collection[str]) -> int:
    """Rows that follow those of a confirmed batch in the same direction.

    Not where a batch that nobody confirmed came in between, whichever way it went: what it did
    to its rows is not known, so that they have to be sent again as they are wanted then.
    """
    twice = 0
    done: dict[tuple[str, Row], Operation] = {}
    for key, operation, rows in sendings:
        audience = key.split(".")[2]
        twice += sum(done.get((audience, row)) is operation for row in rows)
        for row in rows:
            done.pop((audience, row), None)
            if key in confirmed:
                done[audience, row] = operation
    return twice
