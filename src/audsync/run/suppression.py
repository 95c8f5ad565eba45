"""A run's part in keeping forgotten people away: the key, and who of those held is one."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from audsync.columns import distinct, mask
from audsync.config import Config, Shop
from audsync.contracts import KeyRule, Sink
from audsync.errors import ConsentError, MissingSecretError
from audsync.identity.hiding import Identities
from audsync.identity.suppression import Suppression, Trace
from audsync.plan.rows import contained
from audsync.run.keys import SUPPRESSION_KEY, shop_key
from audsync.state.members import CLIENT, CONFIRMED
from audsync.state.suppressions import KEY_FACT
from audsync.warehouse.forgotten import blank_shared_phones
from audsync.warehouse.forgotten import forgotten_clients as forgotten_in_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask, Text
    from audsync.state import State
    from audsync.warehouse import Warehouse

_FREE: Final = "nobody_forgotten"  # of the warehouse: for which rows and marks that is known


def suppression_of(
    config: Config, shop: Shop, state: "State", warnings: list[str]
) -> Suppression | None:
    """Whom the shop has forgotten; None where that is nobody.

    Raises ConsentError where the key of the marks is missing or another one: nobody could say
    then who must stay away.
    """
    marks = state.suppressions.marks()
    if not marks:
        return None
    return open_suppression(config, shop, state, warnings, marks)


def open_suppression(
    config: Config, shop: Shop, state: "State", warnings: list[str], marks: set[str]
) -> Suppression:
    """Those marks with their key; ConsentError as above."""
    try:
        key = shop_key(config, shop, SUPPRESSION_KEY, warnings)
    except MissingSecretError as error:
        remedy = (
            "People were forgotten with it: bring it back from its copy; a new one is refused"
            if marks
            else "A shop that never had one makes it by: audsync secrets set "
            f"{SUPPRESSION_KEY} --generate --shop {shop.id}"
        )
        raise ConsentError(
            f"{shop.id}: nothing is done without the secret {SUPPRESSION_KEY}, which tells who "
            f"was forgotten. {error}\n{remedy}"
        ) from None
    suppression = Suppression(key, marks, state.suppressions.keep)
    refuse_other_key(shop, state, suppression)
    return suppression


def refuse_other_key(shop: Shop, state: "State", suppression: Suppression) -> None:
    """ConsentError where people were forgotten with another key than that of these marks."""
    known = state.facts.get(KEY_FACT)
    if known is not None and known != suppression.key_mark:
        raise ConsentError(
            f"{shop.id}: the secret {SUPPRESSION_KEY} is another one than that with which "
            "people were forgotten, so that they could not be told; bring the old one back"
        )


def note_key(state: "State", suppression: Suppression) -> None:
    """Keep what tells this key from another one."""
    if state.facts.get(KEY_FACT) is None:
        state.facts.put(KEY_FACT, suppression.key_mark)


def hides(shop: Shop) -> bool:
    """Whether the shop's identities are hidden."""
    return shop.identities is Identities.HASHED


def spare_others(
    shop: Shop, state: "State", warehouse: "Warehouse", suppression: Suppression
) -> None:
    """While somebody is being forgotten: leave others without that person's number.

    So what others are sent by has nothing of the person any more.
    """
    if not state.suppressions.pending():
        return
    with warehouse.transaction():
        if blank_shared_phones(warehouse.engine, suppression, hides=hides(shop)):
            warehouse.note_changed_rows()
    warehouse.resolve_if_stale()


def forgotten_clients(
    shop: Shop,
    state: "State",
    warehouse: "Warehouse",
    sinks: Mapping[str, Sink],
    suppression: Suppression | None,
    *,
    as_of: date,
) -> list[str]:
    """Clients of the warehouse and members of audiences who were forgotten, in order.

    Hardly ever is anybody left of them, so that it is kept for which rows that is known.
    """
    if suppression is None:
        return []
    basis = [warehouse.revision, suppression.fingerprint]
    found: set[str] = set()
    if warehouse.recall(_FREE) != basis:
        found |= {*forgotten_in_rows(warehouse.engine, suppression, hides=hides(shop))}
        if not found:
            with warehouse.transaction():
                warehouse.remember(_FREE, basis)
    if state.suppressions.pending():
        for audience in state.audiences.list():
            rows = state.delivered(audience.audience, as_of)
            if rows is not None and audience.sink in sinks:
                found |= _members(rows, sinks[audience.sink].key_rules, suppression)
    return sorted(found)


def _members(
    rows: "pa.Table", rules: Mapping[str, KeyRule], suppression: Suppression
) -> set[str]:
    """Ids of members who were forgotten: by id, address, or a number without an address."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def of(kind: Trace) -> list[str]:
        return [
            name
            for name, rule in rules.items()
            if rule.inputs == (kind.value,) and name in rows.column_names
        ]

    found: Any = pc.is_in(
        rows[CLIENT],
        value_set=pa.array(suppression.marked(Trace.CUSTOMER, rows[CLIENT]), pa.string()),
    )
    nameless: Any = pa.repeat(pa.scalar(value=True), rows.num_rows)
    for name in of(Trace.EMAIL):
        found = pc.or_(found, _hit(rows[name], suppression))
        nameless = pc.and_(nameless, pc.is_null(rows[name]))
    for name in of(Trace.PHONE):
        found = pc.or_(found, pc.and_(nameless, _hit(rows[name], suppression)))
    return {*distinct(rows.filter(found)[CLIENT])}


def touched(rows: "pa.Table", suppression: Suppression) -> "Mask":
    """The rows of a member or plan file that have a marked id or key, whosever they are."""
    import pyarrow as pa

    ids = suppression.marked(Trace.CUSTOMER, rows[CLIENT])
    found = contained(rows[CLIENT], pa.chunked_array([ids], pa.string()))
    for field in rows.schema:
        if field.name not in _NO_KEYS and pa.types.is_string(field.type):
            found |= mask(_hit(rows[field.name], suppression))
    return found


def _hit(keys: "Text", suppression: Suppression) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.is_in(keys, value_set=pa.array(suppression.marked_keys(keys), pa.string()))


_NO_KEYS: Final = frozenset({CLIENT, CONFIRMED, "operation", "reason", "wanted_as"})


def of_request(state: "State", suppression: Suppression, request: str) -> Suppression:
    """The marks of one request; new ones become its own."""
    keep = partial(state.suppressions.keep, request=request)
    return Suppression(suppression.key, state.suppressions.marks(request), keep)
