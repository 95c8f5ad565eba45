"""What may go wrong with a call, and which calls it happens to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from audsync.testing.fault_plan import FaultPlan

GATEWAY_PAGE: Final = (
    b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
)


class Kind(Enum):
    """How a fault shows."""

    ANSWER = auto()  # another answer in place of the right one
    TRUNCATED = auto()  # JSON that ends in the middle, of the length it says
    CUT_OFF = auto()  # the connection ends before the length is reached
    RESET = auto()  # the connection is reset instead of an answer
    SLOW = auto()  # the right answer, late
    SLOW_BODY = auto()  # the right answer, piece by piece
    NO_LIST = auto()  # the answer without its list
    ELEMENT_ERRORS = auto()  # some elements have errors of their own
    OTHER_COUNT = auto()  # the number of all results is off by some
    IGNORED_FILTERS = auto()  # everything comes, whatever was asked for
    EVENT = auto()  # something happens in the shop before the answer


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail; made by the functions below."""

    kind: Kind
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    amount: float = 0
    places: tuple[int, ...] = ()
    is_bare: bool = False
    event: Callable[[], object] = lambda: None

    @property
    def takes_over(self) -> bool:
        """Whether another answer comes in place of the right one."""
        return self.kind is Kind.ANSWER


def http_error(
    status: int,
    *,
    retry_after: float | str | None = None,
    text: str = "Błąd żądania",
    html: bool = False,
) -> Fault:
    """A refusal by the gateway, with seconds or a date to wait for where they are given.

    Its text is in `x-error` and in the body, or it is HTML.
    """
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after}"}
    if html:
        return Fault(Kind.ANSWER, status, headers, GATEWAY_PAGE)
    body = {"errors": [{"message": text}]}
    return Fault(Kind.ANSWER, status, {**headers, "x-error": text}, body)


def html_page(status: int = 200) -> Fault:
    """A web page where the API should be."""
    return Fault(Kind.ANSWER, status, body=GATEWAY_PAGE)


def fault_code(code: int, text: str = "Wystąpił błąd", *, status: int = 207) -> Fault:
    """A fault of the whole call, by code; code 2 is the empty result of a search."""
    return Fault(Kind.ANSWER, status, body={"errors": {"faultCode": code, "faultString": text}})


def other_json(body: object, *, status: int = 200) -> Fault:
    """Any JSON in place of the answer, such as a list or a text."""
    return Fault(Kind.ANSWER, status, body=body)


def truncated() -> Fault:
    """JSON that ends in the middle."""
    return Fault(Kind.TRUNCATED)


def cut_off() -> Fault:
    """A connection that ends in the middle of the answer."""
    return Fault(Kind.CUT_OFF)


def reset() -> Fault:
    """A connection that is reset; the call was worked out all the same."""
    return Fault(Kind.RESET)


def slow(seconds: float) -> Fault:
    """The right answer after so long."""
    return Fault(Kind.SLOW, amount=seconds)


def slow_body(seconds: float) -> Fault:
    """The right answer, whose body takes so long to come."""
    return Fault(Kind.SLOW_BODY, amount=seconds)


def no_list() -> Fault:
    """An answer without the list it should have."""
    return Fault(Kind.NO_LIST)


def element_errors(*places: int, bare: bool = False) -> Fault:
    """Status 207 and errors of their own in the elements at these places of the page.

    Bare ones have their number besides, and nothing else.
    """
    return Fault(Kind.ELEMENT_ERRORS, places=places, is_bare=bare)


def other_count(by: int) -> Fault:
    """A number of all results that is off by so many."""
    return Fault(Kind.OTHER_COUNT, amount=by)


def ignored_filters() -> Fault:
    """A search that finds everything."""
    return Fault(Kind.IGNORED_FILTERS)


def event(happens: Callable[[], object]) -> Fault:
    """Something that happens in the shop just before the answer is worked out."""
    return Fault(Kind.EVENT, event=happens)


# After any of these the same call gives the right answer.
PASSING: Final = (
    http_error(429),
    http_error(429, retry_after=1),
    http_error(500),
    http_error(502, html=True),
    http_error(503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"),
    html_page(),
    other_json(["no", "object"]),
    truncated(),
    cut_off(),
    reset(),
    no_list(),
)


class Faults(FaultPlan[Fault]):
    """The faults to come, in the order they were planned."""
