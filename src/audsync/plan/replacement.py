"""An audience replaced as a whole, where that is less work or what the platform does best."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from audsync.columns import filled
from audsync.contracts import Capabilities, Operation, Replacing
from audsync.plan.difference import Difference
from audsync.plan.reasons import Phase, Reason
from audsync.plan.rows import in_order, looked_up

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Ways:
    """When a platform replaces, and what either way does to ads, a sentence each."""

    replacing: Replacing = Replacing.NEVER
    change_effect: str = ""
    replace_effect: str = ""


ONLY_CHANGES: Final = Ways()


def ways_of(capabilities: Capabilities) -> Ways:
    """The ways of a sink."""
    return Ways(capabilities.replaces, capabilities.change_effect, capabilities.replace_effect)


def is_replaced(ways: Ways, changes: Difference, *, delivered: int, desired: int) -> bool:
    """Whether the audience is better replaced than changed; counts are of members.

    An audience that nobody is in is filled, and one that nobody shall be in is emptied.
    """
    rows = changes.operations.num_rows
    if not (rows and delivered and desired):
        return False
    match ways.replacing:
        case Replacing.NEVER:
            return False
        case Replacing.WHEN_SHORTER:
            return rows > desired
        case Replacing.ALWAYS:
            return True


def replacement(want: "pa.Table", changes: Difference) -> Difference:
    """All who are wanted, in place of all who are there; reasons are those of the changes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = changes.operations
    added = rows.filter(pc.equal(rows["operation"], pa.scalar(Operation.ADD.value)))
    clients = want["client_id"]
    reasons = looked_up(clients, added["client_id"], added["reason"])
    columns: dict[str, Any] = {
        "phase": pa.repeat(pa.scalar(Phase.ADDING.value, pa.int8()), want.num_rows),
        "operation": pa.repeat(pa.scalar(Operation.REPLACE.value), want.num_rows),
        "reason": filled(reasons, Reason.STAYING.value),
        "wanted_as": clients,
    }
    columns |= {name: want[name] for name in want.column_names}
    whole = pa.table(columns)
    keys = want.column_names[1:]
    ordered = in_order(whole.cast(rows.schema), [*keys, "client_id"])
    return Difference(ordered, changes.silent.slice(0, 0))
