"""Invented people: accounts in an engine, the gate over them, and rows of keys."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import pyarrow as pa

from audsync.consent import ConsentRule, Gate, gate
from audsync.contracts import Match, Purpose
from audsync.eligibility import nobody
from audsync.engine import Engine
from audsync.plan import (
    AudiencePlan,
    Desired,
    Difference,
    Matching,
    Population,
    desired,
    diff,
)
from audsync.state.membership import fold
from audsync.tables import CONSENTS, CUSTOMERS, arrow_type
from audsync.warehouse.engine import DuckEngine
from audsync.warehouse.schema import stored_columns

Keys = Mapping[str, str | None]
RULE = ConsentRule(field="ad_consent", granted=("yes",))
YESTERDAY = date(2026, 11, 22)
TODAY = date(2026, 11, 23)
ANNA: Keys = {"email": "anna", "phone": "p-anna"}
BELA: Keys = {"email": "bela", "phone": "p-bela"}
CILA: Keys = {"email": "cila", "phone": "p-cila"}
HOUSEMATE: Keys = {"email": "bela", "phone": "p-anna"}  # of Anna
BY_KEY = Matching(Match.KEY, (("email",), ("phone",)))
BY_ROW = Matching(Match.ROW, (("email",), ("phone",)))
EITHER = Matching(Match.EITHER, (("email",), ("phone",)))
PERSON = Matching(Match.PERSON, (("email",), ("phone",)))


@cache
def engine() -> DuckEngine:
    """One engine for all tests: making one costs more than most tests."""
    return DuckEngine.in_memory()


def account(
    customer_id: str,
    client_id: str | None = None,
    *,
    ad_consent: str | None = "yes",
    ad_consent_at: datetime | None = None,
    data_permission: str | None = None,
    further: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """An account of a client, by default of the client of the same id."""
    return {
        "customer_id": customer_id,
        "client_id": client_id or customer_id,
        "ad_consent": ad_consent,
        "ad_consent_at": ad_consent_at,
        "data_permission": data_permission,
        **(further or {}),
    }


def populate(
    accounts: Sequence[Mapping[str, object]],
    guests: Iterable[str] = (),
    decisions: Sequence[Mapping[str, object]] = (),
    identifiers: Iterable[tuple[str, str, str]] = (),
    *,
    on: Engine | None = None,
) -> Engine:
    """The engine with these accounts, clients without an account, and decisions.

    `identifiers` say by kind and value to which client one leads.
    """
    fields = {column.name: arrow_type(column.kind) for column in CUSTOMERS.columns}
    names = dict.fromkeys(name for row in [account("any"), *accounts] for name in row)
    values = {name: [row.get(name) for row in accounts] for name in names}
    del values["client_id"]
    columns: dict[str, Any] = {
        name: pa.array(found, fields[name]) if name in fields else pa.array(found)
        for name, found in values.items()
    }
    customers = pa.table(columns)
    links = pa.table(
        {
            "customer_id": pa.array([row["customer_id"] for row in accounts], pa.string()),
            "client_id": pa.array([row["client_id"] for row in accounts], pa.string()),
        }
    )
    clients = sorted({str(row["client_id"]) for row in accounts} | set(guests))
    shop = on or engine()
    shop.register("customers", customers)
    shop.register("account_clients", links)
    shop.register("clients", pa.table({"client_id": pa.array(clients, pa.string())}))
    numbers = {client: number for number, client in enumerate(clients)}
    known = [(kind, value, numbers[client]) for kind, value, client in identifiers]
    shop.register("client_numbers", table(("client_id", "client"), list(numbers.items())))
    shop.register("known_identifiers", table(("kind", "value", "client"), known))
    stored = [name for name in stored_columns(CONSENTS) if name not in ("email", "phone")]
    kinds = {
        name: pa.timestamp("us") if name == "decided_at" else pa.string() for name in stored
    }
    rows = [{"consent_id": f"row {number}", **row} for number, row in enumerate(decisions)]
    shop.register("consents", pa.Table.from_pylist(rows, pa.schema(kinds)))
    return shop


def table(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """Rows of text, the last column whole numbers where it is `client`."""
    kinds = [pa.int32() if name == "client" else pa.string() for name in names]
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows],
        pa.schema(list(zip(names, kinds, strict=True))),
    )


def consents(answers: Mapping[str, bool]) -> Gate:
    """The gate over clients of one account each, who said yes or no."""
    who = pa.array(list(answers), pa.string())
    said = pa.array(["yes" if ok else "no" for ok in answers.values()], pa.string())
    shop = engine()
    shop.register("customers", pa.table({"customer_id": who, "ad_consent": said}))
    shop.register("account_clients", pa.table({"customer_id": who, "client_id": who}))
    shop.register("clients", pa.table({"client_id": who}))
    provided = frozenset({"customers.ad_consent"})
    return gate(shop, Purpose.ADVERTISING, RULE, provided=provided, excluded=nobody())


def key_rows(members: Mapping[str, Keys], columns: Sequence[str]) -> pa.Table:
    """Client ids with their keys, in the given order."""
    return pa.table(
        {
            "client_id": pa.array(list(members), pa.string()),
            **{
                name: pa.array([keys.get(name) for keys in members.values()], pa.string())
                for name in columns
            },
        }
    )


def ids(names: Iterable[str]) -> pa.Table:
    """A table of client ids."""
    return pa.table({"client_id": pa.array(list(names), pa.string())})


def wanted(
    members: Mapping[str, Keys],
    columns: Sequence[str] = ("email", "phone"),
    answers: Mapping[str, bool] | None = None,
) -> Desired:
    """Desired members: those of the segment who said yes; by default everybody did."""
    decided = consents(dict.fromkeys(members, True) if answers is None else answers)
    return desired(
        decided.consented,
        ids(members),
        key_rows(members, columns),
        refused=decided.refused,
    )


def delivered(
    members: Mapping[str, Keys],
    columns: Sequence[str] = ("email", "phone"),
    confirmed_on: date | None = YESTERDAY,
) -> pa.Table:
    """A member list as the platform confirmed it."""
    rows = key_rows(members, columns)
    return rows.add_column(
        1, "confirmed_on", pa.array([confirmed_on] * rows.num_rows, pa.date32())
    )


def confirmed(
    had: pa.Table | None,
    difference: Difference,
    matching: Matching,
    *,
    confirmed_on: date = TODAY,
    rules_version: str = "1",
) -> pa.Table:
    """The member list once the platform confirmed every operation on that day."""
    count = difference.operations.num_rows
    decided = (
        difference.operations.drop_columns(["reason"])
        .append_column("certain", pa.repeat(pa.scalar(True), count))
        .append_column("confirmed_on", pa.repeat(pa.scalar(confirmed_on), count))
    )
    return fold(
        had,
        decided,
        difference.silent,
        match=matching.match,
        kinds=matching.kinds,
        rules_version=rules_version,
    )


def denied(names: Iterable[str]) -> pa.Table:
    """These clients as the gate refuses them."""
    rows = ids(names)
    return rows.append_column("reason", pa.repeat(pa.scalar("consent_denied"), rows.num_rows))


def population(
    known: str, refused: str = "", accounts: Mapping[str, str] | None = None
) -> Population:
    """Clients and refused clients as single letters, and accounts with their clients."""
    owners = accounts or {}
    return Population(
        ids(refused).append_column(
            "reason", pa.array(["consent_denied"] * len(refused), pa.string())
        ),
        ids(known),
        pa.table(
            {
                "customer_id": pa.array(list(owners), pa.string()),
                "client_id": pa.array(list(owners.values()), pa.string()),
            }
        ),
    )


def change(
    had: Mapping[str, Keys] | pa.Table | None,
    want: Mapping[str, Keys],
    people: Population | None = None,
    matching: Matching = BY_KEY,
    **further: Any,
) -> Difference:
    """What to send so that who had been delivered become those who are wanted."""
    return diff(
        desired=wanted(want),
        delivered=delivered(had) if isinstance(had, Mapping) else had,
        population=people or population("".join(want)),
        matching=matching,
        **further,
    )


def told(difference: Difference | AudiencePlan) -> list[tuple[object, ...]]:
    """The operations as rows: phase, operation, reason, client, keys."""
    operations = difference.operations.drop_columns(["wanted_as"])
    return [tuple(row.values()) for row in operations.to_pylist()]
