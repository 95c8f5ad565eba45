"""Plans made by the real gate and the real difference, from a few lines of wishes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import pyarrow as pa

from audsync.audience_keys import AudienceKey
from audsync.consent import ConsentRule, Gate, gate
from audsync.contracts import AudienceSpec, Match, Purpose, Sink
from audsync.deliver import AudienceResult, deliver, resume
from audsync.eligibility import nobody
from audsync.guard_settings import GuardSettings
from audsync.match_keys import rules_version
from audsync.plan import (
    AudiencePlan,
    Confirmed,
    Limits,
    Population,
    Refresh,
    Target,
    desired,
    matching_of,
    plan_audience,
    ways_of,
)
from audsync.state import State
from audsync.tables import CUSTOMERS, arrow_type
from audsync.warehouse.engine import DuckEngine

Row = tuple[str | None, ...]
Wishes = Mapping[str, Row]

CLIENTS = tuple(f"c{number}" for number in range(40))
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
TODAY = NOW.date()
_HALF_A_DAY = timedelta(hours=13)
_GENEROUS = GuardSettings(shrink_percent=100, shrink_members=10**6, growth_members=10**6)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def person(email: str | None, phone: str | None = None, country: str | None = "GB") -> Row:
    """A row of keys as `MemorySink` takes it."""
    return digest(email) if email else None, digest(phone) if phone else None, country


def several(emails: Sequence[str], phones: Sequence[str], country: str | None = "GB") -> Row:
    """A row of up to two keys of each kind, as `MemorySink` takes it of `several`."""
    keys = [[digest(text) for text in texts] for texts in (emails, phones)]
    (email, email_2), (phone, phone_2) = ([*kind, None, None][:2] for kind in keys)
    return email, email_2, phone, phone_2, country


def named_keys(row: Row) -> list[tuple[str, str]]:
    """The keys of a row that find a person, each with its kind."""
    each = (len(row) - 1) // 2
    kinds = ["email"] * each + ["phone"] * each
    return [(kind, key) for kind, key in zip(kinds, row[:-1], strict=True) if key]


def keys_of(rows: Iterable[Row]) -> set[str]:
    """The keys of rows that find a person."""
    return {key for row in rows for _, key in named_keys(row)}


@cache
def _all_consent() -> Gate:
    engine = DuckEngine.in_memory()
    types = {column.name: arrow_type(column.kind) for column in CUSTOMERS.columns}
    accounts = [{"customer_id": client, "ad_consent": "yes"} for client in CLIENTS]
    engine.register("customers", pa.Table.from_pylist(accounts, pa.schema(list(types.items()))))
    engine.register("clients", pa.table({"client_id": CLIENTS}))
    engine.register("account_clients", pa.table({"customer_id": CLIENTS, "client_id": CLIENTS}))
    rule = ConsentRule("ad_consent", ("yes",))
    return gate(
        engine,
        Purpose.ADVERTISING,
        rule,
        provided=frozenset({"customers.ad_consent"}),
        excluded=nobody(),
    )


def audience_key(segment: str = "people", sink_id: str = "memory") -> str:
    return f"shop.{segment}.{sink_id}"


def planned(
    state: State,
    sink: Sink,
    wishes: Wishes,
    *,
    segment: str = "people",
    sink_id: str = "memory",
    withdrawn: Iterable[str] = (),
    refresh: Refresh | None = None,
    as_of: date = TODAY,
) -> AudiencePlan:
    """The plan that makes an audience hold exactly `wishes`, but for who withdrew."""
    keys = list(sink.key_rules)
    refuses = state.journal.is_removal_refused(audience_key(segment, sink_id))
    columns = {
        name: pa.array([row[place] for row in wishes.values()], pa.string())
        for place, name in enumerate(keys)
    }
    clients = pa.table({"client_id": pa.array(list(wishes), pa.string())})
    refused = pa.table(
        {
            "client_id": pa.array(list(withdrawn), pa.string()),
            "reason": pa.array(["consent_denied" for _ in withdrawn], pa.string()),
        }
    )
    return plan_audience(
        Target(
            AudienceKey("shop", segment, sink_id),
            AudienceSpec(f"shop.{segment}", segment.title()),
            rules_version(sink.key_rules),
        ),
        desired=desired(
            _all_consent().consented,
            clients,
            pa.table({"client_id": pa.array(list(wishes), pa.string()), **columns}),
            refused=refused,
        ),
        delivered=state.delivered(audience_key(segment, sink_id), as_of, keys),
        population=Population(
            refused=refused,
            known=pa.table({"client_id": CLIENTS}),
            accounts=pa.table({"customer_id": CLIENTS, "client_id": CLIENTS}),
        ),
        matching=matching_of(sink.capabilities.match, sink.key_rules),
        limits=Limits(
            _GENEROUS,
            consent_share=1.0,
            last_consent_share=1.0,
            confirmed=Confirmed(max_removed=len(CLIENTS)),
        ),
        refresh=refresh,
        ways=ways_of(sink.capabilities, is_removal_refused=refuses),
    )


def a_run(
    state: State,
    sink: Sink,
    wishes: Wishes,
    *,
    number: int = 1,
    sink_id: str = "memory",
    withdrawn: Iterable[str] = (),
    apart: timedelta = _HALF_A_DAY,
) -> AudienceResult:
    """One whole run: resume, plan, deliver; `apart` from the one before.

    What nobody answered is over after two days, as it is in the fourth run after it by default.
    """
    resumed(state, sink, number=number, sink_id=sink_id, apart=apart)
    told = _told(number, apart)
    as_of = day_of(number, apart)
    plan = planned(state, sink, wishes, sink_id=sink_id, withdrawn=withdrawn, as_of=as_of)
    (result,) = deliver([plan], state, {sink_id: sink}, as_of=as_of, **told)
    return result


def resumed(
    state: State,
    sink: Sink,
    *,
    number: int,
    sink_id: str = "memory",
    apart: timedelta = _HALF_A_DAY,
) -> None:
    """What a run does before it plans."""
    resume(state, {sink_id: sink}, **_told(number, apart))


def day_of(number: int, apart: timedelta = _HALF_A_DAY) -> date:
    """The day of a run."""
    return (NOW + apart * (number - 1)).date()


def _told(number: int, apart: timedelta) -> dict[str, Any]:
    moment = NOW + apart * (number - 1)
    return {"run": f"run-{number}", "sleep": lambda _seconds: None, "clock": lambda: moment}


def members(
    state: State, sink_id: str = "memory", *, segment: str = "people"
) -> dict[str, list[Row]]:
    """Rows of keys by client, as the member file has them."""
    table = state.confirmed(audience_key(segment, sink_id))
    held: dict[str, list[Row]] = {}
    for row in () if table is None else table.to_pylist():
        client = row.pop("client_id")
        row.pop("confirmed_on")
        held.setdefault(client, []).append(tuple(row.values()))
    return held


def sure(state: State, sink_id: str = "memory") -> set[str]:
    """Clients of whom the platform confirmed a row."""
    table = state.confirmed(audience_key(sink_id=sink_id))
    rows = [] if table is None else table.to_pylist()
    return {row["client_id"] for row in rows if row["confirmed_on"]}


def should_hold(wishes: Wishes, match: Match) -> frozenset[tuple[object, ...]]:
    """What a `MemoryPlatform` holds when it holds exactly `wishes`."""
    if match.removes_rows:
        return frozenset(wishes.values())
    return frozenset(key for row in wishes.values() for key in named_keys(row))
