"""The state behind the API: accounts with their audiences, tokens, limits, the time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from audsync.testing.clock import Clock
from audsync.testing.meta import errors
from audsync.testing.meta.audiences import CUSTOM, Audience
from audsync.testing.meta.errors import GraphError, Refused
from audsync.testing.meta.quirks import Quirks

ACCOUNT: Final = "1010101010"
APP: Final = "2020202020"
APP_SECRET: Final = "invented-app-secret"  # noqa: S105 -- invented
TOKEN: Final = "invented-meta-token"  # noqa: S105 -- invented


@dataclass(slots=True)
class Account:
    """An ad account and what is allowed in it."""

    id: str
    name: str = "Invented shop"
    currency: str = "PLN"
    timezone: str = "Europe/Warsaw"
    tos_accepted: bool = True
    is_in_business: bool = True
    may_create: bool = True
    refusal: GraphError | None = None  # that every call to it is answered with
    session_ids: dict[int, str] = field(default_factory=dict)  # → the audience it belongs to


@dataclass(slots=True)
class Usage:
    """What the usage headers tell: percent of what is allowed, and minutes to wait."""

    call_count: int = 1
    total_cputime: int = 1
    total_time: int = 1
    minutes: int = 0


@dataclass(slots=True)
class Access:
    """Tokens that are good (None) or dead, and the app's secret for proofs."""

    tokens: dict[str, GraphError | None] = field(default_factory=lambda: {TOKEN: None})
    app_secret: str = APP_SECRET
    needs_proof: bool = False


class Graph:
    """Everything the platform holds; `bad_values` are keys that it takes for invalid."""

    def __init__(self) -> None:
        self.clock = Clock(datetime(2026, 11, 2, 12, tzinfo=UTC))
        self.quirks = Quirks()
        self.access = Access()
        self.usage = Usage()
        self.accounts = {ACCOUNT: Account(ACCOUNT)}
        self.audiences: dict[str, Audience] = {}
        self.bad_values: set[str] = set()
        self._made = 0
        self._throttled_until = 0

    def new_id(self) -> str:
        """An id that nobody has."""
        self._made += 1
        return str(120_000_000_000_000_000 + self._made)

    def account(self, account_id: str) -> Account:
        """The account of that id; Refused where there is none, or it lets nobody in."""
        if account_id not in self.accounts:
            raise Refused(errors.NOT_THERE)
        account = self.accounts[account_id]
        if account.refusal is not None:
            raise Refused(account.refusal)
        return account

    def audience(self, audience_id: str) -> Audience:
        """The audience of that id, as it is by now; Refused where there is none."""
        if audience_id not in self.audiences:
            raise Refused(errors.NOT_THERE)
        audience = self.audiences[audience_id]
        self.account(audience.account_id)
        audience.settle(self.clock)
        return audience

    def of_account(self, account_id: str) -> list[Audience]:
        """Its audiences and those that others share with it, the newest first."""
        found = [
            one
            for one in self.audiences.values()
            if account_id in (one.account_id, *one.shared_with)
        ]
        for one in found:
            one.settle(self.clock)
        return found[::-1]

    def add(self, name: str, *, account_id: str = ACCOUNT, subtype: str = CUSTOM) -> Audience:
        """An audience that somebody made without the API."""
        made = Audience(self.new_id(), account_id, name, subtype, self.clock.now)
        made.updated = made.created
        self.audiences[made.id] = made
        return made

    def throttle(self, minutes: int) -> None:
        """Refuse all calls for so many minutes."""
        self._throttled_until = self.clock.now + 60 * minutes

    def minutes_to_wait(self) -> int:
        """Minutes until calls are taken again, as the usage header tells them."""
        left = max(0, self._throttled_until - self.clock.now)
        return max(self.usage.minutes, -(-left // 60))

    def refuse_if_throttled(self) -> None:
        """Refused with the throttling error while calls are not taken."""
        if self.clock.now < self._throttled_until:
            self._throttled_until += 60 * self.quirks.grows_by_minutes
            raise Refused(errors.THROTTLED)
