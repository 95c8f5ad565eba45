"""What may go wrong with a call to the Graph API, and which calls it happens to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from audsync.testing.fault_plan import FaultPlan
from audsync.testing.meta import errors
from audsync.testing.meta.errors import GraphError

GATEWAY_PAGE: Final = (
    b"<html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail; made by the functions below.

    `error` or `body` come in place of the right answer; where `is_carried_out` the call was
    carried out all the same, and only its answer is lost.
    """

    error: GraphError | None = None
    body: bytes | None = None
    status: int = 200
    content_type: str = "application/json; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    minutes: int = 0
    seconds: float = 0
    body_seconds: float = 0
    is_truncated: bool = False
    is_cut: bool = False
    is_reset: bool = False
    is_carried_out: bool = True
    breaks_replacement: bool = False
    event: Callable[[], object] = lambda: None

    @property
    def takes_over(self) -> bool:
        """Whether another answer comes in place of the right one."""
        return self.error is not None or self.body is not None


def error(
    code: int,
    subcode: int | None = None,
    *,
    minutes: int = 0,
    retry_after: float | None = None,
    **told: Any,
) -> Fault:
    """Any error of the API, by code, subcode and other fields of `GraphError`.

    Nothing is carried out. `minutes` are told by the usage header, `retry_after` seconds by a
    header of that name.
    """
    return of(GraphError(code, subcode, **told), minutes=minutes, retry_after=retry_after)


def of(told: GraphError, *, minutes: int = 0, retry_after: float | None = None) -> Fault:
    """One of the errors of `errors`."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return Fault(error=told, headers=headers, minutes=minutes, is_carried_out=False)


def throttled(minutes: int = 1) -> Fault:
    """Too many calls; the usage header tells how long to wait."""
    return of(errors.THROTTLED, minutes=minutes)


def http_error(status: int, *, retry_after: float | None = None) -> Fault:
    """An HTTP status with the error that goes with it, and nothing carried out."""
    by_status = {
        400: GraphError(100, None, "Invalid parameter."),
        401: errors.dead_token(),
        403: errors.NO_PERMISSION,
        429: errors.THROTTLED,
        500: GraphError(1, None, "An unknown error occurred."),
        503: GraphError(2, None, "Service temporarily unavailable.", is_transient=True),
    }
    default = GraphError(2, None, "Please retry.", is_transient=True)
    return of(replace(by_status.get(status, default), status=status), retry_after=retry_after)


def json_without_error(status: int = 500) -> Fault:
    """JSON that tells of no error, with the status of one."""
    return other_json({"message": "Internal error"}, status=status)


def other_json(body: object, *, status: int = 200) -> Fault:
    """Any JSON in place of the answer, such as `true`, a list or `{"success": false}`."""
    return Fault(body=json.dumps(body).encode(), status=status, is_carried_out=False)


def html_page(status: int = 502) -> Fault:
    """A web page where the API should be."""
    kind = "text/html; charset=utf-8"
    return Fault(body=GATEWAY_PAGE, status=status, content_type=kind, is_carried_out=False)


def text(body: str, *, status: int = 503) -> Fault:
    """Plain text, such as `Service Unavailable`."""
    kind = "text/plain; charset=utf-8"
    return Fault(body=body.encode(), status=status, content_type=kind, is_carried_out=False)


def empty(status: int = 200) -> Fault:
    """An answer without a body."""
    return Fault(body=b"", status=status, is_carried_out=False)


def after_commit(fault: Fault) -> Fault:
    """The same, though the call was carried out: its answer is lost on the way back."""
    return replace(fault, is_carried_out=True)


def reset_before() -> Fault:
    """A connection that is reset with nothing carried out."""
    return Fault(is_reset=True, is_carried_out=False)


def reset_after() -> Fault:
    """A connection that is reset when the call was carried out."""
    return Fault(is_reset=True)


def truncated() -> Fault:
    """JSON that ends in its middle, of the length that it says; carried out."""
    return Fault(is_truncated=True)


def cut_off() -> Fault:
    """A connection that ends in the middle of the answer; carried out."""
    return Fault(is_cut=True)


def slow(seconds: float) -> Fault:
    """The right answer, late."""
    return Fault(seconds=seconds)


def slow_body(seconds: float) -> Fault:
    """The right answer, whose body takes its time."""
    return Fault(body_seconds=seconds)


def partial_replace() -> Fault:
    """A replacement that fails at this batch, half done: 2650/1870148, then status 415."""
    return Fault(breaks_replacement=True)


def event(happens: Callable[[], object]) -> Fault:
    """Something that happens just before the call is carried out."""
    return Fault(event=happens)


# After any of these the same call gives the right answer; nothing was carried out.
PASSING: Final = (
    throttled(),
    error(4),
    error(17),
    error(32),
    error(613),
    error(613, 1996),
    error(2, status=500),
    error(1, status=500),
    error(3, is_transient=True),
    http_error(503),
    json_without_error(),
    html_page(),
    html_page(200),
    text("Service Unavailable"),
    empty(),
    empty(500),
    other_json(True),
    other_json(False),
    other_json([]),
    other_json({"success": False}),
    other_json({"error": "a text"}, status=500),
    error(2, data="a text", is_transient=True, status=500),
    reset_before(),
)
# After any of these the call was carried out, and whoever made it does not know.
LOST: Final = (
    reset_after(),
    truncated(),
    cut_off(),
    after_commit(html_page()),
    after_commit(empty()),
    after_commit(error(2, is_transient=True)),
)


class Faults(FaultPlan[Fault]):
    """The faults to come, by endpoints such as `POST users`, `DELETE *` or `* sessions`."""
