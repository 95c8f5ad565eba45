"""What clients answered to a question of consent: on their accounts, and in single decisions.

An account states one answer, in the shop's own words, which a rule reads. A decision, a row of
the table `consents`, says what it is about and whether it was granted or denied. A yes counts
where the first identifier that the row gives, the account before the address before the number,
leads to exactly one client; a no counts for every client to whom any of them leads.
"""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from audsync.errors import ConsentError
from audsync.sql_text import Scalar, identifier, literal, literals
from audsync.tables import CONSENTS, CUSTOMERS, Answer, DecidedUse

if TYPE_CHECKING:
    from audsync.engine import Engine

# A rule of this field reads decisions alone; one of a column reads those that there are too.
DECISIONS: Final = CONSENTS.name
# The column that a source fills where it provides decisions.
DECIDED: Final = f"{CONSENTS.name}.answer"
_NO_TEXT: Final = "CAST(NULL AS STRING)"
_NO_TIME: Final = "CAST(NULL AS TIMESTAMP)"


def provides(field: str, provided: Collection[str]) -> bool:
    """Whether the source fills what a rule of that field reads."""
    return (DECIDED if field == DECISIONS else f"customers.{field}") in provided


def stated(
    engine: "Engine",
    field: str,
    granted: Iterable[str],
    uses: Collection[DecidedUse],
    provided: frozenset[str],
) -> str:
    """SELECT of every answer: client_id, is_yes, is_no, said_at, permission; the last two null.

    `field` and `granted` are those of the rule, `uses` what a decision may be about.
    Reads `customers` and `account_clients`, and where the source `provided` decisions also
    `consents`, `known_identifiers` and `client_numbers`.
    """
    parts = [_of_accounts(engine, field, granted, provided)]
    if DECIDED in provided:
        parts.append(_of_decisions(uses))
    return " UNION ALL ".join(parts)


def said_no(
    engine: "Engine",
    field: str,
    granted: Iterable[str],
    uses: Collection[DecidedUse],
    provided: frozenset[str],
) -> str:
    """SELECT of all under which somebody ever said no: kind, value as in known_identifiers.

    The arguments are those of `stated`. A later yes of the person changes nothing here.
    """
    _, no = _yes_and_no(engine, field, granted)
    parts = [
        f"SELECT 'customer_id' AS kind, u.customer_id AS value FROM customers u WHERE {no}"
    ]
    if DECIDED in provided:
        parts += [
            f"SELECT {literal(kind)} AS kind, r.{column} AS value FROM ({_decisions(uses)}) r "
            f"WHERE NOT r.is_granted AND r.{column} IS NOT NULL"
            for kind, column, _ in _NAMES
        ]
    return " UNION ".join(parts)


def _of_accounts(
    engine: "Engine", field: str, granted: Iterable[str], provided: frozenset[str]
) -> str:
    yes, no = _yes_and_no(engine, field, granted)
    dated = f"{field}_at"
    is_dated = CUSTOMERS.column(dated) is not None and f"customers.{dated}" in provided
    said_at = f"u.{dated}" if is_dated else _NO_TIME
    has_permission = "customers.data_permission" in provided
    permission = "u.data_permission" if has_permission else _NO_TEXT
    return (
        f"SELECT a.client_id, {yes} AS is_yes, {no} AS is_no, {said_at} AS said_at, "
        f"{permission} AS permission FROM account_clients a "
        "JOIN customers u ON u.customer_id = a.customer_id"
    )


def _yes_and_no(engine: "Engine", field: str, granted: Iterable[str]) -> tuple[str, str]:
    """SQL tests whether an account `u` says yes, and whether it says no; never null."""
    if field == DECISIONS:
        return "FALSE", "FALSE"
    words = {spelling(value) for value in granted}
    answers = spellings(engine, field)
    column = f"u.{identifier(field)}"
    yes = among(column, (raw for raw, said in answers.items() if said in words))
    blank = among(column, (raw for raw, said in answers.items() if not said))
    return yes, f"({column} IS NOT NULL AND NOT {yes} AND NOT {blank})"


# What a decision may name somebody by: of each kind the column, and whether it is the first.
_NAMES: Final = (
    ("customer_id", "customer_id", "TRUE"),
    ("email", "email_normal", "r.customer_id IS NULL"),
    ("phone", "phone_e164", "r.customer_id IS NULL AND r.email_normal IS NULL"),
)


def _decisions(uses: Collection[DecidedUse]) -> str:
    """Decisions about one of the uses, and every no that is about all of them."""
    about = f"r.purpose IN {literals(sorted(uses))}"
    about_all = f"r.purpose = {literal(DecidedUse.ALL)}"
    granted = f"r.answer = {literal(Answer.GRANTED)}"
    return (
        f"SELECT r.*, {granted} AS is_granted FROM consents r "
        f"WHERE {about} OR ({about_all} AND NOT {granted})"
    )


def _of_decisions(uses: Collection[DecidedUse]) -> str:
    rows = _decisions(uses)
    given = " UNION ALL ".join(
        f"SELECT r.consent_id, r.is_granted, r.decided_at, {literal(kind)} AS kind, "
        f"r.{column} AS value, {is_first} AS is_first FROM ({rows}) r "
        f"WHERE r.{column} IS NOT NULL"
        for kind, column, is_first in _NAMES
    )
    led = (
        "SELECT i.is_granted, i.decided_at, i.is_first, k.client, "
        "count(*) OVER (PARTITION BY i.consent_id, i.kind) AS clients "
        f"FROM ({given}) i JOIN known_identifiers k ON k.kind = i.kind AND k.value = i.value"
    )
    return (
        "SELECT n.client_id, d.is_granted AS is_yes, NOT d.is_granted AS is_no, "
        f"d.decided_at AS said_at, {_NO_TEXT} AS permission "
        f"FROM ({led}) d JOIN client_numbers n ON n.client = d.client "
        "WHERE NOT d.is_granted OR (d.is_first AND d.clients = 1)"
    )


def spellings(engine: "Engine", column: str) -> dict[Scalar, str]:
    """The distinct values of a column of `customers`, each with the form it is compared in.

    Text functions differ between engines, so that only Python compares.
    """
    import pyarrow as pa

    name = identifier(column)
    answers = engine.fetch(f"SELECT DISTINCT {name} AS answer FROM customers")["answer"]
    if pa.types.is_list(answers.type):
        raise ConsentError(
            f"customers.{column} holds lists; a consent rule reads one answer: name "
            "another column"
        )
    values: list[Scalar] = answers.to_pylist()
    return {value: spelling(value) for value in values if value is not None}


def spelling(value: Scalar) -> str:
    """A value as text to compare: `" Yes "` is `yes`, True is `true`, 1.0000 is `1`."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value).strip().casefold()


def among(column: str, values: Iterable[Scalar]) -> str:
    """SQL test whether a column has one of the values; never null."""
    return f"coalesce({column} IN {literals(values)}, FALSE)"
