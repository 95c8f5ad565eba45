"""What a source may ask of the rows that are held."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from audsync.contracts import Held
from audsync.errors import TableError
from audsync.identity.hiding import Hiding
from audsync.sql_text import identifier, literal, literals
from audsync.tables import TABLES, Kind
from audsync.warehouse.engine import DuckEngine


class HeldRows:
    """`contracts.Held` of one warehouse; `hiding` is how its identities are hidden, if so."""

    def __init__(self, engine: DuckEngine, hiding: Hiding | None = None) -> None:
        self._engine = engine
        self._hiding = hiding

    def texts(
        self,
        table: str,
        column: str,
        *,
        but_not_in: str | None = None,
        having: Mapping[str, str] | None = None,
        after: str = "",
        limit: int = 1_000,
    ) -> list[str]:
        """Distinct texts of a column that names nobody, in order."""
        for name in (table, but_not_in or table):
            _check(name, column, Kind.TEXT)
        text = identifier(column)
        tests = []
        for name, value in (having or {}).items():
            _check(table, name, Kind.TEXT)
            tests.append(f" AND t.{identifier(name)} = {literal(value)}")
        lacking = (
            ""
            if but_not_in is None
            else f" AND NOT EXISTS (SELECT 1 FROM main.{but_not_in} AS o "
            f"WHERE o.{text} = t.{text})"
        )
        rows = self._engine.fetch(
            f"SELECT DISTINCT t.{text} AS text FROM main.{table} AS t "
            f"WHERE t.{text} > {literal(after)}{lacking}{''.join(tests)} "
            f"ORDER BY text LIMIT {int(limit)}"
        )
        found: list[Any] = rows["text"].to_pylist()
        return found

    def times(self, table: str, column: str, keys: Sequence[str]) -> dict[str, datetime]:
        """Times of a column, by the key of their rows."""
        _check(table, column, Kind.TIME)
        (key,) = map(identifier, TABLES[table].key)
        kept = {self.kept(one): one for one in keys}
        rows = self._engine.fetch(
            f"SELECT t.{key} AS key, t.{identifier(column)} AS moment FROM main.{table} AS t "
            f"WHERE t.{key} IN {literals(kept)} AND t.{identifier(column)} IS NOT NULL"
        )
        return {kept[row["key"]]: row["moment"].replace(tzinfo=UTC) for row in rows.to_pylist()}

    def kept(self, text: str) -> str:
        """The text as the pull writes it."""
        return text if self._hiding is None else self._hiding.text(text)


def _check(table: str, column: str, kind: Kind) -> None:
    declared = TABLES[table].column(column) if table in TABLES else None
    if declared is None or declared.kind is not kind or declared.personal:
        raise TableError(f"{table}.{column}: a source cannot ask for what is held there")


_: Final[type[Held]] = HeldRows
