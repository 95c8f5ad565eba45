"""One run of one shop, told in order: resume, pull, model, gate, segment, plan, deliver."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from audsync.config import Config, Shop
from audsync.errors import AudsyncError, ExitCode

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What a run shall do. `as_of` is aware, in the shop's zone; `segments` empty means all."""

    shop: Shop
    command: str
    run_id: str
    started_at: datetime
    as_of: datetime
    segments: tuple[str, ...] = ()
    pull: bool = True
    evaluate: bool = True
    deliver: bool = True
    max_removed: int | None = None
    expect_plan: str | None = None
    accept_smaller_source: bool = False

    def with_(self, **changes: Any) -> Self:
        """The same request with some fields changed."""
        return dataclasses.replace(self, **changes)
