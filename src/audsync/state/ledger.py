"""The ledger: who ran what, when and with which effect, in a chain that shows any change.

Entries hold counts, rules and file hashes, never an identifier of a person. What they say of
the other tables is compared with these by `state.told`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from audsync.errors import StateError
from audsync.state.chain import ADD, LAST, START, link, next_entry
from audsync.state.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, numbered from 1; `body` has `at`, `event` and what the event says."""

    number: int
    body: Mapping[str, object]
    previous: str
    hash: str


class Ledger:
    """The append-only ledger of one shop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append(self, event: str, *, at: datetime, facts: Mapping[str, object]) -> str:
        """Add an entry and return its hash; `facts` are JSON values: counts and names."""
        with self._store.transaction():
            rows = self._store.rows(LAST)
            entry = next_entry(
                rows[0]["hash"] if rows else START,
                {"at": at.isoformat(), "event": event, **facts},
            )
            self._store.change(ADD, entry)
        return entry["hash"]

    def entries(self) -> Sequence[Entry]:
        """All entries, the oldest first."""
        return [
            Entry(row["entry"], json.loads(row["body"]), row["previous"], row["hash"])
            for row in self._store.rows("SELECT * FROM ledger ORDER BY entry")
        ]

    def verify(self, *, expect: str | None = None) -> str:
        """Prove the chain; returns the last hash, which a reader may note elsewhere.

        Raises StateError naming the first entry that does not follow from the one before it,
        and where a hash that was noted earlier, `expect`, is not in the chain: entries at its
        end may have been cut off, or all of it made anew.
        """
        previous = START
        rows = self._store.rows("SELECT * FROM ledger ORDER BY entry")
        for number, row in enumerate(rows, start=1):
            follows = row["entry"] == number and row["previous"] == previous
            if not follows or row["hash"] != link(previous, row["body"]):
                raise StateError(
                    f"ledger: entry {number} does not follow from the one before it, so it or"
                    " its neighbour was changed; compare with a backup of the state folder"
                )
            previous = row["hash"]
        if expect is not None and expect not in {START, *(row["hash"] for row in rows)}:
            raise StateError(
                f"ledger: none of its {len(rows)} entries has the hash that was noted, so that"
                " it was cut off or made anew; compare with a backup of the state folder"
            )
        return previous
