"""Which segments a run evaluates: those asked for, as far as the data can answer them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from audsync.config import Config
from audsync.contracts import Sink
from audsync.errors import AudsyncError, ConfigError, Severity
from audsync.model import ModelReport
from audsync.run.lists import Lists
from audsync.run.places import wrong_places
from audsync.run.request import Request
from audsync.run.unanswerable import unanswerable, unclear, unpredicted
from audsync.segments import Segment, Segments
from audsync.warehouse import Warehouse


@dataclass
class Choice:
    """The shop's segments; those not asked for are not active. `failures` says who is out."""

    segments: list[Segment]
    failures: dict[str, AudsyncError]

    def leave_out(self, failures: Mapping[str, AudsyncError]) -> None:
        """Go on without the segments that failed; of active ones it is noted."""
        self.failures |= {
            segment.id: failures[segment.id]
            for segment in self.active
            if segment.id in failures
        }
        self.segments = [one for one in self.segments if one.id not in failures]

    def leave_out_unpredicted(self, model: ModelReport | None) -> None:
        """Go on without those that ask for what the shop's orders do not let predict."""
        value = model.value if model else None
        if value is not None and value.why_none is not None:
            self.leave_out(unpredicted(self.segments, value.why_none))

    @property
    def active(self) -> list[Segment]:
        """Those whose members are asked for."""
        return [segment for segment in self.segments if segment.active]


def choose(
    config: Config,
    segments: Segments,
    request: Request,
    warehouse: Warehouse,
    sinks: Mapping[str, Sink],
    lists: Lists,
    *,
    failures: dict[str, AudsyncError],
) -> Choice:
    """The segments that the data can answer; the others are noted among `failures`.

    So are those that refer to one of them.
    """
    wanted = request.segments
    if any(one.severity is Severity.ERROR for one in segments.problems):
        # The good segments go on: a withdrawal does not wait for a file to be mended.
        failures["segments"] = ConfigError(segments.problems)
    asked = [
        segment if not wanted or segment.id in wanted else replace(segment, active=False)
        for segment in segments.for_shop(request.shop.id)
    ]
    choice = Choice(asked, failures)
    wrong = unanswerable(
        config,
        request.shop,
        asked,
        provided=warehouse.provided,
        params=warehouse.params,
        sinks=sinks,
        lists=lists.problems,
        places=wrong_places(config, request.shop),
    )
    choice.leave_out(wrong | unclear(segments, request.shop, asked))
    return choice
