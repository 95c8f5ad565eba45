"""Sinks in trouble, and what was sent and written down."""

from datetime import date
from typing import Any

from audsync.contracts import Batch, Receipt
from audsync.deliver import AudienceResult, deliver
from audsync.state import State
from audsync.testing.memory_sink import MemoryPlatform, MemorySink
from fakes.plans import NOW, audience_key, person, planned

FIVE = {f"c{number}": person(f"e{number}") for number in range(5)}
KEY = audience_key()
LOST = 0


class Troubled(MemorySink):
    """A sink that meets faults from the n-th batch on: statuses, or a lost reply."""

    def __init__(self, platform: MemoryPlatform, faults: dict[int, list[int]]) -> None:
        super().__init__(platform=platform, max_batch=2)
        self._faults = faults
        self._batches: set[str] = set()

    def send(self, batch: Batch) -> Receipt:
        if batch.key not in self._batches:
            for status in self._faults.get(len(self._batches), []):
                if status == LOST:
                    self.platform.lose_next_reply()
                else:
                    self.platform.fail_next(status)
        self._batches.add(batch.key)
        return super().send(batch)


class Dying(MemorySink):
    """A sink whose process ends after it has handed over so many batches."""

    batches = 1

    def send(self, batch: Batch) -> Receipt:
        receipt = super().send(batch)
        self.batches -= 1
        if not self.batches:
            raise KeyboardInterrupt
        return receipt


def states(state: State, plan: int = 1) -> list[str]:
    return [batch.state.value for batch in state.journal.batches(plan)]


def sent(platform: MemoryPlatform) -> list[tuple[str, int]]:
    """Operation and size of each batch that reached the platform."""
    return [(operation.value, len(rows)) for _, operation, rows in platform.sent]


def send(state: State, sink: MemorySink, wishes: Any, **given: Any) -> AudienceResult:
    """Deliver without resuming first."""
    settings: dict[str, Any] = {
        "run": "run-1",
        "as_of": date(2026, 11, 23),
        "clock": lambda: NOW,
    }
    settings |= {"sleep": lambda _seconds: None, **given}
    (result,) = deliver([planned(state, sink, wishes)], state, {"memory": sink}, **settings)
    return result
