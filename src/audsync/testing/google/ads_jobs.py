"""Offline user data jobs: made, filled, run, and done when the clock says so."""

from dataclasses import dataclass, field
from typing import Any, Final

from audsync.testing.google.ads_call import AdsCall
from audsync.testing.google.ads_members import Reader
from audsync.testing.google.ads_wire import enum_name
from audsync.testing.google.lists import DAY, Change, Person, UserList
from audsync.testing.google.platform import Platform, Work
from audsync.testing.google.refusals import AdsError, Refused, ads

_MOST_IDENTIFIERS: Final = 100_000
_RECOMMENDED: Final = 10_000
_DAYS_TO_RUN: Final = 5
_JOB: Final = "offline_user_data_job_error"
_OPERATIONS: Final = "operations"


@dataclass(slots=True)
class Job:
    """One job, which adds to or removes from one list."""

    id: int
    account: str
    list_id: int
    external_id: int | None
    created: int
    tells_rate: bool
    consent: tuple[str, str]  # for user data and for personalisation, as the API calls them
    adds: list[Person] = field(default_factory=list, repr=False)
    removes: list[Person] = field(default_factory=list, repr=False)
    clears: bool = False
    operations: int = 0
    started: int | None = None
    work: Work | None = None

    @property
    def resource_name(self) -> str:
        """Its name in the API."""
        return f"customers/{self.account}/offlineUserDataJobs/{self.id}"


class Jobs:
    """All jobs of the platform, by their resource names."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.by_name: dict[str, Job] = {}
        self._external: dict[tuple[str, int], Job] = {}

    @property
    def unrun(self) -> list[Job]:
        """Jobs that were made and never run."""
        return [job for job in self.by_name.values() if job.started is None]

    def status(self, job: Job) -> str:
        """What the API calls its state at present."""
        self.platform.settle()
        if job.started is None or job.work is None:
            return "PENDING"
        if job.work.is_over:
            return "FAILED" if job.work.fails else "SUCCESS"
        waited = self.platform.clock.now - job.started
        return "PENDING" if waited < self.platform.quirks.pending_seconds else "RUNNING"

    def create(self, call: AdsCall, request: Any) -> Any:
        """`CreateOfflineUserDataJob`."""
        call.gate("create")
        wanted = request.job
        if enum_name(wanted, "type") != "CUSTOMER_MATCH_USER_LIST":
            raise ads("request_error", "INVALID_ENUM_VALUE", ("job", None), ("type", None))
        metadata = wanted.customer_match_user_list_metadata
        held = self._list_of(metadata.user_list, call.account.id)
        consent = (
            enum_name(metadata.consent, "ad_user_data"),
            enum_name(metadata.consent, "ad_personalization"),
        )
        if "DENIED" in consent:
            raise ads(_JOB, "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS")
        external_id = wanted.external_id if wanted.HasField("external_id") else None
        if external_id is not None and (call.account.id, external_id) in self._external:
            raise ads(
                _JOB,
                "EXTERNAL_UPDATE_ID_ALREADY_EXISTS",
                ("job", None),
                ("external_id", None),
            )
        job = Job(
            self.platform.number() + 50_000_000,
            call.account.id,
            held.id,
            external_id,
            self.platform.clock.now,
            request.enable_match_rate_range_preview,
            consent,
        )
        answer = call.answer()
        if not request.validate_only:
            self.by_name[job.resource_name] = job
            if external_id is not None:
                self._external[call.account.id, external_id] = job
            answer.resource_name = job.resource_name
        return answer

    def _list_of(self, name: str, account: str) -> UserList:
        prefix = f"customers/{account}/userLists/"
        number = name.removeprefix(prefix)
        held = self.platform.lists.get(int(number)) if number.isdigit() else None
        if held is None or held.account != account:
            raise ads(_JOB, "INVALID_USER_LIST_ID")
        if held.kind == "other":
            raise ads(_JOB, "INVALID_USER_LIST_TYPE")
        return held

    def _job(self, call: AdsCall, name: str) -> Job:
        job = self.by_name.get(name)
        if job is None or job.account != call.account.id:
            raise ads("request_error", "RESOURCE_NOT_FOUND", ("resource_name", None))
        return job

    def add(self, call: AdsCall, request: Any) -> Any:
        """`AddOfflineUserDataJobOperations`."""
        call.gate("add")
        job = self._job(call, request.resource_name)
        if job.started is not None:
            raise ads(_JOB, "JOB_ALREADY_STARTED")
        if not request.operations:
            raise ads("request_error", "OPERATION_REQUIRED", (_OPERATIONS, None))
        held = self.platform.lists.get(job.list_id)
        reader = Reader(self.platform, held.kind if held else "contact")
        filled = _Filling(job, reader)
        for index, operation in enumerate(request.operations):
            filled.take(operation, index)
        self.platform.identifiers_seen += reader.identifiers
        if reader.identifiers > _MOST_IDENTIFIERS:
            raise ads(_JOB, "TOO_MANY_USER_IDENTIFIERS", (_OPERATIONS, None))
        if reader.identifiers > _RECOMMENDED:
            self.platform.mistakes["more than 10,000 identifiers in a request"] += 1
        answer = call.answer()
        if reader.errors:
            if request.enable_partial_failure:
                answer.partial_failure_error.CopyFrom(call.partial_failure(reader.errors))
            elif request.enable_warnings and filled.may_be_warned_of:
                answer.warning.CopyFrom(call.partial_failure(reader.errors))
            else:
                raise Refused("INVALID_ARGUMENT", errors=reader.errors)
        if not request.validate_only:
            filled.keep()
        return answer

    def run(self, call: AdsCall, request: Any) -> Any:
        """`RunOfflineUserDataJob`."""
        from google.longrunning.operations_pb2 import Operation

        call.gate("run")
        job = self._job(call, request.resource_name)
        platform = self.platform
        if job.started is not None:
            raise ads(_JOB, "JOB_ALREADY_STARTED")
        if platform.clock.now - job.created > _DAYS_TO_RUN * DAY:
            raise ads("request_error", "RESOURCE_NOT_FOUND", ("resource_name", None))
        if platform.quirks.refuses_parallel_jobs and self._is_busy(job.list_id):
            raise ads("database_error", "CONCURRENT_MODIFICATION")
        if not request.validate_only:
            job.started = platform.clock.now
            seconds = platform.quirks.pending_seconds + platform.quirks.running_seconds
            change = Change(
                job.list_id,
                job.started,
                job.adds if self._is_processed(job) else (),
                job.removes,
                job.started if job.clears else None,
            )
            job.work = platform.schedule(seconds, [change])
        return Operation(name=f"customers/{job.account}/operations/{job.id}")

    def _is_processed(self, job: Job) -> bool:
        """Whether additions count: people of whose consent nothing is said are passed over."""
        is_granted = job.consent == ("GRANTED", "GRANTED")
        return is_granted or self.platform.quirks.takes_unsaid_consent

    def _is_busy(self, list_id: int) -> bool:
        return any(
            job.list_id == list_id and self.status(job) in ("PENDING", "RUNNING")
            for job in self.by_name.values()
            if job.started is not None
        )


class _Filling:
    """What one request adds to a job, before it is certain that it does."""

    def __init__(self, job: Job, reader: Reader) -> None:
        self._job = job
        self._reader = reader
        self._adds: list[Person] = []
        self._removes: list[Person] = []
        self._clears = False
        self._count = job.operations
        self.may_be_warned_of = True

    def take(self, operation: Any, index: int) -> None:
        """Read one operation; what is wrong with it goes to the reader's errors."""
        kind = operation.WhichOneof("operation")
        at = (_OPERATIONS, index)
        if kind == "create":
            into, others = self._adds, self._job.removes or self._removes
        elif kind == "remove":
            into, others = self._removes, self._job.adds or self._adds
        elif kind == "remove_all":
            if self._count:
                self._wrong(AdsError(_JOB, "INVALID_OPERATION_ORDER", (at,)))
            else:
                self._clears = True
                self._count += 1
            return
        else:
            self._wrong(AdsError("request_error", "OPERATION_REQUIRED", (at,)))
            return
        if others:
            self._wrong(AdsError(_JOB, "CONFLICTING_OPERATION", (at,)))
            return
        person = self._reader.person(getattr(operation, kind), (at, (kind, None)))
        if person is not None:
            into.append(person)
            self._count += 1

    def _wrong(self, error: AdsError) -> None:
        self._reader.errors.append(error)
        self.may_be_warned_of = False

    def keep(self) -> None:
        """Put it into the job."""
        self._job.adds += self._adds
        self._job.removes += self._removes
        self._job.clears |= self._clears
        self._job.operations = self._count
