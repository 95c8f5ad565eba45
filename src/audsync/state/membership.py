"""What a platform may hold of an audience, after what became of the batches sent to it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from audsync.columns import mask
from audsync.contracts import VALUE, Match, Operation
from audsync.match_keys import Kinds
from audsync.plan.rows import chosen, contained, kinds_in
from audsync.sql_text import identifier, literal
from audsync.state.members import CLIENT, CONFIRMED, WANTED, member_schema

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from audsync.columns import Mask

_LEFT, _ADDED, _REPLACED, _RESTORED = 0, 1, 2, 3  # phases of a plan


def fold(
    members: "pa.Table | None",
    decided: "pa.Table",
    silent: "pa.Table",
    *,
    match: Match,
    kinds: Kinds,
    rules_version: str,
) -> "pa.Table":
    """The member rows after `decided` operations of one plan, sorted by client and keys.

    `decided` has `phase`, `operation`, `wanted_as`, `client_id`, `confirmed_on`, `certain` and
    the key columns: rows the platform accepted (certain) or that nobody knows the fate of.
    `silent` has `wanted_as`, `client_id` and the key columns of rows that leave without
    anything to send. `wanted_as` is the client id under which a person is wanted, null for who
    leaves. `kinds` are the columns by any of which a `Match.KEY` platform finds a member,
    whichever of a kind has the value; a `Match.ROW` platform finds it by all columns, and with
    `Match.EITHER` nobody knows: a removal takes its own row, and leaves every row that shares a
    key with it uncertain. With `Match.PERSON` it takes its keys, and leaves uncertain who
    shares any key with a row that had one of them. What a member is worth is no key, and goes
    with its row.

    A confirmed removal takes its keys from the client's rows. A key that was spared, because
    another member has it, stays on the client's row until a row of that member stands for it
    here: so no key that a platform may hold is ever forgotten. The old row of a person who is
    wanted stays until a new one is confirmed as well: else whoever has a new address that the
    platform refused would be nobody, and drop out with the last other member of the old one.
    """
    import pyarrow as pa

    names = [name for name in silent.column_names if name not in (WANTED, CLIENT)]
    held = _with_columns(members, names, rules_version)
    new = _newcomers(held, decided, silent)
    if not new.any():
        return _by_steps(held, decided, silent, match=match, kinds=kinds)
    # They meet no row of theirs and, as nobody leaves, none of others: a first delivery.
    added = chosen(decided.select(held.column_names), new).cast(held.schema)
    if new.all():
        return pa.concat_tables([held, added]).sort_by(CLIENT).combine_chunks()
    rest = decided.filter(pa.array(~new))
    met = contained(held[CLIENT], rest[CLIENT])
    folded = _by_steps(held.filter(pa.array(met)), rest, silent, match=match, kinds=kinds)
    rows = pa.concat_tables([held.filter(pa.array(~met)), folded, added])
    return rows.sort_by(CLIENT).combine_chunks()


def _newcomers(held: "pa.Table", decided: "pa.Table", silent: "pa.Table") -> "Mask":
    """Additions of clients who have no row and come once, where nobody leaves; else none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    none: Mask = np.zeros(decided.num_rows, dtype=np.bool_)
    leaving = mask(pc.not_equal(decided["operation"], pa.scalar(Operation.ADD.value)))
    if silent.num_rows or leaving.any():
        return none
    clients = decided[CLIENT].combine_chunks()
    codes = np.asarray(clients.dictionary_encode().indices)
    once: Mask = np.bincount(codes)[codes] == 1 if len(codes) else none
    return once & ~contained(decided[CLIENT], held[CLIENT])


def _by_steps(
    held: "pa.Table",
    decided: "pa.Table",
    silent: "pa.Table",
    *,
    match: Match,
    kinds: Kinds,
) -> "pa.Table":
    """The fold, of all rows that may have to do with one another."""
    names = [name for name in held.column_names if name not in (CLIENT, CONFIRMED)]
    keys = [identifier(name) for name in names if name != VALUE]
    with _engine().cursor() as engine:
        engine.register("given_members", held)
        engine.register("decided", decided)
        engine.register("silent", silent)
        engine.execute(
            "CREATE TEMP TABLE m AS SELECT *, FALSE AS is_residue, NULL::VARCHAR AS wanted_as,"
            " FALSE AS is_doubted"
            " FROM given_members"
        )
        found_by = [tuple(map(identifier, kind)) for kind in kinds_in(held, kinds)]
        values = [identifier(name) for name in names if name == VALUE]
        steps = _Steps(engine, keys, values, found_by, match)
        steps.remove(_LEFT)
        steps.add(_ADDED)
        steps.remove(_REPLACED)
        steps.add(_RESTORED)
        if silent.num_rows:
            steps.leave_silently()
        steps.drop_residue()
        order = ", ".join(f"{key} NULLS FIRST" for key in keys)
        worth = "".join(f", max({value}) AS {value}" for value in values)
        rows: pa.Table = engine.sql(
            "SELECT client_id, max(confirmed_on) FILTER (NOT is_doubted) AS confirmed_on,"
            f" {', '.join(keys)}{worth}"
            f" FROM m GROUP BY client_id, {', '.join(keys)} ORDER BY client_id, {order}"
        ).to_arrow_table()
    return rows.cast(held.schema).combine_chunks()


def fold_replacement(
    members: "pa.Table | None",
    decided: "pa.Table",
    late: "pa.Table",
    names: Sequence[str],
    *,
    is_whole: bool,
    rules_version: str,
) -> "pa.Table":
    """The member rows after a replacement by `decided` rows, sorted as `fold` does.

    Of one that `is_whole` these are all there are, but for `late` ones: `client_id` and keys of
    rows that an earlier plan may still add, and which are uncertain. Of one that is not, nobody
    knows who is in the audience: old rows and new ones are uncertain. `names` are the columns
    of the keys.
    """
    keys = ", ".join(identifier(name) for name in names if name != VALUE)
    worth = "".join(f", max({identifier(name)}) AS {VALUE}" for name in names if name == VALUE)
    order = ", ".join(f"{identifier(name)} NULLS FIRST" for name in names if name != VALUE)
    columns = ", ".join(["client_id", "confirmed_on", *map(identifier, names)])
    may_come = columns.replace("confirmed_on", "CAST(NULL AS DATE)", 1)
    with _engine().cursor() as engine:
        engine.register("decided", decided)
        engine.register("late", late)
        engine.register("given_members", _with_columns(members, names, rules_version))
        old = "" if is_whole else f" UNION ALL SELECT {columns} FROM given_members"
        day = "max(confirmed_on)" if is_whole else "CAST(NULL AS DATE)"
        rows: pa.Table = engine.sql(
            f"SELECT client_id, {day} AS confirmed_on, {keys}{worth}"
            f" FROM (SELECT {columns} FROM decided"
            f" UNION ALL SELECT {may_come} FROM late{old})"
            f" GROUP BY client_id, {keys} ORDER BY client_id, {order}"
        ).to_arrow_table()
    return rows.cast(member_schema(names, rules_version)).combine_chunks()


def moved(members: "pa.Table", columns: Mapping[str, str]) -> "pa.Table":
    """Member rows without some columns, whose keys stand in another one, in rows of their own.

    `columns` says for each that goes which one of its kind stays.
    """
    import pyarrow as pa

    rows = [members.drop_columns(list(columns))]
    for name, other in columns.items():
        theirs = members.filter(members[name].is_valid())
        alone = theirs.select([CLIENT, CONFIRMED]).append_column(other, theirs[name])
        rows.append(alone.replace_schema_metadata(members.schema.metadata))
    return pa.concat_tables(rows, promote_options="default").combine_chunks()


@cache
def _engine() -> "duckdb.DuckDBPyConnection":
    """One for all folds, since to open it takes longer than a small fold.

    A cursor of it is a connection of its own, with which its temporary tables end.
    """
    import duckdb

    return duckdb.connect(":memory:")


class _Steps:
    """The steps of one fold, each a statement or two over `m`, the rows so far.

    `keys` are the key columns as SQL names, `values` those that are no keys; `kinds` the keys
    by any of which the platform finds a member, or may find it, unless by the whole row.
    """

    def __init__(
        self,
        engine: "duckdb.DuckDBPyConnection",
        keys: Sequence[str],
        values: Sequence[str],
        kinds: Kinds,
        match: Match,
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._values = values
        self._kind_of = {key: kind for kind in kinds for key in kind}
        self._match = match
        parts = engine.sql("SELECT DISTINCT phase, operation, certain FROM decided")
        self._parts = frozenset(parts.fetchall())

    def _is_any(self, phase: int, operation: Operation, *, certain: bool) -> bool:
        return (phase, operation.value, certain) in self._parts

    def remove(self, phase: int) -> None:
        """Take confirmed removals out of `m`; make rows of unanswered ones uncertain."""
        chosen = f"operation = {literal(Operation.REMOVE)} AND phase = {phase}"
        # A statement that finds nothing takes as long as one that does.
        parts = [
            (f"{chosen} AND {'certain' if certain else 'NOT certain'}", certain)
            for certain in (True, False)
            if self._is_any(phase, Operation.REMOVE, certain=certain)
        ]
        if self._match.removes_rows:
            if parts:
                self._remove_rows(chosen)
            return
        if self._match is Match.PERSON and parts:
            self._doubt(chosen)
        for part, certain in parts:
            self._take_keys(part, certain=certain)
        for part, certain in parts:
            self._take_from_others(part, certain=certain)
        empty = " AND ".join(f"{key} IS NULL" for key in self._kind_of)
        self._engine.execute(f"DELETE FROM m WHERE {empty}")

    def _remove_rows(self, chosen: str) -> None:
        """Take whole rows; whoever else has one: the platform has it once, or not at all."""
        found = f"FROM decided AS d WHERE {chosen} AND {_equal(self._keys, 'm', 'd')}"
        self._engine.execute(f"DELETE FROM m WHERE EXISTS (SELECT 1 {found} AND d.certain)")
        self._engine.execute(
            f"UPDATE m SET confirmed_on = NULL WHERE EXISTS (SELECT 1 {found})"
        )
        if self._match is Match.EITHER:
            self._take_from_others(chosen, certain=False)

    def _doubt(self, chosen: str) -> None:
        """Make uncertain who shares a key with a row of which a key is removed.

        What stands for the keys of a row that went is not changed by it: the platform has taken
        it once, and it is only to be sent again.
        """
        named = self._is_any_of("decided", chosen)
        self._engine.execute(f"CREATE OR REPLACE TEMP TABLE met AS FROM m WHERE {named}")
        shared = self._is_any_of("met")
        self._engine.execute(f"UPDATE m SET is_doubted = TRUE WHERE {shared}")

    def _is_any_of(self, table: str, chosen: str = "TRUE") -> str:
        """That a key of `m` is one of the same kind in chosen rows of a table."""
        return " OR ".join(self._is_among(key, table, chosen) for key in self._kind_of)

    def _is_among(self, key: str, table: str, chosen: str) -> str:
        found = " UNION ALL ".join(
            f"SELECT o.{one} FROM {table} AS o WHERE {chosen} AND o.{one} IS NOT NULL"
            for one in self._kind_of[key]
        )
        return f"coalesce(m.{key} IN ({found}), FALSE)"

    def _take_keys(self, chosen: str, *, certain: bool) -> None:
        """Null the keys of a client that were removed; a row without any is gone."""
        gone = ", ".join(
            f"list({key}) FILTER ({key} IS NOT NULL) AS {key}" for key in self._kind_of
        )
        hit = {
            key: " OR ".join(
                f"coalesce(list_contains(g.{one}, m.{key}), FALSE)" for one in kind
            )
            for key, kind in self._kind_of.items()
        }
        taken = self._nulled(hit)
        residue = ["is_residue = TRUE", "wanted_as = g.wanted_as"]
        changes = [*taken, *residue] if certain else ["confirmed_on = NULL"]
        self._engine.execute(
            f"UPDATE m SET {', '.join(changes)} FROM"
            f" (SELECT client_id, max(wanted_as) AS wanted_as, {gone} FROM decided"
            f" WHERE {chosen} GROUP BY client_id) AS g"
            f" WHERE m.client_id = g.client_id AND ({' OR '.join(hit.values())})"
        )

    def _take_from_others(self, chosen: str, *, certain: bool) -> None:
        """Take the removed keys from rows of other clients: the platform has keys, no clients.

        The plan spares what others are to have; here are rows that nobody wants any more.
        """
        hit = {key: self._is_among(key, "decided", chosen) for key in self._kind_of}
        changes = self._nulled(hit) if certain else ["confirmed_on = NULL"]
        self._engine.execute(
            f"UPDATE m SET {', '.join(changes)} WHERE {' OR '.join(hit.values())}"
        )

    def _nulled(self, hit: Mapping[str, str]) -> list[str]:
        return [
            f"{key} = CASE WHEN {is_hit} THEN NULL ELSE m.{key} END"
            for key, is_hit in hit.items()
        ]

    def add(self, phase: int) -> None:
        """Put accepted members into `m`, and unanswered ones where their row is not there."""
        if not any(self._is_any(phase, Operation.ADD, certain=one) for one in (True, False)):
            return
        columns = ", ".join(("client_id", "confirmed_on", *self._keys, *self._values))
        added = f"operation = {literal(Operation.ADD)} AND phase = {phase}"
        again = f"FROM decided AS d WHERE {added} AND d.certain AND {self._same_row('d')}"
        self._engine.execute(f"DELETE FROM m WHERE EXISTS (SELECT 1 {again})")
        self._engine.execute(
            f"INSERT INTO m ({columns}, is_residue, is_doubted) SELECT {columns}, FALSE, FALSE"
            f" FROM decided AS d WHERE {added}"
            f" AND (d.certain OR NOT EXISTS (SELECT 1 FROM m WHERE {self._same_row('d')}))"
        )

    def leave_silently(self) -> None:
        """Mark rows whose keys other members have, so that there was nothing to send."""
        self._engine.execute(
            "UPDATE m SET is_residue = TRUE, wanted_as = s.wanted_as FROM silent AS s"
            f" WHERE {self._same_row('s')}"
        )

    def drop_residue(self) -> None:
        """Drop what is left of rows that went, where rows that stay stand for all its keys.

        Of a person who is wanted, the new row must be confirmed too.
        """
        other = "EXISTS (SELECT 1 FROM m AS o WHERE NOT o.is_residue AND "
        if self._match.removes_rows:
            covered = f"{other}{_equal(self._keys, 'o', 'm')})"
        else:
            held = {
                key: " OR ".join(f"{other}o.{one} = m.{key})" for one in kind)
                for key, kind in self._kind_of.items()
            }
            covered = " AND ".join(f"(m.{key} IS NULL OR {held[key]})" for key in held)
        renewed = f"{other}o.confirmed_on IS NOT NULL AND o.client_id = m.wanted_as)"
        self._engine.execute(
            f"DELETE FROM m WHERE is_residue AND {covered} AND (wanted_as IS NULL OR {renewed})"
        )

    def _same_row(self, other: str) -> str:
        return f"m.client_id = {other}.client_id AND {_equal(self._keys, 'm', other)}"


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


def _equal(keys: Iterable[str], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{key} IS NOT DISTINCT FROM {right}.{key}" for key in keys)
