"""Plans brought into member lists: what became of each batch, beside what crossed it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from audsync.contracts import Operation
from audsync.plan.rows import text_columns
from audsync.state.decisions import (
    ADDS,
    AT_WORK,
    DECIDED,
    GIVEN_UP_AFTER,
    decided_rows,
    key_columns,
)
from audsync.state.journal import BatchState, Journal, JournalBatch, JournalPlan
from audsync.state.members import CLIENT, CONFIRMED, SILENT, WANTED, Files
from audsync.state.membership import fold, fold_replacement, moved

if TYPE_CHECKING:
    import pyarrow as pa

_LEFT = (DECIDED | AT_WORK) - {BatchState.REJECTED}
_REMOVES = (Operation.REMOVE,)
# A replacement takes out whoever is not in it.
_TAKES_OUT = (Operation.REMOVE, Operation.REPLACE)


class Folding:
    """The folds of one shop's plans, by its journal and its plan files."""

    def __init__(self, journal: Journal, plans: Files) -> None:
        self._journal = journal
        self._plans = plans

    def folded(
        self,
        plan: JournalPlan,
        batches: Sequence[JournalBatch],
        members: "pa.Table | None",
        *,
        settled: bool,
        rows: "pa.Table | None" = None,
    ) -> "pa.Table | None":
        """The members after these batches of a plan: decided ones, or if not `settled` any.

        `rows` are those of the plan's file, for a caller who has them. Removals of a plan that
        replaces count by themselves, and before the replacement. What is not `settled` counts
        in the order it was sent, and nothing overtakes it.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        changes = [one for one in batches if one.range.operation is not Operation.REPLACE]
        rows = self._plans.read(plan.file) if rows is None else rows
        plan, rows = self._with_later_keys(plan, rows)
        if members is not None:
            members = self.in_columns(plan.audience, members, key_columns(rows))
        silent = rows.filter(pc.equal(rows["operation"], pa.scalar(SILENT)))
        if members is None:
            silent = silent.slice(0, 0)
        if changes or silent.num_rows:
            members = fold(
                members,
                self._decided(plan, changes, rows, settled=settled),
                silent.select([WANTED, CLIENT, *key_columns(rows)]),
                match=plan.match,
                kinds=plan.kinds,
                rules_version=plan.rules_version,
            )
        if len(changes) == len(batches):
            return members
        return self._replaced(plan, members, rows, settled=settled)

    def in_columns(
        self, audience: str, members: "pa.Table", columns: Collection[str]
    ) -> "pa.Table":
        """The members with no column of keys that is not among those of today, if it can be.

        Where there are fewer columns of a kind than there were, the keys of those that are gone
        stand in one that is left: else nobody would know that the platform has them.
        """
        gone = [name for name in key_columns(members) if name not in (CONFIRMED, *columns)]
        kinds = {name: self._journal.kind_of(audience, name) for name in gone}
        left = {name: [one for one in kind if one in columns] for name, kind in kinds.items()}
        others = {name: among[0] for name, among in left.items() if among}
        return moved(members, others) if others else members

    def as_accepted(
        self, plan: JournalPlan, members: "pa.Table | None", as_of: date
    ) -> "pa.Table | None":
        """The members as if a platform did of a plan what it has not refused, and did it now.

        What is decided counts again where an earlier plan is open: that may be carried out
        last. What takes people out counts on its own day only, so that it is sent again on each
        day on which they may have come back. What nobody answered stays uncertain.
        """
        counted = DECIDED if self._earlier(plan) else frozenset()
        is_of_before = plan.made_on < as_of
        batches = [
            one
            for one in self._journal.batches(plan.plan)
            if one.state is BatchState.SENT
            or (
                one.state in counted
                and not (is_of_before and one.range.operation in _TAKES_OUT)
            )
        ]
        return self.folded(plan, batches, members, settled=False)

    def is_crossed(self, plan: JournalPlan) -> bool:
        """Whether something is at work that this plan may have come after, the other way.

        The plan stays open for so long: what is at work is not certain then. When its receipts
        would have been given up nothing that leaves can cross it any more.
        """
        mine = self._journal.batches(plan.plan)
        return any(
            _are_opposite(one, batch)
            and one.may_come_after(later)
            and one.sent_at is not None
            and batch.sent_at is not None
            and batch.sent_at - one.sent_at < GIVEN_UP_AFTER
            for later in self._journal.later(plan)
            for batch in self._journal.batches(later.plan)
            if batch.state in AT_WORK
            for one in mine
        )

    def _with_later_keys(
        self, plan: JournalPlan, rows: "pa.Table"
    ) -> "tuple[JournalPlan, pa.Table]":
        """A plan and its rows with the keys that rules of later plans have brought.

        They may stand in the member list already, and would be lost with this plan's columns.
        """
        import pyarrow as pa

        for later in self._journal.later(plan):
            if later.rules_version == plan.rules_version:
                continue
            missing = pa.nulls(rows.num_rows, pa.string())
            for name in key_columns(self._plans.read(later.file)):
                if name not in rows.column_names:
                    rows = rows.append_column(name, missing)
            known = {*chain(*later.kinds)}
            own = (tuple(name for name in kind if name not in known) for kind in plan.kinds)
            plan = replace(plan, kinds=(*later.kinds, *filter(None, own)))
        return plan, rows

    def _replaced(
        self,
        plan: JournalPlan,
        members: "pa.Table | None",
        rows: "pa.Table",
        *,
        settled: bool,
    ) -> "pa.Table | None":
        """The members after a replacement: those of its parts, once it is known to be whole.

        While the platform is at work nothing has changed yet, unless it is to be taken as
        accepted.
        """
        parts = [
            one
            for one in self._journal.batches(plan.plan)
            if one.range.operation is Operation.REPLACE
        ]
        taken = {BatchState.CONFIRMED, BatchState.SENT}
        left = [one for one in parts if one.state in taken or one.state is BatchState.UNKNOWN]
        is_at_work = any(one.state is BatchState.SENT for one in parts)
        if not left or (is_at_work and settled):
            return members
        # Of a part in which every row was refused there is an outcome.
        is_whole = all(one.state in taken or one.outcome is not None for one in parts)
        names = key_columns(rows)
        earlier = self._earlier(plan) if settled else []
        return fold_replacement(
            members,
            self._decided(plan, left, rows, settled=settled),
            self._left(plan, rows, earlier, ADDS, {BatchState.UNKNOWN}),
            names,
            is_whole=is_whole,
            rules_version=plan.rules_version,
        )

    def _decided(
        self,
        plan: JournalPlan,
        batches: Sequence[JournalBatch],
        rows: "pa.Table",
        *,
        settled: bool,
    ) -> "pa.Table":
        """The rows of batches as `decided_rows` makes them."""
        import pyarrow as pa

        earlier = self._earlier(plan) if settled else []
        later = self._journal.later(plan) if settled else []
        removed = [
            self._left(plan, rows, later, _REMOVES),
            self._left(plan, rows, earlier, _REMOVES, {BatchState.UNKNOWN}),
        ]
        return decided_rows(
            plan,
            batches,
            rows,
            removed_since=pa.concat_tables(removed),
            added_before=self._left(plan, rows, earlier, ADDS),
        )

    def _earlier(self, plan: JournalPlan) -> list[JournalPlan]:
        """The open plans of the same audience made before that one."""
        open_plans = self._journal.plans(audience=plan.audience)
        return [one for one in open_plans if one.plan < plan.plan]

    def _left(
        self,
        plan: JournalPlan,
        rows: "pa.Table",
        others: Sequence[JournalPlan],
        operations: Collection[Operation],
        states: Collection[BatchState] = _LEFT,
    ) -> "pa.Table":
        """Client and keys of the rows that other plans sent with one of these operations.

        Of earlier plans, what the platform may have carried out after this one.
        """
        import pyarrow as pa

        columns = [CLIENT, *key_columns(rows)]
        found = [rows.select(columns).slice(0, 0)]
        for other in others:
            file = self._plans.read(other.file)
            for batch in self._journal.batches(other.plan):
                if other.plan < plan.plan and not batch.may_come_after(plan):
                    continue
                if batch.range.operation in operations and batch.state in states:
                    size = batch.range.stop - batch.range.start
                    found.append(text_columns(file.slice(batch.range.start, size), columns))
        return pa.concat_tables(found)


def _are_opposite(earlier: JournalBatch, later: JournalBatch) -> bool:
    """Whether one of two batches adds and the other takes out; a replacement does both.

    An addition leaves behind a removal only where that was never answered.
    """
    if earlier.range.operation in ADDS and later.range.operation in _TAKES_OUT:
        return True
    is_unanswered = earlier.state is BatchState.UNKNOWN
    return (
        is_unanswered
        and earlier.range.operation in _TAKES_OUT
        and later.range.operation in ADDS
    )
