"""How a shop's scheduled runs go: what is remembered of them, and told to those who watch."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, Self

from audsync.daemon.children import KILLED, Ended
from audsync.errors import ExitCode

# Neither a success nor a failure: somebody else was at work, or wanted it to stop.
NEUTRAL: Final = frozenset({ExitCode.LOCKED, ExitCode.INTERRUPTED, ExitCode.TERMINATED})
_TIMES: Final = ("started_at", "ended_at", "succeeded_at", "failing_since", "told_at")


def passes_by_itself(exit_code: int, *, is_temporary: bool) -> bool:
    """Whether a run that ended so is worth repeating soon: temporary, busy, or cut short.

    It is enough that a part of it failed for a while: a withdrawal may wait there.
    """
    passing = {ExitCode.TEMPORARY, ExitCode.LOCKED}
    return is_temporary or exit_code in passing or exit_code > KILLED


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a shop's runs; times are aware, None where there is none.

    `quarantined` counts bad rows of all runs; `held` are removals that the last run held,
    `members` those whom platforms have confirmed, by audience, `shares` the shares of
    consenting clients by purpose, 0 to 1. `is_temporary` says that something in the last run
    failed that may pass by itself, `told_at` when a person was last told of a failure.
    """

    run: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    succeeded_at: datetime | None = None
    exit_code: int | None = None
    is_temporary: bool = False
    failing_since: datetime | None = None
    told_at: datetime | None = None
    quarantined: int = 0
    held: int = 0
    members: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_unfinished(self) -> bool:
        """Whether the last run was begun and has not come to an end that stands."""
        if self.started_at is None:
            return False
        is_open = self.ended_at is None or self.ended_at < self.started_at
        return is_open or (
            self.exit_code is not None
            and passes_by_itself(self.exit_code, is_temporary=self.is_temporary)
        )

    def started(self, run: str, at: datetime) -> Self:
        """The same after the start of a run."""
        return replace(self, run=run, started_at=at)

    def ended(self, how: Ended, at: datetime) -> Self:
        """The same after the end of a run; of one without a summary only the code is new."""
        is_failure = how.exit_code != ExitCode.DONE and how.exit_code not in NEUTRAL
        is_success = how.exit_code == ExitCode.DONE
        summary = how.summary or {}
        audiences = summary.get("audiences") or ()
        return replace(
            self,
            ended_at=at,
            exit_code=int(how.exit_code),
            is_temporary=how.is_temporary,
            succeeded_at=at if is_success else self.succeeded_at,
            failing_since=(self.failing_since or at)
            if is_failure
            else (None if is_success else self.failing_since),
            told_at=None if is_success else self.told_at,
            quarantined=self.quarantined + _bad_rows(summary),
            held=sum(sum(one["held"].get("remove", {}).values()) for one in audiences)
            if audiences
            else self.held,
            members=_members(summary) or self.members,
            shares={**self.shares, **_shares(summary)},
        )

    def settled(self, how: Ended) -> Self:
        """The same after platforms were asked between runs."""
        return replace(self, members=_members(how.summary or {}) or self.members)

    def to_json(self) -> str:
        """The text of a file."""
        data = asdict(self)
        for name in _TIMES:
            data[name] = None if data[name] is None else data[name].isoformat()
        return json.dumps(data, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote; ValueError for anything else. Unknown keys are passed over."""
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("no object")  # noqa: TRY004 -- of the text, not of an argument
        known = {one.name for one in fields(cls)}
        values: dict[str, Any] = {name: value for name, value in data.items() if name in known}
        for name in _TIMES:
            if values.get(name) is not None:
                values[name] = datetime.fromisoformat(values[name])
        return cls(**values)


def _members(summary: Mapping[str, Any]) -> dict[str, int]:
    return {one["audience"]: one["members"] for one in summary.get("members") or ()}


def _bad_rows(summary: Mapping[str, Any]) -> int:
    pull = summary.get("pull") or {}
    return sum(one["count"] for one in pull.get("rejections", ()) if one["loss"] == "row")


def _shares(summary: Mapping[str, Any]) -> dict[str, float]:
    return {
        purpose: round(counts["granted"] / counts["clients"], 6)
        for purpose, counts in (summary.get("consent") or {}).items()
        if counts["clients"]
    }
