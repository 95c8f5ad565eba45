"""What became of batches that have left: asked of the sink, and after a crash asked first."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import sleep as _sleep

from audsync.contracts import Capabilities, Outcome, Receipt, Sink, TakesSteps
from audsync.deliver.patience import Patience
from audsync.deliver.results import AudienceResult, count
from audsync.errors import (
    AudsyncError,
    CredentialError,
    RejectedError,
    RemoteError,
    TableError,
)
from audsync.state import GIVEN_UP_AFTER, BatchState, JournalBatch, JournalPlan, State


def resume(
    state: State,
    sinks: Mapping[str, Sink],
    *,
    run: str,
    should_stop: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = _sleep,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[AudienceResult]:
    """Bring what earlier runs left open into the member files; one result per open plan.

    Receipts are settled; a batch that was on its way when the run ended is uncertain; batches
    that never left are dropped, because the next plan is made anew. A plan that a platform is
    still at work on stays open, as does one whose sink is not configured any more. Nothing is
    sent. Afterwards files that nothing points at are deleted.
    """
    results = []
    for plan in state.journal.plans():
        patience = Patience(sleep, should_stop)
        failure: AudsyncError | None = None
        for batch in state.journal.batches(plan.plan):
            if batch.state is BatchState.SENDING:
                state.journal.unknown(batch.id)
            elif batch.state is BatchState.SENT and failure is None:
                failure = _ask_again(state, sinks.get(plan.sink), batch, patience, clock())
        is_new = any(not batch.is_folded for batch in state.journal.batches(plan.plan))
        lingers = lingering(sinks.get(plan.sink))
        state.fold(plan, run=run, at=clock(), lingers=lingers)
        if is_new:  # what became of the others was told by an earlier run
            results.append(_result(state, plan, failure))
    for plan in state.journal.plans():  # those that waited for later ones
        lingers = lingering(sinks.get(plan.sink))
        state.fold(plan, run=run, at=clock(), lingers=lingers)
    state.sweep()
    return results


def lingering(sink: Sink | None) -> timedelta | None:
    """For how long a platform may still carry out what it did not answer."""
    capabilities = Capabilities() if sink is None else sink.capabilities
    is_done_at_once = sink is not None and capabilities.settles_after is None
    return None if is_done_at_once else capabilities.lingers


def _ask_again(
    state: State, sink: Sink | None, batch: JournalBatch, patience: Patience, now: datetime
) -> AudsyncError | None:
    """Settle a batch of an earlier run, or give it up; the error when that failed."""
    receipt = Receipt(batch.range.batch, batch.receipt or {})
    try:
        is_settled = sink is not None and settle(state, sink, batch, receipt, patience)
    except (RemoteError, CredentialError, TableError) as error:
        return error
    if not is_settled and batch.sent_at and now - batch.sent_at >= GIVEN_UP_AFTER:
        state.journal.unknown(batch.id)
    return None


def settle(
    state: State, sink: Sink, batch: JournalBatch, receipt: Receipt, patience: Patience
) -> bool:
    """Ask for the outcome of a batch and journal it; False, and still `sent`, without one.

    An answer that cannot be an outcome, or a refusal to tell, makes the batch unknown and is
    raised.
    """
    try:
        outcome = patience(lambda: sink.settle(receipt))
        if outcome is None:
            _step(state, sink, batch, receipt, patience)
            return False
        _check(outcome, batch.range.stop - batch.range.start)
    except (RejectedError, TableError):
        state.journal.unknown(batch.id)
        raise
    state.journal.decided(batch.id, outcome)
    return True


def _step(
    state: State, sink: Sink, batch: JournalBatch, receipt: Receipt, patience: Patience
) -> None:
    """Let the sink take its next step, and journal the receipt of that."""
    if isinstance(sink, TakesSteps):
        steps: TakesSteps = sink
        following = patience(lambda: steps.step(receipt))
        if following is not None:
            state.journal.sent(batch.id, following.payload)


def _check(outcome: Outcome, size: int) -> None:
    rows = [row for one in outcome.rejected for row in one.rows]
    total = outcome.accepted + sum(one.count for one in outcome.rejected)
    if (
        total != size
        or outcome.accepted < 0
        or len(set(rows)) != len(rows)
        or not all(0 <= row < size for row in rows)
        or any(len(one.rows) not in {0, one.count} for one in outcome.rejected)
    ):
        raise TableError(
            f"the sink accounted for {total} of {size} members of a batch, or for one twice"
        )


def _result(state: State, plan: JournalPlan, failure: AudsyncError | None) -> AudienceResult:
    batches = [
        batch
        for batch in state.journal.batches(plan.plan)
        if batch.state is not BatchState.PLANNED
    ]
    return count(plan.audience, batches, failure=failure)
