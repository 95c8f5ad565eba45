"""What a delivery came to, per audience."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from audsync.contracts import Operation
from audsync.errors import AudsyncError, ExitCode, RejectedError
from audsync.state import BatchState, JournalBatch


@dataclass(frozen=True, slots=True)
class AudienceResult:
    """What became of one audience's plan: counts of people, and of batches without an end.

    `added` and `removed` were confirmed by the platform, as were those who are `replaced` to be
    all there are; `rejected` counts refused rows by the
    platform's code. Batches: `at_work` have a receipt and no outcome yet, `unanswered` left
    without an answer, `held` were not sent. `was_recreated` says that the platform had lost
    the audience, `was_lost` that it was left so, since nobody was to come in.
    """

    audience: str
    added: int = 0
    removed: int = 0
    replaced: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    removals_rejected: int = 0
    at_work: int = 0
    unanswered: int = 0
    held: int = 0
    was_recreated: bool = False
    was_lost: bool = False
    was_stopped: bool = False
    failure: AudsyncError | None = None

    @property
    def message(self) -> str | None:
        """What a person should know of an audience that the platform had lost."""
        if self.was_recreated:
            return (
                f"{self.audience}: the platform had lost it, or somebody deleted it there; it"
                " was made anew, and the next run fills it"
            )
        if self.was_lost:
            return (
                f"{self.audience}: the platform has it no longer, so that nobody is in it; it"
                " is not made anew before its segment is evaluated"
            )
        return None

    @property
    def exit_code(self) -> ExitCode:
        """The code of the failure; refused when somebody could not be removed.

        A platform that is still at work is no failure: the next run goes on from there.
        """
        if self.failure is not None:
            return ExitCode(self.failure.exit_code)
        if self.removals_rejected:
            return ExitCode.REFUSED
        return ExitCode.INCOMPLETE if self.was_recreated else ExitCode.DONE


def count(
    audience: str,
    batches: Iterable[JournalBatch],
    *,
    failure: AudsyncError | None = None,
    was_recreated: bool = False,
    was_lost: bool = False,
    was_stopped: bool = False,
) -> AudienceResult:
    """The result that the journal tells of these batches."""
    done: Counter[Operation] = Counter()
    states: Counter[BatchState] = Counter()
    rejected: Counter[str] = Counter()
    removals_rejected = 0
    for batch in batches:
        states[batch.state] += 1
        if batch.outcome is None:
            continue
        done[batch.range.operation] += batch.outcome.accepted
        for one in batch.outcome.rejected:
            rejected[one.code] += one.count
            if batch.range.operation is Operation.REMOVE:
                removals_rejected += one.count
    return AudienceResult(
        audience=audience,
        added=done[Operation.ADD],
        removed=done[Operation.REMOVE],
        replaced=done[Operation.REPLACE],
        rejected=dict(sorted(rejected.items())),
        removals_rejected=removals_rejected,
        at_work=states[BatchState.SENT],
        unanswered=states[BatchState.UNKNOWN],
        held=states[BatchState.PLANNED],
        was_recreated=was_recreated,
        was_lost=was_lost,
        was_stopped=was_stopped,
        failure=failure,
    )


def together(refused: AudienceResult, instead: AudienceResult) -> AudienceResult:
    """What came of a replacement that was refused, and of the removals sent in its place.

    The refusal stays its failure; where somebody could not be removed either, that says so too.
    """
    rejected = Counter(refused.rejected) + Counter(instead.rejected)
    failure = refused.failure
    if isinstance(failure, RejectedError) and instead.failure is not None:
        why = f": {instead.failure}" if str(instead.failure) != str(failure) else ""
        failure = RejectedError(
            f"{failure}; and whoever may not be in the audience any more was not taken out of "
            f"it{why}",
            connector=failure.connector,
            remedy=failure.remedy,
        )
    return AudienceResult(
        audience=refused.audience,
        added=instead.added,
        removed=instead.removed,
        rejected=dict(sorted(rejected.items())),
        removals_rejected=instead.removals_rejected,
        at_work=instead.at_work,
        unanswered=refused.unanswered + instead.unanswered,
        held=refused.held + instead.held,
        was_recreated=refused.was_recreated or instead.was_recreated,
        was_stopped=instead.was_stopped,
        failure=failure,
    )


def refused_rows(batch: JournalBatch) -> list[int]:
    """The rows of the plan file that a platform did not take of a batch.

    Where it does not tell which, all of the batch: any of them may be one.
    """
    rejected = batch.outcome.rejected if batch.outcome else ()
    told = [batch.range.start + row for one in rejected for row in one.rows]
    if sum(one.count for one in rejected) > len(told):
        return list(range(batch.range.start, batch.range.stop))
    return told


# The first that occurs is the code of the whole: what a person must act on soonest comes first.
_GRAVITY = (
    ExitCode.STATE,
    ExitCode.UNEXPECTED,
    ExitCode.CONSENT,
    ExitCode.CREDENTIAL,
    ExitCode.REFUSED,
    ExitCode.CONFIG,
    ExitCode.GUARD,
    ExitCode.TEMPORARY,
    ExitCode.INCOMPLETE,
)


def gravest(codes: Iterable[ExitCode]) -> ExitCode:
    """The gravest of the exit codes; done when there is none."""
    found = set(codes)
    return next((code for code in _GRAVITY if code in found), ExitCode.DONE)
