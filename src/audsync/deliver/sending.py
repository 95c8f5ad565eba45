"""Plans sent through sinks, batch by batch, with a record before and after each.

Plans of a sink whose platform takes members of several audiences at once go in lock-step, phase
by phase, so that whoever enters or leaves several of them is sent once.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from time import sleep as _sleep
from typing import Final, cast

from audsync.contracts import VALUE, Batch, SendsTogether, Sink
from audsync.deliver.audience import Audience, Call, Ready
from audsync.deliver.preparing import one_ahead
from audsync.deliver.results import AudienceResult, together
from audsync.deliver.sharing import bundled, groups, requests
from audsync.errors import (
    AudsyncError,
    CredentialError,
    RejectedError,
    RemoteError,
    TableError,
    TransientError,
)
from audsync.plan import AudiencePlan, Phase
from audsync.state import State

_OF_A_SINK: Final = (RemoteError, CredentialError, TableError)


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
    call = Call(state, run, as_of, progress, should_stop, sleep, clock)
    results: dict[int, AudienceResult] = {}
    for places in groups(plans, sinks):
        group = [Audience(call, plans[one], sinks[plans[one].sink]) for one in places]
        _Group(call, group).deliver()
        results |= {
            one: _replanned(call, found) for one, found in zip(places, group, strict=True)
        }
    state.sweep()
    return [results[place] for place in range(len(plans))]


def _replanned(call: Call, audience: Audience) -> AudienceResult:
    """What an audience came to; where its replacement was refused, after what may still go."""
    result, otherwise = audience.result(), audience.otherwise
    if otherwise is None:
        return result
    _Group(call, [otherwise]).deliver()
    return together(result, otherwise.result())


class _Group:
    """The audiences whose plans are sent in lock-step; mostly one alone."""

    def __init__(self, call: Call, audiences: Sequence[Audience]) -> None:
        self._call = call
        self._audiences = audiences

    def deliver(self) -> None:
        """Open all, journal all, send phase after phase, fold all."""
        for one in self._audiences:
            _tried(one, one.open)
        self._journal()
        for phase in Phase:
            self._send(phase)
            for one in self._on_their_way():
                _tried(one, partial(one.ask, phase))
        for one in self._audiences:
            one.fold()

    def _journal(self) -> None:
        """Cut the plans into batches, and record these."""
        left = [one for one in self._audiences if one.has_to_send]
        for one in left:
            one.arrange()
        if len(left) > 1:
            sink = left[0].sink
            dealt = requests(
                [one.operations for one in left],
                [one.labels for one in left],
                [*sink.key_rules, VALUE],
                max_batch=sink.capabilities.max_batch,
            )
            for one, numbers in zip(left, dealt, strict=True):
                one.deal(numbers)
        for one in left:
            one.journal()

    def _on_their_way(self) -> list[Audience]:
        return [one for one in self._audiences if one.is_on_its_way]

    def _send(self, phase: Phase) -> None:
        """Send the batches of a phase, those of one request at once."""
        if phase is Phase.REPLACED:
            for one in self._on_their_way():
                one.spare_refused()
        units = _units([one.ready(phase) for one in self._on_their_way()])
        with closing(one_ahead(partial(_made, unit) for unit in units)) as ahead:
            for made in ahead:
                self._send_unit(made)
                if not self._on_their_way():
                    break

    def _send_unit(self, made: "Sequence[_Made]") -> None:
        """Send what is at its turn, but for what cannot be made or has ended meanwhile."""
        left: list[tuple[Ready, Batch]] = []
        for ready, message in made:
            if not ready.audience.is_on_its_way:
                continue
            if isinstance(message, Batch):
                left.append((ready, message))
            else:
                ready.audience.failure = message
        # A replacement that is left half done is what the platform makes of it.
        begins = all(ready.part is None or ready.part.number == 1 for ready, _ in left)
        if left and begins and self._call.should_stop():
            for ready, _ in left:
                ready.audience.was_stopped = True
        elif len(left) < 2 or not self._sent_together(left):  # noqa: PLR2004 -- who is alone
            for ready, message in left:
                _tried(ready.audience, partial(ready.audience.send, ready.batch, message))

    def _sent_together(self, left: "Sequence[tuple[Ready, Batch]]") -> bool:
        """Send batches at once; False where they were refused, and are to be sent alone.

        What is written of them before, and what after, is durable for all at once: else one
        that has its receipt and one that has none could be of the same request.
        """
        audiences = [ready.audience for ready, _ in left]
        batches = [ready.batch for ready, _ in left]
        journal, patience = self._call.state.journal, self._call.patience()
        bundle = bundled([message for _, message in left])
        sink = cast("SendsTogether", audiences[0].sink)  # as `groups` found it
        with self._call.state.transaction():
            for batch in batches:
                journal.sending(batch.id, at=self._call.clock())
        try:
            receipts = patience(lambda: sink.send_together(bundle))
        except (TransientError, RejectedError, CredentialError, TableError) as error:
            # As of one that is sent alone: refused at once, they changed nothing.
            is_refused = isinstance(error, RejectedError | CredentialError)
            if is_refused and patience.attempts == 1:
                return False
            with self._call.state.transaction():
                for batch in batches:
                    journal.unknown(batch.id)
            for audience in audiences:
                audience.failure = error
            return True
        with self._call.state.transaction():
            for batch, receipt in zip(batches, receipts, strict=True):
                journal.sent(batch.id, receipt.payload)
        for audience, batch, receipt in zip(audiences, batches, receipts, strict=True):
            _tried(audience, partial(audience.sent, batch, receipt))
        return True


_Made = tuple[Ready, Batch | AudsyncError]


def _units(ready: "Sequence[Sequence[Ready]]") -> "list[list[Ready]]":
    """What is sent at once: of several audiences the batches of one request each.

    A batch that was cut in pieces since is sent with the pieces of others.
    """
    if len(ready) == 1:
        return [[one] for one in ready[0]]
    units: dict[tuple[int, int], list[Ready]] = defaultdict(list)
    for of_one in ready:
        pieces: Counter[int] = Counter()
        for one in of_one:
            units[one.request, pieces[one.request]].append(one)
            pieces[one.request] += 1
    return [units[key] for key in sorted(units)]


def _made(unit: "Sequence[Ready]") -> "list[_Made]":
    """Each batch with its message, or with what kept it from being made."""
    return [(one, _message(one)) for one in unit]


def _message(ready: Ready) -> Batch | AudsyncError:
    try:
        return ready.message()
    except _OF_A_SINK as error:
        return error


def _tried(audience: Audience, step: Callable[[], None]) -> None:
    """Take a step; where the sink does not let it, that is the end of this audience's way."""
    try:
        step()
    except _OF_A_SINK as error:
        audience.failure = error
