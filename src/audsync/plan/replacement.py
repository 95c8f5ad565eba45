"""An audience replaced as a whole, where that is less work or what the platform does best.

Where outcomes come later, a replacement takes people out long after the run. Whoever may not be
in the audience any more does not wait for that: a removal of theirs is sent before it. Where
they are known at once, it is sent only if the platform refuses the replacement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from audsync.columns import filled
from audsync.contracts import Capabilities, Operation, Replacing
from audsync.plan.difference import Difference, Matching
from audsync.plan.guards import Hold
from audsync.plan.reasons import FORBIDDEN, Phase, Reason
from audsync.plan.rows import (
    chosen,
    contained,
    in_order,
    kinds_in,
    looked_up,
    shares,
    text_columns,
)

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Ways:
    """When a platform replaces, and what either way does to ads, a sentence each.

    `is_late` says that a replacement takes people out after the run that sends it; `most` are
    the members that can be sent in the time that it may take.
    """

    replacing: Replacing = Replacing.NEVER
    change_effect: str = ""
    replace_effect: str = ""
    is_late: bool = False
    most: int | None = None


ONLY_CHANGES: Final = Ways()
# Ten thousand members take a second or two on their way and at the platform.
_LONGEST_PART: Final = timedelta(seconds=5)


def ways_of(capabilities: Capabilities, *, is_removal_refused: bool = False) -> Ways:
    """The ways of a sink.

    Where the platform refused to take somebody out of the audience, as it may of a small one,
    and a replacement takes people out at once, that is the way, if the sink may choose.
    """
    replaces = capabilities.replaces
    may_choose = replaces is Replacing.WHEN_SHORTER and capabilities.settles_after is None
    return Ways(
        Replacing.ALWAYS if is_removal_refused and may_choose else replaces,
        capabilities.change_effect,
        capabilities.replace_effect,
        is_late=capabilities.settles_after is not None,
        most=_most(capabilities),
    )


def _most(capabilities: Capabilities) -> int | None:
    """Members whose parts surely leave within the time of a replacement; None for any number.

    One that is not over by then is what has arrived: it must not be begun.
    """
    within = capabilities.replace_within
    return None if within is None else within // _LONGEST_PART * capabilities.max_batch


def is_replaced(ways: Ways, changes: Difference, *, delivered: int, desired: int) -> bool:
    """Whether the audience is better replaced than changed; counts are of members.

    An audience that nobody is in is filled, and one that nobody shall be in is emptied. One
    that could not be sent in time is changed, whatever was asked for.
    """
    rows = changes.operations.num_rows
    is_too_long = ways.most is not None and desired > ways.most
    if is_too_long or not (rows and delivered and desired):
        return False
    match ways.replacing:
        case Replacing.NEVER:
            return False
        case Replacing.WHEN_SHORTER:
            return rows > desired + _removed_first(ways, changes).num_rows
        case Replacing.ALWAYS:
            return True


def replacement(
    want: "pa.Table", have: "pa.Table", changes: Difference, *, ways: Ways, matching: Matching
) -> Difference:
    """All who are wanted, in place of all who are there; reasons are those of the changes.

    Before them, where a replacement is late, come the removals of whoever may not be there any
    more. Whoever shares a key with one of these has the reason `restored`: the platform may do
    either last, so that he is sent again once both are done. `have` are the delivered rows.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = changes.operations
    first = _removed_first(ways, changes)
    added = rows.filter(pc.equal(rows["operation"], pa.scalar(Operation.ADD.value)))
    clients = want["client_id"]
    reasons = filled(
        looked_up(clients, added["client_id"], added["reason"]), Reason.STAYING.value
    )
    # Where nobody is removed by himself, nobody is restored.
    shared = _shared(want, have, first, matching)
    is_restored = pc.equal(reasons, pa.scalar(Reason.RESTORED.value))
    reasons = pc.if_else(is_restored, pa.scalar(Reason.STAYING.value), reasons)
    reasons = pc.if_else(shared, pa.scalar(Reason.RESTORED.value), reasons)
    columns: dict[str, Any] = {
        "phase": pa.repeat(pa.scalar(Phase.ADDING.value, pa.int8()), want.num_rows),
        "operation": pa.repeat(pa.scalar(Operation.REPLACE.value), want.num_rows),
        "reason": reasons,
        "wanted_as": clients,
    }
    columns |= {name: want[name] for name in want.column_names}
    whole = pa.table(columns)
    keys = want.column_names[1:]
    ordered = in_order(whole.cast(rows.schema), [*keys, "client_id"])
    return Difference(pa.concat_tables([first, ordered]), changes.silent.slice(0, 0))


def if_refused(
    changes: Difference,
    difference: Callable[[frozenset[Hold]], Difference],
    *,
    ways: Ways,
    matching: Matching,
) -> Difference | None:
    """What is sent where the platform refuses the replacement: who may not be there leaves.

    Everybody else stays as he is, and whoever shares a key with one who leaves is restored, by
    his new keys where they changed. None where nobody has to leave, and where their removals
    are sent in any case. `difference` is the plan's, by what is held of it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if ways.is_late or not pc.any(_is_forbidden(changes.operations)).as_py():
        return None
    rest = difference(frozenset({Hold.GROWTH, Hold.CONSENT}))
    rows = rest.operations
    stays = pc.equal(rows["phase"], pa.scalar(Phase.LEAVING.value, pa.int8()))
    stays = pc.and_not(stays, _is_forbidden(rows))
    rows = rows.filter(pc.invert(stays))
    rows = pa.concat_tables([_renewed(changes.operations, rows, matching), rows])
    return Difference(in_order(rows, ["phase"]), rest.silent)


def _renewed(changes: "pa.Table", sent: "pa.Table", matching: Matching) -> "pa.Table":
    """The additions of changed keys of whoever may go with the old ones, by those `sent`."""
    import numpy as np

    if not matching.match.restores:
        return changes.slice(0, 0)
    removed = chosen(sent, sent["operation"].to_numpy() == Operation.REMOVE.value)
    old = chosen(changes, changes["operation"].to_numpy() == Operation.REMOVE.value)
    may_go = shares(old, removed, kinds_in(old, matching.kinds))
    is_new = np.asarray(changes["phase"], dtype=np.int8) == Phase.ADDING.value
    people = chosen(old, may_go)["wanted_as"]
    return chosen(changes, is_new & contained(changes["client_id"], people))


def _removed_first(ways: Ways, changes: Difference) -> "pa.Table":
    """The removals that go out before a replacement."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = changes.operations
    if not ways.is_late:
        return rows.slice(0, 0)
    is_leaving = pc.equal(rows["phase"], pa.scalar(Phase.LEAVING.value, pa.int8()))
    return rows.filter(pc.and_(is_leaving, _is_forbidden(rows)))


def _is_forbidden(rows: "pa.Table") -> "pa.BooleanArray":
    """Which operations are removals of whoever may not be in the audience."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: pa.BooleanArray = pc.is_in(
        rows["reason"], value_set=pa.array(FORBIDDEN, pa.string())
    )
    return found


def _shared(
    want: "pa.Table", have: "pa.Table", removed: "pa.Table", matching: Matching
) -> "pa.Array[Any]":
    """Which wanted members have a key of whoever is removed, where they may go with him."""
    import numpy as np
    import pyarrow as pa

    if not (removed.num_rows and matching.match.restores):
        return pa.array(np.zeros(want.num_rows, dtype=np.bool_))
    theirs = chosen(have, contained(have["client_id"], removed["client_id"]))
    theirs = text_columns(theirs, want.column_names)
    return pa.array(shares(want, theirs, kinds_in(want, matching.kinds)))
