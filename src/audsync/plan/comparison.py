"""What becomes of each delivered row, and which desired members are there already."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from audsync.consent import Refusal
from audsync.contracts import VALUE
from audsync.plan.reasons import STAYS, Reason
from audsync.plan.rows import contained, looked_up, of_kind, positions, same_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask, Positions
    from audsync.match_keys import Kinds


# What the shop decides is told apart from what a person said.
_OWN_REASONS: Final = {
    Refusal.SUPPRESSED: Reason.SUPPRESSED,
    Refusal.HELD_OUT: Reason.HELD_OUT,
}


@dataclass(frozen=True, slots=True)
class Population:
    """What is known today of people, for one purpose.

    `refused` has `client_id` and `reason`, from the gate and from suppression; `known` has the
    `client_id` of every client; `accounts` has `customer_id` and `client_id`. A client id is a
    customer id, so that `accounts` tells who a client is whose id has gone.
    """

    refused: "pa.Table" = field(repr=False)
    known: "pa.Table" = field(repr=False)
    accounts: "pa.Table | None" = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Delivered rows against desired members, by position.

    For each delivered row: `fate`, the code of the reason why it goes, or STAYS; and
    `wanted_at`, the place of its person among the desired, or -1. For each desired member:
    `present`, the very row is delivered; `touched`, some row of the person is.
    """

    fate: "Positions" = field(repr=False)
    wanted_at: "Positions" = field(repr=False)
    present: "Mask" = field(repr=False)
    touched: "Mask" = field(repr=False)


def compare(
    want: "pa.Table", have: "pa.Table", population: Population, kinds: "Kinds"
) -> Comparison:
    """The comparison of delivered rows with desired members; both have the same columns.

    What a member is worth is no key: a row with another value is the same row.
    """
    import numpy as np

    wanted_at = positions(have["client_id"], want["client_id"])
    keys = [name for name in have.column_names[1:] if name != VALUE]
    same = same_rows(have, want, keys, at=wanted_at)
    direct = wanted_at >= 0
    fate = np.where(same, STAYS, Reason.KEY_CHANGED.code)
    gone = np.flatnonzero(wanted_at < 0)
    if len(gone):
        fresh = ~_marked(want.num_rows, wanted_at[direct])
        parted = _Departed(have.take(gone), want, fresh, population, kinds)
        fate[gone], wanted_at[gone] = parted.fates()
    touched = _marked(want.num_rows, wanted_at[wanted_at >= 0])
    return Comparison(fate, wanted_at, _marked(want.num_rows, wanted_at[same]), touched)


def _marked(length: int, places: "Positions") -> "Mask":
    import numpy as np

    marks = np.zeros(length, dtype=np.bool_)
    marks[places] = True
    return marks


@dataclass(frozen=True, slots=True)
class _Departed:
    """Delivered rows whose client id is not desired: why, or under which id the person is.

    `fresh` marks the desired members of whose client id nothing is delivered.
    """

    rows: "pa.Table"
    want: "pa.Table"
    fresh: "Mask"
    population: Population
    kinds: "Kinds"

    def fates(self) -> "tuple[Positions, Positions]":
        """The code of the reason of each row, and the place of the person among the desired."""
        import numpy as np

        clients = self.rows["client_id"]
        fates = self._reasons(clients)
        places = np.full(len(fates), -1, dtype=np.int64)
        vanished = np.flatnonzero(fates == Reason.ERASED.code)
        if len(vanished):
            heirs = self._heirs(clients.take(vanished))
            places[vanished] = self._places(heirs, vanished)
            fates[vanished] = self._reasons(heirs)
            fates[places >= 0] = Reason.KEY_CHANGED.code
        return fates, places

    def _reasons(self, clients: "pa.ChunkedArray[Any]") -> "Positions":
        """Why these clients are not desired, given that they are not."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        refused = self.population.refused
        known = contained(clients, self.population.known["client_id"])
        fates = np.where(known, Reason.LEFT.code, Reason.ERASED.code)
        fates[contained(clients, refused["client_id"])] = Reason.CONSENT_WITHDRAWN.code
        for refusal, reason in _OWN_REASONS.items():
            of_it = refused.filter(pc.equal(refused["reason"], pa.scalar(refusal.value)))
            fates[contained(clients, of_it["client_id"])] = reason.code
        return fates

    def _heirs(self, clients: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
        """The clients to whom the accounts that named these clients belong now, or null."""
        import pyarrow as pa

        accounts = self.population.accounts
        if accounts is None:
            return pa.chunked_array([pa.nulls(len(clients), pa.string())])
        return looked_up(clients, accounts["customer_id"], accounts["client_id"])

    def _places(self, heirs: "pa.ChunkedArray[Any]", vanished: "Positions") -> "Positions":
        """Where the vanished clients stand among the desired: by account, else by key.

        By key only members of whom nothing is delivered yet are looked at: the account that
        named a person may be deleted and another of the same person name it now. A member who
        was there before is somebody else, of the same household perhaps.
        """
        import numpy as np

        places = positions(heirs, self.want["client_id"])
        lost = np.asarray(heirs.is_null(), dtype=np.bool_)
        fresh = np.flatnonzero(self.fresh)
        kind_of = {name: kind for kind in self.kinds for name in kind}
        for name, kind in kind_of.items():
            open_rows = np.flatnonzero(lost & (places < 0))
            if not (len(open_rows) and len(fresh)):
                break
            values = self.rows[name].take(vanished[open_rows])
            at = positions(values, of_kind(self.want.select(kind).take(fresh), kind))
            places[open_rows] = np.where(at < 0, -1, fresh[at % len(fresh)])
        # All rows of one person go the same way.
        people = self.rows["client_id"].take(vanished).combine_chunks()
        person = np.asarray(people.dictionary_encode().indices, dtype=np.int64)
        place_of = np.full(len(places), -1, dtype=np.int64)
        np.maximum.at(place_of, person, places)
        return place_of[person]
