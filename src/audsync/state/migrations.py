"""The tables of `state.sqlite`, as named steps that are each applied once."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from audsync.state.chain import ADD, LAST, START, marks_told, next_entry

_FIRST_TABLES: Final = (
    "CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT",
    """CREATE TABLE runs (
        run TEXT PRIMARY KEY,
        command TEXT NOT NULL,
        as_of TEXT NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        exit_code INTEGER,
        summary TEXT) STRICT""",
    """CREATE TABLE audiences (
        audience TEXT PRIMARY KEY,
        sink TEXT NOT NULL,
        remote_id TEXT NOT NULL,
        name TEXT NOT NULL,
        member_file TEXT,
        rules_version TEXT,
        members INTEGER NOT NULL DEFAULT 0,
        uncertain INTEGER NOT NULL DEFAULT 0,
        changed_by TEXT) STRICT""",
    """CREATE TABLE plans (
        plan INTEGER PRIMARY KEY,
        run TEXT NOT NULL,
        audience TEXT NOT NULL REFERENCES audiences,
        file TEXT NOT NULL,
        rules_version TEXT NOT NULL,
        match TEXT NOT NULL,
        identifying TEXT NOT NULL,
        made_on TEXT NOT NULL,
        is_open INTEGER NOT NULL DEFAULT 1) STRICT""",
    """CREATE TABLE batches (
        id INTEGER PRIMARY KEY,
        plan INTEGER NOT NULL REFERENCES plans,
        batch TEXT NOT NULL,
        number INTEGER NOT NULL,
        phase INTEGER NOT NULL,
        operation TEXT NOT NULL,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'planned' CHECK (state IN
            ('planned', 'sending', 'sent', 'confirmed', 'rejected', 'unknown')),
        receipt TEXT,
        sent_at TEXT,
        outcome TEXT,
        is_folded INTEGER NOT NULL DEFAULT 0,
        UNIQUE (plan, number)) STRICT""",
    """CREATE TABLE ledger (
        entry INTEGER PRIMARY KEY,
        body TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL) STRICT""",
    """CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_is_never_cut BEFORE DELETE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)


def first_tables(connection: sqlite3.Connection) -> None:
    """Runs, audiences, plans and their batches, the ledger, facts."""
    for statement in _FIRST_TABLES:
        connection.execute(statement)


def status_of_audiences(connection: sqlite3.Connection) -> None:
    """What the platform says of each audience."""
    connection.execute("ALTER TABLE audiences ADD COLUMN status TEXT")


_FORGOTTEN: Final = (
    """CREATE TABLE suppressions (
        mark TEXT NOT NULL,
        request TEXT NOT NULL,
        PRIMARY KEY (mark, request)) STRICT""",
    """CREATE TABLE forget_requests (
        request TEXT PRIMARY KEY,
        asked_at TEXT NOT NULL,
        finished_at TEXT,
        erased_at TEXT NOT NULL,
        receipt TEXT) STRICT""",
)


def forgotten_people(connection: sqlite3.Connection) -> None:
    """Marks of people who were forgotten, and their requests."""
    for statement in _FORGOTTEN:
        connection.execute(statement)


def history_of_audiences(connection: sqlite3.Connection) -> None:
    """Who came into audiences and left them, in files."""
    connection.execute(
        """CREATE TABLE history (
            entry INTEGER PRIMARY KEY,
            audience TEXT NOT NULL REFERENCES audiences,
            run TEXT NOT NULL,
            at TEXT NOT NULL,
            file TEXT NOT NULL) STRICT"""
    )


def when_outcomes_were_known(connection: sqlite3.Connection) -> None:
    """Which plans there were when an outcome was known; all of them for earlier batches."""
    connection.execute("ALTER TABLE batches ADD COLUMN known_since INTEGER REFERENCES plans")
    connection.execute(
        "UPDATE batches SET known_since = (SELECT max(plan) FROM plans)"
        " WHERE outcome IS NOT NULL"
    )


def ledger_of_what_is_held(connection: sqlite3.Connection) -> None:
    """The ledger's word on each audience, on marks and requests, which it had not of all."""
    plans = connection.execute("SELECT coalesce(max(plan), 0) FROM plans").fetchone()[0]
    moves = connection.execute("SELECT coalesce(max(entry), 0) FROM history").fetchone()[0]
    for audience, sink, remote_id, file, run in connection.execute(
        "SELECT audience, sink, remote_id, member_file, changed_by FROM audiences ORDER BY 1"
    ).fetchall():
        _note(
            connection,
            {
                "event": "noted",
                "audience": audience,
                "sink": sink,
                "remote_id": remote_id,
                "member_file": file,
                "run": run,
                "plans_closed": plans,
                "moves_closed": moves,
            },
        )
    if marks := connection.execute("SELECT mark, request FROM suppressions").fetchall():
        _note(connection, {"event": "marked", **marks_told(marks)})
    for request, sinks in connection.execute(
        "SELECT request, erased_at FROM forget_requests ORDER BY asked_at, request"
    ).fetchall():
        for sink in json.loads(sinks):
            _note(connection, {"event": "erased_at_sink", "request": request, "sink": sink})


def _note(connection: sqlite3.Connection, body: dict[str, object]) -> None:
    last = connection.execute(LAST).fetchone()
    entry = next_entry(
        last[0] if last else START, {"at": datetime.now(UTC).isoformat(), **body}
    )
    connection.execute(ADD, entry)


# In the order they are applied; the place in this tuple, from 1, is the schema version.
MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    first_tables,
    status_of_audiences,
    forgotten_people,
    history_of_audiences,
    when_outcomes_were_known,
    ledger_of_what_is_held,
)
