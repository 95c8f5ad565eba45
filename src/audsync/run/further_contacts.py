"""What people are found by besides their latest address and number, where a sink takes more."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from audsync.contracts import KeyRule
from audsync.identity.facts import KINDS
from audsync.match_keys import FURTHER, SEVERAL, taken_by
from audsync.sql_text import literal

if TYPE_CHECKING:
    from audsync.engine import Engine

FURTHER_PLACES: Final = "further_places"


def further_columns(rules: Iterable[KeyRule]) -> list[str]:
    """The columns of people beyond the first, as email_2, that the rules take, in order."""
    return sorted({name for rule in rules for name in taken_by(rule)} & {*FURTHER})


def keep_further_places(engine: "Engine", columns: Iterable[str], refusing: str) -> None:
    """Leave the table `further_places`: client_id and these columns, where there is a value.

    The values are those of `further_contacts`, the latest first, but for what a no was said
    under, in whatever spelling: `refusing` is a SELECT of that (audsync.consent.refusing).
    """
    engine.store(FURTHER_PLACES, _places(columns, refusing))


def _places(columns: Iterable[str], refusing: str) -> str:
    refused = [f"SELECT r.kind, r.value FROM ({refusing}) r"] + [
        f"SELECT {literal(kind)} AS kind, c.{KINDS[kind]} AS value FROM customers c "
        f"JOIN ({refusing}) r ON r.kind = 'customer_id' AND r.value = c.customer_id"
        for kind in SEVERAL
    ]
    numbered = (
        "SELECT f.client_id, f.kind, f.value, row_number() OVER ("
        "PARTITION BY f.client_id, f.kind ORDER BY f.place DESC) AS place "
        "FROM further_contacts f "
        f"LEFT JOIN ({_told(' UNION ALL '.join(refused))}) n "
        "ON n.kind = f.kind AND n.told_as = f.told_as WHERE n.told_as IS NULL"
    )
    shown = ", ".join(f"{_at_place(column)} AS {column}" for column in columns)
    return f"SELECT p.client_id, {shown} FROM ({numbered}) p GROUP BY p.client_id"


def _told(values: str) -> str:
    """SELECT of the kinds of values, and what all spellings of each have in common."""
    return (
        "SELECT DISTINCT v.kind, coalesce(m.text, mailbox(v.value)) AS told_as "
        f"FROM ({values}) v LEFT JOIN identity_facts m ON m.kind = 'email' "
        "AND m.fact = 'mailbox' AND m.kind = v.kind AND m.value = v.value"
    )


def _at_place(column: str) -> str:
    kind, _, place = column.rpartition("_")
    # The first of all is the latest, which is no further one.
    return (
        f"max(p.value) FILTER (WHERE p.kind = {literal(kind)} AND p.place = {int(place) - 1})"
    )
