"""What a platform refuses, for now or for good, and who is a member then."""

from datetime import date

import pytest

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Match,
    Outcome,
    Receipt,
    RejectedRows,
)
from audsync.deliver import deliver, gravest
from audsync.errors import CredentialError, ExitCode, RejectedError, TableError, TransientError
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.deliveries import FIVE, KEY, LOST, Troubled, send, states
from fakes.plans import a_run, digest, members, person, planned, should_hold


class Miscounting(MemorySink):
    """A sink whose outcomes are what the test says."""

    outcome = Outcome(0)

    def settle(self, receipt: Receipt) -> Outcome | None:
        super().settle(receipt)
        return self.outcome


def test_a_temporary_refusal_is_repeated_after_the_time_it_asks_for(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    waits: list[float] = []
    platform.fail_next(429, retry_after=7)
    platform.fail_next(503)
    result = send(state, sink, FIVE, sleep=waits.append)
    assert (result.added, result.exit_code) == (5, ExitCode.DONE)
    assert waits == [7, 2]


def test_a_sink_that_stays_away_ends_its_audience_and_not_the_others(state: State) -> None:
    broken, sound = MemoryPlatform(), MemoryPlatform()
    sinks = {"broken": MemorySink(platform=broken), "sound": MemorySink(platform=sound)}
    for _ in range(5):
        broken.fail_next(500)
    plans = [planned(state, sinks[name], FIVE, sink_id=name) for name in sinks]
    results = deliver(
        plans, state, sinks, run="r", as_of=date(2026, 11, 23), sleep=lambda _seconds: None
    )
    assert [result.audience for result in results] == [
        "shop.people.broken",
        "shop.people.sound",
    ]
    assert isinstance(results[0].failure, TransientError)
    assert (results[0].exit_code, results[1].exit_code) == (6, 0)
    assert gravest(result.exit_code for result in results) == ExitCode.TEMPORARY
    assert results[1].added == 5


class Mistaken(MemorySink):
    """A sink with a mistake in one of its methods, in whose text stands what it was given."""

    fails_in = ""

    def _go_wrong(self, method: str, given: object) -> None:
        if method == self.fails_in:
            raise KeyError(given)

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        self._go_wrong("open", spec.name)
        return super().open(spec, remote_id)

    def prepare(self, batch: Batch) -> object:
        self._go_wrong("prepare", batch.rows)
        return None

    def send(self, batch: Batch) -> Receipt:
        receipt = super().send(batch)
        self._go_wrong("send", batch.rows)
        return receipt

    def settle(self, receipt: Receipt) -> Outcome | None:
        self._go_wrong("settle", receipt)
        return super().settle(receipt)


@pytest.mark.parametrize(
    ("method", "left"),
    [
        ("open", "confirmed"),  # the other's
        ("prepare", "planned"),
        ("send", "unknown"),
        ("settle", "unknown"),
    ],
)
def test_a_mistake_of_a_sinks_author_ends_its_audience_and_not_the_others(
    state: State, method: str, left: str
) -> None:
    broken, sound = Mistaken(max_batch=2), MemorySink()
    broken.fails_in = method
    sinks = {"broken": broken, "sound": sound}
    plans = [planned(state, sinks[name], FIVE, sink_id=name) for name in sinks]
    one, other = deliver(plans, state, sinks, run="r", as_of=date(2026, 11, 23))
    assert isinstance(one.failure, TableError)
    assert str(one.failure).startswith("the sink failed: KeyError at deliver/test_refusals.py:")
    assert one.failure.__suppress_context__
    assert other.added == 5
    assert states(state)[0] == left
    broken.fails_in = ""
    again = planned(state, broken, FIVE, sink_id="broken")
    deliver([again], state, sinks, run="s", as_of=date(2026, 11, 24))
    assert len(broken.platform.members("audience-1")) == len(
        sound.platform.members("audience-1")
    )


def test_a_wait_longer_than_a_run_can_last_is_not_begun(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    waits: list[float] = []
    platform.fail_next(429, retry_after=3600)
    result = send(state, sink, FIVE, sleep=waits.append)
    assert (result.exit_code, waits) == (ExitCode.TEMPORARY, [])


@pytest.mark.parametrize(
    ("status", "error", "code"), [(400, RejectedError, 12), (401, CredentialError, 5)]
)
def test_a_refused_batch_ends_the_audience_and_its_members_are_none(
    state: State,
    platform: MemoryPlatform,
    status: int,
    error: type[Exception],
    code: int,
) -> None:
    result = send(state, Troubled(platform, {1: [status]}), FIVE)
    assert isinstance(result.failure, error)
    assert (result.exit_code, result.added, result.held) == (code, 2, 1)
    assert states(state) == ["confirmed", "rejected", "planned"]
    assert len(members(state)) == 2
    assert platform.members("audience-1") == should_hold(
        {client: rows[0] for client, rows in members(state).items()}, Match.KEY
    )


def test_a_lost_reply_leaves_members_uncertain_until_they_are_sent_again(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    result = send(state, Troubled(platform, {0: [LOST] * 5}), {"c0": person("a")})
    assert (result.exit_code, result.unanswered) == (ExitCode.TEMPORARY, 1)
    known = state.audiences.get(KEY)
    assert known is not None
    assert (known.members, known.uncertain) == (0, 1)
    # Not desired any more: a removal, for the platform may hold it.
    a_run(state, sink, {}, number=2)
    assert platform.members("audience-1") == frozenset()
    assert members(state) == {}


def test_a_refusal_after_an_unanswered_attempt_is_not_taken_for_certain(
    state: State, platform: MemoryPlatform
) -> None:
    result = send(state, Troubled(platform, {0: [LOST, 400]}), {"c0": person("a")})
    assert isinstance(result.failure, RejectedError)
    assert states(state) == ["unknown"]
    assert members(state) == {"c0": [person("a")]}


class Halfway(Troubled):
    """A sink that is refused when a part of a batch is done."""

    def send(self, batch: Batch) -> Receipt:
        try:
            return super().send(batch)
        except (CredentialError, RejectedError) as error:
            error.has_begun = True
            raise


@pytest.mark.parametrize(("status", "code"), [(400, 12), (401, 5)])
def test_a_refusal_of_what_had_begun_leaves_members_uncertain(
    state: State, platform: MemoryPlatform, status: int, code: int
) -> None:
    result = send(state, Halfway(platform, {0: [status]}), {"c0": person("a")})
    assert (result.exit_code, result.unanswered) == (code, 1)
    assert states(state) == ["unknown"]
    assert members(state) == {"c0": [person("a")]}


def test_rejected_rows_are_not_members_and_are_counted_by_code(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    platform.refuses = {digest("e1")}
    result = a_run(state, sink, FIVE)
    assert (result.added, dict(result.rejected)) == (4, {"invalid": 1})
    assert set(members(state)) == {"c0", "c2", "c3", "c4"}
    assert result.exit_code == ExitCode.DONE


@pytest.mark.parametrize("match", Match)
def test_whoever_s_new_key_is_refused_keeps_the_old_one(state: State, match: Match) -> None:
    platform = MemoryPlatform(match=match)
    sink = MemorySink(platform=platform, max_batch=3)
    a_run(state, sink, FIVE)
    # c1 and c3 had one row; of the five all change, and the platform takes all but that of c1.
    a_run(state, sink, FIVE | {"c3": FIVE["c1"]}, number=2)
    moved = {f"c{number}": person(f"new{number}") for number in range(5)}
    platform.refuses = {digest("new1")}
    for number in (3, 4):
        result = a_run(state, sink, moved, number=number)
        assert result.rejected == {"invalid": 1}
        wanted = moved | {"c1": FIVE["c1"]}
        assert platform.members("audience-1") == should_hold(wanted, match)
    platform.refuses = set()
    a_run(state, sink, moved, number=5)
    a_run(state, sink, moved, number=6)
    assert platform.members("audience-1") == should_hold(moved, match)
    assert members(state) == {client: [row] for client, row in moved.items()}


def test_where_the_platform_does_not_tell_who_was_refused_all_keep_their_old_keys_a_run_longer(
    state: State,
) -> None:
    platform = MemoryPlatform(tells_rows=False)
    sink = MemorySink(platform=platform, max_batch=3)
    a_run(state, sink, FIVE)
    platform.refuses = {digest("new1")}
    moved = {f"c{number}": person(f"new{number}") for number in range(5)}
    a_run(state, sink, moved, number=2)
    old = {("email", row[0]) for row in FIVE.values()}
    assert len(old & platform.members("audience-1")) == 3
    a_run(state, sink, moved, number=3)
    assert not old & platform.members("audience-1")


def test_a_removal_that_is_rejected_makes_the_run_fail_and_is_made_again(
    state: State, platform: MemoryPlatform, sink: MemorySink
) -> None:
    a_run(state, sink, FIVE)
    platform.refuses = {digest("e1")}
    result = a_run(state, sink, {}, number=2)
    assert (result.exit_code, result.removals_rejected) == (ExitCode.REFUSED, 1)
    assert set(members(state)) == {"c1"}
    platform.refuses = set()
    assert a_run(state, sink, {}, number=3).removed == 1
    assert platform.members("audience-1") == frozenset()


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(accepted=1),
        Outcome(accepted=3),
        Outcome(accepted=-1, rejected=(RejectedRows("x", 3),)),
        Outcome(accepted=0, rejected=(RejectedRows("x", 2, (0, 0)),)),
        Outcome(accepted=1, rejected=(RejectedRows("x", 1, (2,)),)),
        Outcome(accepted=0, rejected=(RejectedRows("x", 2, (0,)),)),
    ],
)
def test_an_outcome_that_does_not_add_up_is_the_connectors_fault(
    state: State, platform: MemoryPlatform, outcome: Outcome
) -> None:
    sink = Miscounting(platform=platform, max_batch=2)
    sink.outcome = outcome
    result = send(state, sink, dict(list(FIVE.items())[:2]))
    assert isinstance(result.failure, TableError)
    assert "of 2 members of a batch" in str(result.failure)
    assert states(state) == ["unknown"]
