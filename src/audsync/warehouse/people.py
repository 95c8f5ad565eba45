"""Normal forms of identifiers, and which accounts and orders are one client."""

from collections import Counter
from collections.abc import Mapping

from audsync.identity.facts import facts_of_stored
from audsync.identity.normal import NORMAL_COLUMNS, RAW_COLUMNS, add_normal_forms
from audsync.identity.resolve import resolve
from audsync.sql_text import identifier
from audsync.tables import TABLES
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.facts import stage_facts, store_staged_facts
from audsync.warehouse.schema import WITH_PEOPLE, text_pairs

_RAW = (*RAW_COLUMNS, "country")
_NORMAL = "normal_forms"


def store_normal_forms(
    engine: DuckEngine, table: str, *, rows_of: str, country: str
) -> Mapping[str, int]:
    """Leave the normal forms of the rows of `rows_of` in the temporary table `normal_forms`.

    It has the table's key and the normal columns. `country` is the shop's, for rows without
    one. Facts about the values are staged. Returns how many values have no normal form, by
    reason.
    """
    (key,) = TABLES[table].key
    known = [name for name in _RAW if TABLES[table].column(name) is not None]
    raw = engine.fetch(f"SELECT {', '.join((key, *known))} FROM {rows_of}")
    normalised = add_normal_forms(raw, country=country)
    engine.register(_NORMAL, normalised.rows.select([key, *NORMAL_COLUMNS]))
    stage_facts(engine, facts_of_stored(normalised.rows))
    return normalised.dropped


def renew_normal_forms(engine: DuckEngine, *, country: str) -> tuple[int, Mapping[str, int]]:
    """Make all stored normal forms anew: the rows that changed, and the values dropped."""
    changed = 0
    dropped: Counter[str] = Counter()
    for table in WITH_PEOPLE:
        dropped.update(
            store_normal_forms(engine, table, rows_of=f"main.{table}", country=country)
        )
        (key,) = TABLES[table].key
        columns = [identifier(name) for name in NORMAL_COLUMNS]
        changed += engine.change(
            f"UPDATE main.{table} AS t SET {', '.join(f'{c} = n.{c}' for c in columns)} "
            f"FROM temp.{_NORMAL} AS n WHERE t.{key} = n.{key} "
            f"AND ({' OR '.join(f't.{c} IS DISTINCT FROM n.{c}' for c in columns)})"
        )
        engine.drop(_NORMAL)
    store_staged_facts(engine)
    return changed, dropped


def resolve_clients(engine: DuckEngine) -> Mapping[str, int]:
    """Write `account_clients` and `order_clients` anew; the resolution's counts."""
    resolution = resolve(
        engine.fetch("SELECT customer_id, email_normal, phone_e164 FROM main.customers"),
        engine.fetch("SELECT order_id, customer_id, email_normal, phone_e164 FROM main.orders"),
        digests=_guest_digests(engine),
    )
    for name, rows in (
        ("account_clients", resolution.accounts),
        ("order_clients", resolution.orders),
    ):
        engine.register("resolved", rows)
        engine.execute(f"DELETE FROM main.{name}")
        engine.execute(f"INSERT INTO main.{name} BY NAME SELECT * FROM temp.resolved")
        engine.drop("resolved")
    return dict(resolution.counts)


def _guest_digests(engine: DuckEngine) -> dict[str, str]:
    """Digests of the pseudonyms by which a guest may be known; none where values are stored."""
    rows = engine.fetch(
        "SELECT f.value, f.text FROM main.identity_facts AS f WHERE f.fact = 'sha256' "
        "AND (f.kind = 'email' AND f.value IN (SELECT email_normal FROM main.orders) "
        "OR f.kind = 'phone' AND f.value IN (SELECT phone_e164 FROM main.orders))"
    )
    return text_pairs(rows)
