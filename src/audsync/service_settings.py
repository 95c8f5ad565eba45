"""Settings of unattended runs: `[daemon]` and `[notify]` of config.toml."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

_LENGTH: Final = re.compile(r"(\d{1,4}) (second|minute|hour|day)s?")


def length_of(text: str) -> timedelta | None:
    """The length of time that a text such as `24 hours` names; None where it names none."""
    found = _LENGTH.fullmatch(text.strip())
    return timedelta(**{f"{found[2]}s": int(found[1])}) if found else None


@dataclass(frozen=True, slots=True)
class DaemonSettings:
    """Keys of `[daemon]`: how scheduled runs are begun. Lengths of time are right texts."""

    catch_up: Annotated[str, "A run missed while down is made up for within this time."] = (
        "24 hours"
    )
    jitter: Annotated[str, "Runs begin up to so much later, each shop always as much."] = (
        "10 minutes"
    )
    time_limit: Annotated[str, "A run that takes longer is ended; the next one goes on."] = (
        "12 hours"
    )

    def span(self, key: str) -> timedelta:
        """A setting as a length of time."""
        found = length_of(getattr(self, key))
        return timedelta() if found is None else found


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Keys of `[notify]`: who is told of runs, and what is odd enough to tell."""

    heartbeat_url: Annotated[
        str | None,
        "Address that is asked at each start (/start), success and failure (/fail); {shop} is "
        "filled in.",
    ] = None
    allow_private_network: Annotated[bool, "The heartbeat may lead into a private network."] = (
        False
    )
    channels: Annotated[
        bool,
        "Tell of failures and recoveries through Apprise; the secret notify_urls says where.",
    ] = False
    size_percent: Annotated[
        int, "Tell of an audience that became so much smaller or larger in one run; 0: never."
    ] = 50
    consent_points: Annotated[
        int, "Tell of a share of consenting clients that moved by so many points; 0: never."
    ] = 10
