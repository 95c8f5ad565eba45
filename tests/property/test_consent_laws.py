"""The gate against a slow and plain reading of the same rules, for random accounts."""

from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from audsync.consent import gate
from audsync.contracts import Purpose
from audsync.eligibility import nobody
from fakes.people import RULE, account, populate

CLIENTS = ("1", "2", "3", "g-4")
START = datetime(2026, 1, 1)  # noqa: DTZ001 -- times of the tables are UTC without a zone

Account = dict[str, object]

accounts_of = st.lists(
    st.builds(
        lambda client, said, day, permission: {
            "client_id": client,
            "ad_consent": said,
            "ad_consent_at": None if day is None else START + timedelta(days=day),
            "data_permission": permission,
        },
        st.sampled_from(CLIENTS[:3]),
        st.sampled_from(["yes", " YES ", "no", "later", " ", None]),
        st.sampled_from([None, 1, 2, 3]),
        st.sampled_from(["full", "do_not_personalize", "anonymized_only", "odd", " ", None]),
    ),
    max_size=7,
)


OPTIONAL = ("customers.ad_consent_at", "customers.data_permission")
optional_columns = st.frozensets(st.sampled_from(OPTIONAL))


# Whose an identifier is: some are of several people, some of nobody.
LEADS = {
    "customer_id": {"a": "1", "b": "2", "gone": ""},
    "email_normal": {"1@": "1", "2@": "2", "4@": "g-4", "both@": "12", "nobody@": ""},
    "phone_e164": {"+1": "1", "+23": "23", "+4": "g-4"},
}


def people(column: str, value: object) -> list[str]:
    led = LEADS[column].get(str(value), "")
    return [led] if led.startswith("g") else list(led)


IDENTIFIERS = [
    ({"email_normal": "email", "phone_e164": "phone"}.get(column, column), value, client)
    for column, values in LEADS.items()
    for value in values
    for client in people(column, value)
]
decisions_of = st.lists(
    st.fixed_dictionaries(
        {column: st.sampled_from([None, *values]) for column, values in LEADS.items()}
        | {
            "purpose": st.sampled_from(["advertising"] * 3 + ["newsletter", "all", "other"]),
            "answer": st.sampled_from(["granted"] * 3 + ["denied"]),
            "decided_at": st.sampled_from(
                [None, *(START + timedelta(days=n) for n in (1, 2, 3))]
            ),
        }
    ),
    max_size=6,
)


def said_by(client: str, decisions: list[Account]) -> list[Account]:
    """What decisions say of a client, as answers on accounts."""
    found: list[Account] = []
    for row in decisions:
        led = {column: people(column, row[column]) for column in LEADS if row[column]}
        is_yes = row["answer"] == "granted"
        first = next(iter(led.values()), [])
        counts = row["purpose"] == "advertising" or (row["purpose"] == "all" and not is_yes)
        is_of = first == [client] if is_yes else any(client in one for one in led.values())
        if counts and is_of:
            said = "yes" if is_yes else "no"
            found.append({"ad_consent": said, "ad_consent_at": row["decided_at"]})
    return found


def words(accounts: list[Account], column: str) -> list[str]:
    texts = [str(row[column] or "").strip().casefold() for row in accounts]
    return [text for text in texts if text]


def consent_reason(accounts: list[Account]) -> str | None:
    stated = [row for row in accounts if words([row], "ad_consent")]
    if not stated:
        return "consent_unknown"
    yes = [row for row in stated if words([row], "ad_consent") == ["yes"]]
    if len(yes) == len(stated):
        return None
    days = [row["ad_consent_at"] for row in stated]
    if yes and None not in days:
        latest = max(day for day in days if isinstance(day, datetime))
        if all(row in yes for row in stated if row["ad_consent_at"] == latest):
            return None
    return "consent_denied"


def permission_reason(accounts: list[Account]) -> str | None:
    stated = words(accounts, "data_permission")
    for word in ("anonymized_only", "do_not_personalize"):
        if word in stated:
            return f"permission_{word}"
    return None if stated and set(stated) == {"full"} else "permission_unknown"


PRIORITY = (
    "consent_denied",
    "permission_anonymized_only",
    "permission_do_not_personalize",
    "consent_unknown",
    "permission_unknown",
)


def plain_reading(
    accounts: list[Account], decisions: list[Account], *, dated: bool, permits: bool
) -> str | None:
    undated = {} if dated else {"ad_consent_at": None}
    answers = [{**row, **undated} for row in accounts] + decisions
    reasons = {consent_reason(answers)}
    if permits:
        reasons.add(permission_reason(accounts))
    return next((reason for reason in PRIORITY if reason in reasons), None)


@settings(max_examples=80)
@given(
    st.just([]) | accounts_of,
    decisions_of,
    optional_columns,
    st.sampled_from([True, True, True, False]),
    st.randoms(),
)
def test_the_gate_decides_as_a_plain_reading_of_the_rules_does(
    rows: list[Account],
    decisions: list[Account],
    optional: frozenset[str],
    has_decisions: bool,  # noqa: FBT001 -- Hypothesis gives it
    random: Random,
) -> None:
    provided = optional | {"customers.ad_consent"}
    provided |= {"consents.answer"} if has_decisions else frozenset()
    dated, permits = (name in optional for name in OPTIONAL)
    numbered = [account(f"a{number}", further=row) for number, row in enumerate(rows)]
    random.shuffle(numbered)
    decided = gate(
        populate(numbered, CLIENTS, random.sample(decisions, len(decisions)), IDENTIFIERS),
        Purpose.ADVERTISING,
        RULE,
        provided=provided,
        excluded=nobody(),
    )

    expected = {
        client: plain_reading(
            [row for row in rows if row["client_id"] == client],
            said_by(client, decisions) if has_decisions else [],
            dated=dated,
            permits=permits,
        )
        for client in CLIENTS
    }
    consented = map(str, decided.consented.clients["client_id"].to_pylist())
    found: dict[str, str | None] = dict.fromkeys(consented)
    found |= {row["client_id"]: row["reason"] for row in decided.refused.to_pylist()}
    assert found == expected
    assert sum(decided.counts.values()) + decided.consented.clients.num_rows == len(CLIENTS)
    assert decided.share == decided.consented.clients.num_rows / len(CLIENTS)
