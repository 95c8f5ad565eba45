"""What a connector is told of its shop, and what it may ask: secrets, rows held, calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from audsync.errors import MissingSecretError, PausedError


class Secret(Protocol):
    """A text that shows itself only when asked."""

    def reveal(self) -> str:
        """The text itself."""


class Held(Protocol):
    """What the warehouse holds of the shop, as of the last page with a cursor.

    Columns that name a person cannot be asked for.
    """

    def texts(
        self,
        table: str,
        column: str,
        *,
        but_not_in: str | None = None,
        having: Mapping[str, str] | None = None,
        after: str = "",
        limit: int = 1_000,
    ) -> list[str]:
        """Distinct texts of a column in order, the first ones after `after`.

        With `but_not_in` only those that the column of the same name of that table lacks, with
        `having` only those of rows whose other columns have these texts.
        """

    def times(self, table: str, column: str, keys: Sequence[str]) -> dict[str, datetime]:
        """Aware times of a column, of those rows of a key of one column that have one."""

    def kept(self, text: str) -> str:
        """How a key is kept: as it is, or as what stands for an address that is hidden."""


class _NothingHeld:
    """A warehouse without rows."""

    def texts(
        self,
        table: str,  # noqa: ARG002 -- of the protocol
        column: str,  # noqa: ARG002 -- of the protocol
        *,
        but_not_in: str | None = None,  # noqa: ARG002 -- of the protocol
        having: Mapping[str, str] | None = None,  # noqa: ARG002 -- of the protocol
        after: str = "",  # noqa: ARG002 -- of the protocol
        limit: int = 1_000,  # noqa: ARG002 -- of the protocol
    ) -> list[str]:
        """Nothing."""
        return []

    def times(
        self,
        table: str,  # noqa: ARG002 -- of the protocol
        column: str,  # noqa: ARG002 -- of the protocol
        keys: Sequence[str],  # noqa: ARG002 -- of the protocol
    ) -> dict[str, datetime]:
        """Nothing."""
        return {}

    def kept(self, text: str) -> str:
        """The text."""
        return text


@dataclass(slots=True)
class Calls:
    """Calls to a remote system in one pull: how many may be, are expected and were made.

    A source says what it expects before it begins, as far as it can tell, and takes a call
    before it makes one. Attempts that failed count as well: shops bill them.
    """

    limit: int | None = None
    told: Callable[[int], None] | None = None
    expected: int | None = None
    made: int = 0

    def expect(self, number: int) -> None:
        """Say how many calls are to come in all."""
        self.expected = number
        if self.told is not None:
            self.told(number)

    def take(self) -> None:
        """Count one call; raises PausedError where no more may be made."""
        if self.limit is not None and self.made >= self.limit:
            raise PausedError(
                f"the limit of {self.limit:,} calls to the shop is reached; what was read is "
                "kept, and the next run goes on from there"
            )
        self.made += 1


def _nobody_listens(host: str, headers: Mapping[str, str]) -> None:
    """Pass over an answer."""


def _no_secret(name: str) -> Secret:
    raise MissingSecretError(f'secret "{name}": there is no place to look for it')


@dataclass(frozen=True, slots=True)
class Context:
    """What the core tells a connector of the shop it works for.

    `folder` is the folder of the config file; a relative path is taken from there, and
    `resolve` refuses one that leads out of it or of the configured data folders. `secret`
    looks a secret of the shop up when it is called, and raises MissingSecretError where it is
    nowhere, CredentialError where it cannot be read. A source may ask what is `held`, and
    counts its `calls`. `shared` is a folder for what the processes of all shops of the
    configuration must know of each other, such as the pace of their calls; it may have to be
    made. `answered` is to be told of each answer over HTTP, refusals included: the host that
    gave it and its headers, whose `Date` tells whether the clocks agree.
    """

    shop: str
    timezone: str
    country: str
    currency: str
    folder: Path
    resolve: Callable[[str], Path]
    secret: Callable[[str], Secret] = field(default=_no_secret, repr=False, compare=False)
    held: Held = field(default_factory=_NothingHeld, repr=False, compare=False)
    calls: Calls = field(default_factory=Calls, repr=False, compare=False)
    shared: Path | None = None
    answered: Callable[[str, Mapping[str, str]], None] = field(
        default=_nobody_listens, repr=False, compare=False
    )
