"""A run whose inputs are those of the last one: its plan is known to be empty.

The same input gives the same output, so that model, segments, gate and plan need not be worked
out again when data, day, configuration, segments and audsync itself are those of a run that
delivered everything.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import audsync
from audsync.audience_keys import AudienceKey
from audsync.config import Config
from audsync.contracts import Finds, Sink
from audsync.errors import AudsyncError, ExitCode
from audsync.identity.suppression import Suppression
from audsync.match_keys import rules_version
from audsync.run.audience_specs import audience_spec
from audsync.run.lists import Lists
from audsync.run.places import places_mark
from audsync.run.request import Request, RunReport
from audsync.segments import Segments
from audsync.state import Audience, State
from audsync.warehouse import Warehouse

_FACT: Final = "settled_run"


def fingerprint(
    config: Config,
    request: Request,
    segments: Segments,
    sinks: Mapping[str, Sink],
    warehouse: Warehouse,
    lists: Lists,
    suppression: Suppression | None,
) -> str:
    """A digest of all that a plan depends on, except what was delivered."""
    parts = [
        audsync.__version__,
        warehouse.revision,
        request.as_of.date().isoformat(),
        repr(request.shop),
        lists.mark,
        places_mark(config, request.shop),
        [segment.text_hash for segment in segments.segments.values()],
        [rules_version(sink.key_rules) for _, sink in sorted(sinks.items())],
        suppression.fingerprint if suppression else None,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def remember(state: State, report: RunReport, fingerprint: str) -> None:
    """Keep the fingerprint of a run that left nothing open; forget it after any other."""
    settled = report.exit_code is ExitCode.DONE and not report.request.segments
    settled &= not any(
        result.at_work or result.unanswered or result.held or result.rejected
        for result in report.results.values()
    )
    value = {"fingerprint": fingerprint, "run": report.request.run_id} if settled else None
    state.facts.put(_FACT, value)


def earlier_summary(
    state: State, request: Request, segments: Segments, sinks: Mapping[str, Sink], now: str
) -> Mapping[str, Any] | None:
    """The summary of the run that this one would repeat; None when there is work to do.

    Audiences are looked up at their sinks all the same: one that was lost is filled again.
    """
    # First of all, since a plan made before would take the members of a lost one as delivered.
    if state.journal.plans() or not _all_there(state, request, segments, sinks):
        return None
    known = state.facts.get(_FACT)
    if not isinstance(known, dict) or known["fingerprint"] != now or request.segments:
        return None
    run = state.runs.find(known["run"])
    return None if run is None else run.summary


def _all_there(
    state: State, request: Request, segments: Segments, sinks: Mapping[str, Sink]
) -> bool:
    there = True
    evaluated = {one.id: one for one in segments.for_shop(request.shop.id) if one.active}
    for audience in state.audiences.list():
        if audience.sink not in sinks:
            there = False
            continue
        segment = evaluated.get(AudienceKey.of(audience.audience).segment)
        if segment is None or audience.sink not in segment.sinks:
            there &= audience.member_file is None or _is_left(audience, sinks[audience.sink])
            continue
        try:
            spec = audience_spec(request.shop, segment, audience.sink, sinks[audience.sink])
            info = sinks[audience.sink].open(spec, audience.remote_id)
        except AudsyncError:
            there = False  # told by the delivery, which opens it again
            continue
        if info.created or info.remote_id != audience.remote_id:
            state.recreated(
                audience.audience,
                sink=audience.sink,
                info=info,
                run=request.run_id,
                at=request.started_at,
            )
            there = False
        else:
            state.audiences.opened(
                audience.audience, sink=audience.sink, info=info, at=request.started_at
            )
    return there


def _is_left(audience: Audience, sink: Sink) -> bool:
    """Whether an audience that nobody comes into is still there, as far as one can look."""
    if not isinstance(sink, Finds):
        return True
    looking: Finds = sink
    try:
        return looking.find(audience.remote_id) is not None
    except AudsyncError:
        return False  # told by the delivery, which looks again
