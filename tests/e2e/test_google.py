"""Audiences at the fake Google for a long time, and through kill -9 at each call in turn."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from audsync.state import BatchState, State
from audsync.testing.google import FakeGoogle, faults
from fakes.google_people import identifiers, person
from fakes.google_runs import a_run
from fakes.plans import CLIENTS, Row, Wishes, audience_key
from google_shop import options_of, sink_of

ROOT = Path(__file__).parents[2]
APIS = ("data_manager", "google_ads")
DAYS = 600
CALLS = "*/*"
SENDING = {"data_manager": "IngestionService/*Members", "google_ads": "OfflineUserDataJob*"}
Sent = tuple[str, str | None, Row]


def people(start: int, stop: int, *, moved: int = 0) -> dict[str, Row]:
    """People who share phones and homes by threes; the first `moved` have a new address."""
    return {
        CLIENTS[number]: person(
            f"new{number}" if number - start < moved else f"e{number}",
            f"p{number // 3}",
            f"h{number // 3}" if number % 2 else None,
        )
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


def killed_run(
    google: FakeGoogle, folder: Path, api: str, wishes: Wishes, *, run: str, after: int | None
) -> bool:
    """A run in a process of its own, killed in a call after so many others; whether it was."""
    options = dataclasses.asdict(options_of(google, api=api, max_batch=3))
    told = {
        "folder": str(folder),
        "options": options,
        "now": google.platform.clock.now,
        "run": run,
        "wishes": wishes,
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    command = [sys.executable, "-m", "fakes.google_runs", json.dumps(told)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        if after is not None:
            kill = faults.event(partial(os.kill, process.pid, signal.SIGKILL))
            google.faults.plan(kill, endpoint=SENDING[api], after=after)
        _, errors = process.communicate()
    google.recover()
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()
    return process.returncode != 0


def batches(state: State, *, known: bool) -> list[tuple[str, Any, set[Sent]]]:
    """Batches that left, with their receipts: those whose fate is known, or all of them."""
    found = []
    for plan in state.journal.all():
        left = [
            batch
            for batch in state.journal.batches(plan.plan)
            if batch.state not in (BatchState.PLANNED, BatchState.SENDING, BatchState.UNKNOWN)
            or (not known and batch.state is not BatchState.PLANNED)
        ]
        rows = state.plans.read(plan.file).to_pylist() if left else []
        for batch in left:
            these = rows[batch.range.start : batch.range.stop]
            found.append(
                (
                    batch.range.batch,
                    batch.receipt,
                    {
                        (
                            row["operation"],
                            row["client_id"],
                            tuple(row[name] for name in ("email", "phone", "address")),
                        )
                        for row in these
                    },
                )
            )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("api", APIS)
def test_kill_9_at_each_call_in_turn_loses_nothing_and_doubles_nothing_confirmed(
    tmp_path: Path, google: FakeGoogle, api: str
) -> None:
    """Of two runs, of which the second has all phases, the second is killed."""
    clock = google.platform.clock
    first, second = people(0, 12), people(3, 18, moved=4)
    for after in range(100):
        for number in [*google.platform.lists]:
            del google.platform.lists[number]
        folder = tmp_path / str(after)
        for number in range(4):
            assert not killed_run(google, folder, api, first, run=f"a{number}", after=None)
            clock.advance(days=1)
        was_killed = False
        for number in range(6):
            here = after if number == 0 else None
            was_killed |= killed_run(google, folder, api, second, run=f"b{number}", after=here)
            if here is not None:
                state = State(folder)
                certain = batches(state, known=True)
                state.close()
            clock.advance(days=1)
        (remote_id,) = google.audiences()
        assert google.members(remote_id) == identifiers(second.values()), after
        state = State(folder)
        assert state.confirmed(audience_key(sink_id="google")).num_rows == len(second)  # type: ignore[union-attr]  # there is a list
        names = {key for key, _, _ in certain}
        done = set().union(*(rows for _, _, rows in certain))
        again = [rows for key, _, rows in batches(state, known=False) if key not in names]
        assert not [row for rows in again for row in rows & done if row[0] == "add"], after
        for _, receipt, _ in batches(state, known=True):
            parts = receipt["parts"] if receipt else {}
            unrun = {job.resource_name for job in google.jobs.unrun}
            assert unrun.isdisjoint(parts)
        state.close()
        if not was_killed:
            break
    assert after > 5
    assert google.platform.mistakes == {}
