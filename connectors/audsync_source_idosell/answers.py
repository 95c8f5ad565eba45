"""Answers of the panel, none of which is taken for what it says it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from audsync.errors import RejectedError, TransientError
from audsync_source_idosell.endpoints import Endpoint, Paging

NAME: Final = "idosell"
_BLOCKED_WORDS: Final = ("zablokowan", "niezapłacon", "nieopłacon", "blocked", "unpaid")

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question was answered with.

    `total` is how many records there are in all, as the panel says it; None where it does not.
    """

    records: list[Record]
    total: int | None
    root: Record


def read(endpoint: Endpoint, body: object) -> Answer:
    """The answer in a JSON body of a successful status.

    Raises TransientError for what is no answer of the API, RejectedError for a fault.
    """
    if not isinstance(body, Mapping):
        raise unreadable(endpoint, "no JSON object")
    code, text = _fault(body.get("errors"))
    if code or text:
        if code == endpoint.empty_fault and not _tells_of_block(text):
            return Answer([], 0, body)
        raise _refusal(endpoint, code, text)
    if endpoint.listed is None:
        return Answer([], None, body)
    listed = body.get(endpoint.listed)
    if isinstance(listed, Mapping):  # a list with gaps is written as a map
        listed = list(listed.values())
    if not isinstance(listed, list):
        raise _no_list(endpoint)
    records = [one for one in listed if isinstance(one, Mapping)]
    if len(records) < len(listed):
        raise _no_list(endpoint)
    return Answer(records, _total(endpoint, body), body)


def unreadable(endpoint: Endpoint, what: str) -> TransientError:
    """The error for an answer that some machine on the way has made."""
    return TransientError(
        f"idosell: {endpoint.name}: the answer is {what}; a gateway may have sent it. If this "
        "stays so, see that `url` is the address of the panel",
        connector=NAME,
    )


def element_faults(record: Record) -> bool:
    """Whether the panel says of one record that it could not be read."""
    faults = record.get("errors")
    code, text = _fault(faults)
    return bool(code or text) or (isinstance(faults, list) and bool(faults))


def note_unread(unread: set[int], number: int, record: Record) -> None:
    """Keep in mind that the panel could not read a record, or that now it could."""
    if element_faults(record):
        unread.add(number)
    else:
        unread.discard(number)


def _fault(errors: object) -> tuple[int, str]:
    """Code and text of a fault; 0 and nothing for none."""
    if isinstance(errors, list):
        errors = next((one for one in errors if one), None)
    if not isinstance(errors, Mapping):
        return (-1, str(errors)) if errors else (0, "")
    code = str(errors.get("faultCode") or 0)
    text = errors.get("faultString") or errors.get("message") or ""
    return (int(code) if code.lstrip("-").isdigit() else -1), str(text)


def _tells_of_block(text: str) -> bool:
    return any(word in text.casefold() for word in _BLOCKED_WORDS)


def _refusal(endpoint: Endpoint, code: int, text: str) -> RejectedError:
    if code == endpoint.blocked_fault or _tells_of_block(text):
        remedy = "pay the shop's invoices to IdoSell, or ask its support"
        message = f"idosell: {endpoint.name}: the shop is blocked; {remedy}"
        return RejectedError(message, connector=NAME, remedy=remedy)
    remedy = "see that `api_version` is one that the panel has"
    return RejectedError(
        f"idosell: {endpoint.name}: the panel refused the question (fault code {code})",
        connector=NAME,
        remedy=remedy,
    )


def _no_list(endpoint: Endpoint) -> RejectedError:
    remedy = "see that `api_version` is one that the panel has"
    return RejectedError(
        f"idosell: {endpoint.name}: the answer has no list {endpoint.listed}; {remedy}",
        connector=NAME,
        remedy=remedy,
    )


def ignored(endpoint: Endpoint, what: str) -> RejectedError:
    """The error for records that were not asked for."""
    remedy = "nothing was kept of this answer; run again, and tell the authors if it stays so"
    return RejectedError(
        f"idosell: {endpoint.name}: the panel ignored the filter by {what}; {remedy}",
        connector=NAME,
        remedy=remedy,
    )


def _total(endpoint: Endpoint, body: Record) -> int | None:
    key = {
        Paging.CAMEL: "resultsNumberAll",
        Paging.SNAKE: "results_number_all",
        Paging.NONE: "resultsNumberAll",
    }[endpoint.paging]
    text = str(body.get(key, ""))
    return int(text) if text.isdigit() else None
