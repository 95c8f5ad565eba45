"""Bad rows: masked, counted by reason, kept per run, and too many of them stop the run."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class QuarantineLimits:
    """Keys of `[shops.<id>.quarantine]`: shares of dropped rows of a table, in percent."""

    warn_percent: Annotated[float, "Above this share the run ends as incomplete (exit 3)."] = (
        1.0
    )
    stop_percent: Annotated[float, "Above this share the pull is refused (exit 7)."] = 5.0
