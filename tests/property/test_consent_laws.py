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


def words(accounts: list[Account], column: str) -> list[str]:
    texts = [str(row[column] or "").strip().casefold() for row in accounts]
    return [text for text in texts if text]


def consent_reason(accounts: list[Account], *, dated: bool) -> str | None:
    stated = [row for row in accounts if words([row], "ad_consent")]
    if not stated:
        return "consent_unknown"
    yes = [row for row in stated if words([row], "ad_consent") == ["yes"]]
    if len(yes) == len(stated):
        return None
    days = [row["ad_consent_at"] for row in stated]
    if dated and yes and None not in days:
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


def plain_reading(accounts: list[Account], *, dated: bool, permits: bool) -> str | None:
    reasons = {consent_reason(accounts, dated=dated)}
    if permits:
        reasons.add(permission_reason(accounts))
    return next((reason for reason in PRIORITY if reason in reasons), None)


@settings(max_examples=80)
@given(accounts_of, optional_columns, st.randoms())
def test_the_gate_decides_as_a_plain_reading_of_the_rules_does(
    rows: list[Account], optional: frozenset[str], random: Random
) -> None:
    provided = optional | {"customers.ad_consent"}
    dated, permits = (name in optional for name in OPTIONAL)
    numbered = [account(f"a{number}", further=row) for number, row in enumerate(rows)]
    random.shuffle(numbered)
    decided = gate(
        populate(numbered, CLIENTS),
        Purpose.ADVERTISING,
        RULE,
        provided=provided,
        excluded=nobody(),
    )

    expected = {
        client: plain_reading(
            [row for row in rows if row["client_id"] == client], dated=dated, permits=permits
        )
        for client in CLIENTS
    }
    consented = map(str, decided.consented.clients["client_id"].to_pylist())
    found: dict[str, str | None] = dict.fromkeys(consented)
    found |= {row["client_id"]: row["reason"] for row in decided.refused.to_pylist()}
    assert found == expected
    assert sum(decided.counts.values()) + decided.consented.clients.num_rows == len(CLIENTS)
    assert decided.share == decided.consented.clients.num_rows / len(CLIENTS)
