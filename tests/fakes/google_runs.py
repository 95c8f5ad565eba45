"""Runs of audiences at the fake Google, by its clock, here or in a process of its own.

    python -m fakes.google_runs '<json>'

where the JSON has `folder`, `options`, `now`, `run`, `wishes` and `withdrawn` as `a_run_of`
takes them.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audsync.contracts import Sink
from audsync.deliver import AudienceResult, deliver, resume
from audsync.plan import refresh_for
from audsync.state import State
from audsync_sink_google import GoogleOptions, GoogleSink
from fakes.plans import Wishes, planned
from google_shop import context


def a_run(state: State, sink: Sink, wishes: Wishes, **given: Any) -> AudienceResult:
    """One whole run of one audience, as `a_run_of`."""
    (result,) = a_run_of(state, sink, {"people": wishes}, **given)
    return result


def a_run_of(
    state: State,
    sink: Sink,
    wishes: Mapping[str, Wishes],
    *,
    run: str,
    now: int,
    withdrawn: Iterable[str] = (),
    refreshes: bool = False,
) -> list[AudienceResult]:
    """One whole run of several audiences at a moment, by segment: resume, plan, deliver."""
    moment = datetime.fromtimestamp(now, UTC)
    told: dict[str, Any] = {
        "run": run,
        "sleep": lambda _seconds: None,
        "clock": lambda: moment,
    }
    resume(state, {"google": sink}, **told)
    days = sink.capabilities.membership_days
    refresh = refresh_for(moment.date(), days) if refreshes else None
    plans = [
        planned(
            state,
            sink,
            theirs,
            segment=segment,
            sink_id="google",
            withdrawn=withdrawn,
            refresh=refresh,
            as_of=moment.date(),
        )
        for segment, theirs in wishes.items()
    ]
    return deliver(plans, state, {"google": sink}, as_of=moment.date(), **told)


def _main(told: Mapping[str, Any]) -> None:
    options = {**told["options"], "keys": tuple(told["options"]["keys"])}
    sink = GoogleSink(
        GoogleOptions(**options),
        context(),
        clock=lambda: float(told["now"]),
        sleep=lambda _seconds: None,
    )
    state = State(Path(told["folder"]))
    wishes = {
        segment: {client: tuple(row) for client, row in theirs.items()}
        for segment, theirs in told["wishes"].items()
    }
    results = a_run_of(
        state, sink, wishes, run=told["run"], now=told["now"], withdrawn=told["withdrawn"]
    )
    state.close()
    for result in results:
        if result.failure is not None:
            raise result.failure


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
