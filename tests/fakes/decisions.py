"""The gate over a few accounts, and what it said of each client."""

from datetime import datetime

import pyarrow as pa

from audsync.consent import ConsentRule, Gate, gate
from audsync.contracts import Purpose
from audsync.eligibility import nobody
from fakes.people import RULE, populate

CONSENT = frozenset({"customers.ad_consent"})
MAY = datetime(2026, 5, 1)  # noqa: DTZ001 -- times of the tables are UTC without a zone
JUNE = datetime(2026, 6, 1)  # noqa: DTZ001 -- as above


def decide(
    *accounts: dict[str, object],
    rule: ConsentRule = RULE,
    provided: frozenset[str] = CONSENT,
    guests: tuple[str, ...] = (),
    purpose: Purpose = Purpose.ADVERTISING,
    forgotten: tuple[str, ...] = (),
    excluded: pa.Table | None = None,
) -> Gate:
    return gate(
        populate(accounts, guests),
        purpose,
        rule,
        provided=provided,
        excluded=nobody() if excluded is None else excluded,
        forgotten=forgotten,
    )


def verdicts(decided: Gate) -> dict[str, str]:
    rows = {row["client_id"]: str(row["reason"]) for row in decided.refused.to_pylist()}
    return rows | dict.fromkeys(decided.consented.clients["client_id"].to_pylist(), "yes")
