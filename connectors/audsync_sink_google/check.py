"""Is the login good for the account? Harmless calls, each with what to do where it fails."""

from collections.abc import Callable, Iterator
from typing import Protocol

from audsync.contracts import Finding, Level
from audsync.errors import AudsyncError
from audsync_sink_google.options import GoogleOptions


class Counted(Protocol):
    """What tells how many lists an account has."""

    def lists(self) -> int:
        """How many lists there are."""


def findings(connect: Callable[[], Counted], options: GoogleOptions) -> list[Finding]:
    """What was found; what a refusal hides is not asked."""
    return list(_findings(connect, options))


def _findings(connect: Callable[[], Counted], options: GoogleOptions) -> Iterator[Finding]:
    try:
        number = connect().lists()
    except AudsyncError as error:
        yield Finding(Level.ERROR, str(error), getattr(error, "remedy", None))
        return
    yield Finding(
        Level.OK,
        f"google: the login may use account {options.account_id}, with {number} lists",
    )
    if options.api == "google_ads":
        yield Finding(
            Level.WARNING,
            "google: uploads through the Google Ads API are for accounts that made some before "
            "April 2026, and will end",
            'set api = "data_manager" when it suits you: the lists and their ids stay the same',
        )
    if options.owner == "partner":
        yield Finding(
            Level.WARNING,
            "google: from a list of a partner Google drops everybody in the EEA",
            'set owner = "advertiser" and `account` to an advertiser, with the partner as '
            "`login_account`",
        )
