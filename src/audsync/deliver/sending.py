"""Plans sent through sinks, batch by batch, with a record before and after each."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from time import sleep as _sleep
from typing import TYPE_CHECKING

from audsync.contracts import VALUE, AudienceInfo, Batch, Operation, Part, Receipt, Sink
from audsync.deliver.batches import check_rows, cut, make_batch, part_of, without
from audsync.deliver.crossing import arranged, columns_of, crossing
from audsync.deliver.patience import Patience
from audsync.deliver.preparing import one_ahead, prepared
from audsync.deliver.results import AudienceResult, count, refused_rows
from audsync.deliver.settling import lingering, settle
from audsync.deliver.sparing import still_needed
from audsync.deliver.unanswered import kept_together
from audsync.errors import (
    AudsyncError,
    CredentialError,
    RejectedError,
    RemoteError,
    TableError,
    TransientError,
)
from audsync.plan import AudiencePlan, Phase
from audsync.plan.rows import chosen, text_columns
from audsync.state import SILENT, BatchState, JournalBatch, JournalPlan, Range, State

if TYPE_CHECKING:
    import pyarrow as pa

    from audsync.columns import Mask, Positions


@dataclass(frozen=True, slots=True)
class _Call:
    """What one call of `deliver` works with."""

    state: State
    run: str
    as_of: date
    progress: Callable[[str, int, int], None]
    should_stop: Callable[[], bool]
    sleep: Callable[[float], None]
    clock: Callable[[], datetime]

    def patience(self) -> Patience:
        return Patience(self.sleep, self.should_stop)


def deliver(  # noqa: PLR0913 -- each is another thing a test replaces, and all are named
    plans: Sequence[AudiencePlan],
    state: State,
    sinks: Mapping[str, Sink],
    *,
    run: str,
    as_of: date,
    progress: Callable[[str, int, int], None] = lambda _audience, _done, _all: None,
    should_stop: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = _sleep,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[AudienceResult]:
    """Send plans and bring what the platforms say into the member files; one result per plan.

    `resume` has been called before the plans were made. One audience that fails does not stop
    the others; its result holds the error. `progress` is told the audience, the members sent so
    far and all of them. `should_stop` is asked before every batch; what had left by then is
    recorded. Errors that are not a sink's end the call; the next `resume` mends what they left.
    """
    call = _Call(state, run, as_of, progress, should_stop, sleep, clock)
    results = [_Audience(call, plan, sinks[plan.sink]).deliver() for plan in plans]
    state.sweep()
    return results


class _Audience:
    """One audience's plan on its way."""

    def __init__(self, call: _Call, plan: AudiencePlan, sink: Sink) -> None:
        self._call = call
        self._plan = plan
        self._sink = sink
        self._operations = plan.operations
        self._rows: pa.Table | None = None
        self._found_by = [name for name, rule in sink.key_rules.items() if rule.identifies]
        self._busy: pa.Table | None = None
        self._was_recreated = False
        self._was_stopped = False

    def deliver(self) -> AudienceResult:
        journalled: JournalPlan | None = None
        failure: AudsyncError | None = None
        if self._call.should_stop():
            self._was_stopped = True
            return self._result(None, None)
        try:
            check_rows(self._sink, self._keys(self._plan.operations))
            info = self._open()
            journalled = self._journal()
            if journalled is not None:
                self._send(journalled, info)
        except (RemoteError, CredentialError, TableError) as error:
            failure = error
        if journalled is not None:
            self._call.state.fold(
                journalled,
                run=self._call.run,
                at=self._call.clock(),
                rows=self._rows,
                lingers=lingering(self._sink),
            )
        return self._result(journalled, failure)

    def _open(self) -> AudienceInfo:
        """Find or make the audience, and note when the platform had lost it."""
        state, plan = self._call.state, self._plan
        known = state.audiences.get(plan.key)
        remote_id = known.remote_id if known else None
        info = self._call.patience()(lambda: self._sink.open(plan.spec, remote_id))
        if known and (info.created or info.remote_id != known.remote_id):
            self._was_recreated = bool(known.members or known.uncertain)
            state.recreated(
                plan.key, sink=plan.sink, info=info, run=self._call.run, at=self._call.clock()
            )
        else:
            state.audiences.opened(plan.key, sink=plan.sink, info=info)
        return info

    def _journal(self) -> JournalPlan | None:
        """Write the plan file and record its batches; None when there is nothing to do."""
        plan, sink, state = self._plan, self._sink, self._call.state
        if not plan.operations.num_rows + plan.silent.num_rows:
            return None
        labels: Positions | None = None
        keys: Mapping[int, str] = {}
        self._busy = state.at_work(plan.key, columns_of(self._found_by))
        if sink.capabilities.settles_after is not None:
            members = state.confirmed(plan.key)
            self._operations, waits = arranged(
                plan.operations, self._busy, members, self._found_by
            )
            again = state.unanswered(plan.key) if sink.capabilities.knows_batches else []
            self._operations, labels, keys = kept_together(self._operations, waits, again)
        self._rows = rows = _plan_rows(self._operations, plan.silent)
        file = state.plans.write(rows)
        return state.journal.open(
            self._call.run,
            plan.key,
            file=file,
            rules_version=plan.rules_version,
            match=sink.capabilities.match,
            identifying=self._found_by,
            made_on=self._call.as_of,
            ranges=cut(
                self._operations,
                max_batch=sink.capabilities.max_batch,
                run=self._call.run,
                audience=plan.key,
                file=file,
                labels=labels,
                keys=keys,
            ),
        )

    def _send(self, journalled: JournalPlan, info: AudienceInfo) -> None:
        """Send phase after phase, but for what must wait for something that is at work.

        That is planned anew by the next run. Who leaves never waits: a removal that the
        platform overtakes is made again once the earlier plan is settled.
        """
        done = 0
        for phase in Phase:
            if phase is Phase.REPLACED:
                self._spare_refused(journalled)
            batches = self._ready(journalled, phase)
            with closing(self._messages(journalled, batches, info)) as messages:
                for batch, message in zip(batches, messages, strict=True):
                    part = message.part
                    # A replacement that is left half done is what the platform makes of it.
                    if self._call.should_stop() and (part is None or part.number == 1):
                        self._was_stopped = True
                        return
                    self._send_batch(batch, message)
                    done += len(message)
                    self._call.progress(self._plan.key, done, self._operations.num_rows)
            self._ask(journalled, phase)

    def _ready(self, journalled: JournalPlan, phase: Phase) -> list[JournalBatch]:
        """The batches of a phase of which no row has to wait."""
        waits = self._waits(journalled, phase)
        return [
            batch
            for batch in self._batches(journalled, phase)
            if waits is None or not waits[batch.range.start : batch.range.stop].any()
        ]

    def _waits(self, journalled: JournalPlan, phase: Phase) -> "Mask | None":
        """Which rows of the plan wait, of those in that phase; None where none does."""
        import numpy as np
        import pyarrow as pa

        if phase is Phase.LEAVING or not self._batches(journalled, phase):
            return None
        rows = text_columns(self._operations, columns_of(self._found_by))
        busy = [self._busy if self._busy is not None else rows.slice(0, 0)]
        busy += [
            rows.slice(one.start, one.stop - one.start)
            for one in self._unsettled(journalled, phase)
        ]
        before = pa.concat_tables(busy)
        if not before.num_rows:
            return None
        are_of_phase = np.asarray(self._operations["phase"], dtype=np.int8) == phase.value
        waits = np.zeros(self._operations.num_rows, dtype=np.bool_)
        waits[are_of_phase] = crossing(
            chosen(self._operations, are_of_phase),
            before,
            self._call.state.confirmed(self._plan.key),
            self._found_by,
        )
        return waits

    def _unsettled(self, journalled: JournalPlan, phase: Phase) -> list[Range]:
        """The ranges of earlier phases that have no outcome yet, where they are waited for."""
        if self._plan.is_replaced:
            return []
        return [
            batch.range
            for batch in self._call.state.journal.batches(journalled.plan)
            if batch.range.phase < phase
            and batch.state in (BatchState.PLANNED, BatchState.SENT)
        ]

    def _messages(
        self, journalled: JournalPlan, batches: Sequence[JournalBatch], info: AudienceInfo
    ) -> Generator[Batch]:
        """What is sent for each batch, made while the one before it is on its way."""
        all_of_them = self._call.state.journal.batches(journalled.plan)

        def make(batch: JournalBatch) -> Batch:
            size = batch.range.stop - batch.range.start
            message = make_batch(
                self._sink,
                key=batch.range.batch,
                operation=batch.range.operation,
                audience=info,
                rows=self._keys(self._operations.slice(batch.range.start, size)),
                part=part_of(batch, all_of_them),
            )
            return prepared(self._sink, message)

        return one_ahead(partial(make, batch) for batch in batches)

    def _batches(self, journalled: JournalPlan, phase: Phase) -> list[JournalBatch]:
        batches = self._call.state.journal.batches(journalled.plan)
        return [batch for batch in batches if batch.range.phase == phase]

    def _spare_refused(self, journalled: JournalPlan) -> None:
        """Leave out of the removals the old keys of members whose new ones were refused.

        Else whoever has a new address that the platform does not take would drop out.
        """
        journal = self._call.state.journal
        refused = [
            row
            for batch in self._batches(journalled, Phase.ADDING)
            for row in refused_rows(batch)
        ]
        if not refused:
            return
        spared = still_needed(self._operations, refused, journalled)
        for batch in self._batches(journalled, Phase.REPLACED):
            rows = [row for row in range(batch.range.start, batch.range.stop) if spared[row]]
            if rows:
                first = journal.batches(journalled.plan)[-1].range.number + 1
                journal.replace(batch, without(journalled, batch.range, rows, first=first))

    def _in_time(self, batch: JournalBatch, part: Part | None) -> None:
        """Raise TransientError where the time for a replacement is over."""
        within = self._sink.capabilities.replace_within
        if part is None or within is None or part.number == 1:
            return
        parts = self._call.state.journal.batches(batch.plan)
        began = next(one.sent_at for one in parts if one.range.operation is Operation.REPLACE)
        if began is not None and self._call.clock() - began >= within:
            minutes = within.total_seconds() / 60
            raise TransientError(
                f"{self._plan.key}: the {minutes:.0f} minutes that a replacement may take are "
                "over; the next run sends what is missing",
                connector=self._plan.sink,
            )

    def _send_batch(self, batch: JournalBatch, message: Batch) -> None:
        """Send one batch, with a record that is on disk before and after."""
        self._in_time(batch, message.part)
        journal, patience = self._call.state.journal, self._call.patience()
        journal.sending(batch.id, at=self._call.clock())
        try:
            receipt = patience(lambda: self._sink.send(message))
        except TransientError:
            journal.unknown(batch.id)
            raise
        except (RejectedError, CredentialError):
            # Refused at once, the batch changed nothing. After an attempt that nobody answered
            # it is not known which of the two the platform took.
            if patience.attempts > 1:
                journal.unknown(batch.id)
            else:
                journal.refused(batch.id)
            raise
        journal.sent(batch.id, receipt.payload)
        if self._sink.capabilities.settles_after is None:
            settle(self._call.state, self._sink, batch, receipt, self._call.patience())

    def _ask(self, journalled: JournalPlan, phase: Phase) -> None:
        """Ask once more what became of the batches of a phase that have no outcome."""
        for batch in self._batches(journalled, phase):
            if batch.state is BatchState.SENT:
                receipt = Receipt(batch.range.batch, batch.receipt or {})
                settle(self._call.state, self._sink, batch, receipt, self._call.patience())

    def _keys(self, rows: "pa.Table") -> "pa.Table":
        missing = [name for name in self._sink.key_rules if name not in rows.column_names]
        if missing:
            raise TableError(f"{self._plan.key}: the plan has no column {missing[0]}")
        worth = [VALUE] if VALUE in rows.column_names else []
        return rows.select([*self._sink.key_rules, *worth])

    def _result(
        self, journalled: JournalPlan | None, failure: AudsyncError | None
    ) -> AudienceResult:
        batches = self._call.state.journal.batches(journalled.plan) if journalled else ()
        return count(
            self._plan.key,
            batches,
            failure=failure,
            was_recreated=self._was_recreated,
            was_stopped=self._was_stopped,
        )


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
