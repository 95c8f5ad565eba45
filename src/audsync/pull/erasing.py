"""Forgotten people taken out of the warehouse, down to its last byte."""

from collections.abc import Mapping

from audsync.identity.suppression import Suppression
from audsync.pull.basis import held_basis, kept_facts
from audsync.warehouse import Warehouse
from audsync.warehouse.facts import sweep_facts
from audsync.warehouse.forgotten import erase_forgotten


def erase_people(
    warehouse: Warehouse, suppression: Suppression, *, hides: bool
) -> Mapping[str, int]:
    """Erase whom the marks tell, and write the file anew; the rows erased, by table.

    The file is written anew in any case: an earlier attempt may have been killed before that.
    Engines that were taken from the warehouse before are gone.
    """
    basis = held_basis(warehouse)
    with warehouse.transaction():
        erased = erase_forgotten(warehouse.engine, suppression, hides=hides)
        if erased:
            warehouse.note_changed_rows()
        if basis is not None:
            sweep_facts(warehouse.engine, kept_facts(basis))
    warehouse.resolve_if_stale()
    warehouse.rewrite()
    return erased
