"""The consent gate: who may be used for a purpose, and why the others may not.

Unknown is no. Of the answers of one person, on accounts and in decisions (audsync.answers), a
denial outweighs a grant, unless every stated answer is dated: then the latest holds, and a
denial wins a tie. A person without an account (a guest) was asked only where a decision says
so. Where the source tells what may be done with the
data, an account that forbids personal use refuses the person for every purpose. Whoever asked
to be forgotten is refused whatever else was said.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

from audsync.answers import (
    DECIDED,
    DECISIONS,
    among,
    provides,
    said_no,
    spelling,
    spellings,
    stated,
)
from audsync.contracts import Purpose
from audsync.errors import ConsentError
from audsync.tables import PARAM_PREFIX, Answer, DataPermission, DecidedUse

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.engine import Engine


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Keys of `[shops.<id>.consent]` and of its tables `newsletter` and `sms`."""

    field: Annotated[
        str,
        "Column of customers that holds the answer: ad_consent or param.<name>; or consents, "
        "where single decisions are all there is.",
    ]
    granted: Annotated[tuple[str, ...], "Values that mean yes; everything else means no."]


@dataclass(frozen=True, slots=True)
class BroadConsentRule(ConsentRule):
    """A rule for advertising that may read consent to messages: the customers were told so."""


class Refusal(StrEnum):
    """Why a client may not be used; of several reasons the first in this order is given.

    What a person said comes before what nobody said, and both before what the shop decides.
    """

    FORGOTTEN = "forgotten"
    CONSENT_DENIED = "consent_denied"
    ANONYMIZED_ONLY = "permission_anonymized_only"
    DO_NOT_PERSONALIZE = "permission_do_not_personalize"
    CONSENT_UNKNOWN = "consent_unknown"
    PERMISSION_UNKNOWN = "permission_unknown"
    SUPPRESSED = "suppressed"  # on a list whose people are in no audience
    HELD_OUT = "held_out"  # of the share that is in no audience


_GATE: Final = object()


@dataclass(frozen=True, slots=True)
class Consented:
    """Who may be used for one purpose. Only the gate makes one; the plan takes nothing else.

    `clients` has the text column `client_id`, unique and sorted.
    """

    purpose: Purpose
    clients: "pa.Table" = field(repr=False)
    made_by: InitVar[object]

    def __post_init__(self, made_by: object) -> None:
        """Raises TypeError for every caller but the gate."""
        if made_by is not _GATE:
            raise TypeError("only the consent gate says who has consented")


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate decided: every client is consented or refused, for one reason.

    `refused` has the text columns `client_id` (unique, sorted) and `reason`; `counts` holds
    every reason, and together with `consented` adds up to all clients. `share` is the part of
    clients who consented, kept out or not, among those who were not forgotten; 0 to 1, and 0
    where there is no client.
    """

    consented: Consented
    refused: "pa.Table" = field(repr=False)
    counts: Mapping[str, int]
    share: float


def gate(
    engine: "Engine",
    purpose: Purpose,
    rule: ConsentRule | None,
    *,
    provided: frozenset[str],
    excluded: "pa.Table",
    forgotten: Sequence[str] = (),
    shop: str = "<id>",
) -> Gate:
    """The clients who may be used for a purpose, by what `audsync.answers.stated` reads.

    `provided` names the columns that the source fills, as `customers.ad_consent`; `excluded`
    has the `client_id` and `reason` of those whom the shop keeps out although they consented;
    `forgotten` are clients who asked to be; `shop` is only shown in messages. Raises
    ConsentError without a rule that can be answered.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    checked = _checked(rule, purpose, provided, shop)
    verdicts = engine.fetch(_verdicts(engine, purpose, checked, provided)).cast(
        pa.schema([("client_id", pa.string()), ("reason", pa.string())])
    )
    if forgotten:
        is_gone = pc.is_in(verdicts["client_id"], value_set=pa.array(forgotten, pa.string()))
        reasons = pc.if_else(is_gone, pa.scalar(Refusal.FORGOTTEN.value), verdicts["reason"])
        verdicts = verdicts.set_column(1, "reason", reasons)
    agreed = verdicts["reason"].null_count
    asked = verdicts.num_rows - _occurrences(verdicts["reason"], Refusal.FORGOTTEN)
    kept_out: Any = pc.coalesce(verdicts["reason"], _looked_up(verdicts["client_id"], excluded))
    verdicts = verdicts.set_column(1, "reason", kept_out)
    free = pc.is_null(verdicts["reason"])
    consented = verdicts.filter(free).select(["client_id"])
    refused = verdicts.filter(pc.invert(free))
    return Gate(
        Consented(purpose, consented, _GATE),
        refused,
        {reason.value: _occurrences(refused["reason"], reason) for reason in Refusal},
        agreed / asked if asked else 0.0,
    )


def refusing(
    engine: "Engine",
    purpose: Purpose,
    rule: ConsentRule | None,
    *,
    provided: frozenset[str],
    shop: str = "<id>",
) -> str:
    """SELECT of the accounts, addresses and numbers under which a no was ever said.

    Of a person who agreed later as well. Columns: kind and value, as in known_identifiers. The
    arguments are those of `gate`.
    """
    checked = _checked(rule, purpose, provided, shop)
    return said_no(engine, checked.field, checked.granted, _uses(checked, purpose), provided)


def _looked_up(clients: "pa.ChunkedArray[Any]", excluded: "pa.Table") -> Any:
    """The reason why each client is kept out, null for the others."""
    import pyarrow.compute as pc

    places = pc.index_in(clients, value_set=excluded["client_id"].combine_chunks())
    return excluded["reason"].take(places)


def _occurrences(reasons: "pa.ChunkedArray[Any]", reason: str) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    return len(reasons.filter(pc.equal(reasons, pa.scalar(str(reason)))))


def _verdicts(
    engine: "Engine", purpose: Purpose, rule: ConsentRule, provided: frozenset[str]
) -> str:
    """SELECT of every client with the reason of refusal, null where there is none."""
    answers = stated(engine, rule.field, rule.granted, _uses(rule, purpose), provided)
    columns = [
        "count(*) FILTER (WHERE s.is_yes) AS granted",
        "count(*) FILTER (WHERE s.is_no) AS denied",
        "max(s.said_at) FILTER (WHERE s.is_yes) AS granted_at",
        "max(s.said_at) FILTER (WHERE s.is_no) AS denied_at",
        "count(*) FILTER (WHERE (s.is_yes OR s.is_no) AND s.said_at IS NULL) AS undated",
    ]
    granted_test = (
        "p.granted > 0 AND p.denied = 0 OR p.undated = 0 AND p.granted_at > p.denied_at"
    )
    reasons = {
        Refusal.CONSENT_DENIED: f"p.denied > 0 AND NOT coalesce({granted_test}, FALSE)",
        Refusal.CONSENT_UNKNOWN: "coalesce(p.granted, 0) = 0",
    }
    if "customers.data_permission" in provided:
        columns += _permission_counts(engine)
        reasons |= _PERMISSION_TESTS
    cases = " ".join(
        f"WHEN {reasons[reason]} THEN '{reason.value}'"
        for reason in Refusal
        if reason in reasons
    )
    return (
        f"SELECT c.client_id, CASE {cases} END AS reason FROM clients c LEFT JOIN ("
        f"SELECT s.client_id, {', '.join(columns)} FROM ({answers}) s GROUP BY s.client_id"
        ") p ON p.client_id = c.client_id ORDER BY c.client_id"
    )


def _uses(rule: ConsentRule, purpose: Purpose) -> set[DecidedUse]:
    """What decisions are about that count for a purpose.

    Where an answer about messages is one about advertising, so are decisions about them.
    """
    return {DecidedUse(purpose)} | {
        DecidedUse(other)
        for other, (column, _) in _ANSWERS.items()
        if isinstance(rule, BroadConsentRule) and column == rule.field
    }


_PERMISSION_TESTS: Final[Mapping[Refusal, str]] = {
    Refusal.ANONYMIZED_ONLY: "p.anonymized > 0",
    Refusal.DO_NOT_PERSONALIZE: "p.impersonal > 0",
    # A word nobody knows is no permission either.
    Refusal.PERMISSION_UNKNOWN: "coalesce(p.full_use, 0) = 0 OR p.unreadable > 0",
}


def _permission_counts(engine: "Engine") -> list[str]:
    """Counts per client of the accounts that state each permission, or something else."""
    words = spellings(engine, "data_permission")
    groups = {
        "full_use": [raw for raw, said in words.items() if said == DataPermission.FULL],
        "impersonal": [
            raw for raw, said in words.items() if said == DataPermission.DO_NOT_PERSONALIZE
        ],
        "anonymized": [
            raw for raw, said in words.items() if said == DataPermission.ANONYMIZED_ONLY
        ],
        "unreadable": [raw for raw, said in words.items() if said and said not in _PERMITS],
    }
    return [
        f"count(*) FILTER (WHERE {among('s.permission', values)}) AS {alias}"
        for alias, values in groups.items()
    ]


_PERMITS: Final = frozenset(permission.value for permission in DataPermission)


SECTIONS: Final[Mapping[Purpose, str]] = {
    Purpose.ADVERTISING: "consent",
    Purpose.NEWSLETTER: "consent.newsletter",
    Purpose.SMS: "consent.sms",
}
# The declared column that holds the answer for a purpose, and the values to try first. An
# answer for one purpose is no answer for another: a newsletter is not advertising.
_ANSWERS: Final[Mapping[Purpose, tuple[str, str]]] = {
    Purpose.ADVERTISING: ("ad_consent", '["yes"]'),
    Purpose.NEWSLETTER: ("newsletter_frequency", '["every_day", "special_occasions"]'),
    Purpose.SMS: ("sms_frequency", '["every_day", "special_occasions"]'),
}
# Answers about messages. Advertising elsewhere is another purpose and needs its own answer.
MESSAGE_ANSWERS: Final = ("newsletter_frequency", "sms_frequency")
# Parts of parameter names that shops use for consent, in the languages of our shops.
_HINTS: Final = (
    *("consent", "permi", "agree", "opt_in", "opt-in", "gdpr", "approv"),
    "optin",  # codespell:ignore optin
    *("advert", "marketing", "audience", "ads", "reklam", "rodo"),
    *("souhlas", "suhlas", "súhlas", "zgod", "einwillig", "zustimm", "werbung"),
    *("hozzájár", "hozzajar", "acord", "consim"),
)


def _checked(
    rule: ConsentRule | None, purpose: Purpose, provided: frozenset[str], shop: str
) -> ConsentRule:
    """The rule, where it can be answered; else raises ConsentError with what to write."""
    section = f"[shops.{shop}.{SECTIONS[purpose]}]"
    if rule is None:
        fault = f"no consent rule for {purpose}: nobody may be used without one"
    elif not _answers(rule, purpose):
        fault = f"{section} field: customers.{rule.field} is no answer about {purpose}"
    elif not provides(rule.field, provided):
        fault = f"{section} field: the source does not provide {_shown(rule.field)}"
    elif not any(_means_yes(rule, value) for value in rule.granted):
        fault = f"{section} granted: no value means yes, so that nobody may be used"
    else:
        return replace(rule, granted=tuple(filter(spelling, rule.granted)))
    raise ConsentError(f"{fault}\n{_advice(section, purpose, provided)}")


def _shown(field: str) -> str:
    return "the table consents" if field == DECISIONS else f"customers.{field}"


def _means_yes(rule: ConsentRule, word: str) -> bool:
    said = spelling(word)
    return said == Answer.GRANTED if rule.field == DECISIONS else bool(said)


def _answers(rule: ConsentRule, purpose: Purpose) -> bool:
    """Whether the column of a rule can be an answer for the purpose."""
    if rule.field in (_ANSWERS[purpose][0], DECISIONS) or rule.field.startswith(PARAM_PREFIX):
        return True
    return isinstance(rule, BroadConsentRule) and rule.field in MESSAGE_ANSWERS


def _advice(section: str, purpose: Purpose, provided: frozenset[str]) -> str:
    """What to write into the config, and which columns of this shop may hold the answer."""
    declared, granted = _ANSWERS[purpose]
    found = _candidates(declared, provided)
    shown = found[0] if found else declared
    known = {declared: granted, DECISIONS: f'["{Answer.GRANTED}"]'}.get(shown, '["yes"]')
    if found:
        found_text = f"Columns of this shop that may hold it: {', '.join(found)}"
    elif purpose is Purpose.ADVERTISING and _messages(provided):
        return _message_advice(section, _messages(provided))
    else:
        found_text = f"No column of this source looks like it: map one to customers.{declared}"
    return (
        "Write into the config which column of customers holds the answer, and which of its "
        "values mean yes (all others mean no):\n"
        f"    {section}\n"
        f"    field = {json.dumps(shown, ensure_ascii=False)}\n"
        f"    granted = {known}\n"
        f"{found_text}"
    )


def _messages(provided: frozenset[str]) -> list[str]:
    """The provided columns of customers that hold consent to messages."""
    return [name for name in MESSAGE_ANSWERS if f"customers.{name}" in provided]


def _message_advice(section: str, found: list[str]) -> str:
    """What to write where the source has answers about messages and none about advertising."""
    return (
        f"This source has no answer about advertising, only about messages: {', '.join(found)}."
        " Where the customers were told, when they gave it, that this consent is also one to "
        "advertising on other platforms, write into the config:\n"
        f"    {section}\n"
        f'    field = "{found[0]}"\n'
        '    granted = ["every_day"]\n'
        "    newsletter_counts_as_advertising = true\n"
        "Where they were not, nobody may be used for advertising"
    )


def _candidates(declared: str, provided: frozenset[str]) -> list[str]:
    """What is provided and may hold the answer: the declared column, decisions, parameters."""
    prefix = "customers."
    names = sorted(name.removeprefix(prefix) for name in provided if name.startswith(prefix))
    likely = [
        name
        for name in names
        if name.startswith(PARAM_PREFIX) and any(hint in name.casefold() for hint in _HINTS)
    ]
    decisions = [DECISIONS] if DECIDED in provided else []
    return [name for name in names if name == declared] + decisions + likely
