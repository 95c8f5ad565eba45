"""What stored identities were made with, and what a change of it takes: reading all anew."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from audsync.identity.facts import FACTS_VERSION, OF_HIDDEN, OF_STORED
from audsync.identity.hiding import Hiding, Identities
from audsync.identity.normal import NORMAL_VERSION
from audsync.tables import TABLES
from audsync.warehouse import Warehouse
from audsync.warehouse.people import renew_normal_forms

Basis = Mapping[str, Any]


class Prepared(NamedTuple):
    """Why everything is read anew, if it is, and values that have no normal form any more."""

    read_anew: str | None
    dropped: Mapping[str, int]


_BASIS: Final = "normal_basis"
_READING: Final = "read_anew"  # why everything is being read anew; null when that is done
_NAMELESS: Final = "nameless"  # whether identities were dropped and are not all back
_BEGUN: Final = "first_pull"  # whether the shop was never read to its end
_SIZES: Final = "sizes"  # rows of each table when it was last read to its end
_MADE_BY: Final = {
    "key": "the secret identity_key is another one than before",
    "version": "this release reads addresses, phone numbers and names otherwise",
    "facts": "this release keeps more about addresses, phone numbers and names",
    "country": "the country of the shop is another one than before",
}


def wanted_basis(country: str, hiding: Hiding | None) -> Basis:
    """What identities are made with now."""
    basis = {"version": NORMAL_VERSION, "facts": FACTS_VERSION, "country": country}
    if hiding is None:
        return {**basis, "identities": str(Identities.STORED)}
    return {
        **basis,
        "identities": str(Identities.HASHED),
        "key": hiding.key_mark,
        "rules": list(hiding.rule_facts),
    }


def held_basis(warehouse: Warehouse) -> Basis | None:
    """What the stored rows were made with; None before the first pull."""
    held: Basis | None = warehouse.recall(_BASIS)
    return None if held is None else {"identities": str(Identities.STORED), **held}


def holds_values(warehouse: Warehouse) -> bool:
    """Whether values of people are stored in it, or may still be on their way out."""
    return is_of(Identities.STORED, held_basis(warehouse))


def is_of(mode: Identities, basis: Basis | None) -> bool:
    """Whether rows are there and were kept in that mode."""
    return basis is not None and basis["identities"] == mode


def kept_facts(basis: Basis) -> set[str]:
    """The names of the facts that are kept beside values."""
    makers = OF_STORED if is_of(Identities.STORED, basis) else OF_HIDDEN
    return {name for of_kind in makers.values() for name in of_kind} | {*basis.get("rules", ())}


def why_anew(warehouse: Warehouse, wanted: Basis) -> str | None:
    """Why everything must be read anew for that basis; None where what is held will do.

    Where values are and stay stored, normal forms are made anew from them instead.
    """
    held = held_basis(warehouse)
    if held is None:
        return None
    if held["identities"] != wanted["identities"]:
        return f'[privacy] identities is "{wanted["identities"]}" from now on'
    if is_of(Identities.HASHED, held):
        for part, reason in _MADE_BY.items():
            if held[part] != wanted[part]:
                return reason
        missing = sorted({*wanted["rules"]} - {*held["rules"]})
        if missing:
            return f"sinks take keys that were not made before ({', '.join(missing)})"
    reading: str | None = warehouse.recall(_READING)
    return reading


def is_partial(warehouse: Warehouse) -> bool:
    """Whether rows or their identities are missing until everything has been read.

    Who is one person, and so who refused, cannot be told then.
    """
    return bool(warehouse.recall(_NAMELESS) or warehouse.recall(_BEGUN))


def note_whole(warehouse: Warehouse) -> None:
    """Note that the shop was read to its end, in the transaction that is open."""
    warehouse.remember(_BEGUN, None)
    warehouse.remember(_SIZES, {name: warehouse.rows(name) for name in TABLES})


def sizes_when_whole(warehouse: Warehouse) -> Mapping[str, int]:
    """Rows of each table when the shop was last read to its end; none before that."""
    found: Mapping[str, int] | None = warehouse.recall(_SIZES)
    return found or {}


def prepare(warehouse: Warehouse, wanted: Basis) -> Prepared:
    """Bring what is held to that basis, or let the source begin from the start.

    When everything is to be read anew, identities that were kept otherwise are dropped first:
    values that were stored are gone from the disk when this returns. A pull that was cut off
    goes on where it was.
    """
    held, reason = held_basis(warehouse), why_anew(warehouse, wanted)
    if held is None:
        with warehouse.transaction():
            settle(warehouse, wanted)
            warehouse.remember(_BEGUN, value=True)
    elif reason is None and is_of(Identities.STORED, wanted) and held != wanted:
        return Prepared(None, _renewed(warehouse, wanted))
    elif reason is not None and (held != wanted or warehouse.recall(_READING) is None):
        _begin_anew(warehouse, held, wanted, reason)
    return Prepared(reason, {})


def _renewed(warehouse: Warehouse, wanted: Basis) -> Mapping[str, int]:
    with warehouse.transaction():
        changed, dropped = renew_normal_forms(warehouse.engine, country=wanted["country"])
        if changed:
            warehouse.note_changed_rows()
        settle(warehouse, wanted)
    return dropped


def _begin_anew(warehouse: Warehouse, held: Basis, wanted: Basis, reason: str) -> None:
    leaves_values = is_of(Identities.STORED, held) and is_of(Identities.HASHED, wanted)
    with warehouse.transaction():
        if held["identities"] != wanted["identities"] or held.get("key") != wanted.get("key"):
            warehouse.drop_identities()
            warehouse.remember(_NAMELESS, value=True)
        warehouse.remember("cursor", None)
        warehouse.remember(_READING, reason)
        if not leaves_values:
            warehouse.remember(_BASIS, wanted)
    if leaves_values:
        # Until the file is written anew, its basis says that there are values in it.
        warehouse.rewrite()
        with warehouse.transaction():
            warehouse.remember(_BASIS, wanted)


def settle(warehouse: Warehouse, wanted: Basis) -> bool:
    """Note that what is held was made with that basis, in the transaction that is open.

    Whether it is another one than before.
    """
    is_other = held_basis(warehouse) != wanted
    warehouse.remember(_BASIS, wanted)
    warehouse.remember(_READING, None)
    warehouse.remember(_NAMELESS, None)
    return is_other
