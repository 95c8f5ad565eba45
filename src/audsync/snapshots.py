"""Snapshots: who was in a segment at one moment, kept as files that do not change.

`<folder>/<UTC time>-<segment>/` holds `members.csv` (the members as people read them),
`candidates.parquet` (every client who matched, by id, with the reason where the gate refused)
and `manifest.json`: counts, the SHA-256 of both files, the text of the rule, the day. They hold
people's data because somebody asked for it; the files go when their time is over, and a note in
the manifest says so.
"""

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audsync.errors import ConfigError, NotFoundError, StateError
from audsync.files import UNFINISHED, disk_trouble, sync_folder, write_whole
from audsync.identity.suppression import Suppression, Trace

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Text
    from audsync.segments import Segment

MEMBERS: Final = "members.csv"
CANDIDATES: Final = "candidates.parquet"
LATEST: Final = "latest"
_MANIFEST: Final = "manifest.json"
_DELETED: Final = "deleted"
_SCHEMA: Final = "audsync.snapshot/1"
_ID: Final = re.compile(r"\d{8}T\d{6}Z-[a-z0-9-]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot, as its manifest says.

    `files` are the SHA-256 of its files, `refused` counts those who matched and were no members
    by reason, `notes` say what became of it: `at`, `what`, `why`.
    """

    id: str
    shop: str
    segment: str
    name: str
    created_at: str
    as_of: str
    expires_on: str
    members: int
    candidates: int
    refused: Mapping[str, int]
    segment_text: str
    segment_hash: str
    files: Mapping[str, str]
    notes: tuple[Mapping[str, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether its files are still kept; people may have been taken out of them."""
        return not any(note["what"] == _DELETED for note in self.notes)


@dataclass(frozen=True, slots=True)
class Difference:
    """What two snapshots of segments do not share, by reason, and who it is.

    `changes` has the columns `client_id`, `change` (entered or left) and `reason`, sorted.
    """

    stayed: int
    entered: Mapping[str, int]
    left: Mapping[str, int]
    changes: "pa.Table" = field(repr=False)


class Snapshots:
    """The snapshots of one shop, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(
        self,
        *,
        shop: str,
        segment: "Segment",
        now: datetime,
        as_of: date,
        keep_days: int,
        members: bytes,
        candidates: "pa.Table",
    ) -> Snapshot:
        """Keep what was found; the snapshot is there whole or not at all.

        `candidates` has `client_id` and `reason`, null for members. `now` is aware. Raises
        ConfigError where the segment has one of the same second.
        """
        made = now.astimezone(UTC).replace(microsecond=0)
        files = {MEMBERS: members, CANDIDATES: _parquet(candidates)}
        reasons = [one for one in candidates["reason"].to_pylist() if one is not None]
        snapshot = Snapshot(
            id=f"{made:%Y%m%dT%H%M%SZ}-{segment.id}",
            shop=shop,
            segment=segment.id,
            name=segment.name,
            created_at=made.isoformat(),
            as_of=as_of.isoformat(),
            expires_on=(made.date() + timedelta(days=keep_days)).isoformat(),
            members=candidates.num_rows - len(reasons),
            candidates=candidates.num_rows,
            refused={reason: reasons.count(reason) for reason in sorted(set(reasons))},
            segment_text=segment.file.text,
            segment_hash=segment.text_hash,
            files={file: hashlib.sha256(data).hexdigest() for file, data in files.items()},
        )
        with disk_trouble(self.folder):
            self._write(snapshot, files)
        return snapshot

    def ids(self) -> tuple[str, ...]:
        """The ids of all snapshots, the latest first, also of damaged ones."""
        names = (path.name for path in self.folder.glob("*") if _ID.match(path.name))
        return tuple(sorted(names, reverse=True))

    def list(self) -> list[Snapshot]:
        """All snapshots, the latest first. Raises StateError for a manifest that is damaged."""
        return [_read(self.folder / name) for name in self.ids()]

    def find(self, snapshot: str) -> Snapshot:
        """The snapshot of that id, or the `latest`. Raises NotFoundError."""
        if snapshot == LATEST and (found := self.list()):
            return found[0]
        if not _ID.match(snapshot) or not (self.folder / snapshot / _MANIFEST).exists():
            raise NotFoundError(
                f'there is no snapshot "{snapshot}"; see: audsync snapshot list'
            )
        return _read(self.folder / snapshot)

    def file(self, snapshot: Snapshot, name: str) -> bytes:
        """The bytes of a file, as they were written.

        Raises NotFoundError where they are kept no more, StateError where they were changed.
        """
        if not snapshot.is_whole:
            note = snapshot.notes[-1]
            raise NotFoundError(
                f"the people of snapshot {snapshot.id} are kept no more: {note['what']} "
                f"{note['at'][:10]} ({note['why']})"
            )
        path = self.folder / snapshot.id / name
        with disk_trouble(path):
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != snapshot.files[name]:
            raise StateError(
                f"{path} was changed since it was written; bring it back from a backup, or "
                f"delete it: audsync snapshot delete {snapshot.id}"
            )
        return data

    def delete(self, snapshot: Snapshot) -> None:
        """Take a snapshot away with all that it holds."""
        place = self.folder / snapshot.id
        with disk_trouble(place):
            # Out of the list first: what is left of it by a kill is swept.
            gone = place.rename(self.folder / f".{snapshot.id}{UNFINISHED}")
            sync_folder(self.folder)
            shutil.rmtree(gone)

    def expire(self, now: datetime) -> tuple[Sequence[str], Sequence[str]]:
        """Delete the people of snapshots whose time is over, and note it.

        Returns the ids, and a sentence for each snapshot that is damaged and was passed over.
        """
        gone: list[str] = []
        damaged: list[str] = []
        if self.folder.exists():
            self._sweep()
        at = now.astimezone(UTC)
        note = {"at": at.isoformat(), "what": _DELETED, "why": "retention"}
        for name in self.ids():
            try:
                snapshot = _read(self.folder / name)
                if snapshot.is_whole and date.fromisoformat(snapshot.expires_on) <= at.date():
                    self._empty(snapshot, note)
                    gone.append(name)
            except StateError as error:
                damaged.append(str(error))
        return gone, damaged

    def take_out(self, told: Suppression, now: datetime) -> int:
        """Take forgotten people out of every snapshot, with a note; how many changed.

        May be called again after a kill.
        """
        return sum(
            self._take_out(snapshot, told, now) for snapshot in self.list() if snapshot.is_whole
        )

    def holding(self, told: Suppression) -> int:
        """How many snapshots `take_out` would change."""
        return sum(one.is_whole and self._cleared(one, told) is not None for one in self.list())

    def _cleared(
        self, snapshot: Snapshot, told: Suppression
    ) -> tuple[Mapping[str, bytes], Mapping[str, str | None]] | None:
        """Files and candidates without these people; None where none of them is in it."""
        with disk_trouble(place := self.folder / snapshot.id):
            held = {name: (place / name).read_bytes() for name in (MEMBERS, CANDIDATES)}
        candidates = _candidates(held[CANDIDATES])
        gone = {*told.marked(Trace.CUSTOMER, _texts([*candidates]))}
        left = {client: why for client, why in candidates.items() if client not in gone}
        members = [client for client, why in sorted(candidates.items()) if why is None]
        files = {
            MEMBERS: _without(held[MEMBERS], members, gone, told),
            CANDIDATES: _parquet(_rows(left)) if gone else held[CANDIDATES],
        }
        return None if files == held else (files, left)

    def _take_out(self, snapshot: Snapshot, told: Suppression, now: datetime) -> bool:
        changed = self._cleared(snapshot, told)
        if changed is None:
            return False
        files, left = changed
        place = self.folder / snapshot.id
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        if hashes != snapshot.files:
            # The manifest first: killed after it, this is found unfinished and done again.
            write_whole(place / _MANIFEST, _manifest(_noted(snapshot, left, hashes, now)))
        with disk_trouble(place):
            for name, data in files.items():
                write_whole(place / name, data)
        return True

    def difference(self, before: Snapshot, after: Snapshot) -> Difference:
        """Who entered and who left between two snapshots, and why."""
        then, now = (_candidates(self.file(one, CANDIDATES)) for one in (before, after))
        in_then = {client for client, reason in then.items() if reason is None}
        in_now = {client for client, reason in now.items() if reason is None}
        rows = [
            (client, "entered", "consented" if client in then else "matches")
            for client in in_now - in_then
        ] + [
            (client, "left", now.get(client) or "matches_no_more")
            for client in in_then - in_now
        ]
        return _difference(sorted(rows), stayed=len(in_then & in_now))

    def _write(self, snapshot: Snapshot, files: Mapping[str, bytes]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self.folder / snapshot.id
        if place.exists():
            raise ConfigError(f"{place} was made just now; wait a second and say it again")
        self._sweep()
        unfinished = self.folder / f".{snapshot.id}{UNFINISHED}"
        unfinished.mkdir(mode=0o700)
        for name, data in files.items():
            write_whole(unfinished / name, data)
        write_whole(unfinished / _MANIFEST, _manifest(snapshot))
        unfinished.rename(place)
        sync_folder(self.folder)

    def _empty(self, snapshot: Snapshot, note: Mapping[str, str]) -> None:
        place = self.folder / snapshot.id
        with disk_trouble(place):
            # The note first: a manifest that promises files must have them.
            noted = Snapshot(**{**asdict(snapshot), "notes": (*snapshot.notes, note)})
            write_whole(place / _MANIFEST, _manifest(noted))
            for name in snapshot.files:
                (place / name).unlink(missing_ok=True)
            sync_folder(place)

    def _sweep(self) -> None:
        """Delete what killed commands left: unfinished snapshots, files of those noted gone."""
        for left in self.folder.glob(f".*{UNFINISHED}"):
            shutil.rmtree(left)
        for place in (self.folder / name for name in self.ids()):
            with suppress(StateError):  # of a damaged one nothing is known
                snapshot = _read(place)
                for name in () if snapshot.is_whole else snapshot.files:
                    (place / name).unlink(missing_ok=True)


def _noted(
    snapshot: Snapshot,
    left: Mapping[str, str | None],
    hashes: Mapping[str, str],
    now: datetime,
) -> Snapshot:
    """The snapshot without people who were forgotten."""
    reasons = [reason for reason in left.values() if reason is not None]
    note = {"at": now.astimezone(UTC).isoformat(), "what": "changed", "why": "forget"}
    return replace(
        snapshot,
        members=len(left) - len(reasons),
        candidates=len(left),
        refused={reason: reasons.count(reason) for reason in sorted(set(reasons))},
        files=dict(hashes),
        notes=(*snapshot.notes, note),
    )


def _without(
    data: bytes, members: Sequence[str], gone: Collection[str], told: Suppression
) -> bytes:
    """A list of members, a line each in their order, without those who were forgotten."""
    lines = list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))
    cells = {_plain(cell) for row in lines for cell in row if "@" in cell}
    marked = {*told.marked_keys(_texts(sorted(cells)))}
    # Killed after the first of the two files, the next attempt finds lines of other members.
    owners = members if len(members) == len(lines) - 1 else [""] * (len(lines) - 1)
    kept = [
        row
        for row, owner in zip(lines[1:], owners, strict=True)
        if owner not in gone and marked.isdisjoint(map(_plain, row))
    ]
    if len(kept) == len(owners):
        return data
    text = StringIO(newline="")
    end = "\r\n" if b"\r\n" in data else "\n"
    csv.writer(text, lineterminator=end).writerows([*lines[:1], *kept])
    mark = b"\xef\xbb\xbf"
    return (mark if data.startswith(mark) else b"") + text.getvalue().encode()


def _plain(cell: str) -> str:
    """A cell as it is where no spreadsheet reads it."""
    return cell.removeprefix("'")


def _texts(texts: Sequence[str]) -> "Text":
    import pyarrow as pa

    return pa.chunked_array([texts], pa.string())


def _rows(candidates: Mapping[str, str | None]) -> "pa.Table":
    import pyarrow as pa

    clients = pa.array([*candidates], pa.string())
    reasons = pa.array([*candidates.values()], pa.string())
    return pa.Table.from_arrays([clients, reasons], ["client_id", "reason"])


def _manifest(snapshot: Snapshot) -> str:
    data = {"schema": _SCHEMA, **asdict(snapshot)}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _read(folder: Path) -> Snapshot:
    try:
        data: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if data.pop("schema") != _SCHEMA:
            raise StateError(f"{folder}: made by a newer audsync; install that one")
        return Snapshot(**{**data, "notes": tuple(data["notes"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{folder / _MANIFEST} cannot be read ({type(error).__name__}); bring it back from "
            "a backup, or delete the folder"
        ) from None


def _parquet(rows: "pa.Table") -> bytes:
    import pyarrow.parquet as pq

    data = BytesIO()
    pq.write_table(rows.select(["client_id", "reason"]).sort_by("client_id"), data)
    return data.getvalue()


def _candidates(data: bytes) -> dict[str, str | None]:
    import pyarrow.parquet as pq

    rows = pq.read_table(BytesIO(data))
    return {str(row["client_id"]): row["reason"] for row in rows.to_pylist()}


def _difference(rows: Sequence[tuple[str, str, str]], *, stayed: int) -> Difference:
    import pyarrow as pa

    counts: dict[str, dict[str, int]] = {"entered": {}, "left": {}}
    for _, change, reason in sorted(rows, key=lambda row: row[2]):
        counts[change][reason] = counts[change].get(reason, 0) + 1
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    names = ("client_id", "change", "reason")
    changes = pa.table(
        {
            name: pa.array(column, pa.string())
            for name, column in zip(names, columns, strict=True)
        }
    )
    return Difference(stayed, counts["entered"], counts["left"], changes)
