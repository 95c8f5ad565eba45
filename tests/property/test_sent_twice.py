"""A killed run, and runs after it: how often what was confirmed is sent again."""

import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audsync.contracts import Batch, Match, Operation, Receipt
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.deliveries import Dying
from fakes.plans import (
    CLIENTS,
    Row,
    Wishes,
    a_run,
    keys_of,
    members,
    person,
    several,
    should_hold,
    sure,
)

PEOPLE = CLIENTS[:6]
PHONES = ("p1", "p2")


def _own(client: str) -> list[str]:
    """Addresses of his own that everybody has, old and new, so that a row tells whose it is."""
    return [f"old-{client}", f"new-{client}"]


def _some(texts: Sequence[str], at_least: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(texts), min_size=at_least, max_size=2, unique=True)


ROWS = {
    client: st.builds(person, st.sampled_from(_own(client)), st.sampled_from([*PHONES, None]))
    for client in PEOPLE
}
# The same, where each has one or two of both kinds, and shares a number in another column.
SEVERAL = {
    client: st.builds(several, _some(_own(client), 1), _some(PHONES, 0)) for client in PEOPLE
}
APART = timedelta(hours=6)
# On so many days after the first may an unanswered addition come after a removal.
DAYS_IN_DOUBT = 2
LATE = 7  # runs, after which the platform does what nobody heard of: in less than two days
RUNS = 8 + 6  # until that is over, and until what it made uncertain is settled


@dataclass(frozen=True)
class Case:
    """Who is wanted before, by the run that is killed behind so many batches, and after it.

    The last of them is worked in after so many ticks, all others after one.
    """

    match: Match
    before: Wishes
    during: Wishes
    after: Wishes
    batches: int
    ticks: int
    several: bool


def _cases(rows: Mapping[str, st.SearchStrategy[Row]]) -> st.SearchStrategy[Case]:
    wishes = st.fixed_dictionaries({}, optional=rows)
    return st.builds(
        Case,
        st.sampled_from(Match),
        wishes,
        wishes,
        wishes,
        st.integers(1, 5),
        st.sampled_from([1, LATE]),
        st.just(rows is SEVERAL),
    )


CASES = _cases(ROWS) | _cases(SEVERAL)
Sent = list[tuple[str, Operation, tuple[Row, ...]]]


class Dies(Dying):
    """A sink whose process ends behind a batch, which the platform takes its time for."""

    ticks = 1

    def send(self, batch: Batch) -> Receipt:
        usual, platform = self.platform.delay, self.platform
        platform.delay = self.ticks if self.batches == 1 else usual
        try:
            return super().send(batch)
        finally:
            platform.delay = usual


def rows_of(sent: Sent, kind: Operation) -> set[Row]:
    return {row for _, operation, rows in sent if operation is kind for row in rows}


def runs_of(sent: Sent, kind: Operation) -> dict[Row, set[str]]:
    """In which runs each row was sent."""
    found = defaultdict(set)
    for key, operation, rows in sent:
        for row in rows if operation is kind else ():
            found[row].add(key.split(".")[0])
    return found


def lived(case: Case) -> tuple[Sent, Sent]:
    """What the run that was killed sent, and what was sent since, until all is as desired."""
    match, before, during, after = case.match, case.before, case.during, case.after
    platform = MemoryPlatform(match=match, several=case.several, delay=1)
    sink = MemorySink(platform=platform, max_batch=2)
    with tempfile.TemporaryDirectory() as folder:
        with State(Path(folder) / "shop") as state:
            for number in range(1, 5):
                a_run(state, sink, before, number=number, apart=APART)
                platform.advance()
            quiet = len(platform.sent)
            dies = Dies(platform=platform, max_batch=2)
            dies.batches, dies.ticks = case.batches, case.ticks
            with suppress(KeyboardInterrupt):
                a_run(state, dies, during, number=5, apart=APART)
            killed = len(platform.sent)
            platform.advance()
        with State(Path(folder) / "shop") as state:
            for number in range(6, 6 + RUNS):
                assert a_run(state, sink, after, number=number, apart=APART).failure is None
                platform.advance()
            assert platform.members("audience-1") == should_hold(after, match)
            assert members(state) == {client: [row] for client, row in after.items()}
            assert sure(state) == set(after)
    return platform.sent[quiet:killed], platform.sent[killed:]


def look(case: Case) -> None:
    """Only what may have been overtaken is sent again: a removal daily, an addition once."""
    unheard, since = lived(case)
    added, removed = runs_of(since, Operation.ADD), runs_of(since, Operation.REMOVE)
    may_come_back = keys_of(rows_of(unheard, Operation.ADD))
    for row, runs in removed.items():
        comes_back = not may_come_back.isdisjoint(keys_of([row]))
        assert len(runs) <= 1 + DAYS_IN_DOUBT * comes_back
    removals = [*removed.items(), *runs_of(unheard, Operation.REMOVE).items()]
    for row, runs in added.items():
        behind = [some for gone, some in removals if may_take_out(case, gone, row)]
        assert len(runs) <= 1 + len(set().union(*behind))


def may_take_out(case: Case, gone: Row, row: Row) -> bool:
    """Whether a removal may take somebody out: by a key of any row of whom it is of."""
    everybody = (case.before, case.during, case.after)
    names = {
        client
        for wishes in everybody
        for client, one in wishes.items()
        if keys_of([one]) & keys_of([gone])
    }
    theirs = keys_of(wishes[name] for wishes in everybody for name in names if name in wishes)
    return not theirs.isdisjoint(keys_of([row]))


@given(CASES)
@settings(max_examples=6)
def test_what_was_confirmed_is_sent_again_while_it_is_in_doubt(case: Case) -> None:
    look(case)


@pytest.mark.slow
@given(CASES)
@settings(max_examples=60)
def test_what_was_confirmed_is_sent_again_while_it_is_in_doubt_long(case: Case) -> None:
    look(case)
