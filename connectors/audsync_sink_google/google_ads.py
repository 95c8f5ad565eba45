"""The Google Ads API: lists, one job per list and direction, and what became of the job."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from google.ads.googleads.client import GoogleAdsClient

from audsync.contracts import (
    AudienceInfo,
    AudienceSpec,
    Batch,
    Bundle,
    Context,
    Operation,
    Outcome,
)
from audsync.errors import (
    CredentialError,
    MissingSecretError,
    RejectedError,
    TransientError,
)
from audsync_sink_google.access import Access, hush
from audsync_sink_google.ads_errors import ads_explained, faults_of, unpacked
from audsync_sink_google.ads_lists import Lists
from audsync_sink_google.errors import (
    NAME,
    SENT_AGAIN,
    Faults,
    GoogleRefusedError,
    code_of,
    error_of,
)
from audsync_sink_google.lists import List
from audsync_sink_google.meanings import Kind
from audsync_sink_google.members import encoded, fields_of, identifiers
from audsync_sink_google.options import GoogleOptions
from audsync_sink_google.receipts import Given, rate_range

if TYPE_CHECKING:
    import pyarrow as pa

Answered = TypeVar("Answered")

_IDENTIFIERS: Final = 10_000  # in one request, as Google advises
_STATUS: Final = (
    "SELECT offline_user_data_job.resource_name, offline_user_data_job.status, "
    "offline_user_data_job.operation_metadata.match_rate_range FROM offline_user_data_job"
)
LEAVES: Final = (
    *("hashed_email", "hashed_phone_number", "address_info"),
    *("hashed_first_name", "hashed_last_name", "country_code", "postal_code"),
)
_BAD_REQUEST: Final = 400


@dataclass(slots=True)
class _Job:
    """A job that is being filled: `done` rows are in it, `refused` are not; then it is run."""

    name: str
    is_run: bool = False
    done: int = 0
    refused: dict[int, str] = field(default_factory=dict)


class GoogleAds:
    """Customer lists of one Google Ads account, by jobs."""

    def __init__(
        self,
        options: GoogleOptions,
        context: Context,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        del sleep  # one call holds thousands of members: the quota is of the day
        self._options = options
        self._clock = clock
        self._access = Access(options, context)
        client = GoogleAdsClient(
            credentials=self._access.credentials,
            developer_token=_developer_token(context),
            login_customer_id=options.login_id,
            endpoint=options.endpoint,
            version=options.api_version,
            use_proto_plus=False,
        )
        self._client = client
        # Each service has a channel of its own; a service that is not kept loses its calls.
        self._jobs = client.get_service("OfflineUserDataJobService")
        self._search = client.get_service("GoogleAdsService")
        self._user_lists = client.get_service("UserListService")
        self._lists = Lists(client, self._user_lists, options, self._call, self._rows)
        self._begun: dict[str, _Job] = {}
        hush()

    def lists(self) -> list[List]:
        """Every list of the account, which asks for the login and the access to it."""
        return self._lists.all()

    def open(self, spec: AudienceSpec, remote_id: str | None) -> AudienceInfo:
        """The list of that id, else of that name, else a new one."""
        return self._lists.open(spec, remote_id)

    def find(self, remote_id: str) -> AudienceInfo | None:
        """The list of that id; None where there is none."""
        return self._lists.find(remote_id)

    def send(self, batch: Batch) -> Given:
        """Hand members over in one job and run it.

        Called again with the same key after an error, it goes on where it was.
        """
        key, operation, rows = batch.key, batch.operation, batch.rows
        (audience,) = batch.audiences
        job = self._begun.get(key) or self._job(key, operation, audience)
        self._begun[key] = job
        try:
            if not job.is_run:
                self._fill(job, rows, removes=operation is Operation.REMOVE)
                self._run(job)
        except (CredentialError, RejectedError) as error:
            error.has_begun = True  # the job is there, and is not to be left unrun
            raise
        del self._begun[key]
        return Given(
            rows.num_rows,
            self._clock(),
            {job.name: rows.num_rows - len(job.refused)},
            job.refused,
        )

    def send_together(self, bundle: Bundle) -> list[Given]:
        """A job has one list."""
        raise NotImplementedError

    def settle(self, given: Given) -> Outcome | None:
        """The outcome when the job is done; None before."""
        rates = []
        for name in given.parts:
            found = self._rows(
                f"{_STATUS} WHERE offline_user_data_job.resource_name = '{name}'"
            )
            states = self._client.enums.OfflineUserDataJobStatusEnum
            job = next((row.offline_user_data_job for row in found), None)
            state = None if job is None else job.status
            if state == states.FAILED:
                raise GoogleRefusedError(
                    f"{NAME}: Google gave up a job of {given.size} members; {SENT_AGAIN}",
                    remedy=SENT_AGAIN,
                    kind=Kind.FATAL,
                )
            if job is None or state != states.SUCCESS:
                return None
            rates.append(rate_range(self._rate_name(job.operation_metadata.match_rate_range)))
        return given.outcome({}, [one for one in rates if one])

    def _rate_name(self, value: int) -> str:
        """The name of a range of match rates."""
        enum = self._client.enums.OfflineUserDataJobMatchRateRangeEnum
        return str(enum.OfflineUserDataJobMatchRateRange.Name(value))

    def step(self, given: Given) -> None:
        """A job has no step after the first."""
        del given

    def close(self) -> None:
        """Let go of the channels."""
        for service in (self._jobs, self._search, self._user_lists):
            service.transport.close()
        self._access.close()

    def rehearse(self, audience: AudienceInfo) -> None:
        """Let Google check the jobs of an addition and of a removal."""
        for operation in (Operation.ADD, Operation.REMOVE):
            request = self._job_request(operation, audience)
            request.validate_only = True
            self._call(self._jobs.create_offline_user_data_job, request)

    def _job_request(self, operation: Operation, audience: AudienceInfo) -> Any:
        request = self._client.get_type("CreateOfflineUserDataJobRequest")
        request.customer_id = self._options.account_id
        request.job.type_ = (
            self._client.enums.OfflineUserDataJobTypeEnum.CUSTOMER_MATCH_USER_LIST
        )
        told = request.job.customer_match_user_list_metadata
        told.user_list = f"customers/{self._options.account_id}/userLists/{audience.remote_id}"
        if operation is not Operation.REMOVE:
            request.enable_match_rate_range_preview = True  # else Google works none out
            granted = self._client.enums.ConsentStatusEnum.GRANTED
            told.consent.ad_user_data = told.consent.ad_personalization = granted
        return request

    def _job(self, key: str, operation: Operation, audience: AudienceInfo) -> _Job:
        """A new job, or the one that an attempt nobody answered has made."""
        named = f"{audience.remote_id}.{key}"
        number = int.from_bytes(sha256(named.encode()).digest()[:8]) >> 1 or 1
        request = self._job_request(operation, audience)
        request.job.external_id = number
        try:
            made = self._call(self._jobs.create_offline_user_data_job, request)
        except GoogleRefusedError as error:
            if error.kind is not Kind.EXISTS:
                raise
            return self._made_before(number)
        return _Job(str(made.resource_name))

    def _made_before(self, number: int) -> _Job:
        found = self._rows(f"{_STATUS} WHERE offline_user_data_job.external_id = {number}")
        pending = self._client.enums.OfflineUserDataJobStatusEnum.PENDING
        for row in found:
            one = row.offline_user_data_job
            return _Job(str(one.resource_name), is_run=one.status != pending)
        raise TransientError(f"{NAME}: a job that is there cannot be found yet", connector=NAME)

    def _fill(self, job: _Job, rows: "pa.Table", *, removes: bool) -> None:
        """Add all members to a job; those that Google refuses are left out and counted."""
        counts = identifiers(rows)
        most, ends = _IDENTIFIERS, np.cumsum(counts)
        without = {*np.flatnonzero(counts == 0).tolist()}
        job.refused.update(dict.fromkeys(without, "missing_identifier"))
        while job.done < rows.num_rows:
            before = ends[job.done] - counts[job.done]
            stop = int(np.searchsorted(ends, before + most, side="right"))
            places = list(range(job.done, max(stop, job.done + 1)))
            kept = [place for place in places if place not in without]
            try:
                if kept and not self._add(job, kept, rows, removes=removes):
                    job.is_run = True
                    return
            except GoogleRefusedError as error:
                if error.kind is not Kind.SPLIT or len(kept) == 1:
                    raise
                most = max(1, most // 2)
                continue
            job.done += len(places)

    def _add(self, job: _Job, places: list[int], rows: "pa.Table", *, removes: bool) -> bool:
        """Add members to a job; False where it was run by an attempt that nobody answered."""
        request = self._client.get_type("AddOfflineUserDataJobOperationsRequest")
        request.resource_name = job.name
        request.enable_partial_failure = True
        is_slice = len(places) == places[-1] - places[0] + 1
        part = rows.slice(places[0], len(places)) if is_slice else rows.take(places)
        path = ("operations", "remove" if removes else "create", "user_identifiers")
        request.MergeFromString(encoded(part, fields_of(request, path, LEAVES)))
        try:
            answer = self._call(self._jobs.add_offline_user_data_job_operations, request)
        except GoogleRefusedError as error:
            if error.kind is Kind.EXISTS:
                return False
            raise
        for row, code in self._refused(answer).items():
            job.refused[places[row]] = code
        return True

    def _refused(self, answer: Any) -> dict[int, str]:
        """The operations that were refused, by place; all of them stand in one detail."""
        status = answer.partial_failure_error
        if not status.code:
            return {}
        faults = [
            fault
            for detail in status.details
            for fault in faults_of(unpacked(detail.value, version=self._options.api_version))
        ]
        error = error_of(Faults(_BAD_REQUEST, faults))
        is_of_rows = isinstance(error, GoogleRefusedError) and error.kind is Kind.ROW
        if not is_of_rows or any(fault.row is None for fault in faults):
            raise error
        return {fault.row: code_of(fault.name) for fault in faults if fault.row is not None}

    def _run(self, job: _Job) -> None:
        """Run a job, unless an attempt that nobody answered has done so."""
        if job.is_run:
            return
        request = self._client.get_type("RunOfflineUserDataJobRequest")
        request.resource_name = job.name
        try:
            self._call(self._jobs.run_offline_user_data_job, request)
        except GoogleRefusedError as error:
            if error.kind is not Kind.EXISTS:
                raise
        job.is_run = True

    def _rows(self, query: str) -> list[Any]:
        """All rows that a query finds."""
        request = self._client.get_type("SearchGoogleAdsRequest")
        request.customer_id = self._options.account_id
        request.query = query
        return self._call(lambda **kw: list(self._search.search(**kw)), request)

    def _call(self, method: Callable[..., Answered], request: Any) -> Answered:
        """A call with a good token, a time limit and no retry but the core's."""
        self._access.ready()
        timeout = self._options.timeout_seconds
        return ads_explained(
            lambda: method(request=request, timeout=timeout, retry=None),
            version=self._options.api_version,
        )


def _developer_token(context: Context) -> str | None:
    """The developer token, where there is one: since September 2026 none is needed."""
    try:
        return context.secret("google_developer_token").reveal()
    except MissingSecretError:
        return None
