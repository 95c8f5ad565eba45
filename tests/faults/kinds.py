"""The ways in which a step goes wrong, and at which steps each of them can."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from audsync.errors import ExitCode
from faults.runner import Kind, Step
from faults.shops import Scene

_SYNCS: Final = frozenset({"fsync", "fdatasync"})
_WRITES: Final = frozenset({"write", "pwrite", "writev", "pwritev"})
KILLED: Final = -9


def between_changes(steps: Sequence[Step]) -> list[Step]:
    """All steps but those straight after a sync, which a killed process does not need."""
    before = [None, *steps[:-1]]
    return [
        step
        for step, last in zip(steps, before, strict=True)
        if last is None or last.call not in _SYNCS or step.call in _SYNCS
    ]


def writes(steps: Sequence[Step]) -> list[Step]:
    """Writes that can be torn."""
    return [step for step in steps if step.call in _WRITES and step.size > 1]


def changes(steps: Sequence[Step]) -> list[Step]:
    """All steps: each may be the first that a disk refuses."""
    return list(steps)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a step to go wrong, and the steps at which it can."""

    name: str
    kind: Kind
    points: Callable[[Sequence[Step]], list[Step]]
    ends: frozenset[int]


_STOPPED: Final = frozenset(
    {ExitCode.DONE, ExitCode.INCOMPLETE, ExitCode.REFUSED, ExitCode.STATE}
)
FAULTS: Final = (
    Fault("kill -9 before the step", Kind.KILL, between_changes, frozenset({KILLED})),
    Fault("kill -9 half-way through a write", Kind.TEAR, writes, frozenset({KILLED})),
    Fault("disk full from the step on", Kind.NO_SPACE, changes, _STOPPED),
    Fault("disk read-only from the step on", Kind.READ_ONLY, changes, _STOPPED),
    Fault("disk broken from the step on", Kind.BROKEN, changes, _STOPPED),
    Fault("the step alone fails", Kind.BROKEN_ONCE, changes, _STOPPED),
)


def faults_of(scene: Scene) -> list[Fault]:
    """The faults that are tried in a scene."""
    return [fault for fault in FAULTS if fault.kind in scene.kinds]


def stride(fault: Fault, every: int) -> int:
    """How many points of a fault make one try: a step that a kill passes, others do as well."""
    return every * {Kind.KILL: 1, Kind.TEAR: 4}.get(fault.kind, 8)
