"""What may go wrong with a call to Google, and which calls it happens to.

Calls are named by service and method, such as `IngestionService/IngestAudienceMembers`, the
same on all transports; a call for an access token is `token`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from audsync.testing.fault_plan import FaultPlan
from audsync.testing.google.refusals import (
    CODE_OF_STATUS,
    AdsError,
    Refused,
    Violation,
    ads,
    data_manager,
)

API: Final = "*/*"  # every call but those for tokens


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail; made by the functions below.

    `refusal` comes in place of the right answer, and so does a lost connection. Where
    `is_carried_out` the call was carried out all the same.
    """

    refusal: Refused | None = None
    is_lost: bool = False
    page: bytes | None = None
    is_carried_out: bool = True
    is_duplicated: bool = False
    is_cut: bool = False
    seconds: float = 0
    settles_in: int | None = None
    fails: bool = False
    event: Callable[[], object] = lambda: None

    @property
    def takes_over(self) -> bool:
        """Whether another answer comes in place of the right one."""
        return self.refusal is not None or self.is_lost or self.page is not None


class Faults(FaultPlan[Fault]):
    """The faults to come, in the order they were planned."""


def refused(refusal: Refused) -> Fault:
    """Any refusal; nothing is carried out."""
    return Fault(refusal=refusal, is_carried_out=False)


def ads_error(field: str, name: str, *, code: str = "") -> Fault:
    """Any error of the Google Ads API, such as `database_error`, `REQUEST_TOO_LARGE`."""
    return refused(ads(field, name, code=code))


def data_manager_error(reason: str, *paths: str, code: str = "INVALID_ARGUMENT") -> Fault:
    """Any `ErrorReason` of Data Manager, with the paths of the fields that it is about."""
    return refused(data_manager(reason, *paths, code=code))


def gate(reason: str, *, code: str = "PERMISSION_DENIED") -> Fault:
    """A refusal before a call comes to either API, such as `SERVICE_DISABLED`.

    Reasons are those of `google.api.ErrorReason`.
    """
    return refused(Refused(code, reason=reason))


def bare(code: str) -> Fault:
    """A canonical code, such as `ABORTED`, that nothing is told about besides."""
    return refused(Refused(code))


def http_error(status: int, *, retry_after: float | None = None) -> Fault:
    """An HTTP status, or the code that goes with it, and the error that each API would name."""
    field, name, reason = _BY_STATUS.get(status, ("", "", ""))
    errors = [AdsError(field, name, (), retry_after)] if field else []
    violations = [Violation("destinations", reason)] if status == _BAD else []
    return refused(
        Refused(
            CODE_OF_STATUS[status],
            errors=errors,
            reason=reason,
            violations=violations,
            retry_seconds=retry_after,
        )
    )


def unavailable() -> Fault:
    """The service is not there just now; nothing is carried out."""
    return http_error(503)


def internal() -> Fault:
    """An internal error; nothing is carried out."""
    return http_error(500)


def exhausted(retry_after: float | None = 30, *, quota_limit: str = "") -> Fault:
    """Too many calls; Data Manager names the limit."""
    told = http_error(429, retry_after=retry_after).refusal
    assert told is not None
    if quota_limit:
        told.metadata["quota_limit"] = quota_limit
    return refused(told)


def concurrent_modification() -> Fault:
    """Another change to the same list is under way."""
    return ads_error("database_error", "CONCURRENT_MODIFICATION")


def lost_before() -> Fault:
    """A connection that ends with nothing carried out."""
    return Fault(is_lost=True, is_carried_out=False)


def lost_after() -> Fault:
    """A connection that ends when the call was carried out."""
    return Fault(is_lost=True)


def cut_off() -> Fault:
    """Over HTTP, a connection that ends in the middle of the answer; carried out."""
    return Fault(is_cut=True)


def html_page() -> Fault:
    """Over HTTP, the web page of a gateway with status 502; nothing is carried out."""
    return Fault(page=b"<html><title>Error 502</title></html>", is_carried_out=False)


def after_commit(fault: Fault) -> Fault:
    """The same, though the call was carried out: its answer is lost on the way back."""
    return replace(fault, is_carried_out=True)


def duplicated() -> Fault:
    """A call that reaches the platform twice; the first answer is the one that is told."""
    return Fault(is_duplicated=True)


def slow(seconds: float) -> Fault:
    """The right answer, late in real time."""
    return Fault(seconds=seconds)


def settles_in(seconds: int) -> Fault:
    """What this call starts is done after so many seconds of the clock, early or late."""
    return Fault(settles_in=seconds)


def settles_failed() -> Fault:
    """What this call starts fails in the end, with nothing changed."""
    return Fault(fails=True)


def event(happens: Callable[[], object]) -> Fault:
    """Something that happens just before the call is carried out."""
    return Fault(event=happens)


_BAD: Final = 400
_BY_STATUS: Final = {
    400: ("request_error", "REQUIRED_FIELD_MISSING", "INVALID_ARGUMENT"),
    401: ("authentication_error", "OAUTH_TOKEN_INVALID", ""),
    403: ("authorization_error", "USER_PERMISSION_DENIED", "PERMISSION_DENIED"),
    404: ("request_error", "RESOURCE_NOT_FOUND", "NOT_FOUND"),
    429: ("quota_error", "RESOURCE_TEMPORARILY_EXHAUSTED", "RESOURCE_EXHAUSTED"),
    500: ("internal_error", "INTERNAL_ERROR", "INTERNAL_ERROR"),
}
