"""Is the login good for the account? Harmless calls, each with what to do where it fails."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from audsync.contracts import AudienceInfo, Finding, Level
from audsync.errors import AudsyncError
from audsync_sink_google.options import GoogleOptions

if TYPE_CHECKING:
    from audsync_sink_google.lists import List


class Asked(Protocol):
    """What tells of an account's lists, and lets Google check a change of one."""

    def lists(self) -> "Sequence[List]":
        """Every list of the account."""

    def rehearse(self, audience: AudienceInfo) -> None:
        """Let Google check an addition and a removal without making them."""


def findings(connect: Callable[[], Asked], options: GoogleOptions) -> list[Finding]:
    """What was found; what a refusal hides is not asked."""
    return list(_findings(connect, options))


def _findings(connect: Callable[[], Asked], options: GoogleOptions) -> Iterator[Finding]:
    try:
        api = connect()
        lists = api.lists()
    except AudsyncError as error:
        yield _refusal(error)
        return
    count = "1 list" if len(lists) == 1 else f"{len(lists)} lists"
    yield Finding(
        Level.OK, f"google: the login may use account {options.account_id}, with {count}"
    )
    yield _upload(api, lists)
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


def _upload(api: Asked, lists: "Sequence[List]") -> Finding:
    """Whether the account may upload, by a change of a list that Google only checks."""
    for one in lists:
        if one.takes_members:
            try:
                api.rehearse(AudienceInfo(one.id, one.name))
            except AudsyncError as error:
                return _refusal(error)
            return Finding(Level.OK, "google: Google would take members of this account")
    return Finding(
        Level.OK,
        "google: there is no list yet by which to ask whether Google takes members, which is "
        "seen at the first run",
    )


def _refusal(error: AudsyncError) -> Finding:
    """The finding of an error, whose message ends with what to do."""
    remedy = getattr(error, "remedy", None)
    message = str(error)
    return Finding(
        Level.ERROR, message.removesuffix(f"; {remedy}") if remedy else message, remedy or None
    )
