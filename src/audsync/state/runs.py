"""Runs: what was started when, and how it ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audsync.state.store import Row, Store


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command; `finished_at` and `exit_code` are None while it is at work."""

    id: str
    command: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    summary: Mapping[str, object] | None


class Runs:
    """The runs of one shop. Times are aware; ids are the caller's: UTC time and a suffix."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def start(self, run: str, *, command: str, as_of: datetime, started_at: datetime) -> None:
        """Record that a run begins; the id of a run that was begun before continues it."""
        with self._store.transaction():
            self._store.change(
                "INSERT INTO runs (run, command, as_of, started_at)"
                " VALUES (:run, :command, :as_of, :started_at) ON CONFLICT (run) DO UPDATE"
                " SET command = excluded.command, as_of = excluded.as_of,"
                " finished_at = NULL, exit_code = NULL, summary = NULL",
                {
                    "run": run,
                    "command": command,
                    "as_of": as_of.isoformat(),
                    "started_at": started_at.isoformat(),
                },
            )

    def finish(
        self,
        run: str,
        *,
        finished_at: datetime,
        exit_code: int,
        summary: Mapping[str, object],
    ) -> None:
        """Record how a run ended; `summary` holds JSON values and nothing of a person."""
        with self._store.transaction():
            self._store.change(
                "UPDATE runs SET finished_at = :finished_at, exit_code = :exit_code,"
                " summary = :summary WHERE run = :run",
                {
                    "run": run,
                    "finished_at": finished_at.isoformat(),
                    "exit_code": int(exit_code),
                    "summary": json.dumps(summary, ensure_ascii=False, sort_keys=True),
                },
            )

    def latest(self, limit: int = 50) -> list[Run]:
        """The latest runs, the newest first."""
        rows = self._store.rows(
            "SELECT * FROM runs ORDER BY started_at DESC, run DESC LIMIT :limit",
            {"limit": limit},
        )
        return [_run(row) for row in rows]

    def find(self, run: str) -> Run | None:
        """The run of that id; None when there is none."""
        rows = self._store.rows("SELECT * FROM runs WHERE run = :run", {"run": run})
        return _run(rows[0]) if rows else None


def _run(row: Row) -> Run:
    finished, summary = row["finished_at"], row["summary"]
    return Run(
        id=row["run"],
        command=row["command"],
        as_of=datetime.fromisoformat(row["as_of"]),
        started_at=datetime.fromisoformat(row["started_at"]),
        finished_at=None if finished is None else datetime.fromisoformat(finished),
        exit_code=row["exit_code"],
        summary=None if summary is None else json.loads(summary),
    )
