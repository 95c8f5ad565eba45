"""Operations that turn a delivered audience into the desired one, each with its reason.

Nobody is removed who stays: a key that a current member has is spared, and a person whose
client id changed, because accounts were joined, is still the same person.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audsync.contracts import VALUE, KeyRule, Match, Operation
from audsync.match_keys import Kinds, kinds_of
from audsync.plan.comparison import Comparison, Population, compare
from audsync.plan.desired_members import Desired
from audsync.plan.guards import Hold
from audsync.plan.reasons import REASONS, STAYS, Phase, Reason
from audsync.plan.refresh import Refresh, due
from audsync.plan.rows import (
    chosen,
    contained,
    held_rows,
    in_order,
    kinds_in,
    of_kind,
    same_rows,
    shares,
    text_columns,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask, Positions


@dataclass(frozen=True, slots=True)
class Matching:
    """How a platform finds a member again; `kinds` are the keys that find one alone.

    Columns of one kind hold the same sort of value: who has it in another column has it too.
    `made_of` has those of them that leave in parts, with the columns of these.
    """

    match: Match
    kinds: Kinds
    made_of: Mapping[str, Collection[str]] = field(default_factory=dict)


def matching_of(match: Match, rules: Mapping[str, KeyRule]) -> Matching:
    """How members are found by keys of these rules."""
    parts = {
        name: rule.made_of for name, rule in rules.items() if rule.identifies and rule.made_of
    }
    return Matching(match, kinds_of(rules), parts)


@dataclass(frozen=True, slots=True)
class Difference:
    """Operations, and what leaves the member list without one.

    `operations` has `phase`, `operation`, `reason`, `wanted_as`, `client_id` and the key
    columns, sorted by phase, order of reasons and keys; `wanted_as` is the client id under
    which the person is wanted, null for who leaves. `silent` has `wanted_as`, `client_id` and
    the key columns of delivered rows that go although nothing is sent, since other members have
    all of their keys.
    """

    operations: "pa.Table" = field(repr=False)
    silent: "pa.Table" = field(repr=False)

    @property
    def spared(self) -> int:
        """Rows that go without an operation."""
        return self.silent.num_rows


def diff(
    *,
    desired: Desired,
    delivered: "pa.Table | None",
    population: Population,
    matching: Matching,
    refresh: Refresh | None = None,
    holds: Collection[Hold] = (),
) -> Difference:
    """What to send so that the platform holds `desired` where it holds `delivered`.

    `delivered` has `client_id`, `confirmed_on` (null where it is uncertain whether the platform
    holds the row) and key columns; None before the first delivery. A client may have several
    rows: old keys whose removal was not confirmed. Key columns that `desired` does not have are
    not looked at, and those that `delivered` does not have are null there. What `holds` name
    stays as it is: members are kept with their old rows, and these spare their keys.
    """
    import numpy as np

    if not isinstance(desired, Desired):
        raise TypeError("the plan takes only what desired() made")
    want = desired.rows
    # A slice of nothing would keep the desired rows in memory for as long as the plan is.
    have = want.schema.empty_table() if delivered is None else delivered
    have = text_columns(have, want.column_names)
    kinds = _kinds(want, matching)
    comparison = compare(want, have, population, kinds)
    adds = _additions(comparison, want, have, delivered, refresh)
    goes = comparison.fate != STAYS
    held = goes & _held(comparison, holds)
    target = _target(comparison, adds, holds)
    adds[~target] = STAYS
    if Hold.CONSENT in holds:
        adds[:] = STAYS
    removals = _removals(have, want["client_id"], comparison, goes & ~held)
    current = [chosen(want, target), chosen(have, held)]
    whole = removals
    removals, silent = _spared(removals, current, matching, kinds)
    removals = _deferred(removals, matching, kinds)
    again = np.zeros(len(adds), dtype=np.bool_)
    if matching.match.restores:
        target &= comparison.present | (adds != STAYS)
        leaving, replaced = (
            target & shares(want, _of_phase(removals, whole, phase), kinds)
            for phase in (Phase.LEAVING, Phase.REPLACED)
        )
        # Whoever is there and has an old row is added once, after that is removed as well.
        stays = adds == STAYS
        replaced |= leaving & stays & _has_old_row(want, removals)
        adds[leaving & stays & ~replaced] = Reason.RESTORED.code
        again = replaced
    return Difference(_operations(want, adds, again, removals), silent)


def _kinds(want: "pa.Table", matching: Matching) -> Kinds:
    """The kinds of keys that find a member alone; ValueError where there is none."""
    kinds = kinds_in(want, matching.kinds)
    if not kinds:
        keys = ", ".join(want.column_names[1:])
        raise ValueError(f"none of the keys {keys} identifies a member")
    return kinds


def _additions(
    comparison: Comparison,
    want: "pa.Table",
    have: "pa.Table",
    delivered: "pa.Table | None",
    refresh: Refresh | None,
) -> "Positions":
    """For each desired member the code of the reason why it is sent, or STAYS."""
    import numpy as np
    import pyarrow as pa

    adds = np.where(comparison.touched, Reason.KEY_CHANGED.code, Reason.ENTERED.code)
    # Also where an older row is still to be removed: sent again in every run, an addition would
    # for ever hold back that removal at a platform that settles later.
    adds[comparison.present] = STAYS
    if delivered is not None:
        same = np.flatnonzero(comparison.fate == STAYS)
        days = delivered["confirmed_on"].cast(pa.date32()).take(same)
        again = due(have["client_id"].take(same), days, refresh)
        adds[comparison.wanted_at[same[again]]] = Reason.REFRESH.code
        if VALUE in want.column_names:
            places = comparison.wanted_at[same]
            worth = same_rows(have.take(same), want, [VALUE], at=places)
            adds[places[~worth]] = Reason.VALUE_CHANGED.code
    return adds


def _of_phase(removals: "pa.Table", whole: "pa.Table", phase: Phase) -> "pa.Table":
    """The whole rows of the clients of whom something is removed in that phase."""
    import numpy as np

    phases = np.asarray(removals["phase"], dtype=np.int8)
    gone = chosen(removals, phases == phase.value)
    return chosen(whole, contained(whole["client_id"], gone["client_id"]))


def _has_old_row(want: "pa.Table", removals: "pa.Table") -> "Mask":
    """The desired members of whom an old row is removed."""
    return contained(want["client_id"], removals["wanted_as"])


def _held(comparison: Comparison, holds: Collection[Hold]) -> "Mask":
    """The delivered rows that guards keep where they are."""
    import numpy as np

    held = np.zeros(len(comparison.fate), dtype=np.bool_)
    if Hold.SHRINK in holds:
        guarded = [Reason.LEFT.code, Reason.ERASED.code, Reason.HELD_OUT.code]
        held |= np.isin(comparison.fate, guarded)
    if Hold.CONSENT in holds:
        held |= comparison.fate == Reason.KEY_CHANGED.code
    return held


def _target(comparison: Comparison, adds: "Positions", holds: Collection[Hold]) -> "Mask":
    """The desired members who are there when the plan is done."""
    import numpy as np

    if Hold.CONSENT in holds:
        return comparison.present
    if Hold.GROWTH in holds:
        return np.not_equal(adds, Reason.ENTERED.code)
    return np.ones(len(adds), dtype=np.bool_)


def _removals(
    have: "pa.Table", wanted: "pa.ChunkedArray[Any]", comparison: Comparison, going: "Mask"
) -> "pa.Table":
    """The delivered rows that go, led by phase, code of the reason and who is wanted."""
    import numpy as np
    import pyarrow as pa

    fates = comparison.fate[going]
    replaced = fates == Reason.KEY_CHANGED.code
    phases = np.where(replaced, Phase.REPLACED.value, Phase.LEAVING.value)
    places = comparison.wanted_at[going]
    heirs = wanted.take(pa.array(places, pa.int64(), mask=places < 0))
    return _led(chosen(have, going), phases, fates, heirs)


def _led(
    rows: "pa.Table",
    phases: "Positions",
    codes: "Positions",
    wanted_as: "pa.ChunkedArray[Any]",
) -> "pa.Table":
    import numpy as np
    import pyarrow as pa

    return (
        rows.add_column(0, "wanted_as", wanted_as)
        .add_column(0, "code", pa.array(codes.astype(np.int8)))
        .add_column(0, "phase", pa.array(phases.astype(np.int8)))
    )


def _spared(
    removals: "pa.Table",
    current: Sequence["pa.Table"],
    matching: Matching,
    kinds: Kinds,
) -> "tuple[pa.Table, pa.Table]":
    """Removals that touch no current member, and the rows of which nothing is left to send."""
    import numpy as np

    columns = removals.column_names[2:]
    if matching.match.removes_rows:
        sent = ~held_rows(removals, current, _keys(removals))
        return chosen(removals, sent), chosen(removals, ~sent).select(columns)
    left = removals
    parts = {part for some in matching.made_of.values() for part in some}
    kind_of = {name: kind for kind in kinds for name in kind}
    for name in _keys(removals):
        kind = kind_of.get(name, (name,))
        shared = np.zeros(removals.num_rows, dtype=np.bool_)
        for rows in current if name not in parts else ():
            shared |= contained(removals[name], of_kind(rows, kind))
        if shared.any():
            left = _without(left, name, shared)
    left = _whole(left, matching)
    sent = np.zeros(removals.num_rows, dtype=np.bool_)
    for name in kind_of:
        sent |= np.asarray(left[name].is_valid(), dtype=np.bool_)
    return chosen(left, sent), chosen(removals, ~sent).select(columns)


def _without(rows: "pa.Table", name: str, gone: "Mask") -> "pa.Table":
    """The rows with null in a column where a mask says so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rest = pc.if_else(pa.array(gone), pa.scalar(None, pa.string()), rows[name])
    return rows.set_column(rows.column_names.index(name), name, rest)


def _whole(rows: "pa.Table", matching: Matching) -> "pa.Table":
    """The rows without the parts of a key that is left out."""
    import numpy as np

    for name, parts in matching.made_of.items():
        absent = np.asarray(rows[name].is_null(), dtype=np.bool_)
        for part in parts if absent.any() else ():
            rows = _without(rows, part, absent)
    return rows


def _keys(removals: "pa.Table") -> list[str]:
    """The columns that tell rows apart: those after the client, but for the value."""
    columns = removals.column_names
    return [name for name in columns[columns.index("client_id") + 1 :] if name != VALUE]


def _deferred(removals: "pa.Table", matching: Matching, kinds: Kinds) -> "pa.Table":
    """Removals of those who leave, after the additions as far as they would take an old key.

    A member whose keys change is found by the old ones until the new ones are there.
    """
    import numpy as np
    import pyarrow as pa

    leaving = np.asarray(removals["phase"], dtype=np.int8) == Phase.LEAVING.value
    old = chosen(removals, ~leaving)
    if not old.num_rows or not leaving.any():
        return removals
    theirs = {name: of_kind(old, kind) for kind in kinds for name in kind}
    shared = {
        name: leaving & held_rows(removals, [old], _keys(removals))
        if matching.match.removes_rows
        else leaving & contained(removals[name], theirs[name])
        for name in theirs
    }
    now, later = removals, chosen(removals, np.logical_or.reduce(list(shared.values())))
    if not later.num_rows:
        return removals
    is_sent = ~leaving
    for name, values in theirs.items():
        now = _without(now, name, shared[name])
        later = _without(
            later, name, ~(contained(later[name], values) | matching.match.removes_rows)
        )
        is_sent |= np.asarray(now[name].is_valid(), dtype=np.bool_)
    phase = pa.array(np.full(later.num_rows, Phase.REPLACED.value, dtype=np.int8))
    removals = pa.concat_tables([chosen(now, is_sent), later.set_column(0, "phase", phase)])
    return removals if matching.match.removes_rows else _whole(removals, matching)


def _operations(
    want: "pa.Table", adds: "Positions", again: "Mask", removals: "pa.Table"
) -> "pa.Table":
    """Additions and removals in the order in which they are sent, `again` last of all."""
    import numpy as np
    import pyarrow as pa

    sent = adds != STAYS
    phases = np.full(int(sent.sum()), Phase.ADDING.value)
    added = chosen(want, sent)
    parts = [removals, _led(added, phases, adds[sent], added["client_id"])]
    if again.any():
        restored = chosen(want, again)
        phases = np.full(restored.num_rows, Phase.RESTORED.value)
        codes = np.full(restored.num_rows, Reason.RESTORED.code)
        parts.append(_led(restored, phases, codes, restored["client_id"]))
    rows = pa.concat_tables(parts)
    keys = rows.column_names[rows.column_names.index("client_id") + 1 :]
    order = ["phase", "code", *keys, "client_id"]
    rows = in_order(rows, order)
    places = rows["phase"].combine_chunks()
    sends = (Operation.REMOVE, Operation.ADD, Operation.REMOVE, Operation.ADD)
    operations = pa.array(sends, pa.string())
    reasons = pa.array(REASONS, pa.string()).take(rows["code"].combine_chunks())
    return rows.set_column(1, "operation", operations.take(places)).add_column(
        2, "reason", reasons
    )
