"""Who should be in an audience: consented, in the segment, and with a key to be found by."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from audsync.columns import filled
from audsync.consent import Consented, Refusal
from audsync.contracts import Purpose
from audsync.plan.rows import by_client, chosen, contained, looked_up, text_columns

if TYPE_CHECKING:
    import pyarrow as pa

_PLAN: Final = object()


@dataclass(frozen=True, slots=True)
class Desired:
    """The members an audience should have. Only `desired` makes one, from `Consented`.

    `rows` has `client_id`, unique and sorted, and the key columns as text. `candidates` are the
    clients of the segment: each is in `rows`, refused for one reason, or unreachable.
    """

    purpose: Purpose
    rows: "pa.Table" = field(repr=False)
    candidates: int
    refused: Mapping[str, int]
    unreachable: int
    made_by: InitVar[object]

    def __post_init__(self, made_by: object) -> None:
        """Raises TypeError for every caller but `desired`."""
        if made_by is not _PLAN:
            raise TypeError("only desired() says who should be in an audience")


def desired(
    consented: Consented, members: "pa.Table", keys: "pa.Table", *, refused: "pa.Table"
) -> Desired:
    """The consented members of a segment who can be reached, and what became of the others.

    `members` has the segment's `client_id`; `keys` one row per reachable client, `client_id`
    and the key columns; `refused` is the gate's `client_id` and `reason`. A client in neither
    `consented` nor `refused` is not known to the gate and counts as `consent_unknown`.
    """
    import pyarrow as pa

    if not isinstance(consented, Consented):
        raise TypeError("the plan takes only those whom the consent gate let through")
    candidates = _distinct(text_columns(members, ["client_id"])["client_id"])
    reasons = text_columns(refused, ["client_id", "reason"])
    # Whoever was refused after the gate let him through, by suppression, stays out as well.
    free = contained(candidates, consented.clients["client_id"])
    free &= ~contained(candidates, reasons["client_id"])
    stopped = candidates.filter(pa.array(~free))
    rows = text_columns(keys, keys.column_names)
    rows = chosen(rows, contained(rows["client_id"], candidates.filter(pa.array(free))))
    return Desired(
        consented.purpose,
        by_client(rows),
        len(candidates),
        _tally(looked_up(stopped, reasons["client_id"], reasons["reason"])),
        len(candidates) - len(stopped) - rows.num_rows,
        _PLAN,
    )


def _distinct(clients: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    import pyarrow as pa

    return pa.chunked_array([clients.unique()], pa.string())


def _tally(reasons: "pa.ChunkedArray[Any]") -> dict[str, int]:
    """Clients by reason, sorted by its name."""
    import pyarrow.compute as pc

    tally = pc.value_counts(filled(reasons, Refusal.CONSENT_UNKNOWN.value))
    return dict(sorted(zip(*(part.to_pylist() for part in tally.flatten()), strict=True)))
