"""What is kept of members that were handed over, and the outcome that comes of it."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from audsync.contracts import Outcome, RejectedRows
from audsync_sink_google.options import Way


@dataclass(frozen=True, slots=True)
class Clearing:
    """What is left to do when all parts of a replacement have arrived.

    Whoever was last added to the list before a moment, in seconds since 1970, goes. `requests`
    are those of all parts; `request` is that of the clearing itself, when it was made.
    """

    audience: str
    before: int
    requests: tuple[str, ...]
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Members that Google took to work on, and those it refused at once.

    `parts` are what to ask for later (ids of requests, names of jobs) with the number of
    members in each; `refused` are places in the batch with a short code; `at` is when, in
    seconds since 1970. `audience` is the list's id where the requests went to others as well.
    """

    size: int
    at: float
    parts: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[int, str] = field(default_factory=dict)
    clearing: Clearing | None = None
    audience: str | None = None

    @property
    def api(self) -> Way | None:
        """The API that took them, which the names of parts tell; None where it took nobody."""
        for name in self.parts:
            return "google_ads" if name.startswith("customers/") else "data_manager"
        return None

    def to_json(self) -> dict[str, object]:
        """For the journal: ids, counts and places of rows."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row in sorted(self.refused):
            rows[self.refused[row]].append(row)
        return {
            "size": self.size,
            "at": self.at,
            "parts": dict(self.parts),
            "refused": dict(rows),
            "clearing": self.clearing and asdict(self.clearing),
            **({"audience": self.audience} if self.audience else {}),
        }

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> "Given":
        """What was kept."""
        refused = {
            int(row): str(code) for code, rows in payload["refused"].items() for row in rows
        }
        parts = {str(name): int(count) for name, count in payload["parts"].items()}
        told = payload.get("clearing")
        clearing = Clearing(**{**told, "requests": tuple(told["requests"])}) if told else None
        return cls(
            size=int(payload["size"]),
            at=float(payload["at"]),
            parts=parts,
            refused=refused,
            clearing=clearing,
            audience=payload.get("audience"),
        )

    def outcome(self, lost: Mapping[str, int], rates: Collection[str] = ()) -> Outcome:
        """The outcome when all parts are done; `lost` counts members that dropped out.

        Google counts these by reason and does not say which. `rates` are the ranges of the
        shares of members that it found, where it tells them.
        """
        by_code: dict[str, list[int]] = defaultdict(list)
        for row, code in self.refused.items():
            by_code[code].append(row)
        named = [
            RejectedRows(one, len(rows), tuple(sorted(rows))) for one, rows in by_code.items()
        ]
        untold = [RejectedRows(code, count) for code, count in lost.items() if count]
        rejected = sorted([*named, *untold], key=lambda one: (one.code, not one.rows))
        accepted = self.size - sum(one.count for one in rejected)
        told = {"match_rate": ", ".join(sorted(set(rates)))} if rates else {}
        return Outcome(accepted, tuple(rejected), told)


def rate_range(name: str) -> str | None:
    """The range that the name of a value says, in per cent; None for a name without one."""
    numbers = re.findall("[0-9]+", name)
    if not numbers:
        return None
    return f"under {numbers[0]} %" if "LESS" in name else f"{'-'.join(numbers)} %"


def within(counts: Mapping[str, int], size: int) -> Counter[str]:
    """Counts by reason, cut to `size`: a member may be counted under several reasons."""
    left, kept = size, Counter[str]()
    for code, count in sorted(counts.items()):
        kept[code] = min(count, left)
        left -= kept[code]
    return kept
