"""Facts: small values that one run leaves for the next, such as the last consent share."""

import json

from audsync.state.store import Store


class Facts:
    """Names and JSON values; nothing of a person belongs here."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> object | None:
        """The value left under that name; None when there is none."""
        rows = self._store.rows("SELECT value FROM facts WHERE name = :name", {"name": name})
        return json.loads(rows[0]["value"]) if rows else None

    def all(self) -> dict[str, object]:
        """Every value by its name."""
        rows = self._store.rows("SELECT name, value FROM facts ORDER BY name")
        return {row["name"]: json.loads(row["value"]) for row in rows}

    def put(self, name: str, value: object) -> None:
        """Leave a JSON-serialisable value in the place of the one before."""
        with self._store.transaction():
            self._store.change(
                "INSERT INTO facts (name, value) VALUES (:name, :value)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                {"name": name, "value": json.dumps(value, sort_keys=True)},
            )
