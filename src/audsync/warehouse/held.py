"""What a source may ask of the rows that are held."""

from collections.abc import Mapping
from typing import Any, Final

from audsync.contracts import Held
from audsync.errors import TableError
from audsync.identity.hiding import Hiding
from audsync.sql_text import identifier, literal
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
            _check(name, column)
        text = identifier(column)
        tests = []
        for name, value in (having or {}).items():
            _check(table, name)
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

    def kept(self, text: str) -> str:
        """The text as the pull writes it."""
        return text if self._hiding is None else self._hiding.text(text)


def _check(table: str, column: str) -> None:
    declared = TABLES[table].column(column) if table in TABLES else None
    if declared is None or declared.kind is not Kind.TEXT or declared.personal:
        raise TableError(f"{table}.{column}: a source cannot ask for what is held there")


_: Final[type[Held]] = HeldRows
