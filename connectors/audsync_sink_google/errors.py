"""Errors of Google's clients, translated by the names of their values and never by the status.

The clients lose names on the way: a call that is refused for its quota comes without the typed
error, which stands in the trailing metadata all the same, and a login that was revoked looks
like a server that is down.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError, RefreshError
from requests import RequestException

from audsync.errors import AudsyncError, CredentialError, RejectedError, TransientError
from audsync.http import asked_host, retry_after
from audsync_sink_google.error_table import meaning, of_status
from audsync_sink_google.meanings import QUOTA_DAY, SCOPE, Kind, Meaning

NAME: Final = "google"
SENT_AGAIN: Final = "nothing is to be done: the next run sends these members again"
_PLUGIN: Final = "metadata from plugin failed"
_MEMBER: Final = re.compile(r"audience_?members\[([0-9]+)\]", re.IGNORECASE)
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_-]{4,64}")
_DAY_SECONDS: Final = 3600.0  # a daily quota comes back bit by bit, or at midnight
_MINUTE_SECONDS: Final = 60.0
_SERVER_ERROR: Final = 500
_MOST_NAMES: Final = 3

Answered = TypeVar("Answered")


class GoogleRefusedError(RejectedError):
    """A refusal, with what the sink decides by: its kind, a short code, the rows it is about.

    `rows` are positions in the request with the name of what is wrong there; empty where Google
    does not tell.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        kind: Kind,
        code: str = "refused",
        rows: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__(message, connector=NAME, remedy=remedy)
        self.kind = kind
        self.code = code
        self.rows = dict(rows or {})


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a call: the name of its value, and where in the request it is."""

    name: str
    row: int | None = None
    retry_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Faults:
    """All that came with a refused call."""

    status: int
    faults: Sequence[Fault] = ()
    request_id: str = ""
    retry_seconds: float | None = None
    quota: str = ""


def explained(call: Callable[[], Answered]) -> Answered:
    """What a call returns; its errors as those of audsync, without anything of a request."""
    try:
        return call()
    except RetryError:
        raise TransientError(f"{NAME}: Google did not answer in time", connector=NAME) from None
    except GoogleAPICallError as error:
        raise call_error(error) from None
    except GoogleAuthError as error:
        raise login_error(error) from None
    except RequestException as error:  # over REST, when there is no answer
        raise TransientError(
            f"{NAME}: Google was not reached at {asked_host(error)}, or its answer was cut off",
            connector=NAME,
        ) from None


def login_error(error: GoogleAuthError) -> AudsyncError:
    """The error of a login that was refused, or could not be asked."""
    if isinstance(error, RefreshError) and not error.retryable:
        is_scope = "invalid_scope" in str(error.args[0] if error.args else "")
        told = SCOPE if is_scope else meaning("authentication_error.OAUTH_TOKEN_REVOKED")
        return CredentialError(f"{NAME}: {told.what}; {told.remedy}")
    return TransientError(f"{NAME}: no access token was given", connector=NAME)


def call_error(error: GoogleAPICallError) -> AudsyncError:
    """The error of a call that Google's core library tells of."""
    if _PLUGIN in str(error.message).lower():
        told = meaning("authentication_error.OAUTH_TOKEN_REVOKED")
        return CredentialError(f"{NAME}: {told.what}; {told.remedy}")
    return error_of(_data_manager_faults(error, http_status(error)))


def http_status(error: GoogleAPICallError) -> int:
    """The status of a refused call, as a number of HTTP."""
    return int(error.code or _SERVER_ERROR)


def _data_manager_faults(error: GoogleAPICallError, status: int) -> Faults:
    """What the Data Manager API tells; details are messages over gRPC and maps over REST."""
    faults: list[Fault] = []
    request, waits = "", _header_wait(error)
    for detail in error.details or ():
        kind, told = _detail(detail)
        match kind:
            case "BadRequest":
                faults += _violations(told, error.reason)
            case "RequestInfo":
                request = str(told.get("requestId", ""))
            case "RetryInfo":
                waits = _seconds(told.get("retryDelay")) or waits
            case _:
                pass
    if not faults and error.reason:
        faults.append(Fault(f"reason.{error.reason}"))
    quota = str((error.metadata or {}).get("quota_limit", ""))
    return Faults(status, faults, request, waits, quota)


def _detail(detail: Any) -> tuple[str, Mapping[str, Any]]:
    """The kind of a detail and what it says, by the names of JSON."""
    if isinstance(detail, Mapping):
        return str(detail.get("@type", "")).rpartition(".")[2], detail
    from google.protobuf.json_format import MessageToDict

    if not hasattr(detail, "DESCRIPTOR"):
        return "", {}
    return detail.DESCRIPTOR.name, MessageToDict(detail)


def _violations(told: Mapping[str, Any], reason: str | None) -> Iterator[Fault]:
    for one in told.get("fieldViolations", ()):
        found = _MEMBER.search(str(one.get("field", "")))
        why = one.get("reason") or reason or "INVALID_ARGUMENT"
        yield Fault(f"reason.{why}", row=int(found[1]) if found else None)


def _header_wait(error: GoogleAPICallError) -> float | None:
    headers = getattr(error.response, "headers", None)
    return retry_after(headers.get("Retry-After")) if isinstance(headers, Mapping) else None


def _seconds(text: object) -> float | None:
    try:
        return float(str(text).removesuffix("s"))
    except ValueError:
        return None


def other_api(size: int) -> GoogleRefusedError:
    """The error of members of whom only the API that is not used any more could tell."""
    again = "nothing is to be done: the next run sends these members again"
    return GoogleRefusedError(
        f"{NAME}: {size} members were handed over by the API that was set before, which this "
        f"login may not ask; {again}",
        remedy=again,
        kind=Kind.FATAL,
    )


def error_of(told: Faults) -> AudsyncError:
    """The error of a refused call; where it has several, of the one that somebody acts on."""
    found = [(one, meaning(one.name, told.status)) for one in told.faults]
    if not found:
        return _error(told, of_status(told.status))
    # What stops everything is told before rows that can be left out.
    grave = [one for _, one in found if one.kind is not Kind.ROW]
    return _error(told, grave[0] if grave else found[0][1])


def _error(told: Faults, one: Meaning) -> AudsyncError:
    names = list(dict.fromkeys(fault.name for fault in told.faults))[:_MOST_NAMES]
    shown = [*(name.removeprefix("reason.") for name in names), *_plain(told)]
    what = f"{NAME}: {one.what} ({', '.join(shown) or told.status})"
    match one.kind:
        case Kind.RETRIED | Kind.QUOTA:
            what = f"{what}; {one.remedy}" if one.remedy else what
            return TransientError(what, connector=NAME, retry_after=_wait(told, one))
        case Kind.LOGIN:
            return CredentialError(f"{what}; {one.remedy}")
        case _:
            rows = {
                fault.row: code_of(fault.name) for fault in told.faults if fault.row is not None
            }
            message = f"{what}; {one.remedy}" if one.remedy else what
            code = code_of(names[0]) if names else f"status_{told.status}"
            return GoogleRefusedError(
                message, remedy=one.remedy, kind=one.kind, code=code, rows=rows
            )


def code_of(name: str) -> str:
    """The short code of a value, by which rejected members are counted."""
    return name.rpartition(".")[2].lower()


def _plain(told: Faults) -> Iterator[str]:
    """The id of the request, which Google's support asks for, and the quota that ran out."""
    if _PLAIN_ID.fullmatch(told.request_id):
        yield f"request id {told.request_id}"
    if _PLAIN_ID.fullmatch(told.quota):
        yield told.quota


def _wait(told: Faults, one: Meaning) -> float | None:
    """Seconds until the next attempt may be made; None where Google does not say."""
    waits = [fault.retry_seconds for fault in told.faults if fault.retry_seconds]
    asked = max([*waits, told.retry_seconds or 0.0])
    if asked:
        return asked
    if "PerMinute" in told.quota:
        return _MINUTE_SECONDS
    is_daily = "PerDay" in told.quota or one == QUOTA_DAY
    return _DAY_SECONDS if is_daily else None
