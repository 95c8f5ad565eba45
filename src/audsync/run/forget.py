"""`audsync forget`: who is meant, marked before anything else; and how far that has come."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audsync.config import Config, Shop
from audsync.contracts import Sink
from audsync.errors import NotFoundError
from audsync.identity.suppression import Suppression, Trace, digests_of
from audsync.run.compute import open_warehouse
from audsync.run.connectors import sinks_of, state_folder
from audsync.run.forgetting import waiting_audiences
from audsync.run.identities import check_held, hiding_of
from audsync.run.snapshots import snapshots_of
from audsync.run.suppression import hides, note_key, open_suppression
from audsync.sql_text import literal
from audsync.state import Forgetting, State, has_begun, lock
from audsync.warehouse import Warehouse
from audsync.warehouse.forgotten import count_rows, widen


@dataclass(frozen=True, slots=True)
class Person:
    """Who is meant: by an address in normal form, or by the id of an account."""

    email: str | None = field(default=None, repr=False)
    customer_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is held of the person: rows by table, audiences by name; `request` once asked.

    Among `rows` are `snapshots`, how many hold the person, where it is only tried.
    """

    request: str | None
    rows: Mapping[str, int]
    audiences: tuple[str, ...]
    was_forgotten: bool


def ask(
    config: Config,
    shop: Shop,
    person: Person,
    *,
    request: str,
    at: datetime,
    is_dry: bool,
    warnings: list[str],
) -> Asked:
    """Suppress a person, unless that is only tried: nothing of them is sent from then on.

    Whoever is being forgotten already keeps that request. Raises ConsentError without the
    suppression key, NotFoundError for an account nobody knows.
    """
    folder = state_folder(config, shop)
    with ExitStack() as open_things:
        open_things.enter_context(lock(folder, now=at))
        state = open_things.enter_context(State(folder))
        warehouse = open_things.enter_context(open_warehouse(config, shop))
        sinks = sinks_of(config, shop)
        suppression = open_suppression(
            config, shop, state, warnings, state.suppressions.marks()
        )
        hiding = hiding_of(config, shop, sinks, warnings)
        check_held(warehouse, shop, hiding)
        kept = person.customer_id
        if kept is not None and hiding is not None:
            kept = hiding.text(kept)
        first = _first_marks(suppression, sinks, person.email, kept)
        earlier = state.suppressions.of_marks(first)
        if kept is not None and earlier is None and not _is_known(warehouse, kept):
            raise NotFoundError("no client has that customer id")
        mine = Suppression(suppression.key, first)
        rules = [rule for sink in sinks.values() for rule in sink.key_rules.values()]
        widen(warehouse.engine, mine, rules, hides=hides(shop))
        counts = count_rows(warehouse.engine, mine, hides=hides(shop))
        audiences = tuple(one.name for one in waiting_audiences(state, mine))
        snapshots = snapshots_of(config, shop).holding(mine) if is_dry else 0
        is_gone = earlier is not None and not any(counts.values()) and not audiences
        name = None if is_dry else _noted(state, mine, request, at, earlier, is_gone=is_gone)
    held = {**counts, "snapshots": snapshots}
    found = {table: count for table, count in held.items() if count}
    return Asked(name, found, audiences, was_forgotten=is_gone)


def _first_marks(
    suppression: Suppression, sinks: Mapping[str, Sink], email: str | None, kept: str | None
) -> set[str]:
    rules = [rule for sink in sinks.values() for rule in sink.key_rules.values()]
    marks: set[str] = set()
    if email is not None:
        marks |= suppression.marks_of(Trace.EMAIL, digests_of(Trace.EMAIL, email, rules))
    if kept is not None:
        marks |= suppression.marks_of(Trace.CUSTOMER, [kept])
    return marks


def _is_known(warehouse: Warehouse, customer_id: str) -> bool:
    known = warehouse.engine.fetch(
        f"SELECT 1 FROM main.account_clients WHERE customer_id = {literal(customer_id)} "
        f"OR client_id = {literal(customer_id)} UNION ALL "
        f"SELECT 1 FROM main.order_clients WHERE client_id = {literal(customer_id)}"
    )
    return known.num_rows > 0


def _noted(
    state: State,
    mine: Suppression,
    request: str,
    at: datetime,
    earlier: Forgetting | None,
    *,
    is_gone: bool,
) -> str:
    """The request that the person has now."""
    if earlier is not None and (is_gone or earlier.finished_at is None):
        state.suppressions.keep(mine.marks, request=earlier.id)
        return earlier.id
    with state.transaction():
        note_key(state, mine)
        state.suppressions.ask(request, mine.marks, at=at)
    return request


def requests(config: Config, shop: Shop) -> list[Forgetting]:
    """All requests of a shop, the oldest first."""
    folder = state_folder(config, shop)
    if not has_begun(folder):
        return []
    with State(folder) as state:
        return state.suppressions.requests()


def request_data(one: Forgetting) -> dict[str, Any]:
    """A request as JSON values: names, times and counts."""
    receipt = {"run": None, "sinks": [], "erased": {}, **(one.receipt or {})}
    return {
        "request": one.id,
        "state": "pending" if one.finished_at is None else "done",
        "asked_at": one.asked_at.isoformat(),
        "finished_at": None if one.finished_at is None else one.finished_at.isoformat(),
        **receipt,
    }
