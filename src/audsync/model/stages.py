"""Runs the steps of the model on an engine, each into a temporary table of its own."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audsync.model.template import Params, fill, steps
from audsync.sql_text import identifier, literal

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine


class Stages:
    """The engine with the values that fill the placeholders of every step."""

    def __init__(self, engine: "Engine", values: Mapping[str, str], params: Params) -> None:
        self._engine = engine
        self._values = values
        self._params = params

    def run(self, *names: str) -> None:
        """Run steps in that order, each into the table of its name."""
        for name in names:
            self._engine.store(name, self._statement(name, {}))

    def run_for(self, name: str, *, into: str, **places: str | int) -> None:
        """Run a step that is written for several columns, tables or numbers, for these."""
        self._engine.store(into, self._statement(name, _texts(places)))

    def show(self, *names: str) -> None:
        """Make views of steps: they are not run unless somebody reads them."""
        for name in names:
            self._show(name, self._statement(name, {}))

    def show_for(self, name: str, *, into: str, **places: str | int) -> None:
        """Make a view of a step that is written for several of them, for these."""
        self._show(into, self._statement(name, _texts(places)))

    def show_together(self, name: str, tables: Sequence[str]) -> None:
        """Make a view of the rows of several tables of the same columns."""
        self._show(name, " UNION ALL ".join(f"SELECT * FROM {table}" for table in tables))

    def show_rest(self, name: str, *, of: str, but: Collection[str]) -> None:
        """Make a view of the columns of another, all but some."""
        columns = self.fetch(f"SELECT * FROM {of} LIMIT 0").column_names
        kept = ", ".join(identifier(column) for column in columns if column not in but)
        self._show(name, f"SELECT {kept} FROM {of}")

    def gather(self, name: str, tables: Sequence[str]) -> None:
        """Keep the rows of several tables of the same columns as one, and forget these."""
        self._engine.store(name, " UNION ALL ".join(f"SELECT * FROM {one}" for one in tables))
        self.drop(*tables)

    def drop(self, *names: str) -> None:
        """Forget tables whose last reader is done."""
        for name in names:
            self._engine.drop(name)

    def register(self, name: str, rows: "pa.Table") -> None:
        """Keep Arrow rows as a table."""
        self._engine.register(name, rows)

    def fetch(self, sql: str) -> "pa.Table":
        """The rows of one SELECT, whose placeholders are filled as in the steps."""
        return self._engine.fetch(fill(sql, self._values, self._params))

    def one(self, sql: str) -> dict[str, Any]:
        """The only row of one SELECT, by column."""
        (row,) = self.fetch(sql).to_pylist()
        return dict(row)

    def _show(self, name: str, sql: str) -> None:
        self._engine.execute(f"CREATE OR REPLACE TEMPORARY VIEW {identifier(name)} AS {sql}")

    def _statement(self, name: str, columns: Mapping[str, str]) -> str:
        return fill(steps()[name], {**self._values, **columns}, self._params)


def _texts(places: Mapping[str, str | int]) -> dict[str, str]:
    return {
        place: identifier(value) if isinstance(value, str) else literal(value)
        for place, value in places.items()
    }
