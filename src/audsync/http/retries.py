"""Trying again for as long as it may help."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

from audsync.errors import TransientError

if TYPE_CHECKING:
    from tenacity import RetryCallState

ATTEMPTS: Final = 5
LONGEST_WAIT_SECONDS: Final = 120.0
LATER: Final = frozenset({408, 425, 429})  # statuses that may pass, besides 5xx

T = TypeVar("T")


def retried(
    attempt: Callable[[], T],
    *,
    attempts: int = ATTEMPTS,
    sleep: Callable[[float], None] = time.sleep,
    should_stop: Callable[[], bool] = lambda: False,
) -> T:
    """What an attempt returns that did not end in a TransientError; the last error else.

    Between attempts lies a doubling wait, or the longer one that the server asked for. Where
    it asked for more than a run can wait, or the run is to stop, the error is raised at once.
    """
    from tenacity import Retrying, retry_if_exception

    retrying = Retrying(
        retry=retry_if_exception(_is_worth_waiting),
        stop=lambda state: state.attempt_number >= attempts or should_stop(),
        wait=_wait,
        sleep=sleep,
        reraise=True,
    )
    result: T = retrying(attempt)
    return result


def _is_worth_waiting(error: BaseException) -> bool:
    if not isinstance(error, TransientError):
        return False
    return error.retry_after is None or error.retry_after <= LONGEST_WAIT_SECONDS


def _wait(state: "RetryCallState") -> float:
    """The longest of a doubling wait and what the server asked for."""
    doubled: float = min(2.0 ** (state.attempt_number - 1), 30.0)
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, TransientError) else None
    return max(doubled, asked or 0.0)


def retry_after(text: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds of a `Retry-After` header, which holds seconds or a date; None for neither."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - (now or datetime.now(UTC))).total_seconds(), 0.0)
