"""What a platform may hold of an audience, after what became of the batches sent to it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from audsync.contracts import Match, Operation
from audsync.sql_text import identifier, literal
from audsync.state.members import CLIENT, member_schema

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_LEFT, _ADDED, _REPLACED = 0, 1, 2  # phases of a plan


def fold(
    members: "pa.Table | None",
    decided: "pa.Table",
    silent: "pa.Table",
    *,
    match: Match,
    identifying: Sequence[str],
    rules_version: str,
) -> "pa.Table":
    """The member rows after `decided` operations of one plan, sorted by client and keys.

    `decided` has `phase`, `operation`, `client_id`, `confirmed_on`, `certain` and the key
    columns: rows the platform accepted (certain) or that nobody knows the fate of. `silent` has
    `client_id` and the key columns of rows that leave without anything to send. `identifying`
    names the columns by any of which a `Match.KEY` platform finds a member; a `Match.ROW`
    platform finds it by all columns.

    A confirmed removal takes its keys from the client's rows. A key that was spared, because
    another member has it, stays on the client's row until a row of that member stands for it
    here: so no key that a platform may hold is ever forgotten.
    """
    import duckdb

    keys = [name for name in silent.column_names if name != CLIENT]
    with duckdb.connect(":memory:") as engine:
        engine.register("given_members", _with_columns(members, keys, rules_version))
        engine.register("decided", decided)
        engine.register("silent", silent)
        engine.execute("CREATE TABLE m AS SELECT *, FALSE AS is_residue FROM given_members")
        found_by = [key for key in keys if key in identifying] if match is Match.KEY else keys
        step = _Steps(engine, keys, found_by, match)
        step.remove(_LEFT)
        step.add()
        step.remove(_REPLACED)
        step.leave_silently()
        step.drop_residue()
        rows = engine.execute(
            f"SELECT client_id, max(confirmed_on) AS confirmed_on, {_list(keys)} FROM m"
            f" GROUP BY client_id, {_list(keys)}"
            f" ORDER BY client_id, {', '.join(f'{identifier(key)} NULLS FIRST' for key in keys)}"
        ).to_arrow_table()
    return rows.cast(member_schema(keys, rules_version)).combine_chunks()


class _Steps:
    """The steps of one fold, each a statement or two over `m`, the rows so far."""

    def __init__(
        self,
        engine: "duckdb.DuckDBPyConnection",
        keys: Sequence[str],
        found_by: Sequence[str],
        match: Match,
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._found_by = found_by
        self._match = match

    def remove(self, phase: int) -> None:
        """Take confirmed removals out of `m`; make rows of unanswered ones uncertain."""
        chosen = f"operation = {literal(Operation.REMOVE)} AND phase = {phase}"
        if self._match is Match.ROW:
            same = f"m.client_id = d.client_id AND {_equal(self._keys, 'm', 'd')}"
            found = f"FROM decided AS d WHERE {chosen} AND {same}"
            self._engine.execute(f"DELETE FROM m WHERE EXISTS (SELECT 1 {found} AND d.certain)")
            self._engine.execute(
                f"UPDATE m SET confirmed_on = NULL WHERE EXISTS (SELECT 1 {found})"
            )
            return
        for certain in (True, False):
            self._take_keys(f"{chosen} AND certain = {literal(certain)}", certain=certain)

    def _take_keys(self, chosen: str, *, certain: bool) -> None:
        lists = ", ".join(
            f"list({identifier(key)}) FILTER (WHERE {identifier(key)} IS NOT NULL) AS {identifier(key)}"
            for key in self._found_by
        )
        hit = {
            key: f"coalesce(list_contains(g.{identifier(key)}, m.{identifier(key)}), FALSE)"
            for key in self._found_by
        }
        taken = [
            f"{identifier(key)} = CASE WHEN {hit[key]} THEN NULL ELSE m.{identifier(key)} END"
            for key in self._found_by
        ]
        changes = [*taken, "is_residue = TRUE"] if certain else ["confirmed_on = NULL"]
        self._engine.execute(
            f"UPDATE m SET {', '.join(changes)}"
            f" FROM (SELECT client_id, {lists} FROM decided WHERE {chosen} GROUP BY client_id) AS g"
            f" WHERE m.client_id = g.client_id AND ({' OR '.join(hit.values())})"
        )
        empty = " AND ".join(f"{identifier(key)} IS NULL" for key in self._found_by)
        self._engine.execute(f"DELETE FROM m WHERE {empty}")

    def add(self) -> None:
        """Put accepted members into `m`, and unanswered ones where their row is not there."""
        columns = f"client_id, confirmed_on, {_list(self._keys)}"
        same = f"m.client_id = d.client_id AND {_equal(self._keys, 'm', 'd')}"
        added = f"operation = {literal(Operation.ADD)} AND phase = {_ADDED}"
        self._engine.execute(
            f"DELETE FROM m WHERE EXISTS"
            f" (SELECT 1 FROM decided AS d WHERE {added} AND d.certain AND {same})"
        )
        self._engine.execute(
            f"INSERT INTO m SELECT {columns}, FALSE FROM decided AS d WHERE {added}"
            f" AND (d.certain OR NOT EXISTS (SELECT 1 FROM m WHERE {same}))"
        )

    def leave_silently(self) -> None:
        """Mark rows whose keys other members have, so that there was nothing to send."""
        same = f"m.client_id = s.client_id AND {_equal(self._keys, 'm', 's')}"
        self._engine.execute(
            f"UPDATE m SET is_residue = TRUE WHERE EXISTS (SELECT 1 FROM silent AS s WHERE {same})"
        )

    def drop_residue(self) -> None:
        """Drop what is left of rows that went, where rows that stay stand for every key of it."""
        other = "EXISTS (SELECT 1 FROM m AS o WHERE NOT o.is_residue AND "
        if self._match is Match.ROW:
            covered = f"{other}{_equal(self._keys, 'o', 'm')})"
        else:
            covered = " AND ".join(
                f"(m.{name} IS NULL OR {other}o.{name} = m.{name}))"
                for name in map(identifier, self._found_by)
            )
        self._engine.execute(f"DELETE FROM m WHERE is_residue AND {covered}")


def _with_columns(
    members: "pa.Table | None", keys: Sequence[str], rules_version: str
) -> "pa.Table":
    """Member rows in the columns of today's key rules; a key that is new is not known."""
    import pyarrow as pa

    schema = member_schema(keys, rules_version)
    if members is None:
        return schema.empty_table()
    return pa.table(
        [
            members[field.name]
            if field.name in members.column_names
            else pa.nulls(members.num_rows, field.type)
            for field in schema
        ],
        schema=schema,
    )


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(identifier, names))


def _equal(keys: Iterable[str], left: str, right: str) -> str:
    return " AND ".join(
        f"{left}.{identifier(key)} IS NOT DISTINCT FROM {right}.{identifier(key)}"
        for key in keys
    )
