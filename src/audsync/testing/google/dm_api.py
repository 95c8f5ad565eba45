"""Data Manager without its wire: from a method and a request to an answer."""

from collections.abc import Mapping
from typing import Any, Final

from audsync.testing.google import dm_status
from audsync.testing.google.dm_destinations import check_caller
from audsync.testing.google.dm_lists import Lists
from audsync.testing.google.dm_requests import Requests
from audsync.testing.google.lists import DAY
from audsync.testing.google.platform import Platform
from audsync.testing.google.refusals import HTTP_STATUS, Refused

_INGESTION: Final = "IngestionService"
_READS: Final = frozenset({"RetrieveRequestStatus", "GetUserList", "ListUserLists"})
_MINUTE: Final = 60
_NO_ANSWER: Final = "DeleteUserList"
DOMAIN: Final = "datamanager.googleapis.com"


class DataManagerApi:
    """What Data Manager does; `requests` are those about members."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.requests = Requests(platform)
        lists = Lists(platform)
        self._methods: dict[str, Any] = {
            "IngestionService/IngestAudienceMembers": self.requests.ingest,
            "IngestionService/RemoveAudienceMembers": self.requests.remove,
            "IngestionService/RemoveAllAudienceMembers": self.requests.remove_all,
            "IngestionService/RetrieveRequestStatus": self._status,
            "UserListService/CreateUserList": lists.create,
            "UserListService/GetUserList": lists.get,
            "UserListService/ListUserLists": lists.list,
            "UserListService/UpdateUserList": lists.update,
            "UserListService/DeleteUserList": lists.delete,
        }

    def knows(self, endpoint: str) -> bool:
        """Whether there is such a method."""
        return endpoint in self._methods

    def request_class(self, endpoint: str) -> Any:
        """The class of a method's request."""
        return _class(f"{endpoint.partition('/')[2]}Request")

    def answer(self, endpoint: str, request: Any, headers: Mapping[str, str]) -> Any:
        """The answer of a method."""
        check_caller(self.platform, headers)
        service, _, method = endpoint.partition("/")
        self._use_quota(service, method)
        answer = _class(_answer_name(method))()
        if service == _INGESTION:
            return self._methods[endpoint](request, answer)
        return self._methods[endpoint](request, answer, headers)

    def _status(self, request: Any, answer: Any) -> Any:
        return dm_status.fill(self.platform, self.requests.found(request.request_id), answer)

    def _use_quota(self, service: str, method: str) -> None:
        area = "Ingestion" if service == _INGESTION else "Management"
        stem = f"{area}{'Read' if method in _READS else 'Mutate'}Requests"
        quirks = self.platform.quirks
        of_day = (
            quirks.requests_per_day
            if area == "Ingestion"
            else quirks.management_requests_per_day
        )
        spans = (("Minute", _MINUTE, quirks.requests_per_minute), ("Day", DAY, of_day))
        for name, seconds, most in spans:
            limit = f"{stem}Per{name}PerProject"
            if not self.platform.use(limit, seconds=seconds, most=most):
                raise Refused(
                    "RESOURCE_EXHAUSTED",
                    reason="RESOURCE_EXHAUSTED",
                    metadata={"quota_limit": limit},
                )


def _class(name: str) -> Any:
    from google.ads import datamanager_v1
    from google.protobuf.empty_pb2 import Empty

    if name == "Empty":
        return Empty
    wrapper = getattr(datamanager_v1, name)
    return type(wrapper.pb(wrapper()))


def _answer_name(method: str) -> str:
    if method == _NO_ANSWER:
        return "Empty"
    if method in ("CreateUserList", "GetUserList", "UpdateUserList"):
        return "UserList"
    return f"{method}Response"


def status_message(error: Refused, request_id: str) -> Any:
    """A refusal as `google.rpc.Status`, with its details packed."""
    from google.rpc import code_pb2, error_details_pb2
    from google.rpc.status_pb2 import Status

    status = Status(code=code_pb2.Code.Value(error.code), message=error.text)
    if error.reason:
        info = error_details_pb2.ErrorInfo(
            reason=error.reason, domain=DOMAIN, metadata=error.metadata
        )
        status.details.add().Pack(info)
    if error.violations:
        bad = error_details_pb2.BadRequest()
        for one in error.violations:
            bad.field_violations.add(field=one.path, description=one.reason, reason=one.reason)
        status.details.add().Pack(bad)
    if error.retry_seconds is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(round(error.retry_seconds * 1000))
        status.details.add().Pack(retry)
    if error.reason:
        status.details.add().Pack(error_details_pb2.RequestInfo(request_id=request_id))
    return status


def http_error(error: Refused, request_id: str) -> tuple[int, dict[str, Any]]:
    """A refusal as HTTP status and JSON."""
    from google.protobuf import json_format

    told = json_format.MessageToDict(status_message(error, request_id))
    status = HTTP_STATUS[error.code]
    body = {"code": status, "message": error.text, "status": error.code}
    if details := told.get("details"):
        body["details"] = details
    return status, {"error": body}
