"""What a shop is after a run, in a form that two of them can be compared by."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from audsync.contracts import Level
from audsync.run.proof import prove
from faults.platforms import platform_in
from faults.shops import PLATFORMS


def portrait(folder: Path) -> dict[str, Any]:
    """What must be equal after a disturbed and after an undisturbed run, as digests and counts.

    Files by name, what is in the sinks, members, the warehouse with its cursor, facts, bad
    rows. A run's own name and moment, and what only tells two changes apart, are left out.
    """
    state = folder / "state" / "kolo"
    # First of all, for what opens the stores may mend them.
    found = {
        "findings": [
            (one.level, one.message.replace(str(folder), ""))
            for one in prove(state).findings
            if one.level is not Level.OK
        ],
        "files": sorted(_names(folder)),
    }
    with closing(sqlite3.connect(f"file:{state}/state.sqlite?mode=ro", uri=True)) as database:
        found |= _database(database, state / "history")
    return found | {
        "sinks": _sinks(folder),
        "warehouse": _warehouse(state / "warehouse.duckdb"),
        "bad rows": _bad_rows(state / "quarantine"),
    }


def _names(folder: Path) -> Iterable[str]:
    """Every file below state and out; those that a run names by itself are left out."""
    for top in ("state", "out"):
        for path in (folder / top).rglob("*"):
            if path.parent.name not in {"quarantine", "history"}:
                yield path.relative_to(folder).as_posix()


def _database(database: sqlite3.Connection, folder: Path) -> dict[str, Any]:
    audiences = (
        "audience, sink, remote_id, name, member_file, rules_version, members, uncertain"
    )
    facts = dict(database.execute("SELECT name, value FROM facts"))
    settled = json.loads(facts.pop("settled_run", "null"))
    unfinished = "state IN ('sending', 'sent') OR NOT is_folded AND state != 'planned'"
    return {
        "audiences": database.execute(
            f"SELECT {audiences} FROM audiences ORDER BY 1"
        ).fetchall(),
        "facts": facts | {"is settled": bool(settled)},
        "open plans": database.execute("SELECT count(*) FROM plans WHERE is_open").fetchone(),
        "open batches": database.execute(
            f"SELECT count(*) FROM batches WHERE {unfinished}"
        ).fetchone(),
        "history": _stays(database, folder),
        "schema": database.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall(),
    }


def _stays(database: sqlite3.Connection, folder: Path) -> dict[str, Any]:
    """What became of each client of each audience, in order; steps are not counted."""
    moved: dict[str, list[bool]] = {}
    rows = database.execute("SELECT audience, file FROM history ORDER BY entry").fetchall()
    for audience, file in rows:
        for client, is_in in duckdb.read_parquet(str(folder / file)).fetchall():
            moved.setdefault(f"{audience} {client}", []).append(is_in)
    return dict(sorted(moved.items()))


def _sinks(folder: Path) -> dict[str, Any]:
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "out").glob("*"))
    }
    platforms = {
        name: {
            audience: _digest(sorted(map(repr, held)))
            for audience, held in sorted(platform_in(folder / name).held.items())
        }
        for name in PLATFORMS
    }
    return {"files": files, **platforms}


def _warehouse(file: Path) -> dict[str, Any]:
    with duckdb.connect(str(file), read_only=True) as warehouse:
        tables = [name for (name,) in warehouse.execute("SHOW TABLES").fetchall()]
        found: dict[str, Any] = {
            name: _digest(
                sorted(map(repr, warehouse.execute(f'SELECT * FROM "{name}"').fetchall()))
            )
            for name in tables
            if name != "about"
        }
        about = dict(warehouse.execute("SELECT item, value FROM about").fetchall())
    # A warehouse that was pulled anew counts its changes from one again.
    generation = int(about.pop("generation", 0))
    resolved = json.loads(about.pop("resolved", "null")) or {}
    about["is resolved"] = resolved.get("generation") == generation
    return found | {"about": {name: about[name] for name in about if name != "revision"}}


def _bad_rows(folder: Path) -> list[str]:
    """The entries of all quarantine files, each once."""
    lines = {line for file in folder.glob("*") for line in file.read_text().splitlines()}
    return sorted(line for line in lines if "counts" not in json.loads(line))


def _digest(rows: list[str]) -> str:
    return f"{len(rows)} {hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]}"


def sendings(folder: Path) -> dict[str, Any]:
    """What was sent so far, and when files were written: a quiet run changes none of it."""
    written = {path.name: path.stat().st_mtime_ns for path in (folder / "out").glob("*")}
    return written | {name: len(platform_in(folder / name).sent) for name in PLATFORMS}
