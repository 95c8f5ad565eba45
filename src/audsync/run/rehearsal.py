"""Platforms asked to check what they would be sent, with nobody in it."""

from collections.abc import Mapping

from audsync.contracts import Rehearses, Sink
from audsync.errors import AudsyncError
from audsync.plan import Plan
from audsync.run.request import RunReport
from audsync.state import State


def rehearse(plan: Plan, sinks: Mapping[str, Sink], state: State, report: RunReport) -> None:
    """Ask the sinks that can, for each audience of a plan; what they refuse is a failure."""
    for audience in plan.audiences:
        sink, known = sinks[audience.sink], state.audiences.get(audience.key)
        if not isinstance(sink, Rehearses):
            continue
        if known is None:
            report.warnings.append(
                f"{audience.key}: the platform was not asked, since the audience is not made "
                "before the first run"
            )
            continue
        rehearsed: Rehearses = sink
        try:
            rehearsed.rehearse(known.info)
        except AudsyncError as error:
            report.failures[audience.key] = error
