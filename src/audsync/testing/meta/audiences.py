"""Audiences, their members and their uploads, as the platform holds them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from audsync.testing.clock import Clock
from audsync.testing.meta.quirks import MINUTES_OF_A_REPLACE

Row = tuple[str, ...]
Members = dict[Row, float | None]

CUSTOM: Final = "CUSTOM"
LOOKALIKE: Final = "LOOKALIKE"
DESCRIPTIONS: Final = {
    0: "Status is not available.",
    100: "This audience will expire, as it was not used for long.",
    200: "Normal",
    410: "No users were uploaded.",
    414: "replace_in_progress",
    415: "replace_error",
    441: "We are finding people for this audience.",
    471: "This audience is flagged.",
    500: "There is an error with this audience.",
}


@dataclass(slots=True)
class Session:
    """Batches that belong together: rows received and found invalid, and when."""

    id: int
    started: int
    received: int = 0
    invalid: int = 0
    ended: int = 0
    ends_with: str = ""  # "last batch", "window" once nothing more is taken


@dataclass(slots=True)
class Replacement:
    """A full replacement under way: what has arrived of it."""

    session: Session
    schema: Row
    arrived: Members = field(default_factory=dict)


@dataclass(slots=True)
class Audience:
    """One audience: what it was made with, who is in it, what state it is in.

    `members` maps a row of keys, in the order of `schema`, to its value (None where the
    audience has none); `added` and `removed` count how often each row was sent.
    `next_statuses` are shown one after the other, one each time the status is asked for,
    before `status` is.
    """

    id: str
    account_id: str
    name: str
    subtype: str
    created: int
    fields: dict[str, object] = field(default_factory=dict)
    is_value_based: bool = False
    status: int = 410
    next_statuses: list[int] = field(default_factory=list)
    schema: Row | None = None
    takes_single_key: bool = False
    members: Members = field(default_factory=dict)
    added: Counter[Row] = field(default_factory=Counter)
    removed: Counter[Row] = field(default_factory=Counter)
    sessions: dict[int, Session] = field(default_factory=dict)
    replacement: Replacement | None = None
    flagged_fields: list[str] = field(default_factory=list)
    may_edit: bool = True
    unready_calls: int = 0
    stated_size: int | None = None  # instead of the number of members
    origin_id: str | None = None  # of a lookalike
    shared_with: list[str] = field(default_factory=list)  # ad accounts that may read it
    updated: int = 0
    content_updated: int = 0

    @property
    def size(self) -> int:
        """How many people it counts."""
        return len(self.members) if self.stated_size is None else self.stated_size

    @property
    def is_flagged(self) -> bool:
        """Whether the platform thinks that it tells of health or money."""
        return self.status == 471  # noqa: PLR2004 -- the status of that name

    @property
    def is_busy(self) -> bool:
        """Whether a replacement is under way."""
        return self.replacement is not None or 414 in self.next_statuses  # noqa: PLR2004 -- as above

    def flag(self, *fields: str) -> None:
        """Let the platform flag it, for its name unless other fields are given."""
        self.status = 471
        self.flagged_fields = [*fields] or ["name"]

    def shown_status(self) -> int:
        """The status that is told this time."""
        if self.next_statuses:
            return self.next_statuses.pop(0)
        return 414 if self.replacement else self.status

    def settle(self, clock: Clock) -> None:
        """End a replacement whose window has passed: the members are what arrived."""
        running = self.replacement
        if running is None:
            return
        ends = running.session.started + 60 * MINUTES_OF_A_REPLACE
        if clock.now >= ends:
            self.end_replacement("window", ends)

    def end_replacement(self, by: str, when: int) -> None:
        """Make what has arrived the members."""
        if self.replacement is not None:
            session = self.replacement.session
            session.ended, session.ends_with = when, by
            self.members = self.replacement.arrived
            self.replacement = None
            self.content_updated = self.updated = when
            if not self.is_flagged:
                self.status = 200
