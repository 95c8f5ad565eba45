"""What Data Manager tells of a request: by destination, with counts once it is done."""

from typing import Any, Final

from audsync.testing.google.dm_requests import INGEST, REMOVE, Part, Request
from audsync.testing.google.platform import Platform
from audsync.testing.google.sizes import rate_range

_DATA_TYPES: Final = {"email": "EMAIL", "phone": "PHONE_NUMBER", "address": "ADDRESS"}
_STEMS: Final = {
    "user_data": "user_data",
    "composite_data": "composite_data",
    "mobile_data": "mobile_data",
    "user_id_data": "user_id_data",
}
_COUNTS: Final = {"mobile_data": "mobile_id_count", "user_id_data": "user_id_count"}


def fill(platform: Platform, request: Request, answer: Any) -> Any:
    """Fill the answer of `RetrieveRequestStatus`, one part per destination in their order."""
    for part in request.parts:
        told = answer.request_status_per_destination.add()
        told.destination.CopyFrom(part.message)
        status = _status(request, part)
        told.request_status = told.RequestStatus.Value(status)
        is_over = status != "PROCESSING"
        if is_over and part.errors:
            for name, count in sorted(part.errors.items()):
                error = told.error_info.error_counts.add()
                error.record_count = count
                error.reason = _number(error, "reason", f"PROCESSING_ERROR_REASON_{name}")
        if request.kind == INGEST:
            counted = told.audience_members_ingestion_status
            _count(counted, "ingestion_status", request, part)
            if is_over and request.data_type in ("user_data", "composite_data"):
                held = getattr(counted, f"{request.data_type}_ingestion_status")
                name = f"MATCH_RATE_RANGE_{rate_range(platform.quirks.match_percent)}"
                held.upload_match_rate_range = _number(held, "upload_match_rate_range", name)
        elif request.kind == REMOVE:
            _count(told.audience_members_removal_status, "removal_status", request, part)
        else:
            told.remove_all_audience_members_status.SetInParent()
    return answer


def _status(request: Request, part: Part) -> str:
    if not request.work.is_over:
        return "PROCESSING"
    wrong = part.errors.total()
    if request.work.fails or (wrong and wrong == part.records):
        return "FAILED"
    return "PARTIAL_SUCCESS" if wrong else "SUCCESS"


def _count(counted: Any, suffix: str, request: Request, part: Part) -> None:
    stem = _STEMS[request.data_type]
    held = getattr(counted, f"{stem}_{suffix}")
    held.record_count = part.records
    if stem == "composite_data":
        for kind, count in sorted(part.identifiers.items()):
            one = held.data_type_counts.add()
            one.type_ = _number(one, "type_", _DATA_TYPES.get(kind, "IP_ADDRESS"))
            one.count = count
    else:
        setattr(held, _COUNTS.get(stem, "user_identifier_count"), part.identifiers.total())


def _number(message: Any, field: str, name: str) -> int:
    found: int = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_name[name].number
    return found
