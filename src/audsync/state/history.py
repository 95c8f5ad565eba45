"""Who was in which audience, from when to when, by which run: `audsync where`.

Each change of a member list leaves a file of the clients who came and who left, and a row that
says when and by which run. A file holds `client_id` and `is_in` and nothing else of a person.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audsync.plan.rows import contained
from audsync.state.members import CLIENT, Files
from audsync.state.store import Row, Store

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Text


@dataclass(frozen=True, slots=True)
class Moves:
    """Clients who came into an audience or left it, as one run's deliveries had it."""

    id: int
    audience: str
    run: str
    at: datetime
    file: str


@dataclass(frozen=True, slots=True)
class Stay:
    """One client's time in an audience; None where it began before the history, or lasts."""

    audience: str
    began_at: datetime | None
    began_by: str | None
    ended_at: datetime | None
    ended_by: str | None


class History:
    """The moves of one shop, in the order they happened."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.files = Files(folder, needed_to="tell who was in an audience, and when")

    def write(self, before: "pa.Table | None", after: "pa.Table | None") -> str | None:
        """Keep who came and who left between two member lists; None where nobody did."""
        import pyarrow as pa

        old, new = _clients(before), _clients(after)
        came = new.filter(pa.array(~contained(new, old)))
        left = old.filter(pa.array(~contained(old, new)))
        if not len(came) and not len(left):
            return None
        flags = [True] * len(came) + [False] * len(left)
        clients = pa.chunked_array([*came.chunks, *left.chunks], pa.string())
        moved = pa.table({CLIENT: clients.combine_chunks(), "is_in": pa.array(flags)})
        return self.files.write(moved.sort_by(CLIENT))

    def add(self, audience: str, *, run: str, at: datetime, file: str) -> None:
        """Record moves whose file is written, as part of a transaction that may be open."""
        with self._store.transaction():
            self._store.change(
                "INSERT INTO history (audience, run, at, file)"
                " VALUES (:audience, :run, :at, :file)",
                {"audience": audience, "run": run, "at": at.isoformat(), "file": file},
            )

    def moves(self) -> list[Moves]:
        """All moves, the oldest first."""
        return [_moves(row) for row in self._store.rows("SELECT * FROM history ORDER BY entry")]

    def last_moves(self, moves: Sequence[Moves]) -> "pa.Table":
        """Each client of these moves, in their order, with where the last one left them."""
        import pyarrow as pa

        found = pa.table({CLIENT: pa.array([], pa.string()), "is_in": pa.array([], pa.bool_())})
        for one in moves:
            rows = self.files.read(one.file)
            earlier = found.filter(pa.array(~contained(found[CLIENT], rows[CLIENT])))
            found = pa.concat_tables([earlier, rows])
        return found

    def stays(self, clients: Collection[str]) -> list[Stay]:
        """The times that these clients spent in audiences, by audience, then in order."""
        found = [
            stay
            for audience in sorted({one.audience for one in self.moves()})
            for stay in self._stays_in(audience, clients)
        ]
        return sorted(found, key=lambda one: one.audience)

    def _stays_in(self, audience: str, clients: Collection[str]) -> Iterator[Stay]:
        import pyarrow as pa

        began: dict[str, Moves | None] = {}
        ids = pa.chunked_array([sorted(clients)], pa.string())
        for moves in self.moves():
            if moves.audience != audience:
                continue
            rows = self.files.read(moves.file)
            for row in rows.filter(pa.array(contained(rows[CLIENT], ids))).to_pylist():
                if row["is_in"]:
                    began[row[CLIENT]] = moves
                else:
                    yield _stay(audience, began.pop(row[CLIENT], None), moves)
        for first in began.values():
            yield _stay(audience, first, None)

    def rewrite(self, moves: Moves, rows: "pa.Table") -> None:
        """Put other rows in the place of those that one file held; without any it goes."""
        file = self.files.write(rows) if rows.num_rows else None
        with self._store.transaction():
            if file is None:
                self._drop(moves)
            else:
                self._store.change(
                    "UPDATE history SET file = :file WHERE entry = :entry",
                    {"file": file, "entry": moves.id},
                )

    def expire(self, *, before: datetime) -> None:
        """Forget moves of before that moment."""
        with self._store.transaction():
            for moves in self.moves():
                if moves.at < before:
                    self._drop(moves)

    def sweep(self) -> int:
        """Delete the files that nothing points at; returns how many."""
        return self.files.sweep({one.file for one in self.moves()})

    def _drop(self, moves: Moves) -> None:
        self._store.change("DELETE FROM history WHERE entry = :entry", {"entry": moves.id})


def _clients(members: "pa.Table | None") -> "Text":
    import pyarrow as pa

    clients: Any = [] if members is None else members[CLIENT].unique()
    return pa.chunked_array([clients], pa.string())


def _stay(audience: str, first: Moves | None, last: Moves | None) -> Stay:
    return Stay(
        audience,
        None if first is None else first.at,
        None if first is None else first.run,
        None if last is None else last.at,
        None if last is None else last.run,
    )


def _moves(row: Row) -> Moves:
    return Moves(
        id=row["entry"],
        audience=row["audience"],
        run=row["run"],
        at=datetime.fromisoformat(row["at"]),
        file=row["file"],
    )
