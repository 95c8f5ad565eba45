"""What one shop's runs remember, in one folder: `state/<shop>/`, mode 0700, files 0600.

`state.sqlite` holds runs, the journal, audiences, the ledger, facts and marks of people who
were forgotten; `members/`, `plans/` and `history/` hold immutable Parquet files that it points
at. A member list changes by one transaction.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from audsync.contracts import AudienceInfo, Operation
from audsync.files import disk_trouble, drop_all_unfinished, write_whole
from audsync.plan.rows import text_columns
from audsync.state.audiences import Audience, Audiences
from audsync.state.checks import check_state
from audsync.state.decisions import DECIDED, decided_rows, key_columns
from audsync.state.facts import Facts
from audsync.state.history import History
from audsync.state.journal import BatchState, Journal, JournalBatch, JournalPlan, Range
from audsync.state.ledger import Ledger
from audsync.state.lock import kept_still, lock
from audsync.state.members import CLIENT, CONFIRMED, SILENT, WANTED, Files
from audsync.state.membership import fold, fold_replacement
from audsync.state.runs import Run, Runs
from audsync.state.store import Store
from audsync.state.suppressions import Forgetting, Suppressions

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "CLIENT",
    "SILENT",
    "WANTED",
    "Audience",
    "BatchState",
    "Forgetting",
    "JournalBatch",
    "JournalPlan",
    "Range",
    "Run",
    "State",
    "Unanswered",
    "check_state",
    "kept_still",
    "lock",
    "write_whole",
]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A batch that a platform may have taken or not: its key, and its rows of the plan file."""

    key: str
    operation: Operation
    rows: "pa.Table" = field(repr=False)


class State:
    """One shop's state; a context manager. Made by whoever holds the shop's lock.

    Raises StateError when the state is damaged or was written by a newer audsync.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._store = Store(folder)
        self.runs = Runs(self._store)
        self.journal = Journal(self._store)
        self.audiences = Audiences(self._store)
        self.ledger = Ledger(self._store)
        self.facts = Facts(self._store)
        self.suppressions = Suppressions(self._store)
        self.members = Files(folder / "members")
        self.plans = Files(folder / "plans")
        self.history = History(self._store, folder / "history")
        for files in (self.members, self.plans, self.history.files):
            files.prepare()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes to `state.sqlite` inside become durable together, or none does."""
        with self._store.transaction():
            yield

    def confirmed(self, audience: str) -> "pa.Table | None":
        """The current member list of an audience (`state.members` has its columns), or None."""
        known = self.audiences.get(audience)
        if known is None or known.member_file is None:
            return None
        return self.members.read(known.member_file)

    def delivered(self, audience: str) -> "pa.Table | None":
        """What a plan is made against: members, and batches still at work as if accepted.

        None when nothing was ever delivered. So a run that follows while a platform is still at
        work does not send the same again.
        """
        members = self.confirmed(audience)
        for plan in self.journal.plans(audience=audience):
            at_work = [
                batch
                for batch in self.journal.batches(plan.plan)
                if batch.state is BatchState.SENT
            ]
            members = self._folded(plan, at_work, members, settled=False)
        return members

    def at_work(self, audience: str, columns: Sequence[str]) -> "pa.Table":
        """These columns of the rows of batches that a platform is still at work on."""
        import pyarrow as pa

        found = [pa.table({name: pa.array([], pa.string()) for name in columns})]
        for plan in self.journal.plans(audience=audience):
            batches = [one for one in self.journal.batches(plan.plan) if one.state in _AT_WORK]
            if not batches:
                continue
            rows = text_columns(self.plans.read(plan.file), columns)
            for one in batches:
                size = one.range.stop - one.range.start
                found.append(rows.slice(one.range.start, size))
        return pa.concat_tables(found)

    def unanswered(self, audience: str) -> list[Unanswered]:
        """The batches of an open plan that nobody answered, where nothing was sent since."""
        for plan in reversed(self.journal.plans(audience=audience)):
            later = [one for other in self.journal.later(plan) for one in self._batches(other)]
            if any(one.state is not BatchState.PLANNED for one in later):
                return []
            batches = self._batches(plan)
            if any(one.state is not BatchState.PLANNED for one in batches):
                rows = self.plans.read(plan.file)
                return [
                    Unanswered(
                        one.range.batch,
                        one.range.operation,
                        rows.slice(one.range.start, one.range.stop - one.range.start),
                    )
                    for one in batches
                    if one.state is BatchState.UNKNOWN and one.receipt is None
                ]
        return []

    def _batches(self, plan: JournalPlan) -> list[JournalBatch]:
        return self.journal.batches(plan.plan)

    def recreated(
        self, audience: str, *, sink: str, info: AudienceInfo, run: str, at: datetime
    ) -> None:
        """The platform had lost the audience and made it anew: nobody is a member any more."""
        moves = self.history.write(self.confirmed(audience), None)
        with self.transaction():
            if moves is not None:
                self.history.add(audience, run=run, at=at, file=moves)
            self.audiences.opened(audience, sink=sink, info=info)
            self.audiences.point(
                audience, member_file=None, rules_version=None, members=0, uncertain=0, run=run
            )

    def fold(
        self,
        plan: JournalPlan,
        *,
        run: str,
        at: datetime,
        rows: "pa.Table | None" = None,
        lingers: timedelta | None = None,
    ) -> None:
        """Bring what became of a plan's batches into a new member file, and point at it.

        `rows` are those of the plan's file, for a caller who has them. `lingers` is for how
        long the platform may still carry out a batch that it did not answer.

        One transaction moves the pointer, marks the batches and adds a ledger entry. The plan
        is closed unless a batch of it is still at work, or may be. Folding again changes
        nothing.
        """
        batches = self.journal.batches(plan.plan)
        fresh = [batch for batch in batches if batch.state in DECIDED and not batch.is_folded]
        before = self.confirmed(plan.audience)
        after = self._folded(plan, fresh, before, settled=True, rows=rows)
        changed = after is not None and (before is None or not after.equals(before))
        file = self.members.write(after) if after is not None and changed else None
        moves = None if file is None else self.history.write(before, after)
        with self.transaction():
            if moves is not None:
                self.history.add(plan.audience, run=run, at=at, file=moves)
            if after is not None and file is not None:
                uncertain = after[CONFIRMED].null_count
                self.audiences.point(
                    plan.audience,
                    member_file=file,
                    rules_version=plan.rules_version,
                    members=after.num_rows - uncertain,
                    uncertain=uncertain,
                    run=run,
                )
            if fresh:
                self.journal.folded([batch.id for batch in fresh])
                self.ledger.append("delivered", at=at, facts=_facts(plan, run, fresh, file))
            is_at_work = any(
                batch.state in _AT_WORK or _lingers(batch, lingers, at) for batch in batches
            )
            if not is_at_work and not self._is_crossed(plan):
                self.journal.close(plan.plan)

    def sweep(self) -> int:
        """Delete files of members, plans, history that nothing points at, and unfinished ones.

        Returns how many. Called between pulls, whose bad rows are written whole as well.
        """
        current = {one.member_file for one in self.audiences.list() if one.member_file}
        quarantine = self.folder / "quarantine"
        with disk_trouble(quarantine):
            unfinished = drop_all_unfinished(quarantine)
        swept = self.members.sweep(current) + self.plans.sweep(self.journal.files())
        return unfinished + swept + self.history.sweep()

    def close(self) -> None:
        """Close `state.sqlite`."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _folded(
        self,
        plan: JournalPlan,
        batches: Sequence[JournalBatch],
        members: "pa.Table | None",
        *,
        settled: bool,
        rows: "pa.Table | None" = None,
    ) -> "pa.Table | None":
        import pyarrow as pa
        import pyarrow.compute as pc

        parts = self.journal.batches(plan.plan)
        if any(one.range.operation is Operation.REPLACE for one in parts):
            return self._replaced(plan, parts, members, settled=settled)
        rows = self.plans.read(plan.file) if rows is None else rows
        silent = rows.filter(pc.equal(rows["operation"], pa.scalar(SILENT)))
        if not settled or members is None:
            silent = silent.slice(0, 0)
        if not batches and not silent.num_rows:
            return members
        return fold(
            members,
            self._decided(plan, batches, rows, settled=settled),
            silent.select([WANTED, CLIENT, *key_columns(rows)]),
            match=plan.match,
            identifying=plan.identifying,
            rules_version=plan.rules_version,
        )

    def _replaced(
        self,
        plan: JournalPlan,
        parts: Sequence[JournalBatch],
        members: "pa.Table | None",
        *,
        settled: bool,
    ) -> "pa.Table | None":
        """The members after a replacement: those of its parts, once it is known to be whole.

        While the platform is at work nothing has changed yet, unless it is to be taken as
        accepted.
        """
        taken = {BatchState.CONFIRMED, BatchState.SENT}
        left = [one for one in parts if one.state in taken or one.state is BatchState.UNKNOWN]
        is_at_work = any(one.state is BatchState.SENT for one in parts)
        if not left or (is_at_work and settled):
            return members
        rows = self.plans.read(plan.file)
        # Of a part in which every row was refused there is an outcome.
        is_whole = all(one.state in taken or one.outcome is not None for one in parts)
        return fold_replacement(
            members,
            self._decided(plan, left, rows, settled=settled),
            key_columns(rows),
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
        """The rows of batches as `decided_rows` makes them.

        What is only taken as accepted is not overtaken either: it is not sent again meanwhile.
        """
        import pyarrow as pa

        open_plans = self.journal.plans(audience=plan.audience)
        earlier = [one for one in open_plans if settled and one.plan < plan.plan]
        later = self.journal.later(plan)
        removed = [
            self._left(plan, rows, later, _REMOVES),
            self._left(plan, rows, earlier, _REMOVES, {BatchState.UNKNOWN}),
        ]
        return decided_rows(
            plan,
            batches,
            rows,
            removed_since=pa.concat_tables(removed),
            added_before=self._left(plan, rows, earlier, _ADDS),
        )

    def _is_crossed(self, plan: JournalPlan) -> bool:
        """Whether a removal is at work that left while additions of this plan were.

        The plan stays open for so long: the removal is not certain then.
        """
        return any(
            batch.range.operation is Operation.REMOVE and batch.state in _AT_WORK
            for later in self.journal.later(plan)
            for batch in self.journal.batches(later.plan)
        ) and any(
            batch.range.operation in _ADDS and batch.state in _LEFT
            for batch in self.journal.batches(plan.plan)
        )

    def _left(
        self,
        plan: JournalPlan,
        rows: "pa.Table",
        others: Sequence[JournalPlan],
        operations: Collection[Operation],
        states: Collection[BatchState] | None = None,
    ) -> "pa.Table":
        """Client and keys of the rows that other plans sent with one of these operations."""
        import pyarrow as pa

        columns = [CLIENT, *plan.identifying]
        found = [rows.select(columns).slice(0, 0)]
        for other in others:
            file = self.plans.read(other.file)
            for batch in self.journal.batches(other.plan):
                if batch.range.operation in operations and batch.state in (states or _LEFT):
                    size = batch.range.stop - batch.range.start
                    found.append(text_columns(file.slice(batch.range.start, size), columns))
        return pa.concat_tables(found)


def _lingers(batch: JournalBatch, lingers: timedelta | None, at: datetime) -> bool:
    """Whether the platform may still carry out a batch that it did not answer."""
    return (
        lingers is not None
        and batch.state is BatchState.UNKNOWN
        and batch.sent_at is not None
        and at - batch.sent_at < lingers
    )


_AT_WORK = frozenset({BatchState.SENDING, BatchState.SENT})
_LEFT = DECIDED | _AT_WORK
_ADDS = frozenset({Operation.ADD, Operation.REPLACE})
_REMOVES = frozenset({Operation.REMOVE})


def _facts(
    plan: JournalPlan, run: str, batches: Sequence[JournalBatch], file: str | None
) -> dict[str, object]:
    """What the ledger says of these batches: counts and file hashes."""
    counts: Counter[str] = Counter()
    for batch in batches:
        size = batch.range.stop - batch.range.start
        accepted = batch.outcome.accepted if batch.outcome else 0
        if batch.state is BatchState.UNKNOWN:
            counts[f"{batch.range.operation}_unanswered"] += size
        else:
            counts[f"{batch.range.operation}_confirmed"] += accepted
            counts[f"{batch.range.operation}_rejected"] += size - accepted
    return {
        "run": run,
        "planned_by": plan.run,
        "audience": plan.audience,
        "plan_file": plan.file,
        "member_file": file,
        **{name: count for name, count in sorted(counts.items()) if count},
    }
