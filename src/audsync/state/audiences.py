"""Audiences: what each platform calls them, and which member file is the current one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audsync.contracts import AudienceInfo
from audsync.state.ledger import Ledger
from audsync.state.store import Row, Store


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience: a segment at one sink.

    `members` counts the people the platform confirmed, `uncertain` the rows that it may or may
    not hold; `member_file` is None before the first delivery. `status` is what the platform
    said of it when it was last opened.
    """

    audience: str
    sink: str
    remote_id: str
    name: str
    member_file: str | None
    rules_version: str | None
    members: int
    uncertain: int
    changed_by: str | None
    status: Mapping[str, object]

    @property
    def info(self) -> AudienceInfo:
        """The audience as its sink knows it."""
        return AudienceInfo(remote_id=self.remote_id, name=self.name)


class Audiences:
    """The audiences of one shop, by key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, audience: str) -> Audience | None:
        """The audience of that key; None before it was first opened."""
        rows = self._store.rows(
            "SELECT * FROM audiences WHERE audience = :audience", {"audience": audience}
        )
        return _audience(rows[0]) if rows else None

    def list(self) -> list[Audience]:
        """All audiences, by key."""
        return [
            _audience(row)
            for row in self._store.rows("SELECT * FROM audiences ORDER BY audience")
        ]

    def opened(self, audience: str, *, sink: str, info: AudienceInfo, at: datetime) -> None:
        """Record what the sink calls an audience, and says of it.

        Where that is another list than before, or the first, the ledger tells of it.
        """
        known = self.get(audience)
        place = {"sink": sink, "remote_id": info.remote_id}
        with self._store.transaction():
            if known is None or place != {"sink": known.sink, "remote_id": known.remote_id}:
                facts = {"audience": audience, **place}
                Ledger(self._store).append("opened", at=at, facts=facts)
            self._store.change(
                "INSERT INTO audiences (audience, sink, remote_id, name, status)"
                " VALUES (:audience, :sink, :remote_id, :name, :status)"
                " ON CONFLICT (audience) DO UPDATE"
                " SET sink = excluded.sink, remote_id = excluded.remote_id,"
                " name = excluded.name, status = excluded.status",
                {
                    "audience": audience,
                    "sink": sink,
                    "remote_id": info.remote_id,
                    "name": info.name,
                    "status": json.dumps(info.status, ensure_ascii=False, sort_keys=True),
                },
            )

    def point(
        self,
        audience: str,
        *,
        member_file: str | None,
        rules_version: str | None,
        members: int,
        uncertain: int,
        run: str,
    ) -> None:
        """Make another member file the current one; the file must be on disk already.

        The caller tells the ledger of it in the same transaction, by audience, file and run.
        """
        with self._store.transaction():
            self._store.change(
                "UPDATE audiences SET member_file = :member_file, members = :members,"
                " rules_version = :rules_version, uncertain = :uncertain, changed_by = :run"
                " WHERE audience = :audience",
                {
                    "audience": audience,
                    "member_file": member_file,
                    "rules_version": rules_version,
                    "members": members,
                    "uncertain": uncertain,
                    "run": run,
                },
            )


def _audience(row: Row) -> Audience:
    columns = {name: row[name] for name in row.keys()}  # noqa: SIM118 -- a Row iterates over values
    return Audience(**{**columns, "status": json.loads(columns["status"] or "{}")})
