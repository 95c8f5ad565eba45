"""Rows of people who were forgotten: found by their marks, taken out, kept out.

A row is of a forgotten person where its account, its order or its address is marked, or its
phone number and it has no other name. A number that somebody else gave as well, as in a
household, is taken out of that row, which stays.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from audsync.columns import distinct
from audsync.contracts import KeyRule
from audsync.identity.facts import KINDS
from audsync.identity.normal import RAW_COLUMNS, add_normal_forms
from audsync.identity.suppression import (
    MAILBOX_DIGEST,
    OWN_DIGEST,
    Suppression,
    Trace,
    digests_of,
)
from audsync.sql_text import identifier, literal, literals
from audsync.tables import TABLES
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.schema import WITH_PEOPLE

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Text

_VALUES: Final = "forgotten_values"
_FORMS: Final = "forgotten_forms"
_OF_PERSON: Final[Mapping[Trace, str]] = {
    Trace.CUSTOMER: "customer_id",
    Trace.EMAIL: KINDS["email"],
    Trace.PHONE: KINDS["phone"],
}
# The columns that tell whose a row is.
_COLUMNS: Final[Mapping[str, Mapping[Trace, str]]] = {
    "customers": _OF_PERSON,
    "orders": {Trace.ORDER: "order_id", **_OF_PERSON},
    "order_lines": {Trace.ORDER: "order_id"},
    "returns": {Trace.ORDER: "order_id", Trace.CUSTOMER: "customer_id"},
    "visits": {Trace.CUSTOMER: "customer_id", Trace.EMAIL: KINDS["email"]},
    "messages": _OF_PERSON,
    "consents": _OF_PERSON,
}
_WITH_PHONES: Final = tuple(table for table, told in _COLUMNS.items() if Trace.PHONE in told)
# What must be missing for a phone number alone to say whose a row is.
_OTHER_NAMES: Final = {
    "customers": (KINDS["email"],),
    "orders": (KINDS["email"], "customer_id"),
    "messages": (KINDS["email"], "customer_id"),
    "consents": (KINDS["email"], "customer_id"),
}
_PHONES: Final = ("phone", KINDS["phone"])
_OF_FORMS: Final = (Trace.EMAIL, Trace.PHONE)
# The table of whose rows each id is the key.
_ID_OF: Final = {Trace.CUSTOMER: "customers", Trace.ORDER: "orders"}


def erase_forgotten(
    engine: DuckEngine, suppression: Suppression, *, hides: bool
) -> dict[str, int]:
    """Delete the rows of forgotten people, in the transaction that is open; how many, by table.

    Their orders and accounts are marked before, so that they stay away. `hides` says that
    identities are hidden.
    """
    trace(engine, suppression, hides=hides)
    erased = {
        table: engine.change(f"DELETE FROM main.{table} AS t WHERE {_is_forgotten(table, 't')}")
        for table in _COLUMNS
    }
    for table in _WITH_PHONES:
        erased[f"{table}_phones"] = _blank_phones(engine, f"main.{table}")
    engine.drop(_VALUES)
    return {table: count for table, count in erased.items() if count}


def trace(engine: DuckEngine, suppression: Suppression, *, hides: bool) -> None:
    """Leave what is marked in a temporary table, and mark the ids of rows found by it."""
    _note(engine, suppression, list(Trace), hides=hides)
    for kind, table in _ID_OF.items():
        column = _COLUMNS[table][kind]
        found = engine.fetch(
            f"SELECT {column} AS id FROM main.{table} AS t WHERE {_is_forgotten(table, 't')}"
        )
        if suppression.learn(suppression.marks_of(kind, distinct(found["id"]))):
            _note(engine, suppression, [kind], hides=hides)


def blank_shared_phones(engine: DuckEngine, suppression: Suppression, *, hides: bool) -> int:
    """Take the numbers of forgotten people out of the rows of others; how many rows.

    Part of the transaction that is open.
    """
    _note(engine, suppression, list(Trace), hides=hides)
    blanked = sum(
        _blank_phones(engine, f"main.{table} AS t", f"NOT {_is_forgotten(table, 't')}")
        for table in _WITH_PHONES
    )
    engine.drop(_VALUES)
    return blanked


def widen(
    engine: DuckEngine, suppression: Suppression, rules: Iterable[KeyRule], *, hides: bool
) -> None:
    """Mark all by which the clients of marked rows are known.

    That is accounts, orders, addresses and phone numbers. `rules` are those of the sinks, whose
    digests are marked as well; where identities are hidden these digests are facts.
    """
    trace(engine, suppression, hides=hides)
    engine.store("forgotten_clients", _clients())
    chosen = "IN (SELECT client_id FROM temp.forgotten_clients)"
    customers = f"SELECT customer_id FROM main.account_clients WHERE client_id {chosen}"
    orders = f"SELECT order_id FROM main.order_clients WHERE client_id {chosen}"
    found = {
        Trace.CUSTOMER: f"{customers} UNION SELECT client_id FROM temp.forgotten_clients",
        Trace.ORDER: orders,
    }
    marks: set[str] = set()
    for kind, sql in found.items():
        ids = engine.fetch(f"SELECT * FROM ({sql}) AS f(id)")["id"]
        marks |= suppression.marks_of(kind, distinct(ids))
    for kind in _OF_FORMS:
        column = KINDS[kind]
        values = engine.fetch(
            f"SELECT {column} AS value FROM main.customers WHERE customer_id IN ({customers}) "
            f"UNION SELECT {column} FROM main.orders WHERE order_id IN ({orders})"
        )["value"]
        digests = (
            _facts(engine, kind, values)
            if hides
            else {one for form in distinct(values) for one in digests_of(kind, form, rules)}
        )
        marks |= suppression.marks_of(kind, digests)
    suppression.learn(marks)
    engine.drop("forgotten_clients")
    engine.drop(_VALUES)


def values_of(engine: DuckEngine, suppression: Suppression, *, hides: bool) -> "pa.Table":
    """Addresses and numbers of the rows of forgotten people: `kind` and `value`.

    Normal forms, or the pseudonyms that stand for them.
    """
    trace(engine, suppression, hides=hides)
    parts = [
        f"SELECT {literal(kind.value)} AS kind, {KINDS[kind]} AS value FROM main.{table} AS t "
        f"WHERE {KINDS[kind]} IS NOT NULL AND {_is_forgotten(table, 't')}"
        for kind in _OF_FORMS
        for table, told in _COLUMNS.items()
        if kind in told
    ]
    found = engine.fetch(f"{' UNION '.join(parts)} ORDER BY kind, value")
    engine.drop(_VALUES)
    return found


def forgotten_clients(
    engine: DuckEngine, suppression: Suppression, *, hides: bool
) -> list[str]:
    """The clients to whom a row of a forgotten person belongs, in order."""
    _note(engine, suppression, list(Trace), hides=hides)
    found = engine.fetch(f"{_clients()} ORDER BY client_id")
    engine.drop(_VALUES)
    return distinct(found["client_id"])


def count_rows(engine: DuckEngine, suppression: Suppression, *, hides: bool) -> dict[str, int]:
    """How many rows of each table are of forgotten people."""
    trace(engine, suppression, hides=hides)
    counts = {
        table: engine.rows(f"main.{table} AS t WHERE {_is_forgotten(table, 't')}")
        for table in _COLUMNS
    }
    engine.drop(_VALUES)
    return counts


def keep_out(
    engine: DuckEngine,
    table: str,
    staged: str,
    suppression: Suppression,
    *,
    country: str,
    hides: bool,
) -> int:
    """Take forgotten people out of rows that are to be stored in a table; how many rows.

    `staged` is a temporary table of such rows; those that stay lose marked phone numbers.
    What the rows are told by is marked, so that what belongs to them stays out too.
    """
    if table not in _COLUMNS:
        return 0
    key = [identifier(name) for name in TABLES[table].key]
    rows = f"(SELECT * FROM temp.{staged})"
    if table in WITH_PEOPLE and not hides:
        rows = _with_forms(engine, table, staged, country)
    _note(engine, suppression, list(_COLUMNS[table]), hides=hides, rows_of={table: rows})
    engine.store(
        "forgotten_rows",
        f"SELECT {', '.join(key)} FROM {rows} AS t WHERE {_is_forgotten(table, 't')}",
    )
    same = " AND ".join(f"s.{name} = f.{name}" for name in key)
    for kind, of_it in _ID_OF.items():
        if table == of_it:
            ids = engine.fetch("SELECT * FROM temp.forgotten_rows")[TABLES[table].key[0]]
            suppression.learn(suppression.marks_of(kind, distinct(ids)))
    taken = engine.change(
        f"DELETE FROM temp.{staged} AS s USING temp.forgotten_rows AS f WHERE {same}"
    )
    if table in _WITH_PHONES:
        if hides:
            _blank_phones(engine, f"temp.{staged}")
        else:
            engine.change(
                f"UPDATE temp.{staged} AS s SET phone = NULL FROM temp.{_FORMS} AS f "
                f"WHERE {same} AND f.{KINDS['phone']} IN {_among(Trace.PHONE)}"
            )
    for name in ("forgotten_rows", _FORMS, _VALUES):
        engine.drop(name)
    return taken


def _with_forms(engine: DuckEngine, table: str, staged: str, country: str) -> str:
    """Staged rows with their addresses and numbers in normal form, as SQL."""
    key = TABLES[table].key[0]
    known = [one for one in (*RAW_COLUMNS, "country") if TABLES[table].column(one) is not None]
    raw = engine.fetch(f"SELECT {key}, {', '.join(known)} FROM temp.{staged}")
    forms = add_normal_forms(raw, country=country).rows
    engine.register(_FORMS, forms.select([key, *(KINDS[kind] for kind in _OF_FORMS)]))
    columns = ", ".join(f"f.{KINDS[kind]}" for kind in _OF_FORMS)
    return (
        f"(SELECT s.*, {columns} FROM temp.{staged} AS s "
        f"JOIN temp.{_FORMS} AS f ON f.{key} = s.{key})"
    )


def _note(
    engine: DuckEngine,
    suppression: Suppression,
    kinds: Collection[Trace],
    *,
    hides: bool,
    rows_of: Mapping[str, str] | None = None,
) -> None:
    """Leave the marked values of those kinds in a temporary table, beside others'."""
    import pyarrow as pa

    engine.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {_VALUES} (kind VARCHAR, value VARCHAR)"
    )
    engine.execute(
        f"DELETE FROM temp.{_VALUES} WHERE kind IN {literals(kind.value for kind in kinds)}"
    )
    where = rows_of or {table: f"main.{table}" for table in _COLUMNS}
    for kind in kinds:
        parts = [
            f"SELECT {_COLUMNS[table][kind]} AS value FROM {rows}"
            for table, rows in where.items()
            if kind in _COLUMNS[table]
        ]
        values = engine.fetch(" UNION ".join(parts))["value"]
        found = _marked(engine, suppression, kind, values, hides=hides)
        rows = pa.table(
            {
                "kind": pa.array([kind.value] * len(found), pa.string()),
                "value": pa.array(found, pa.string()),
            }
        )
        with engine.handed_over("audsync_marked", rows):
            engine.execute(f"INSERT INTO temp.{_VALUES} SELECT * FROM audsync_marked")


def _marked(
    engine: DuckEngine, suppression: Suppression, kind: Trace, values: "Text", *, hides: bool
) -> list[str]:
    if kind not in _OF_FORMS:
        return suppression.marked(kind, values)
    if not hides:
        return suppression.marked_forms(kind, values)
    told = _told(engine, kind, values)
    digests = {*suppression.marked(kind, told["text"])}
    return sorted({row["value"] for row in told.to_pylist() if row["text"] in digests})


def _told(engine: DuckEngine, kind: Trace, values: "Text") -> "pa.Table":
    """The digests by which hidden values are told, beside these; of staged facts as well."""
    import pyarrow as pa

    places = ["main.identity_facts"]
    staged = engine.fetch(
        "SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = 'staged_facts'"
    )
    if staged.num_rows:
        places.append("temp.staged_facts")
    with engine.handed_over("audsync_hidden", pa.table([values], ["value"])):
        return engine.fetch(
            " UNION ".join(
                f"SELECT f.value, f.text FROM {place} AS f "
                f"WHERE f.kind = {literal(kind.value)} "
                f"AND f.fact IN {literals((OWN_DIGEST, MAILBOX_DIGEST))} "
                "AND f.value IN (SELECT value FROM audsync_hidden)"
                for place in places
            )
        )


def _facts(engine: DuckEngine, kind: Trace, values: "Text") -> set[str]:
    """All facts of hidden values that are digests."""
    import pyarrow as pa

    with engine.handed_over("audsync_hidden", pa.table([values], ["value"])):
        found = engine.fetch(
            "SELECT DISTINCT f.text FROM main.identity_facts AS f "
            f"WHERE f.kind = {literal(kind.value)} AND length(f.text) = 64 "
            "AND f.value IN (SELECT value FROM audsync_hidden)"
        )
    return set(distinct(found["text"]))


def _clients() -> str:
    accounts, orders = _is_forgotten("customers", "t"), _is_forgotten("orders", "t")
    marked = _among(Trace.CUSTOMER)
    return (
        "SELECT client_id FROM main.account_clients WHERE customer_id IN "
        f"(SELECT customer_id FROM main.customers AS t WHERE {accounts}) "
        f"OR customer_id IN {marked} OR client_id IN {marked} "
        "UNION SELECT client_id FROM main.order_clients WHERE order_id IN "
        f"(SELECT order_id FROM main.orders AS t WHERE {orders}) OR client_id IN {marked}"
    )


def _is_forgotten(table: str, alias: str) -> str:
    """SQL test whether a row is of a forgotten person; never null."""
    tests = []
    for kind, column in _COLUMNS[table].items():
        test = f"{alias}.{column} IN {_among(kind)}"
        if kind is Trace.PHONE:
            others = (f"{alias}.{name} IS NULL" for name in _OTHER_NAMES[table])
            test = f"({test} AND {' AND '.join(others)})"
        tests.append(f"coalesce({test}, FALSE)")
    return f"({' OR '.join(tests)})"


def _among(kind: Trace) -> str:
    return f"(SELECT value FROM temp.{_VALUES} WHERE kind = {literal(kind.value)})"


def _blank_phones(engine: DuckEngine, rows: str, where: str = "TRUE") -> int:
    """Take marked numbers out of rows; how many."""
    nulls = ", ".join(f"{name} = NULL" for name in _PHONES)
    return engine.change(
        f"UPDATE {rows} SET {nulls} WHERE {KINDS['phone']} IN {_among(Trace.PHONE)} AND {where}"
    )
