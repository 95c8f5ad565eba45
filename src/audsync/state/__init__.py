"""What one shop's runs remember, in one folder: `state/<shop>/`, mode 0700, files 0600.

`state.sqlite` holds runs, the journal, audiences, the ledger, facts and marks of people who
were forgotten; `members/`, `plans/` and `history/` hold immutable Parquet files that it points
at. A member list changes by one transaction.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from audsync.contracts import AudienceInfo, Operation
from audsync.files import disk_trouble, drop_all_unfinished, write_whole
from audsync.plan.rows import text_columns
from audsync.state.audiences import Audience, Audiences
from audsync.state.checks import check_state
from audsync.state.decisions import AT_WORK, DECIDED, GIVEN_UP_AFTER, counted
from audsync.state.facts import Facts
from audsync.state.folding import Folding
from audsync.state.history import History
from audsync.state.journal import (
    BatchState,
    Journal,
    JournalBatch,
    JournalPlan,
    Range,
    batch_key,
)
from audsync.state.ledger import Ledger
from audsync.state.lock import kept_still, lock
from audsync.state.members import CLIENT, CONFIRMED, SILENT, WANTED, Files
from audsync.state.runs import Run, Runs
from audsync.state.store import Store
from audsync.state.suppressions import Forgetting, Suppressions

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "CLIENT",
    "GIVEN_UP_AFTER",
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
    "batch_key",
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
        self._folding = Folding(self.journal, self.plans)
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

    def delivered(
        self, audience: str, as_of: date, keys: Collection[str] | None = None
    ) -> "pa.Table | None":
        """What a plan of a day is made against: members, and what is open as if carried out.

        None when nothing was ever delivered. What was sent since the first plan that is open
        counts in the order it was sent, confirmed or still at work. So a run that follows does
        not send the same again: neither while a platform is at work, nor while something that
        nobody answered may be carried out after what was confirmed since. Once that is over,
        what it made uncertain is sent once more; a removal also once a day until then. `keys`
        are the columns of today: what another one of a kind holds stands in one of these.
        """
        members = self.confirmed(audience)
        for plan in self.journal.since_open(audience):
            members = self._folding.as_accepted(plan, members, as_of)
        if members is None or keys is None:
            return members
        return self._folding.in_columns(audience, members, keys)

    def at_work(self, audience: str, columns: Sequence[str]) -> "pa.Table":
        """These columns of the rows of batches that a platform is still at work on."""
        import pyarrow as pa

        found = [pa.table({name: pa.array([], pa.string()) for name in columns})]
        for plan in self.journal.plans(audience=audience):
            batches = [one for one in self.journal.batches(plan.plan) if one.state in AT_WORK]
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
        """The platform had lost the audience and made it anew: nobody is a member any more.

        What was sent to the lost one is of no more consequence.
        """
        with self.transaction():
            self._emptied("recreated", audience, run=run, at=at)
            self.audiences.opened(audience, sink=sink, info=info, at=at)

    def lost(self, audience: str, *, run: str, at: datetime) -> None:
        """The platform has the audience no longer, and it was not made anew: nobody is in it.

        What was sent to it is of no more consequence.
        """
        with self.transaction():
            self._emptied("lost", audience, run=run, at=at)

    def _emptied(self, event: str, audience: str, *, run: str, at: datetime) -> None:
        moves = self.history.write(self.confirmed(audience), None)
        if moves is not None:
            self.history.add(audience, run=run, at=at, file=moves)
        for plan in self.journal.plans(audience=audience):
            self.journal.close(plan.plan)
        facts = {
            "run": run,
            "audience": audience,
            "member_file": None,
            "plans_closed": self.journal.newest(),
        }
        self.ledger.append(event, at=at, facts=facts)
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
        after = self._folding.folded(plan, fresh, before, settled=True, rows=rows)
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
            if fresh or file is not None:  # whoever leaves silently is in no batch
                self.journal.folded([batch.id for batch in fresh])
                self.ledger.append("delivered", at=at, facts=_facts(plan, run, fresh, file))
            is_at_work = any(
                batch.state in AT_WORK or _lingers(batch, lingers, at) for batch in batches
            )
            if not is_at_work and not self._folding.is_crossed(plan):
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


def _lingers(batch: JournalBatch, lingers: timedelta | None, at: datetime) -> bool:
    """Whether the platform may still carry out a batch that it did not answer."""
    return (
        lingers is not None
        and batch.state is BatchState.UNKNOWN
        and batch.sent_at is not None
        and at - batch.sent_at < lingers
    )


def _facts(
    plan: JournalPlan, run: str, batches: Sequence[JournalBatch], file: str | None
) -> dict[str, object]:
    """What the ledger says of these batches: counts and file hashes."""
    return {
        "run": run,
        "planned_by": plan.run,
        "audience": plan.audience,
        "plan_file": plan.file,
        "member_file": file,
        **counted(batches),
    }
