"""Lists and calls that the fake Google Ads API refuses, as the official client tells it."""

from typing import Any

import grpc
import pytest
from google.ads.googleads.errors import GoogleAdsException
from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure
from google.api_core.exceptions import (
    GoogleAPICallError,
    InternalServerError,
    ResourceExhausted,
)
from google.oauth2.credentials import Credentials

from audsync.testing.google import ADS_SCOPE, CUSTOMER, DATA_MANAGER_SCOPE, FakeGoogle, faults
from fakes.google_clients import SECONDS, Ads, ads_error, ads_session, emails, job_of, names_of


@pytest.mark.parametrize(
    ("days", "error"), [(541, "TOO_HIGH"), (10_000, "TOO_HIGH"), (-1, "TOO_LOW")]
)
def test_a_span_that_no_list_may_have(ads: Ads, days: int, error: str) -> None:
    assert ads_error(lambda: ads.make_list(days=days)) == [("range_error", error)]
    assert ads_error(lambda: ads.make_list(" ")) == [("user_list_error", "INVALID_NAME")]


def test_a_list_without_a_kind_or_key_type(google: FakeGoogle, ads: Ads) -> None:
    bare = ads.client.get_type("UserListOperation")
    bare.create.name = "Buyers"
    keyless = ads.client.get_type("UserListOperation")
    keyless.create.name = "Buyers"
    keyless.create.crm_based_user_list.SetInParent()
    for operation, error in (
        (bare, ("user_list_error", "CONCRETE_TYPE_REQUIRED")),
        (keyless, ("field_error", "REQUIRED")),
        (ads.client.get_type("UserListOperation"), ("request_error", "OPERATION_REQUIRED")),
    ):
        assert _refused_mutation(ads, operation) == [error]
    google.platform.accounts[CUSTOMER].may_use_uploads = False
    assert ads_error(ads.make_list) == [
        ("user_list_error", "ADVERTISER_NOT_ON_ALLOWLIST_FOR_USING_UPLOADED_DATA")
    ]


def _refused_mutation(ads: Ads, *operations: Any) -> list[tuple[str, str]]:
    return ads_error(
        lambda: ads.lists.mutate_user_lists(
            customer_id=CUSTOMER, operations=operations, timeout=SECONDS
        )
    )


def _update(ads: Ads, target: str, /, *paths: str, **fields: Any) -> Any:
    operation = ads.client.get_type("UserListOperation")
    operation.update.resource_name = target
    for field, value in fields.items():
        setattr(operation.update, field, value)
    operation.update_mask.paths.extend(paths)
    return operation


def test_updates_that_are_refused(google: FakeGoogle, ads: Ads) -> None:
    name, other = ads.make_list(), ads.make_list("Others")
    unknown = f"customers/{CUSTOMER}/userLists/1"
    for operation, error in (
        (_update(ads, name), ("field_mask_error", "FIELD_MASK_MISSING")),
        (
            _update(ads, name, "crm_based_user_list.upload_key_type"),
            ("field_error", "IMMUTABLE_FIELD"),
        ),
        (
            _update(ads, other, "name", name="Buyers"),
            ("user_list_error", "NAME_ALREADY_USED"),
        ),
        (
            _update(ads, name, "membership_life_span", membership_life_span=541),
            ("range_error", "TOO_HIGH"),
        ),
        (
            _update(ads, unknown, "name", name="New"),
            ("request_error", "RESOURCE_NOT_FOUND"),
        ),
    ):
        assert _refused_mutation(ads, operation) == [error]
    google.list(name).is_owned = False
    google.list(other).is_read_only = True
    for target, wrong in (
        (name, "OWNERSHIP_REQUIRED_FOR_SET"),
        (other, "USER_LIST_MUTATE_NOT_SUPPORTED"),
    ):
        operation = _update(ads, target, "description", description="New")
        assert _refused_mutation(ads, operation) == [("user_list_error", wrong)]


def test_some_of_several_lists_are_made_where_partial_failure_is_asked_for(
    google: FakeGoogle, ads: Ads
) -> None:
    request = ads.client.get_type("MutateUserListsRequest")
    request.customer_id, request.partial_failure = CUSTOMER, True
    request.operations.extend([ads.list_operation("One"), ads.list_operation("Two", days=999)])
    answer = ads.lists.mutate_user_lists(request=request, timeout=SECONDS)
    failure = GoogleAdsFailure.deserialize(answer.partial_failure_error.details[0].value)
    assert names_of(failure) == [("range_error", "TOO_HIGH")]
    assert [bool(one.resource_name) for one in answer.results] == [True, False]
    assert [one.name for one in google.platform.lists.values()] == ["One"]


def test_an_account_without_its_political_declaration(google: FakeGoogle, ads: Ads) -> None:
    google.platform.accounts[CUSTOMER].has_political_declaration = False
    error = ("mutate_error", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED")
    assert ads_error(ads.make_list) == [error]


@pytest.mark.parametrize("login", ["123", "12-345-6789"])
def test_a_manager_whose_id_is_none(google: FakeGoogle, ads: Ads, login: str) -> None:
    with ads_session(google) as session:
        call = session.lists.mutate_user_lists
        metadata = [("login-customer-id", login)]
        operations = [ads.list_operation("Buyers")]
        assert ads_error(
            lambda: call(customer_id=CUSTOMER, operations=operations, metadata=metadata)
        ) == [("header_error", "INVALID_LOGIN_CUSTOMER_ID")]


@pytest.mark.parametrize(
    ("customer", "error"),
    [
        ("1111111111", ("authentication_error", "CUSTOMER_NOT_FOUND")),
        ("123", ("request_error", "INVALID_CUSTOMER_ID")),
    ],
)
def test_an_account_that_is_not_there(
    google: FakeGoogle, customer: str, error: tuple[str, str]
) -> None:
    with ads_session(google, customer=customer) as ads:
        assert ads_error(ads.make_list) == [error]


def test_tokens_that_are_dead_or_for_something_else(google: FakeGoogle) -> None:
    access = google.platform.access
    wrong = access.give(frozenset({DATA_MANAGER_SCOPE}))
    dead = access.give(frozenset({ADS_SCOPE}))
    del access.tokens[dead]
    for token in (wrong, dead):
        credentials = Credentials(token)
        with ads_session(google, credentials=credentials) as ads:
            with pytest.raises(GoogleAdsException) as caught:
                ads.make_list()
            assert caught.value.error.code() is grpc.StatusCode.UNAUTHENTICATED
            assert names_of(caught.value.failure) == [
                ("authentication_error", "OAUTH_TOKEN_INVALID")
            ]


def test_a_version_that_is_gone(google: FakeGoogle, ads: Ads) -> None:
    google.platform.quirks.sunset_versions = {"v26"}
    assert ads_error(ads.make_list) == [("request_error", "UNSUPPORTED_VERSION")]


def test_page_size_is_not_an_option(ads: Ads) -> None:
    request = ads.client.get_type("SearchGoogleAdsRequest")
    request.customer_id, request.query = CUSTOMER, "SELECT user_list.id FROM user_list"
    request.page_size = 10
    assert ads_error(lambda: ads.search.search(request=request)) == [
        ("request_error", "PAGE_SIZE_NOT_SUPPORTED")
    ]
    request.page_size, request.page_token = 0, "none"
    assert ads_error(lambda: ads.search.search(request=request)) == [
        ("request_error", "INVALID_PAGE_TOKEN")
    ]


def _packed(error: GoogleAPICallError) -> Any:
    key = "google.ads.googleads.v26.errors.googleadsfailure-bin"
    metadata = dict(error.response.trailing_metadata())
    return GoogleAdsFailure.deserialize(metadata[key])


def test_the_quota_of_a_day_is_told_in_the_trailing_metadata_only(
    google: FakeGoogle, ads: Ads
) -> None:
    google.platform.quirks.daily_operations = 2
    job = job_of(ads)
    with pytest.raises(ResourceExhausted) as caught:
        ads.add(ads.operations(job, emails(1)))
    failure = _packed(caught.value)
    assert names_of(failure) == [("quota_error", "RESOURCE_EXHAUSTED")]
    details = failure.errors[0].details.quota_error_details
    assert details.rate_scope.name == "DEVELOPER"
    assert details.retry_delay.total_seconds() == 15 * 3600  # it is nine in the morning
    google.platform.clock.advance(hours=15)
    ads.add(ads.operations(job, emails(1)))


def test_throttling_and_an_internal_error_are_told_there_too(
    google: FakeGoogle, ads: Ads
) -> None:
    google.faults.plan(faults.exhausted(7))
    google.faults.plan(faults.internal())
    with pytest.raises(ResourceExhausted) as throttled:
        ads.make_list()
    failure = _packed(throttled.value)
    assert names_of(failure) == [("quota_error", "RESOURCE_TEMPORARILY_EXHAUSTED")]
    assert failure.errors[0].details.quota_error_details.retry_delay.total_seconds() == 7
    with pytest.raises(InternalServerError) as internal:
        ads.make_list()
    assert names_of(_packed(internal.value)) == [("internal_error", "INTERNAL_ERROR")]
    assert ads.make_list()  # once, and then no more


def test_a_method_that_the_fake_has_not(ads: Ads) -> None:
    service = ads.client.get_service("UserDataService")
    request = ads.client.get_type("UploadUserDataRequest")
    request.customer_id = CUSTOMER
    with pytest.raises(GoogleAPICallError) as caught:
        service.upload_user_data(request=request, timeout=SECONDS)
    assert caught.value.grpc_status_code is grpc.StatusCode.UNIMPLEMENTED
    service.transport.close()
