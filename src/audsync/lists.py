"""Lists of people from files: what their values are, and to which clients these belong.

A list holds customer ids, e-mail addresses or phone numbers, or SHA-256 of them, one a row. A
value belongs to a client as it does on an account or order: by its normal form.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

from audsync.identity.facts import KINDS
from audsync.identity.normal import add_normal_forms
from audsync.sql_text import literal

if TYPE_CHECKING:
    from audsync.engine import Engine
    from audsync.identity.hiding import Hiding

LISTED: Final = "listed"
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")


class Holds(StrEnum):
    """What the values of a list are."""

    CUSTOMER_ID = "customer_id"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class ListSettings:
    """Keys of `[shops.<id>.lists.<name>]`."""

    file: Annotated[str, "Path of the file; a relative one starts at the config's folder."]
    holds: Annotated[
        Holds, "What its values are; 64 hex digits are the SHA-256 of one in its normal form."
    ] = Holds.EMAIL
    column: Annotated[
        str | None, "Header of the column; left out: one value per line, without a header."
    ] = None


@dataclass(frozen=True, slots=True)
class ListValues:
    """The distinct values of one list: normal forms (or what stands for them), and digests.

    `rows` counts the distinct values of the file, spellings of one being one, `unreadable`
    those without a normal form.
    """

    holds: Holds
    forms: Sequence[str] = field(repr=False)
    digests: Sequence[str] = field(repr=False)
    rows: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class ListCount:
    """What became of a list's values: `unmatched` are those of nobody. `clients` are in it."""

    rows: int
    unreadable: int
    unmatched: int
    clients: int


def list_values(
    holds: Holds, texts: Sequence[str], *, country: str, hiding: "Hiding | None" = None
) -> ListValues:
    """The values of a list as clients are known by them; `country` is that of the shop."""
    distinct = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    digests = [text.lower() for text in distinct if _DIGEST.fullmatch(text)]
    plain = [text for text in distinct if not _DIGEST.fullmatch(text)]
    if holds is Holds.CUSTOMER_ID:
        forms = distinct if hiding is None else [hiding.text(text) for text in distinct]
        return ListValues(holds, forms, digests, len(distinct), 0)
    forms = _normal_forms(holds, plain, country)
    unreadable = len(plain) - len(forms)
    kept = list(dict.fromkeys(forms))
    if hiding is not None:
        kept = [hiding.pseudonym(holds, form) for form in kept]
    return ListValues(holds, kept, digests, len(kept) + len(digests) + unreadable, unreadable)


def _normal_forms(holds: Holds, texts: Sequence[str], country: str) -> list[str]:
    import pyarrow as pa

    rows = pa.table({str(holds): pa.array(texts, pa.string())})
    forms: list[Any] = add_normal_forms(rows, country=country).rows[KINDS[holds]].to_pylist()
    return [form for form in forms if form is not None]


def match_lists(engine: "Engine", lists: Mapping[str, ListValues]) -> dict[str, ListCount]:
    """Leave the table `listed(list_name, client_id)`; what became of the values of each list.

    Reads `known_identifiers`, `client_numbers` and `identity_facts`, as the model leaves them.
    """
    parts: list[str] = []
    counts: dict[str, ListCount] = {}
    tables: list[str] = []
    for number, (name, values) in enumerate(sorted(lists.items()), start=1):
        table = f"list_matches_{number}"
        tables.append(table)
        _store_matches(engine, table, values)
        found = engine.fetch(
            "SELECT count(DISTINCT m.value) AS matched, count(DISTINCT m.client) AS clients"
            f" FROM {table} AS m"
        ).to_pylist()[0]
        unmatched = values.rows - values.unreadable - int(found["matched"])
        counts[name] = ListCount(
            values.rows, values.unreadable, max(unmatched, 0), int(found["clients"])
        )
        parts.append(
            f"SELECT DISTINCT {literal(name)} AS list_name, n.client_id FROM {table} AS m"
            " JOIN client_numbers AS n ON n.client = m.client"
        )
    nothing = "SELECT '' AS list_name, n.client_id FROM client_numbers AS n WHERE FALSE"
    engine.store(LISTED, " UNION ALL ".join(parts or [nothing]))
    for table in tables:
        engine.drop(table)
    return counts


def _store_matches(engine: "Engine", table: str, values: ListValues) -> None:
    """Keep the values of a list that belong to somebody: value, client."""
    import pyarrow as pa

    kind = literal(values.holds)
    for name, texts in (("list_forms", values.forms), ("list_digests", values.digests)):
        engine.register(name, pa.table({"value": pa.array(texts, pa.string())}))
    known = f"SELECT k.value, k.client FROM known_identifiers AS k WHERE k.kind = {kind}"
    found = f"SELECT f.value, k.client FROM list_forms f JOIN ({known}) k ON k.value = f.value"
    if values.digests:
        # Where pseudonyms stand for values, only the facts know a digest.
        found = (
            f"{found} UNION SELECT d.value, k.client FROM list_digests d"
            f" JOIN ({known}) k ON sha256_hex(k.value) = d.value"
            " UNION SELECT d.value, k.client FROM list_digests d JOIN identity_facts x"
            f" ON x.text = d.value AND x.kind = {kind} AND x.fact = 'sha256'"
            f" JOIN ({known}) k ON k.value = x.value"
        )
    engine.store(table, found)
    engine.drop("list_forms")
    engine.drop("list_digests")
