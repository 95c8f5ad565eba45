"""What the ledger says of the other tables, and whether these say the same.

An entry follows from the one before it, so that the ledger is the witness: a row that was
swapped with another, changed or taken away says something else than it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from audsync.errors import StateError
from audsync.state.audiences import Audiences
from audsync.state.decisions import AT_WORK, DECIDED, counted
from audsync.state.history import Moves
from audsync.state.journal import BatchState, Journal, JournalBatch, JournalPlan, batch_key
from audsync.state.ledger import Entry, Ledger
from audsync.state.suppressions import Suppressions


@dataclass(slots=True)
class Word:
    """The ledger's last word on one audience.

    Not all was told of entries of the history up to `moves_closed`, which an earlier release
    wrote, and nothing of plans up to `plans_closed`.
    """

    sink: str | None = None
    remote_id: str | None = None
    member_file: str | None = None
    changed_by: str | None = None
    moves_closed: int = 0
    plans_closed: int = 0


def words(entries: Sequence[Entry]) -> dict[str, Word]:
    """The last word on each audience, by key."""
    found: dict[str, Word] = defaultdict(Word)
    for entry in entries:
        body: Any = entry.body
        if "audience" not in body:
            continue
        word = found[body["audience"]]
        word.sink = body.get("sink", word.sink)
        word.remote_id = body.get("remote_id", word.remote_id)
        word.moves_closed = body.get("moves_closed", word.moves_closed)
        word.plans_closed = body.get("plans_closed", word.plans_closed)
        # A delivery after which nobody else is a member names no file.
        is_kept = body["event"] == "delivered" and body["member_file"] is None
        if "member_file" in body and not is_kept:
            word.member_file, word.changed_by = body["member_file"], body["run"]
    return dict(found)


def known_moves(moves: Sequence[Moves], ledger: Ledger) -> list[Moves]:
    """Those moves of which the ledger tells, in their order."""
    told = words(ledger.entries())
    return [one for one in moves if one.id > told.get(one.audience, Word()).moves_closed]


def check_audiences(audiences: Audiences, ledger: Ledger) -> None:
    """Raises StateError unless each audience has the place and the members of its last word."""
    told = words(ledger.entries())
    known = {one.audience: one for one in audiences.list()}
    if lost := sorted(told.keys() - known.keys()):
        raise StateError(f"{lost[0]}: the ledger tells of it, and no row of audiences does")
    for name, one in known.items():
        word = told.get(name, Word())
        for what, row, says in (
            ("another sink", one.sink, word.sink),
            ("another list at its platform", one.remote_id, word.remote_id),
            ("another member file", one.member_file, word.member_file),
            ("another run that changed it last", one.changed_by, word.changed_by),
        ):
            if row != says:
                raise StateError(f"{name}: it has {what} than the ledger says")


def check_journal(journal: Journal, ledger: Ledger) -> None:
    """Raises StateError where batches are of another plan, or their end is not as it was told.

    What was folded stands in the ledger, and a plan is closed only when all of it was.
    """
    entries = ledger.entries()
    told, closed = _delivered(entries), words(entries)
    open_plans = {plan.plan for plan in journal.plans()}
    keys: dict[str, set[str]] = defaultdict(set)
    folded: dict[_Delivery, Counter[str]] = defaultdict(Counter)
    for plan in journal.all():
        batches = journal.batches(plan.plan)
        _check_batches(plan, batches, keys[plan.audience])
        left = [one for one in batches if one.state in AT_WORK | DECIDED and not one.is_folded]
        is_known = plan.plan > closed.get(plan.audience, Word()).plans_closed
        if left and is_known and plan.plan not in open_plans:
            raise StateError(
                f"{plan.audience}: a plan of run {plan.run} is closed, and {len(left)} of its"
                " batches are not"
            )
        done = [one for one in batches if one.is_folded]
        folded[plan.run, plan.audience, plan.file].update(counted(done))
    for of in {*told, *folded}:
        if told[of] != folded[of]:
            raise StateError(
                f"{of[1]}: the ledger tells of other deliveries of run {of[0]} than its batches"
            )


# The run of a plan, its audience and its file.
_Delivery = tuple[str, str, str]
_COUNTED: Final = ("add_", "remove_", "replace_")


def _delivered(entries: Sequence[Entry]) -> dict[_Delivery, Counter[str]]:
    """How many members the ledger says became what, by plan."""
    found: dict[_Delivery, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        body: Any = entry.body
        if body["event"] == "delivered":
            of = (body["planned_by"], body["audience"], body["plan_file"])
            found[of].update({name: body[name] for name in body if name.startswith(_COUNTED)})
    return found


def _check_batches(plan: JournalPlan, batches: Sequence[JournalBatch], keys: set[str]) -> None:
    """Raises StateError for a batch that is not of the plan, or cannot be as it is said to be.

    `keys` are those of earlier batches of the audience, under which one may be sent again.
    """
    for batch in batches:
        one = batch.range
        own = batch_key(plan.run, plan.audience, one.operation, one.number, plan.file)
        if one.batch not in {own, *keys}:
            raise StateError(
                f"{plan.audience}: a batch of run {plan.run} belongs to another plan"
            )
        if not _is_possible(batch):
            raise StateError(
                f"{plan.audience}: a batch of run {plan.run} is {batch.state}, and what came of"
                " it is not"
            )
        keys.add(one.batch)


def _is_possible(batch: JournalBatch) -> bool:
    """Whether what is known of a batch can be so in its state."""
    outcome = batch.outcome
    match batch.state:
        case BatchState.CONFIRMED:
            return outcome is not None and outcome.accepted > 0
        case BatchState.REJECTED:
            return outcome is None or not outcome.accepted
        case BatchState.SENT:
            return outcome is None and batch.receipt is not None
        case BatchState.SENDING | BatchState.UNKNOWN:
            return outcome is None and batch.sent_at is not None
        case BatchState.PLANNED:
            return outcome is None and batch.receipt is None and batch.sent_at is None


def check_suppressions(suppressions: Suppressions, ledger: Ledger) -> None:
    """Raises StateError where marks or requests are others than the ledger says."""
    told: dict[str, object] = {"marks": 0}
    asked: dict[object, datetime] = {}
    finished: dict[object, datetime] = {}
    erased: dict[object, set[str]] = defaultdict(set)
    for entry in ledger.entries():
        body: Any = entry.body
        event, at = body["event"], datetime.fromisoformat(body["at"])
        if event == "marked":
            told = {name: body[name] for name in ("marks", "marks_hash")}
        elif event == "forget_asked":
            asked[body["request"]] = at
        elif event == "forgotten":
            finished[body["request"]] = at
        elif event == "erased_at_sink":
            erased[body["request"]].add(body["sink"])
    held = suppressions.told_marks()
    if told != {name: held[name] for name in told}:
        raise StateError(
            f"suppressions: {held['marks']} marks are there, and the ledger tells of"
            f" {told['marks']}, or of others: who was forgotten might come back"
        )
    requests = suppressions.requests()
    rows = [
        ({one.id: one.asked_at for one in requests}, asked),
        ({one.id: one.finished_at for one in requests if one.finished_at}, finished),
        ({one.id: {*one.erased_at} for one in requests if one.erased_at}, dict(erased)),
    ]
    if any(row != says for row, says in rows):
        raise StateError("forget_requests: a request is not as the ledger tells of it")


def check_moves(moves: Sequence[Moves], ledger: Ledger) -> None:
    """Raises StateError where who came and left is told of another audience, run or time."""
    told = {
        (body.get("audience"), body.get("run"), body["at"])
        for body in (entry.body for entry in ledger.entries())
    }
    for one in known_moves(moves, ledger):
        if (one.audience, one.run, one.at.isoformat()) not in told:
            raise StateError(
                f"history: entry {one.id} is of another audience, run or time than any delivery"
            )
