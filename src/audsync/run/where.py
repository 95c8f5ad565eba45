"""Which audiences held a person: `audsync where`."""

from contextlib import ExitStack
from typing import Any

from audsync.audience_keys import AudienceKey
from audsync.config import Config, Shop
from audsync.contracts import Purpose
from audsync.errors import NotFoundError
from audsync.identity.hiding import Hiding
from audsync.run.compute import open_warehouse
from audsync.run.connectors import sinks_of, state_folder
from audsync.run.forget import Person
from audsync.run.identities import check_held, hiding_of
from audsync.sql_text import literal
from audsync.state import State, has_begun
from audsync.state.history import Stay
from audsync.state.members import CLIENT, CONFIRMED
from audsync.warehouse import Warehouse


def where(config: Config, shop: Shop, person: Person) -> list[dict[str, Any]]:
    """The times that a person spent in audiences, as JSON values: names, runs, consent rules.

    Raises NotFoundError for somebody of whom nothing is held.
    """
    folder = state_folder(config, shop)
    if not has_begun(folder):
        raise NotFoundError(f"{shop.id} has no run yet; start with: audsync run")
    with ExitStack() as open_things:
        state = open_things.enter_context(State(folder))
        warehouse = open_things.enter_context(open_warehouse(config, shop))
        hiding = hiding_of(config, shop, sinks_of(config, shop), warnings=[])
        check_held(warehouse, shop, hiding)
        ids = _ids(warehouse, person, hiding)
        if not ids:
            raise NotFoundError("nothing is held of that person, or they were forgotten")
        stays = state.history.stays(ids)
        return [_data(state, shop, one) for one in [*stays, *_older(state, ids, stays)]]


def _ids(warehouse: Warehouse, person: Person, hiding: Hiding | None) -> set[str]:
    """All ids that the person's client may have gone by: clients, and accounts of theirs."""
    if person.customer_id is not None:
        kept = person.customer_id if hiding is None else hiding.text(person.customer_id)
        test = f"customer_id = {literal(kept)} OR client_id = {literal(kept)}"
        orders = f"client_id = {literal(kept)}"
    else:
        email = person.email or ""
        form = literal(email if hiding is None else hiding.pseudonym("email", email))
        found = "IN (SELECT {0} FROM main.{1} WHERE email_normal = {2})"
        test = f"customer_id {found.format('customer_id', 'customers', form)}"
        orders = f"order_id {found.format('order_id', 'orders', form)}"
    clients = (
        f"SELECT client_id FROM main.account_clients WHERE {test} "
        f"UNION SELECT client_id FROM main.order_clients WHERE {orders}"
    )
    rows = warehouse.engine.fetch(
        f"{clients} UNION SELECT customer_id FROM main.account_clients "
        f"WHERE client_id IN ({clients})"
    )
    return {*map(str, rows.column(0).to_pylist())}


def _older(state: State, ids: set[str], told: list[Stay]) -> list[Stay]:
    """Present members of whom the history says nothing: they came before it begins."""
    known = {one.audience for one in told if one.ended_at is None}
    found = []
    for audience in state.audiences.list():
        rows = state.confirmed(audience.audience)
        if rows is None or audience.audience in known:
            continue
        if ids & {*rows.select([CLIENT, CONFIRMED])[CLIENT].to_pylist()}:
            found.append(Stay(audience.audience, None, None, None, None))
    return found


def _data(state: State, shop: Shop, stay: Stay) -> dict[str, Any]:
    audience = state.audiences.get(stay.audience)
    _, segment, sink = AudienceKey.of(stay.audience)
    purpose = shop.sinks[sink].purpose if sink in shop.sinks else Purpose.ADVERTISING
    return {
        "audience": stay.audience,
        "segment": segment,
        "sink": sink,
        "name": None if audience is None else audience.name,
        "from": None if stay.began_at is None else stay.began_at.isoformat(),
        "from_run": stay.began_by,
        "until": None if stay.ended_at is None else stay.ended_at.isoformat(),
        "until_run": stay.ended_by,
        "purpose": purpose.value,
        "consent": _rule(state, stay.began_by, purpose),
    }


def _rule(state: State, run: str | None, purpose: Purpose) -> Any:
    """The consent rule of a run, as its summary has it."""
    found = None if run is None else state.runs.find(run)
    if found is None or found.summary is None:
        return None
    consent: Any = found.summary.get("consent") or {}
    return consent.get(purpose.value, {}).get("rule")
