"""One audience's plan on its way: opened, journalled, sent batch by batch, folded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from audsync.contracts import VALUE, AudienceInfo, Batch, Finds, Operation, Part, Receipt, Sink
from audsync.deliver.batches import check_rows, cut, make_batch, part_of, without
from audsync.deliver.crossing import Held, arranged, columns_of, crossing, replacements
from audsync.deliver.patience import Patience
from audsync.deliver.preparing import prepared
from audsync.deliver.results import AudienceResult, count, refused_rows
from audsync.deliver.settling import lingering, settle
from audsync.deliver.sparing import still_needed
from audsync.deliver.unanswered import kept_together
from audsync.errors import (
    AudsyncError,
    CredentialError,
    RejectedError,
    TableError,
    TransientError,
)
from audsync.match_keys import kinds_of
from audsync.plan import AudiencePlan, Phase
from audsync.plan.rows import chosen, text_columns
from audsync.state import SILENT, BatchState, JournalBatch, JournalPlan, Range, State
from audsync.state import Audience as Known

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask, Positions


@dataclass(frozen=True, slots=True)
class Call:
    """What one call of `deliver` works with."""

    state: State
    run: str
    as_of: date
    progress: Callable[[str, int, int], None]
    should_stop: Callable[[], bool]
    sleep: Callable[[float], None]
    clock: Callable[[], datetime]

    def patience(self) -> Patience:
        """What repeats one call of a sink."""
        return Patience(self.sleep, self.should_stop)


class Audience:
    """One audience's plan on its way.

    `operations` are those of the plan in the order they are sent, and `labels` say which of
    them may be in one batch. `failure` and `was_stopped` end its way.
    """

    def __init__(self, call: Call, plan: AudiencePlan, sink: Sink) -> None:
        self.plan = plan
        self.sink = sink
        self.operations = plan.operations
        self.labels = _no_labels(plan.operations)
        self.failure: AudsyncError | None = None
        self.was_stopped = False
        self._call = call
        self._info: AudienceInfo | None = None
        self._journalled: JournalPlan | None = None
        self._rows: pa.Table | None = None
        self._kinds = kinds_of(sink.key_rules)
        self._busy: pa.Table | None = None
        self._batch_keys: Mapping[int, str] = {}
        self._done = 0
        self._was_recreated = False
        self._was_lost = False

    @property
    def is_on_its_way(self) -> bool:
        """Whether it has batches that may be sent."""
        is_over = self.failure is not None or self.was_stopped
        return self._journalled is not None and not is_over

    @property
    def has_to_send(self) -> bool:
        """Whether there is anything to journal, and nothing has ended its way."""
        is_over = self.failure is not None or self.was_stopped or self._was_lost
        return bool(self.plan.operations.num_rows + self.plan.silent.num_rows) and not is_over

    def open(self) -> None:
        """Prove the rows, find or make the audience, and note when the platform had lost it.

        One that takes nobody in is not made for that: who is to leave has left with it.
        """
        if self._call.should_stop():
            self.was_stopped = True
            return
        check_rows(self.sink, self._keys(self.plan.operations))
        state, plan = self._call.state, self.plan
        known = state.audiences.get(plan.key)
        info = self._found(known)
        if info is None:
            self._was_lost = True
            state.lost(plan.key, run=self._call.run, at=self._call.clock())
            return
        if known and (info.created or info.remote_id != known.remote_id):
            self._was_recreated = bool(known.members or known.uncertain)
            state.recreated(
                plan.key, sink=plan.sink, info=info, run=self._call.run, at=self._call.clock()
            )
        else:
            at = self._call.clock()
            state.audiences.opened(plan.key, sink=plan.sink, info=info, at=at)
        self._info = info

    def _found(self, known: Known | None) -> AudienceInfo | None:
        """The audience, made where it was not; None where it is gone and nobody comes in."""
        patience = self._call.patience()
        if known and self.plan.only_withdraws and isinstance(self.sink, Finds):
            looking: Finds = self.sink
            return patience(lambda: looking.find(known.remote_id))
        remote_id = known.remote_id if known else None
        return patience(lambda: self.sink.open(self.plan.spec, remote_id))

    def arrange(self) -> None:
        """Put the operations in the order they are sent: those that wait are the last."""
        plan, sink, state = self.plan, self.sink, self._call.state
        busy = state.at_work(plan.key, columns_of(plan.operations))
        is_late = sink.capabilities.settles_after is not None
        # Where outcomes are known at once all is done in its order, whether or not they were
        # told; but for replacements, whose end may be a while off.
        self._busy = busy if is_late else replacements(busy)
        if is_late:
            operations, waits = arranged(plan.operations, self._busy, self._held())
            again = state.unanswered(plan.key) if sink.capabilities.knows_batches else []
            self.operations, self.labels, self._batch_keys = kept_together(
                operations, waits, again
            )

    def deal(self, requests: "Positions") -> None:
        """Put the operations in the order of the requests that they leave in."""
        import numpy as np
        import pyarrow as pa

        if (np.diff(requests) < 0).any():
            order = np.argsort(requests, kind="stable")
            self.operations = self.operations.take(pa.array(order, pa.int64()))
            requests = requests[order]
        self.labels = requests

    def journal(self) -> None:
        """Write the plan file and record its batches."""
        plan, sink, state = self.plan, self.sink, self._call.state
        self._rows = rows = _plan_rows(self.operations, plan.silent)
        file = state.plans.write(rows)
        self._journalled = state.journal.open(
            self._call.run,
            plan.key,
            file=file,
            rules_version=plan.rules_version,
            match=sink.capabilities.match,
            kinds=self._kinds,
            made_on=self._call.as_of,
            ranges=cut(
                self.operations,
                max_batch=sink.capabilities.max_batch,
                run=self._call.run,
                audience=plan.key,
                file=file,
                labels=self.labels,
                keys=self._batch_keys,
            ),
        )

    def ready(self, phase: Phase) -> "list[Ready]":
        """The batches of a phase of which no row has to wait.

        What waits is planned anew by the next run. Who leaves never waits: a removal that the
        platform overtakes is made again once the earlier plan is settled.
        """
        all_of_them = self._batches()
        waits = self._waits(phase)
        return [
            Ready(self, batch, part_of(batch, all_of_them))
            for batch in all_of_them
            if batch.range.phase == phase
            and (waits is None or not waits[batch.range.start : batch.range.stop].any())
        ]

    def _waits(self, phase: Phase) -> "Mask | None":
        """Which rows of the plan wait, of those in that phase; None where none does."""
        import numpy as np
        import pyarrow as pa

        if phase is Phase.LEAVING or not self._batches(phase):
            return None
        rows = text_columns(self.operations, columns_of(self.operations))
        busy = [self._busy if self._busy is not None else rows.slice(0, 0)]
        busy += [rows.slice(one.start, one.stop - one.start) for one in self._unsettled(phase)]
        before = pa.concat_tables(busy)
        if not before.num_rows:
            return None
        are_of_phase = np.asarray(self.operations["phase"], dtype=np.int8) == phase.value
        waits = np.zeros(self.operations.num_rows, dtype=np.bool_)
        waits[are_of_phase] = crossing(chosen(rows, are_of_phase), before, self._held())
        return waits

    def _held(self) -> Held:
        call = self._call
        members = call.state.confirmed(self.plan.key)
        return Held(members, self.sink.capabilities.match, self._kinds, call.as_of)

    def _unsettled(self, phase: Phase) -> list[Range]:
        """The ranges of earlier phases that have no outcome yet, where they are waited for."""
        if self.plan.is_replaced:
            return []
        return [
            batch.range
            for batch in self._batches()
            if batch.range.phase < phase
            and batch.state in (BatchState.PLANNED, BatchState.SENT)
        ]

    def _batches(self, phase: Phase | None = None) -> list[JournalBatch]:
        """Its batches, or those of a phase, in the order they are sent."""
        if self._journalled is None:
            return []
        batches = self._call.state.journal.batches(self._journalled.plan)
        return [one for one in batches if phase is None or one.range.phase == phase]

    def message(self, batch: JournalBatch, part: Part | None) -> Batch:
        """What is sent for a batch. Called in another thread: it touches no state."""
        if self._info is None:
            raise TableError(f"{self.plan.key}: the audience was never opened")
        size = batch.range.stop - batch.range.start
        message = make_batch(
            self.sink,
            key=batch.range.batch,
            operation=batch.range.operation,
            audience=self._info,
            rows=self._keys(self.operations.slice(batch.range.start, size)),
            part=part,
        )
        return prepared(self.sink, message)

    def spare_refused(self) -> None:
        """Leave out of the removals the old keys of members whose new ones were refused.

        Else whoever has a new address that the platform does not take would drop out.
        """
        journal, journalled = self._call.state.journal, self._journalled
        refused = [row for batch in self._batches(Phase.ADDING) for row in refused_rows(batch)]
        if not refused or journalled is None:
            return
        spared = still_needed(self.operations, refused, journalled)
        for batch in self._batches(Phase.REPLACED):
            rows = [row for row in range(batch.range.start, batch.range.stop) if spared[row]]
            if rows:
                first = journal.batches(journalled.plan)[-1].range.number + 1
                journal.replace(batch, without(journalled, batch.range, rows, first=first))

    def _in_time(self, part: Part | None) -> None:
        """Raise TransientError where the time for a replacement is over."""
        within = self.sink.capabilities.replace_within
        if part is None or within is None or part.number == 1:
            return
        parts = self._batches()
        began = next(one.sent_at for one in parts if one.range.operation is Operation.REPLACE)
        if began is not None and self._call.clock() - began >= within:
            minutes = within.total_seconds() / 60
            raise TransientError(
                f"{self.plan.key}: the {minutes:.0f} minutes that a replacement may take are "
                "over; the next run sends what is missing",
                connector=self.plan.sink,
            )

    def send(self, batch: JournalBatch, message: Batch) -> None:
        """Send one batch, with a record that is on disk before and after."""
        self._in_time(message.part)
        journal, patience = self._call.state.journal, self._call.patience()
        journal.sending(batch.id, at=self._call.clock())
        try:
            receipt = patience(lambda: self.sink.send(message))
        except (TransientError, TableError):
            journal.unknown(batch.id)
            raise
        except (RejectedError, CredentialError) as error:
            # Refused at once, the batch changed nothing. After an attempt that nobody answered
            # it is not known which of the two the platform took.
            if patience.attempts > 1 or error.has_begun:
                journal.unknown(batch.id)
            else:
                journal.refused(batch.id)
            raise
        journal.sent(batch.id, receipt.payload)
        self.sent(batch, receipt)

    def sent(self, batch: JournalBatch, receipt: Receipt) -> None:
        """Tell how far it is, and where the outcome is known at once ask for it."""
        if self.sink.capabilities.settles_after is None:
            settle(self._call.state, self.sink, batch, receipt, self._call.patience())
        self._done += batch.range.stop - batch.range.start
        self._call.progress(self.plan.key, self._done, self.operations.num_rows)

    def ask(self, phase: Phase) -> None:
        """Ask once more what became of the batches of a phase that have no outcome."""
        for batch in self._batches(phase):
            if batch.state is BatchState.SENT:
                receipt = Receipt(batch.range.batch, batch.receipt or {})
                settle(self._call.state, self.sink, batch, receipt, self._call.patience())

    def fold(self) -> None:
        """Bring what became of its batches into the member file."""
        if self._journalled is not None:
            self._call.state.fold(
                self._journalled,
                run=self._call.run,
                at=self._call.clock(),
                rows=self._rows,
                lingers=lingering(self.sink),
            )

    def result(self) -> AudienceResult:
        """What it came to."""
        return count(
            self.plan.key,
            self._batches(),
            failure=self.failure,
            was_recreated=self._was_recreated,
            was_lost=self._was_lost,
            was_stopped=self.was_stopped,
        )

    @property
    def otherwise(self) -> "Audience | None":
        """What is sent in place of a replacement that was refused; None where nothing is.

        While the platform waits for more parts it takes no other change: then it is left to end
        the session, and whoever is not in one of the parts is out.
        """
        plan = self.plan.without_replacement
        if plan is None or not isinstance(self.failure, RejectedError):
            return None
        parts = [one for one in self._batches() if one.range.operation is Operation.REPLACE]
        taken = sum(one.receipt is not None for one in parts)
        return Audience(self._call, plan, self.sink) if taken in {0, len(parts)} else None

    def _keys(self, rows: "pa.Table") -> "pa.Table":
        missing = [name for name in self.sink.key_rules if name not in rows.column_names]
        if missing:
            raise TableError(f"{self.plan.key}: the plan has no column {missing[0]}")
        worth = [VALUE] if VALUE in rows.column_names else []
        return rows.select([*self.sink.key_rules, *worth])


@dataclass(frozen=True, slots=True)
class Ready:
    """A batch that may leave, and which part of a replacement it is."""

    audience: Audience
    batch: JournalBatch
    part: Part | None

    @property
    def request(self) -> int:
        """The number of the request that it leaves in, where several audiences share some."""
        return int(self.audience.labels[self.batch.range.start])

    def message(self) -> Batch:
        """What is sent for it."""
        return self.audience.message(self.batch, self.part)


def _no_labels(operations: "pa.Table") -> "Positions":
    import numpy as np

    return np.zeros(operations.num_rows, dtype=np.int64)


def _plan_rows(operations: "pa.Table", silent: "pa.Table") -> "pa.Table":
    """The rows of a plan file: the operations, then those who leave with nothing to send."""
    import pyarrow as pa

    quiet = operations.schema.empty_table()
    if silent.num_rows:
        columns = {
            "operation": pa.repeat(pa.scalar(SILENT), silent.num_rows),
            **{name: silent[name].combine_chunks() for name in silent.column_names},
        }
        quiet = pa.table(
            [
                columns.get(field.name, pa.nulls(silent.num_rows)).cast(field.type)
                for field in operations.schema
            ],
            schema=operations.schema,
        )
    return pa.concat_tables([operations, quiet])
