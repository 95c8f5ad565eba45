"""The Google Ads API without its wire: from a method and a request to an answer."""

import base64
from collections.abc import Mapping
from typing import Any, Final

from audsync.testing.google import ads_lists, ads_wire
from audsync.testing.google.ads_call import AdsCall, account_of, check_caller, use_quota
from audsync.testing.google.ads_jobs import Jobs
from audsync.testing.google.ads_query import chosen, parsed
from audsync.testing.google.ads_records import known_fields, records
from audsync.testing.google.platform import Platform
from audsync.testing.google.refusals import Refused, ads

_READS: Final = frozenset({"Search", "SearchStream"})
_ROWS_OF_A_CHUNK: Final = 10_000


class AdsApi:
    """What the Google Ads API does; `jobs` are the offline user data jobs."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.jobs = Jobs(platform)
        self._methods: dict[str, Any] = {
            "UserListService/MutateUserLists": ads_lists.mutate,
            "OfflineUserDataJobService/CreateOfflineUserDataJob": self.jobs.create,
            "OfflineUserDataJobService/AddOfflineUserDataJobOperations": self.jobs.add,
            "OfflineUserDataJobService/RunOfflineUserDataJob": self.jobs.run,
            "GoogleAdsService/Search": self._search,
            "GoogleAdsService/SearchStream": self._search_stream,
        }

    def knows(self, endpoint: str) -> bool:
        """Whether there is such a method."""
        return endpoint in self._methods

    def request_class(self, version: str, endpoint: str) -> Any:
        """The class of a method's request."""
        service, _, method = endpoint.partition("/")
        name = method.replace("Search", "SearchGoogleAds") if method in _READS else method
        return ads_wire.service_message(version, service, f"{name}Request")

    def answer(
        self,
        version: str,
        endpoint: str,
        request: Any,
        headers: Mapping[str, str],
        request_id: str,
    ) -> Any:
        """The answer of a method; of a stream, the list of its parts."""
        check_caller(self.platform, version, headers)
        customer_id = _customer_id(request)
        account = account_of(self.platform, customer_id, headers)
        service, _, method = endpoint.partition("/")
        use_quota(self.platform)
        call = AdsCall(self.platform, account, version, service, method, request_id)
        return self._methods[endpoint](call, request)

    def _rows(self, call: AdsCall, text: str) -> list[Mapping[str, object]]:
        query = parsed(text)
        known = known_fields(self.jobs, query.resource)
        if known is None:
            raise ads("query_error", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", ("query", None))
        return chosen(query, [*records(self.jobs, query.resource, call.account)], known)

    def _search(self, call: AdsCall, request: Any) -> Any:
        if request.page_size:
            raise ads("request_error", "PAGE_SIZE_NOT_SUPPORTED", ("page_size", None))
        rows = self._rows(call, request.query)
        start = _place(request.page_token, request.query)
        end = start + self.platform.quirks.page_size
        answer = ads_wire.service_message(
            call.version, call.service, "SearchGoogleAdsResponse"
        )()
        _fill(answer, rows[start:end])
        answer.total_results_count = len(rows)
        if end < len(rows):
            answer.next_page_token = _token(end, request.query)
        return answer

    def _search_stream(self, call: AdsCall, request: Any) -> list[Any]:
        rows = self._rows(call, request.query)
        parts = []
        for start in range(0, len(rows), _ROWS_OF_A_CHUNK):
            part = ads_wire.service_message(
                call.version, call.service, "SearchGoogleAdsStreamResponse"
            )()
            part.request_id = call.request_id
            _fill(part, rows[start : start + _ROWS_OF_A_CHUNK])
            parts.append(part)
        return parts


def _customer_id(request: Any) -> str:
    """The account that a request is for: it says so, or the name of its job does."""
    if "customer_id" in request.DESCRIPTOR.fields_by_name:
        return str(request.customer_id)
    return str(request.resource_name).removeprefix("customers/").partition("/")[0]


def _fill(answer: Any, rows: list[Mapping[str, object]]) -> None:
    for record in rows:
        row = answer.results.add()
        for path, value in record.items():
            ads_wire.set_field(row, path, value)
    if rows:
        answer.field_mask.paths.extend(rows[0])


def _token(place: int, query: str) -> str:
    return base64.urlsafe_b64encode(f"{place}:{query}".encode()).decode()


def _place(token: str, query: str) -> int:
    if not token:
        return 0
    try:
        place, _, of_query = base64.urlsafe_b64decode(token).decode().partition(":")
        start = int(place)
    except ValueError:
        raise ads("request_error", "INVALID_PAGE_TOKEN", ("page_token", None)) from None
    if of_query != query:
        raise ads("request_error", "INVALID_PAGE_TOKEN", ("page_token", None))
    return start


def refused(error: Refused, version: str, request_id: str) -> list[tuple[str, bytes | str]]:
    """The trailing metadata that tells of a refusal."""
    told: list[tuple[str, bytes | str]] = [("request-id", request_id)]
    if error.errors:
        failure = ads_wire.failure(version, error.errors, request_id)
        key = f"google.ads.googleads.{version}.errors.googleadsfailure-bin"
        told.append((key, failure.SerializeToString()))
    return told
