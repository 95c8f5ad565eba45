"""Audiences at the fake Google for a long time, and through kill -9 at each call in turn."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from audsync.state import BatchState, State
from audsync.testing.google import FakeGoogle, faults
from audsync_sink_google.options import SHORTEST_MEMBERSHIP
from fakes.google_people import identifiers, person
from fakes.google_runs import a_run, a_run_of
from fakes.plans import CLIENTS, Row, Wishes
from google_shop import options_of, sink_of

ROOT = Path(__file__).parents[2]
APIS = ("data_manager", "google_ads")
DAYS = 600
# A removal, three additions and a removal of old keys; of a job three calls each.
CALLS = {"data_manager": 5, "google_ads": 15}
SENDING = {"data_manager": "IngestionService/*Members", "google_ads": "OfflineUserDataJob*"}
KEYS = ("email", "phone", "address")


def people(start: int, stop: int, *, moved: int = 0) -> dict[str, Row]:
    """People who share phones and homes by threes; of the first `moved` all is new."""
    return {
        CLIENTS[number]: person(f"new{number}", f"q{number}")
        if number - start < moved
        else person(f"e{number}", f"p{number // 3}", f"h{number // 3}" if number % 2 else None)
        for number in range(start, stop)
    }


@pytest.mark.slow
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("membership_days", [60, 540])
def test_nobody_expires_and_nobody_who_left_comes_back_in_600_days(
    tmp_path: Path, google: FakeGoogle, api: str, membership_days: int
) -> None:
    state = State(tmp_path / "shop")
    sink = sink_of(google, api=api, membership_days=membership_days)
    clock = google.platform.clock
    sent: list[int] = []
    for day in range(DAYS):
        # In every third month three others leave and come back in the next.
        wishes = people(0, 30) if day % 90 < 60 else people(3, 30)
        before = google.calls.total()
        result = a_run(state, sink, wishes, run=f"run-{day}", now=clock.now, refreshes=True)
        assert result.failure is None
        sent.append(google.calls.total() - before)
        clock.advance(hours=24)
        if day % 90 not in (0, 1, 2, 3, 4, 60, 61, 62, 63, 64):
            (remote_id,) = google.audiences()
            assert google.members(remote_id) == identifiers(wishes.values()), day
    state.close()
    assert google.platform.mistakes == {}
    assert google.jobs.unrun == []
    # A day on which nothing is due looks at the list and sends nothing.
    assert sorted(sent)[len(sent) // 4] == 1


@pytest.mark.slow
def test_nobody_is_out_for_an_hour_at_the_shortest_membership(
    tmp_path: Path, google: FakeGoogle
) -> None:
    """By jobs, which take longest."""
    sink = sink_of(google, api="google_ads", membership_days=SHORTEST_MEMBERSHIP)
    clock, wishes = google.platform.clock, people(0, 6)
    with State(tmp_path / "shop") as state:
        for day in range(8):
            a_run(state, sink, wishes, run=f"run-{day}", now=clock.now, refreshes=True)
            (remote_id,) = google.audiences()
            for hour in range(24):
                clock.advance(hours=1)
                is_filled = day > 0 or hour > 12
                held = google.members(remote_id)
                assert held == identifiers(wishes.values()) or not is_filled, (day, hour)


def in_lists(wishes: Wishes, count: int) -> dict[str, Wishes]:
    """Of everybody in a first list those with every second, third, … number in others."""
    return {
        f"list {step}": {
            client: row for client, row in wishes.items() if not CLIENTS.index(client) % step
        }
        for step in range(1, count + 1)
    }


def held(google: FakeGoogle) -> dict[str, frozenset[Any]]:
    """The identifiers in each list, by the name of its segment."""
    lists = google.platform.lists
    return {lists[number].name.lower(): google.members(number) for number in lists}


def changes(calls: Counter[str], api: str) -> int:
    """How many of these calls change a list."""
    return sum(calls[name] for name in calls if fnmatch(name, SENDING[api]))


def killed_run(
    google: FakeGoogle,
    folder: Path,
    api: str,
    wishes: Mapping[str, Wishes],
    *,
    run: str,
    after: int,
    withdrawn: Sequence[str] = (),
    **options: Any,
) -> bool:
    """A run in a process of its own, killed in a call after so many others; whether it was."""
    given = {"max_batch": 3, **options}
    told = {
        "folder": str(folder),
        "options": dataclasses.asdict(options_of(google, api=api, **given)),
        "now": google.platform.clock.now,
        "run": run,
        "wishes": wishes,
        "withdrawn": withdrawn,
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    command = [sys.executable, "-m", "fakes.google_runs", json.dumps(told)]
    begun: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    kill = faults.event(lambda: begun.get().kill())
    google.faults.plan(kill, endpoint=SENDING[api], after=after)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        begun.put(process)
        _, errors = process.communicate()
    google.recover()
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()
    return process.returncode != 0


@dataclass(frozen=True)
class Left:
    """A batch that left in one run: whether it has an answer, and whom it moved in a list."""

    key: str
    receipt: Any
    moved: frozenset[tuple[str, str, str, Row]]


def batches(folder: Path, run: str) -> list[Left]:
    """The batches that left in a run, while its plan is still kept."""
    found = []
    with State(folder) as state:
        for plan in state.journal.all():
            left = [
                batch
                for batch in state.journal.batches(plan.plan)
                if plan.run == run and batch.state is not BatchState.PLANNED
            ]
            rows = state.plans.read(plan.file).to_pylist() if left else []
            for batch in left:
                these = rows[batch.range.start : batch.range.stop]
                moved = frozenset(
                    (
                        plan.audience,
                        row["operation"],
                        row["client_id"],
                        tuple(row[name] for name in KEYS),
                    )
                    for row in these
                )
                found.append(Left(batch.range.batch, batch.receipt, moved))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("api", "lists"), [*((api, 1) for api in APIS), ("data_manager", 3)])
def test_kill_9_at_each_call_in_turn_loses_nothing_and_doubles_nothing_confirmed(
    tmp_path: Path, google: FakeGoogle, api: str, lists: int
) -> None:
    """Of lists that follow one another, the change to the second ones is killed.

    Whoever is in several lists of the Data Manager API is in one request for all of them, so
    that it takes no more calls than one list.
    """
    clock = google.platform.clock
    first = in_lists(people(0, 12), lists)
    second = in_lists(people(3, 18, moved=3), lists)
    is_killed, after = True, -1

    def whole_runs(
        folder: Path, wishes: Mapping[str, Wishes], runs: Sequence[str]
    ) -> list[Left]:
        left: list[Left] = []
        for run in runs:
            with State(folder) as state:
                sink = sink_of(google, api=api, max_batch=3)
                results = a_run_of(state, sink, wishes, run=run, now=clock.now)
                assert [one.failure for one in results] == [None for _ in wishes]
            left += batches(folder, run)
            clock.advance(days=1)
        return left

    while is_killed:
        after += 1
        google.platform.lists.clear()
        folder = tmp_path / str(after)
        whole_runs(folder, first, ["a0", "a1", "a2"])
        # Each phase is sent by a run of its own, when the one before is settled.
        left, is_killed, calls = [], False, after
        for run in ("k0", "k1", "k2"):
            before = google.calls.copy()
            is_killed = killed_run(google, folder, api, second, run=run, after=calls)
            left += batches(folder, run)
            clock.advance(days=1)
            if is_killed:
                break
            calls -= changes(google.calls - before, api)
        left += whole_runs(folder, second, ["b0", "b1", "b2", "b3", "b4"])
        assert held(google) == {
            name: identifiers(wishes.values()) for name, wishes in second.items()
        }, after
        # Of additions and removals, all that Google answered, and the five days after.
        moved = [one for batch in left if batch.receipt for one in batch.moved]
        assert len(moved) == len(set(moved)), after
        assert google.jobs.unrun == [], after
    assert after == CALLS[api]
    assert google.platform.mistakes == {}


@pytest.mark.slow
def test_kill_9_at_each_call_of_a_replacement_keeps_nobody_who_withdrew(
    tmp_path: Path, google: FakeGoogle
) -> None:
    """A removal, the two parts of the replacement, and the step that takes out the rest."""
    clock = google.platform.clock
    first, second = people(0, 9), people(2, 12) | people(4, 5, moved=1)
    withdrawn = CLIENTS[:2]
    theirs = identifiers(first[one] for one in withdrawn) - identifiers(second.values())
    options: dict[str, Any] = {"max_batch": 6, "delivery": "replace"}

    def whole_run(folder: Path, wishes: Wishes, run: str) -> frozenset[Any]:
        with State(folder) as state:
            sink = sink_of(google, **options)
            gone = [one for one in withdrawn if one not in wishes]
            result = a_run(state, sink, wishes, run=run, now=clock.now, withdrawn=gone)
            assert result.failure is None
        clock.advance(days=1)
        (remote_id,) = google.audiences()
        return google.members(remote_id)

    is_killed, after = True, -1
    while is_killed:
        after += 1
        google.platform.lists.clear()
        folder = tmp_path / str(after)
        for run in ("a0", "a1"):
            assert whole_run(folder, first, run) == identifiers(first.values())
        is_killed, calls = False, after
        for run in ("k0", "k1"):
            before = google.calls.copy()
            is_killed = killed_run(
                google,
                folder,
                "data_manager",
                {"people": second},
                run=run,
                after=calls,
                withdrawn=withdrawn,
                **options,
            )
            clock.advance(days=1)
            if is_killed:
                break
            calls -= changes(google.calls - before, "data_manager")
        held = [whole_run(folder, second, f"b{number}") for number in range(6)]
        assert all(theirs.isdisjoint(one) for one in held), after
        assert held[-1] == identifiers(second.values()), after
        sent = changes(google.calls, "data_manager")
        whole_run(folder, second, "quiet")
        assert changes(google.calls, "data_manager") == sent, after
    assert after == 4
    assert google.platform.mistakes == {}
