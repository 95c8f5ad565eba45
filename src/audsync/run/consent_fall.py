"""The warning of a share of consenting clients that fell.

A withdrawal is never held back, so that a feed that writes its yes in another word empties all
audiences at once. The warning says which answers mean no now.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from audsync.answers import DECISIONS, spelling
from audsync.consent import SECTIONS, ConsentRule, Gate, Refusal
from audsync.plan import Limits, consent_fell
from audsync.sql_text import identifier

if TYPE_CHECKING:
    from audsync.engine import Engine

# An answer that few clients share may be a text of theirs, and is counted only.
_SHARED_BY: Final = 10
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class _Answer:
    """A distinct answer that does not mean yes."""

    text: str
    clients: int


def fall_warning(
    engine: "Engine", rule: ConsentRule, gate: Gate, limits: Limits, *, shop: str
) -> str | None:
    """What to say where the share fell by the guard's points since it was last accepted."""
    before = limits.last_consent_share
    if before is None or not consent_fell(limits):
        return None
    purpose = gate.consented.purpose
    fell = (
        f"the share of clients who consented to {purpose} fell from {100 * before:.1f} % to "
        f"{100 * gate.share:.1f} %; whoever has no consent leaves every audience"
    )
    if rule.field == DECISIONS:
        denied = _counted(gate.counts[Refusal.CONSENT_DENIED])
        parts = [f"denied ({denied})", *_silent(gate)]
        return (
            f"{fell}. The decisions of the table consents say: {', '.join(parts)}. Look at its "
            "files, and at the words that its mapping takes for denied"
        )
    parts = [*_told(_answers(engine, rule)), *_silent(gate)]
    return (
        f"{fell}. Answers of customers.{rule.field} that do not mean yes: "
        f"{', '.join(parts) or 'none'}. If one of them means yes, add it to granted of "
        f"[shops.{shop}.{SECTIONS[purpose]}], else look at that column in the source"
    )


def _answers(engine: "Engine", rule: ConsentRule) -> list[_Answer]:
    """What the clients' accounts answer and the rule does not grant, the commonest first."""
    granted = {spelling(value) for value in rule.granted}
    column = identifier(rule.field)
    rows = engine.fetch(
        f"SELECT u.{column} AS answer, count(DISTINCT a.client_id) AS clients "
        "FROM customers u JOIN account_clients a ON a.customer_id = u.customer_id "
        "JOIN clients c ON c.client_id = a.client_id "
        f"WHERE u.{column} IS NOT NULL GROUP BY u.{column}"
    ).to_pylist()
    found = [
        _Answer(str(row["answer"]).strip(), row["clients"])
        for row in rows
        if spelling(row["answer"]) and spelling(row["answer"]) not in granted
    ]
    return sorted(found, key=lambda one: (-one.clients, one.text))


def _told(answers: list[_Answer]) -> list[str]:
    """The answers that many share, by name; of the others how many there are."""
    shown = [one for one in answers if one.clients >= _SHARED_BY][:_SHOWN]
    parts = [
        f"{json.dumps(one.text, ensure_ascii=False)} ({_counted(one.clients)})" for one in shown
    ]
    others = answers[len(shown) :]
    if others:
        parts.append(f"{len(others)} further ({_counted(sum(one.clients for one in others))})")
    return parts


def _silent(gate: Gate) -> list[str]:
    silent = gate.counts[Refusal.CONSENT_UNKNOWN]
    return [f"no answer ({_counted(silent)})"] if silent else []


def _counted(clients: int) -> str:
    return f"{clients} client" if clients == 1 else f"{clients} clients"
