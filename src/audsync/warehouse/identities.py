"""Identities taken out of the stored rows, before a source is asked for them anew."""

from audsync.identity.hiding import ADDRESS, STANDS_FOR_TEXT, searched
from audsync.identity.normal import NORMAL_COLUMNS, RAW_COLUMNS
from audsync.sql_text import identifier, literal
from audsync.tables import TABLES
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.schema import WITH_PEOPLE, columns_of

_PERSON = f"{ADDRESS}|{STANDS_FOR_TEXT}"
_DERIVED = ("account_clients", "order_clients", "identity_facts")


def drop_identities(engine: DuckEngine) -> None:
    """Null what names a person, in the transaction that is open; everything else stays.

    A row whose key is an address, or stands for one, goes: the source sends it under another
    key. So nothing is left of rows that the source does not send any more, but what was bought.
    """
    for name in _DERIVED:
        engine.execute(f"DELETE FROM main.{name}")
    for name, table in TABLES.items():
        kinds = columns_of(engine, name)
        tests = {
            column: test
            for column in searched(name, kinds)
            if (test := _names_person(column, kinds[column])) is not None
        }
        keys = [tests.pop(key) for key in table.key if key in tests]
        if keys:
            engine.execute(f"DELETE FROM main.{name} WHERE {' OR '.join(keys)}")
        for column, test in tests.items():
            engine.execute(f"UPDATE main.{name} SET {identifier(column)} = NULL WHERE {test}")
    for name in WITH_PEOPLE:
        raw = [column for column in RAW_COLUMNS if TABLES[name].column(column) is not None]
        nulls = ", ".join(f"{column} = NULL" for column in (*raw, *NORMAL_COLUMNS))
        engine.execute(f"UPDATE main.{name} SET {nulls}")


def _names_person(column: str, kind: str) -> str | None:
    """SQL test whether a text holds an address or stands for one; None for what is no text."""
    text = identifier(column)
    if kind == "VARCHAR[]":
        text = f"array_to_string({text}, ' ')"
    elif kind != "VARCHAR":
        return None
    return f"regexp_matches({text}, {literal(_PERSON)})"
