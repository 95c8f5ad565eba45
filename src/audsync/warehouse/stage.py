"""Rows of a pull on their way into a table: collected, made unique, compared, merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from audsync.identity.hiding import FAULT_COLUMNS, Hiding
from audsync.identity.normal import NORMAL_COLUMNS, count_faults
from audsync.identity.suppression import Suppression
from audsync.sql_text import identifier
from audsync.tables import Table
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.facts import stage_facts
from audsync.warehouse.forgotten import keep_out
from audsync.warehouse.people import store_normal_forms
from audsync.warehouse.schema import WITH_PEOPLE

if TYPE_CHECKING:
    import pyarrow as pa

_SEQUENCE = "row_sequence"


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Rows that lost against a later row of the same key and other content.

    `first` has the place in the pull and the key of some of them: a list of (row number, key).
    """

    count: int
    first: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did to the rows of one table."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    kept_out: int = 0
    normal_dropped: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Rows touched."""
        return self.new + self.changed + self.removed


class Stage:
    """The rows that a pull sent for one table and that are not yet in it.

    They lie in temporary tables, so they may exceed memory and are gone when the process is.
    Temporary tables may be written to disk, so with `hiding` rows are hidden before they are
    collected; else normal forms are made of rows that are merged. `country` is the shop's.
    People whom `suppression` tells are kept out of what is merged.
    """

    def __init__(
        self,
        engine: DuckEngine,
        table: Table,
        columns: Mapping[str, str],
        *,
        country: str,
        hiding: Hiding | None = None,
        suppression: Suppression | None = None,
    ) -> None:
        self._engine = engine
        self._table = table
        self._country = country
        self._hiding = hiding
        self._suppression = suppression
        self._columns: list[str] = []
        self._faults: list[str] = []
        self._key = [identifier(name) for name in table.key]
        self._staged = f"staged_{table.name}"
        self._told = f"told_{table.name}"
        self._changed = f"changed_{table.name}"
        engine.execute(f"CREATE OR REPLACE TEMPORARY TABLE {self._staged} ({_SEQUENCE} BIGINT)")
        engine.execute(f"CREATE OR REPLACE TEMPORARY TABLE {self._told} (owner VARCHAR)")
        self.widen(columns)
        if hiding is not None and table.name in WITH_PEOPLE:
            self.widen(dict.fromkeys(NORMAL_COLUMNS, "VARCHAR"))
            self._faults = [identifier(name) for name in FAULT_COLUMNS]
            for name in self._faults:
                self._add_column(name, "VARCHAR")

    def widen(self, columns: Mapping[str, str]) -> None:
        """Make room for columns that came up after the first page."""
        for name, kind in columns.items():
            column = identifier(name)
            if column not in self._columns:
                self._add_column(column, kind)
                self._columns.append(column)

    def _add_column(self, column: str, kind: str) -> None:
        self._engine.execute(f"ALTER TABLE temp.{self._staged} ADD COLUMN {column} {kind}")

    def add(self, rows: "pa.Table", *, first_number: int, whole_of: Sequence[str] = ()) -> None:
        """Collect rows; later ones win, so `first_number` must grow from call to call.

        Of the owners in `whole_of`, values of the first column of the key, these rows are all
        there are: what was collected of them before is forgotten, and what is held will go.
        """
        import numpy as np
        import pyarrow as pa

        if whole_of:
            self._tell(whole_of)

        if self._hiding is not None:
            hidden = self._hiding.hide(self._table.name, rows, country=self._country)
            stage_facts(self._engine, hidden.facts)
            rows = hidden.rows
        numbers = np.arange(first_number, first_number + rows.num_rows)
        handed = "audsync_page"
        with self._engine.handed_over(handed, rows.append_column(_SEQUENCE, pa.array(numbers))):
            self._engine.execute(
                f"INSERT INTO temp.{self._staged} BY NAME SELECT * FROM {handed}"
            )

    def _tell(self, owners: Sequence[str]) -> None:
        import pyarrow as pa

        kept = [self._hiding.text(one) for one in owners] if self._hiding else list(owners)
        told, first = pa.table({"owner": pa.array(kept, pa.string())}), self._key[0]
        with self._engine.handed_over("audsync_owners", told):
            self._engine.execute(
                f"DELETE FROM temp.{self._staged} AS s USING audsync_owners AS o "
                f"WHERE s.{first} = o.owner"
            )
            self._engine.execute(f"INSERT INTO temp.{self._told} SELECT * FROM audsync_owners")

    def drop_duplicates(self, *, show: int) -> Duplicates:
        """Keep the last row of each key; count the lost ones whose content was another."""
        last = (
            f"SELECT {self._list('', self._key)}, max({_SEQUENCE}) AS last "
            f"FROM temp.{self._staged} GROUP BY {self._list('', self._key)} HAVING count(*) > 1"
        )
        self._engine.store("repeated_keys", last)
        if not self._engine.rows("temp.repeated_keys"):
            return Duplicates(0, ())
        lost = (
            f"temp.{self._staged} AS l JOIN temp.repeated_keys AS r ON {self._same('l', 'r')}"
        )
        winner = f"JOIN temp.{self._staged} AS w ON w.{_SEQUENCE} = r.last"
        key = " || ' ' || ".join(f"CAST(l.{name} AS VARCHAR)" for name in self._key)
        self._engine.store(
            "lost_rows",
            f"SELECT l.{_SEQUENCE} AS number, {key} AS key FROM {lost} {winner} "
            f"WHERE l.{_SEQUENCE} < r.last AND ({self._differs('l', 'w')})",
        )
        self._engine.execute(
            f"DELETE FROM temp.{self._staged} AS l USING temp.repeated_keys AS r "
            f"WHERE {self._same('l', 'r')} AND l.{_SEQUENCE} < r.last"
        )
        first = self._engine.fetch(
            f"SELECT number, key FROM temp.lost_rows ORDER BY number LIMIT {show}"
        )
        pairs = tuple((row["number"], row["key"]) for row in first.to_pylist())
        return Duplicates(self._engine.rows("temp.lost_rows"), pairs)

    @property
    def count(self) -> int:
        """Rows collected."""
        return self._engine.rows(f"temp.{self._staged}")

    @property
    def leaving(self) -> int:
        """Rows of the table that a merge would remove since their owners were told whole."""
        return self._engine.rows(f"main.{self._table.name} AS t WHERE {self._untold()}")

    def _untold(self) -> str:
        """Test of a stored row `t`: its owner was told whole, and the row was not collected."""
        return f"t.{self._key[0]} IN (SELECT owner FROM temp.{self._told}) AND {self._absent()}"

    def _absent(self) -> str:
        return (
            f"NOT EXISTS (SELECT 1 FROM temp.{self._staged} AS s WHERE {self._same('s', 't')})"
        )

    def merge(self, *, replaces: bool) -> Merged:
        """Bring the table to what was collected, which must be unique by key.

        Rows that are the same already are not touched. Rows that were not collected are
        removed where their owners were told whole, and with `replaces` in any case.
        """
        engine, stored = self._engine, f"main.{self._table.name}"
        gone_test = self._absent() if replaces else self._untold()
        removed = engine.change(f"DELETE FROM {stored} AS t WHERE {gone_test}")
        engine.store(
            self._changed,
            f"SELECT {self._list('s.', self._columns + self._faults)} "
            f"FROM temp.{self._staged} AS s "
            f"LEFT JOIN {stored} AS t ON {self._same('s', 't')} "
            f"WHERE t.{self._key[0]} IS NULL OR {self._differs('s', 't')}",
        )
        kept_out = self._keep_out(stored)
        touched = engine.rows(f"temp.{self._changed}")
        if not touched:
            return Merged(removed=removed, kept_out=kept_out)
        gone = engine.change(
            f"DELETE FROM {stored} AS t USING temp.{self._changed} AS c "
            f"WHERE {self._same('c', 't')}"
        )
        dropped = self._insert()
        return Merged(touched - gone, gone, removed, kept_out, dropped)

    def _keep_out(self, stored: str) -> int:
        """Leave out of the changed rows who was forgotten; how many rows."""
        if self._suppression is None:
            return 0
        kept_out = keep_out(
            self._engine,
            self._table.name,
            self._changed,
            self._suppression,
            country=self._country,
            hides=self._hiding is not None,
        )
        # A number that was taken out may have been all that differed.
        self._engine.change(
            f"DELETE FROM temp.{self._changed} AS s USING {stored} AS t "
            f"WHERE {self._same('s', 't')} AND NOT ({self._differs('s', 't')})"
        )
        return kept_out

    def forget(self) -> None:
        """Drop the temporary tables."""
        for name in (self._staged, self._told, self._changed, "repeated_keys", "lost_rows"):
            self._engine.drop(name)

    def _insert(self) -> Mapping[str, int]:
        engine, table = self._engine, self._table
        if table.name not in WITH_PEOPLE or self._faults:
            engine.execute(
                f"INSERT INTO main.{table.name} BY NAME "
                f"SELECT {self._list('', self._columns)} FROM temp.{self._changed}"
            )
            return self._count_faults()
        dropped = store_normal_forms(
            engine, table.name, rows_of=f"temp.{self._changed}", country=self._country
        )
        normal = self._list("n.", [identifier(name) for name in NORMAL_COLUMNS])
        engine.execute(
            f"INSERT INTO main.{table.name} BY NAME SELECT c.*, {normal} "
            f"FROM temp.{self._changed} AS c JOIN temp.normal_forms AS n "
            f"ON {self._same('c', 'n')}"
        )
        engine.drop("normal_forms")
        return dropped

    def _count_faults(self) -> Mapping[str, int]:
        if not self._faults:
            return {}
        faults = f"SELECT {self._list('', self._faults)} FROM temp.{self._changed}"
        return count_faults(self._engine.fetch(faults))

    def _same(self, one: str, other: str) -> str:
        return " AND ".join(f"{one}.{name} = {other}.{name}" for name in self._key)

    def _differs(self, one: str, other: str) -> str:
        return " OR ".join(f"{one}.{c} IS DISTINCT FROM {other}.{c}" for c in self._columns)

    @staticmethod
    def _list(prefix: str, names: list[str]) -> str:
        return ", ".join(prefix + name for name in names)
