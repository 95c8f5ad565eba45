"""Takes every call, over whichever wire: lets faults happen, counts, and answers in turn."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from audsync.testing.google.faults import Fault, Faults
from audsync.testing.google.platform import Pace, Platform
from audsync.testing.google.refusals import Refused


@dataclass(frozen=True, slots=True)
class Call:
    """A call that came in: what it was, its size and digest, and the code it was answered with.

    The code is `OK`, `LOST` where the caller heard nothing, or a canonical code.
    """

    endpoint: str
    wire: str
    length: int
    digest: str
    headers: dict[str, str] = field(repr=False)
    code: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be told: an answer or a refusal, and what is to go wrong on the way."""

    answer: Any
    refusal: Refused | None
    faults: Sequence[Fault]
    request_id: str

    @property
    def is_lost(self) -> bool:
        """Whether the caller is to hear nothing."""
        return any(fault.is_lost for fault in self.faults)

    @property
    def seconds(self) -> float:
        """How late the answer is to be, in real time."""
        return sum(fault.seconds for fault in self.faults)


class Desk:
    """Where calls come in; `calls` counts them by endpoint and `seen` lists them."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.seen: list[Call] = []
        self.lock = threading.RLock()

    def take(
        self,
        endpoint: str,
        wire: str,
        body: bytes,
        headers: dict[str, str],
        work: Callable[[str], Any],
    ) -> Outcome:
        """Answer one call, of which `work` makes the right answer for a request id."""
        with self.lock:
            self.calls[endpoint] += 1
            request_id = f"fake-{self.platform.number()}"
            self.platform.settle()
            faults = self.faults.due(endpoint)
            for fault in faults:
                fault.event()
            answer, refusal = self._carried_out(faults, work, request_id)
            told = next((one.refusal for one in faults if one.refusal is not None), refusal)
            outcome = Outcome(answer, told, faults, request_id)
            code = "LOST" if outcome.is_lost else told.code if told else "OK"
            digest = sha256(body).hexdigest()
            self.seen.append(Call(endpoint, wire, len(body), digest, headers, code))
            return outcome

    def _carried_out(
        self, faults: Sequence[Fault], work: Callable[[str], Any], request_id: str
    ) -> tuple[Any, Refused | None]:
        if not all(fault.is_carried_out for fault in faults):
            return None, None
        waits = [fault.settles_in for fault in faults if fault.settles_in is not None]
        fails = any(fault.fails for fault in faults)
        self.platform.pace = Pace(waits[0] if waits else None, fails)
        try:
            answer = work(request_id)
            if any(fault.is_duplicated for fault in faults):
                self._again(work, request_id)
        except Refused as refused:
            return None, refused
        finally:
            self.platform.pace = Pace()
        return answer, None

    def _again(self, work: Callable[[str], Any], request_id: str) -> None:
        try:
            work(request_id)
        except Refused:
            return
