"""What the Data Manager API says became of one request."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from google.ads import datamanager_v1 as api

from audsync_sink_google.errors import NAME, SENT_AGAIN, GoogleRefusedError
from audsync_sink_google.meanings import Kind
from audsync_sink_google.receipts import rate_range, within

_Status = api.RequestStatusPerDestination.RequestStatus
_DONE: Final = (_Status.SUCCESS, _Status.PARTIAL_SUCCESS, _Status.FAILED)
_PREFIX: Final = "PROCESSING_ERROR_REASON_"


def answers_of(status: Any, audience: str | None) -> list[Any]:
    """What is said of one list that a request went to, by its id; without one, of all.

    Of a request that was not asked about nothing is said.
    """
    return [
        one
        for one in (status.request_status_per_destination if status is not None else ())
        if audience in (None, one.destination.product_destination_id)
    ]


def lost_members(answers: Sequence[Any], size: int) -> Counter[str] | None:
    """Members of a request that were not taken, by reason; None while it is being worked in.

    Raises GoogleRefusedError where Google gave the request up and does not say what it did of
    it: its members are uncertain then.
    """
    if not answers or any(is_at_work(one) for one in answers):
        return None
    lost: Counter[str] = Counter()
    for one in answers:
        counts = Counter(
            {_reason(error): int(error.record_count) for error in one.error_info.error_counts}
        )
        if one.request_status == _Status.FAILED and counts.total() < max(size, 1):
            told = ", ".join(sorted(counts)) or "without a reason"
            raise GoogleRefusedError(
                f"{NAME}: Google gave up a request ({told}); {SENT_AGAIN}",
                remedy=SENT_AGAIN,
                kind=Kind.FATAL,
            )
        if one.request_status in (_Status.FAILED, _Status.PARTIAL_SUCCESS):
            lost |= within(counts, size)
    return within(lost, size)


def is_at_work(answer: Any) -> bool:
    """Whether a request is still being worked in, as far as one list goes.

    So it is also by a word that Google may bring in later: nothing of it says that it is done.
    """
    return answer.request_status not in _DONE


def match_rates(answers: Sequence[Any]) -> list[str]:
    """The ranges of the shares of members that Google found, where it tells them."""
    told = [
        one.audience_members_ingestion_status.user_data_ingestion_status.upload_match_rate_range
        for one in answers
    ]
    ranges = [rate_range(getattr(one, "name", "")) for one in told]
    return [one for one in ranges if one]


def _reason(error: Any) -> str:
    name = getattr(error.reason, "name", f"reason_{int(error.reason)}")
    return str(name).removeprefix(_PREFIX).lower()
