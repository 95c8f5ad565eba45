"""What servers say of the time in their answers, against this machine's clock."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import requests

# Told of each answer: the host that gave it, and its headers.
Listener = Callable[[str, Mapping[str, str]], None]


class Clocks:
    """How far ahead of each server this machine's clock was at its last answer.

    `ahead` is by host, negative where the clock is behind. A server tells whole seconds, and
    its answer takes a while: a second or two mean nothing.
    """

    def __init__(self) -> None:
        self.ahead: dict[str, timedelta] = {}

    def heard(self, host: str, headers: Mapping[str, str]) -> None:
        """Note the `Date` of an answer that came just now, if it has one."""
        told = date_of(headers)
        if told is not None:
            self.ahead[host] = datetime.now(UTC) - told


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """The aware moment at which an answer was given; None where its headers do not say.

    An answer that a cache kept is as much later as its `Age` says.
    """
    try:
        told = parsedate_to_datetime(headers.get("Date", ""))
        told += timedelta(seconds=int(headers.get("Age", "0")))
    except (ValueError, OverflowError):
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)


def listen(session: "requests.Session", answered: Listener) -> None:
    """Let it be told of each answer that a session gets, refusals included."""

    def hook(response: "requests.Response", *_: Any, **__: Any) -> None:
        answered(urlsplit(response.url).netloc, response.headers)

    session.hooks["response"].insert(0, hook)
