"""Google's own clients, pointed at a fake, and what tests send with them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest
from google.ads import datamanager_v1 as dm
from google.ads.googleads.client import GoogleAdsClient
from google.ads.googleads.errors import GoogleAdsException
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError
from google.oauth2.credentials import Credentials

from audsync.testing.google import CUSTOMER, TOKEN, FakeGoogle

SECONDS = 60  # a machine may stand still for a while; who waits longer has no answer
ACCOUNT_TYPE = 1
CONTACT_ID = 1
PARENT = f"accountTypes/GOOGLE_ADS/accounts/{CUSTOMER}"


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def emails(count: int, start: int = 0) -> list[str]:
    return [hashed(f"person{number}@example.com") for number in range(start, start + count)]


def held(digests: Iterable[str], kind: str = "email") -> frozenset[tuple[str, ...]]:
    return frozenset((kind, digest) for digest in digests)


class Ads:
    """A session of the Google Ads API, with plain protobuf messages."""

    def __init__(
        self,
        fake: FakeGoogle,
        *,
        version: str = "v26",
        credentials: Any = None,
        customer: str = CUSTOMER,
        **more: Any,
    ) -> None:
        self.client = GoogleAdsClient(
            credentials=credentials or Credentials(TOKEN),
            endpoint=fake.grpc_endpoint,
            use_proto_plus=False,
            version=version,
            **more,
        )
        self.customer = customer
        self.lists = self.client.get_service("UserListService")
        self.jobs = self.client.get_service("OfflineUserDataJobService")
        self.search = self.client.get_service("GoogleAdsService")

    def close(self) -> None:
        for service in (self.lists, self.jobs, self.search):
            service.transport.close()

    def list_operation(self, name: str, *, days: int | None = None) -> Any:
        operation = self.client.get_type("UserListOperation")
        operation.create.name = name
        operation.create.crm_based_user_list.upload_key_type = (
            self.client.enums.CustomerMatchUploadKeyTypeEnum.CONTACT_INFO
        )
        if days is not None:
            operation.create.membership_life_span = days
        return operation

    def make_list(self, name: str = "Buyers", *, days: int | None = None) -> str:
        answer = self.lists.mutate_user_lists(
            customer_id=self.customer,
            operations=[self.list_operation(name, days=days)],
            timeout=SECONDS,
        )
        return str(answer.results[0].resource_name)

    def job_request(self, list_name: str, *, external_id: int | None = None) -> Any:
        request = self.client.get_type("CreateOfflineUserDataJobRequest")
        request.customer_id = self.customer
        request.job.type_ = (
            self.client.enums.OfflineUserDataJobTypeEnum.CUSTOMER_MATCH_USER_LIST
        )
        metadata = request.job.customer_match_user_list_metadata
        metadata.user_list = list_name
        granted = self.client.enums.ConsentStatusEnum.GRANTED
        metadata.consent.ad_user_data = metadata.consent.ad_personalization = granted
        if external_id is not None:
            request.job.external_id = external_id
        return request

    def make_job(self, list_name: str, **more: Any) -> str:
        request = self.job_request(list_name, **more)
        answer = self.jobs.create_offline_user_data_job(request=request, timeout=SECONDS)
        return str(answer.resource_name)

    def operations(self, job: str, digests: Iterable[str] = (), *, kind: str = "create") -> Any:
        request = self.client.get_type("AddOfflineUserDataJobOperationsRequest")
        request.resource_name = job
        for digest in digests:
            getattr(request.operations.add(), kind).user_identifiers.add().hashed_email = digest
        return request

    def add(self, request: Any) -> Any:
        return self.jobs.add_offline_user_data_job_operations(request=request, timeout=SECONDS)

    def run(self, job: str) -> None:
        self.jobs.run_offline_user_data_job(resource_name=job, timeout=SECONDS)

    def rows(self, query: str) -> list[Any]:
        return list(self.search.search(customer_id=self.customer, query=query, timeout=SECONDS))

    def status(self, job: str) -> str:
        rows = self.rows(
            "SELECT offline_user_data_job.status FROM offline_user_data_job "
            f"WHERE offline_user_data_job.resource_name = '{job}'"
        )
        enum = self.client.enums.OfflineUserDataJobStatusEnum
        return str(enum.OfflineUserDataJobStatus.Name(rows[0].offline_user_data_job.status))

    def upload(self, list_name: str, digests: Iterable[str], *, kind: str = "create") -> str:
        job = self.make_job(list_name)
        self.add(self.operations(job, digests, kind=kind))
        self.run(job)
        return job


@contextmanager
def ads_session(fake: FakeGoogle, **more: Any) -> Iterator[Ads]:
    session = Ads(fake, **more)
    try:
        yield session
    finally:
        session.close()


def ads_error(call: Callable[[], object]) -> list[tuple[str, str]]:
    """The field and name of each error that a call ends with."""
    try:
        call()
    except GoogleAdsException as error:
        return names_of(error.failure)
    raise AssertionError("it was carried out")


def names_of(failure: Any) -> list[tuple[str, str]]:
    failure = type(failure).pb(failure) if hasattr(type(failure), "pb") else failure
    found = []
    for one in failure.errors:
        field = one.error_code.WhichOneof("error_code")
        enum = one.error_code.DESCRIPTOR.fields_by_name[field].enum_type
        found.append((field, enum.values_by_number[getattr(one.error_code, field)].name))
    return found


class DataManager:
    """A session of Data Manager over one of its transports."""

    def __init__(
        self, fake: FakeGoogle, transport: str = "grpc", *, credentials: Any = None
    ) -> None:
        endpoint = fake.grpc_endpoint if transport == "grpc" else fake.url
        settings: dict[str, Any] = {
            "credentials": credentials or Credentials(TOKEN),
            "transport": transport,
            "client_options": ClientOptions(api_endpoint=endpoint),
        }
        self.ingestion = dm.IngestionServiceClient(**settings)
        self.lists = dm.UserListServiceClient(**settings)

    def close(self) -> None:
        for client in (self.ingestion, self.lists):
            client.transport.close()  # type: ignore[no-untyped-call]  # of a union of two

    def make_list(self, name: str = "Buyers", *, parent: str = PARENT) -> Any:
        return self.lists.create_user_list(
            parent=parent, user_list=user_list(name), timeout=SECONDS
        )

    def call(self, name: str, request: Any) -> Any:
        return getattr(self.ingestion, name)(request=request, retry=None, timeout=SECONDS)

    def ingest(self, request: Any) -> str:
        return str(self.call("ingest_audience_members", request).request_id)

    def remove(self, request: Any) -> str:
        return str(self.call("remove_audience_members", request).request_id)

    def remove_all(self, request: Any) -> str:
        return str(self.call("remove_all_audience_members", request).request_id)

    def statuses(self, request_id: str) -> list[Any]:
        request = dm.RetrieveRequestStatusRequest(request_id=request_id)
        answer = self.call("retrieve_request_status", request)
        return list(answer.request_status_per_destination)


@contextmanager
def data_manager_session(
    fake: FakeGoogle, transport: str = "grpc", **more: Any
) -> Iterator[DataManager]:
    session = DataManager(fake, transport, **more)
    try:
        yield session
    finally:
        session.close()


def user_list(name: str, *, days: int | None = None) -> Any:
    made = dm.UserList(display_name=name, description="Of a test")
    info = dm.IngestedUserListInfo.pb(made.ingested_user_list_info)
    info.upload_key_types.append(CONTACT_ID)
    if days is not None:
        dm.UserList.pb(made).membership_duration.seconds = days * 86_400
    return made


def destination(
    list_id: int | str,
    *,
    reference: str = "",
    account: str = CUSTOMER,
    account_type: int = ACCOUNT_TYPE,
) -> Any:
    return dm.Destination(
        operating_account=dm.ProductAccount(account_type=account_type, account_id=account),
        product_destination_id=str(list_id),
        reference=reference,
    )


def member(*digests: str, references: Iterable[str] = ()) -> Any:
    identifiers = [dm.UserIdentifier(email_address=digest) for digest in digests]
    return dm.AudienceMember(
        composite_data=dm.CompositeData(user_data=dm.UserData(user_identifiers=identifiers)),
        destination_references=list(references),
    )


def ingestion(*destinations: Any, members: Iterable[Any], **more: Any) -> Any:
    granted = dm.ConsentStatus.CONSENT_GRANTED
    told: dict[str, Any] = {
        "consent": dm.Consent(ad_user_data=granted, ad_personalization=granted),
        "encoding": dm.Encoding.HEX,
        "terms_of_service": dm.TermsOfService(
            customer_match_terms_of_service_status=dm.TermsOfServiceStatus.ACCEPTED
        ),
    }
    return dm.IngestAudienceMembersRequest(
        destinations=destinations, audience_members=list(members), **{**told, **more}
    )


def removal(*destinations: Any, members: Iterable[Any], **more: Any) -> Any:
    return dm.RemoveAudienceMembersRequest(
        destinations=destinations,
        audience_members=list(members),
        **{"encoding": dm.Encoding.HEX, **more},
    )


def pass_time(google: FakeGoogle, **span: int) -> None:
    google.platform.clock.advance(**span)


def job_of(ads: Ads) -> str:
    """A job of a new list."""
    return ads.make_job(ads.make_list())


def refusal(call: Callable[[], object]) -> tuple[int | None, str, list[str]]:
    """HTTP status, reason and fields of what a call of the Data Manager ends with."""
    with pytest.raises(GoogleAPICallError) as caught:
        call()
    error = caught.value
    return error.code, error.reason, fields_of(error)


def fields_of(error: GoogleAPICallError) -> list[str]:
    found = []
    for detail in error.details:
        if isinstance(detail, dict):
            found += [one["field"] for one in detail.get("fieldViolations", ())]
        elif hasattr(detail, "field_violations"):
            found += [one.field for one in detail.field_violations]
    return found
