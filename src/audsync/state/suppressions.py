"""Who is to be forgotten, as marks, and how far that has come: `audsync forget`."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from audsync.state.chain import marks_told
from audsync.state.ledger import Ledger
from audsync.state.store import Row, Store

# Of facts: what tells the key of the marks from another one.
KEY_FACT: Final = "suppression_key"


@dataclass(frozen=True, slots=True)
class Forgetting:
    """One person who asked to be forgotten; `finished_at` is None while that is under way.

    `erased_at` names the sinks that took the person out of every audience of their account.
    `receipt` holds counts and names.
    """

    id: str
    asked_at: datetime
    finished_at: datetime | None
    erased_at: tuple[str, ...]
    receipt: Mapping[str, object] | None


class Suppressions:
    """Marks and requests of one shop, each change told in the ledger.

    Nothing here tells who somebody is.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ledger = Ledger(store)

    def marks(self, request: str | None = None) -> set[str]:
        """All marks, or those of one request."""
        rows = self._store.rows(
            "SELECT DISTINCT mark FROM suppressions WHERE coalesce(request = :request, 1)",
            {"request": request},
        )
        return {row["mark"] for row in rows}

    def told_marks(self) -> dict[str, object]:
        """What the ledger says of the marks as they are."""
        rows = self._store.rows("SELECT mark, request FROM suppressions")
        return marks_told([(row["mark"], row["request"]) for row in rows])

    def ask(self, request: str, marks: Collection[str], *, at: datetime) -> None:
        """Take a request in, with its marks; from here on the person stays away."""
        with self._store.transaction():
            self._store.change(
                "INSERT INTO forget_requests (request, asked_at, erased_at)"
                " VALUES (:request, :asked_at, '[]')",
                {"request": request, "asked_at": at.isoformat()},
            )
            self._ledger.append("forget_asked", at=at, facts={"request": request})
            self.keep(marks, request=request)

    def keep(self, marks: Collection[str], *, request: str = "") -> None:
        """Keep further marks, which belong to a request where it is known."""
        with self._store.transaction():
            before = self.told_marks()
            for mark in marks:
                self._store.change(
                    "INSERT INTO suppressions (mark, request) VALUES (:mark, :request)"
                    " ON CONFLICT DO NOTHING",
                    {"mark": mark, "request": request},
                )
            told = self.told_marks()
            if told != before:
                self._ledger.append("marked", at=datetime.now(UTC), facts=told)

    def of_marks(self, marks: Collection[str]) -> Forgetting | None:
        """The latest request with one of these marks."""
        found = [
            row["request"]
            for mark in marks
            for row in self._store.rows(
                "SELECT request FROM suppressions WHERE mark = :mark", {"mark": mark}
            )
        ]
        requests = [one for one in self.requests() if one.id in found]
        return requests[-1] if requests else None

    def requests(self) -> list[Forgetting]:
        """All requests, the oldest first."""
        return [
            _forgetting(row)
            for row in self._store.rows(
                "SELECT * FROM forget_requests ORDER BY asked_at, request"
            )
        ]

    def pending(self) -> list[Forgetting]:
        """The requests that are under way, the oldest first."""
        return [one for one in self.requests() if one.finished_at is None]

    def erased(self, request: Forgetting, sink: str) -> None:
        """The sink has taken the person out of every audience of its account."""
        with self._store.transaction():
            (now,) = [one for one in self.requests() if one.id == request.id]
            self._store.change(
                "UPDATE forget_requests SET erased_at = :erased_at WHERE request = :request",
                {
                    "request": request.id,
                    "erased_at": json.dumps(sorted({*now.erased_at, sink})),
                },
            )
            facts = {"request": request.id, "sink": sink}
            self._ledger.append("erased_at_sink", at=datetime.now(UTC), facts=facts)

    def told(
        self, request: str, receipt: Mapping[str, object], *, finished_at: datetime | None
    ) -> None:
        """Keep what has been done so far; with `finished_at` all of it."""
        with self._store.transaction():
            self._store.change(
                "UPDATE forget_requests SET receipt = :receipt, finished_at = :finished_at"
                " WHERE request = :request",
                {
                    "request": request,
                    "receipt": json.dumps(receipt, ensure_ascii=False, sort_keys=True),
                    "finished_at": None if finished_at is None else finished_at.isoformat(),
                },
            )


def _forgetting(row: Row) -> Forgetting:
    finished, receipt = row["finished_at"], row["receipt"]
    return Forgetting(
        id=row["request"],
        asked_at=datetime.fromisoformat(row["asked_at"]),
        finished_at=None if finished is None else datetime.fromisoformat(finished),
        erased_at=tuple(json.loads(row["erased_at"])),
        receipt=None if receipt is None else json.loads(receipt),
    )
