"""The faults of the fake Google, seen by the official clients over each wire."""

import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
import requests
from google.ads.googleads.errors import GoogleAdsException
from google.api_core.exceptions import (
    GoogleAPICallError,
    InternalServerError,
    ResourceExhausted,
    ServiceUnavailable,
)

from audsync.testing.google import CUSTOMER, FakeGoogle, faults
from audsync.testing.google.faults import Fault
from fakes.google_clients import (
    Ads,
    DataManager,
    ads_error,
    data_manager_session,
    destination,
    emails,
    held,
    ingestion,
    member,
)

INGEST = "*/IngestAudienceMembers"


@pytest.fixture(params=["grpc", "rest"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def list_id(google: FakeGoogle) -> int:
    return google.platform.add_list(CUSTOMER, "Buyers").id


def one_member(list_id: int) -> Any:
    return ingestion(destination(list_id), members=[member(emails(1)[0])])


@pytest.mark.parametrize(
    ("fault", "code", "reason"),
    [
        (faults.unavailable(), 503, None),
        (faults.internal(), 500, "INTERNAL_ERROR"),
        (faults.exhausted(), 429, "RESOURCE_EXHAUSTED"),
        (faults.http_error(400), 400, "INVALID_ARGUMENT"),
        (faults.http_error(403), 403, "PERMISSION_DENIED"),
        (faults.http_error(404), 404, "NOT_FOUND"),
        (faults.http_error(504), 504, None),
        (faults.bare("ABORTED"), 409, None),
        (
            faults.data_manager_error("FIELD_VALUE_TOO_LONG", "encoding"),
            400,
            "FIELD_VALUE_TOO_LONG",
        ),
    ],
)
def test_refusals_of_data_manager_change_nothing_and_pass(
    google: FakeGoogle,
    session: DataManager,
    list_id: int,
    fault: Fault,
    code: int,
    reason: str | None,
) -> None:
    google.faults.plan(fault, endpoint=INGEST)
    with pytest.raises(GoogleAPICallError) as caught:
        session.ingest(one_member(list_id))
    assert (caught.value.code, caught.value.reason) == (code, reason)
    assert google.platform.unsettled == 0
    session.ingest(one_member(list_id))
    assert google.platform.unsettled == 1


@pytest.mark.parametrize(
    ("fault", "is_in"),
    [
        (faults.lost_before(), False),
        (faults.lost_after(), True),
        (faults.after_commit(faults.unavailable()), True),
    ],
)
def test_a_lost_answer_of_data_manager(
    google: FakeGoogle, session: DataManager, list_id: int, fault: Fault, *, is_in: bool
) -> None:
    google.faults.plan(fault, endpoint=INGEST)
    with pytest.raises((GoogleAPICallError, requests.ConnectionError)):
        session.ingest(one_member(list_id))
    assert google.seen[-1].code == ("LOST" if fault.is_lost else "UNAVAILABLE")
    google.platform.clock.advance(hours=1)
    assert bool(google.members(list_id)) is is_in


@pytest.mark.parametrize("fault", [faults.cut_off(), faults.html_page()])
def test_what_only_http_can_do(google: FakeGoogle, list_id: int, fault: Fault) -> None:
    google.faults.plan(fault, endpoint=INGEST)
    with (
        data_manager_session(google, "rest") as session,
        pytest.raises((GoogleAPICallError, requests.RequestException)),
    ):
        session.ingest(one_member(list_id))
    assert google.platform.unsettled == int(fault.is_carried_out)


def test_a_duplicate_is_two_requests(
    google: FakeGoogle, session: DataManager, list_id: int
) -> None:
    google.faults.plan(faults.duplicated(), endpoint=INGEST)
    session.ingest(one_member(list_id))
    assert len(google.requests.by_id) == 2
    google.platform.clock.advance(hours=1)
    assert google.members(list_id) == held(emails(1))


def test_a_duplicate_of_what_can_be_done_only_once(google: FakeGoogle, ads: Ads) -> None:
    google.faults.plan(faults.duplicated(), endpoint="*/MutateUserLists")
    name = ads.make_list()
    assert google.list(name).name == "Buyers"
    assert len(google.audiences()) == 1
    google.faults.plan(faults.duplicated(), endpoint="*/CreateOfflineUserDataJob", times=2)
    ads.make_job(name, external_id=7)
    assert len(google.jobs.by_name) == 1
    ads.make_job(name)
    assert len(google.jobs.by_name) == 3  # without an id of its own a job is made twice
    assert len(google.jobs.unrun) == 3


def test_a_slow_answer_and_an_event(
    google: FakeGoogle, session: DataManager, list_id: int
) -> None:
    google.faults.plan(faults.slow(0.05), endpoint=INGEST)
    google.faults.plan(faults.event(google.platform.lists.clear), endpoint=INGEST)
    began = time.monotonic()
    with pytest.raises(GoogleAPICallError) as caught:
        session.ingest(one_member(list_id))
    assert time.monotonic() - began >= 0.05
    assert caught.value.reason == "INVALID_USER_LIST_ID"


Raised = type[BaseException]


@pytest.mark.parametrize(
    ("fault", "raised", "code"),
    [
        (faults.unavailable(), ServiceUnavailable, grpc.StatusCode.UNAVAILABLE),
        (faults.internal(), InternalServerError, grpc.StatusCode.INTERNAL),
        (faults.exhausted(), ResourceExhausted, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (faults.lost_before(), ServiceUnavailable, grpc.StatusCode.UNAVAILABLE),
    ],
)
def test_what_the_google_ads_client_raises_as_another_class(
    google: FakeGoogle, ads: Ads, fault: Fault, raised: Raised, code: grpc.StatusCode
) -> None:
    google.faults.plan(fault)
    with pytest.raises(raised) as caught:
        ads.make_list()
    assert isinstance(caught.value, GoogleAPICallError)
    assert caught.value.grpc_status_code is code
    assert google.audiences() == set()
    ads.make_list()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.http_error(400), ("request_error", "REQUIRED_FIELD_MISSING")),
        (faults.http_error(401), ("authentication_error", "OAUTH_TOKEN_INVALID")),
        (faults.http_error(403), ("authorization_error", "USER_PERMISSION_DENIED")),
        (faults.concurrent_modification(), ("database_error", "CONCURRENT_MODIFICATION")),
        (
            faults.ads_error("size_limit_error", "REQUEST_SIZE_LIMIT_EXCEEDED"),
            ("size_limit_error", "REQUEST_SIZE_LIMIT_EXCEEDED"),
        ),
        (
            faults.ads_error("internal_error", "TRANSIENT_ERROR", code="UNAVAILABLE"),
            ("internal_error", "TRANSIENT_ERROR"),
        ),
    ],
)
def test_typed_refusals_of_the_google_ads_api(
    google: FakeGoogle, ads: Ads, fault: Fault, error: tuple[str, str]
) -> None:
    google.faults.plan(fault)
    assert ads_error(ads.make_list) == [error]
    assert google.audiences() == set()


def test_an_answer_that_is_lost_after_the_job_was_run(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    job = ads.make_job(name)
    ads.add(ads.operations(job, emails(2)))
    google.faults.plan(faults.lost_after(), endpoint="*/RunOfflineUserDataJob")
    with pytest.raises(ServiceUnavailable):
        ads.run(job)
    assert ads_error(lambda: ads.run(job)) == [
        ("offline_user_data_job_error", "JOB_ALREADY_STARTED")
    ]
    google.platform.clock.advance(hours=7)
    assert google.members(name) == held(emails(2))


@pytest.mark.usefixtures("google_authority")
def test_a_mistake_in_an_event_fails_the_test_over_grpc_too() -> None:
    def mistake() -> None:
        raise LookupError("of the test")

    def asked() -> None:
        with FakeGoogle() as fake, data_manager_session(fake) as session:
            fake.faults.plan(faults.event(mistake))
            with pytest.raises(GoogleAPICallError):
                session.make_list()

    with pytest.raises(LookupError, match="of the test"):
        asked()


def test_every_refusal_tells_its_request_id(google: FakeGoogle, ads: Ads) -> None:
    google.faults.plan(faults.http_error(403))
    with pytest.raises(GoogleAdsException) as caught:
        ads.make_list()
    assert caught.value.request_id.startswith("fake-")
    assert caught.value.failure.request_id == caught.value.request_id


def test_the_switches_of_a_contract_kit(
    google: FakeGoogle, session: DataManager, list_id: int
) -> None:
    def code(call: Callable[[], object]) -> int | None:
        try:
            call()
        except GoogleAPICallError as error:
            return int(error.code or 0)
        except requests.ConnectionError:
            return 503
        return None

    google.fail_next(429, retry_after=7)
    assert code(lambda: session.ingest(one_member(list_id))) == 429
    google.lose_next_reply(after=1)
    assert code(lambda: session.ingest(one_member(list_id))) is None
    assert code(lambda: session.ingest(one_member(list_id))) == 503
    google.fail_next(500)
    google.recover()
    assert code(lambda: session.ingest(one_member(list_id))) is None
    assert google.platform.unsettled == 3
    assert google.audiences() == {str(list_id)}
