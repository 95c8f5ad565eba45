"""Each error of Google's clients is known for what it is, and tells nobody's digest."""

import importlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from google.ads import datamanager_v1 as dm
from google.api import error_reason_pb2
from google.api_core import exceptions
from google.auth import exceptions as login_exceptions

from audsync.errors import CredentialError, RejectedError, TransientError
from audsync.testing.error_texts import texts_of
from audsync_sink_google.error_page import errors_page
from audsync_sink_google.error_table import FAMILIES, STATUSES, VALUES, meaning
from audsync_sink_google.errors import (
    Fault,
    Faults,
    GoogleRefusedError,
    error_of,
    explained,
)
from audsync_sink_google.meanings import OTHER, SWITCH, Kind

# Typed, the clients' exceptions are not.
CORE: Any = exceptions
LOGIN: Any = login_exceptions
DIGEST = "5b504d774ed0d51c7e5b9f3f95bc06ebef5b8cc4116bfdbc31dd8dd59e247349"
CLASSES = {
    Kind.RETRIED: TransientError,
    Kind.QUOTA: TransientError,
    Kind.LOGIN: CredentialError,
    **dict.fromkeys(
        (Kind.SPLIT, Kind.ROW, Kind.EXISTS, Kind.MISSING, Kind.PERSON, Kind.FATAL),
        GoogleRefusedError,
    ),
}
# google.md, 3.8 and 5.7: the class of each error that is named there.
EXPECTED = {
    Kind.RETRIED: "internal_error.INTERNAL_ERROR internal_error.TRANSIENT_ERROR "
    "internal_error.DEADLINE_EXCEEDED database_error.CONCURRENT_MODIFICATION "
    "reason.INTERNAL_ERROR reason.DEADLINE_EXCEEDED",
    Kind.QUOTA: "quota_error.RESOURCE_EXHAUSTED quota_error.RESOURCE_TEMPORARILY_EXHAUSTED "
    "reason.RESOURCE_EXHAUSTED reason.RATE_LIMIT_EXCEEDED reason.RESOURCE_QUOTA_EXCEEDED",
    Kind.SPLIT: "database_error.REQUEST_TOO_LARGE size_limit_error.REQUEST_SIZE_LIMIT_EXCEEDED "
    "offline_user_data_job_error.TOO_MANY_USER_IDENTIFIERS reason.TOO_MANY_AUDIENCE_MEMBERS "
    "reason.TOO_MANY_USER_IDENTIFIERS reason.TOO_MANY_DESTINATIONS reason.TOO_MANY_ELEMENTS",
    Kind.ROW: "offline_user_data_job_error.MISSING_USER_IDENTIFIER "
    "offline_user_data_job_error.INVALID_ENCODING "
    "offline_user_data_job_error.INVALID_COUNTRY_CODE "
    "offline_user_data_job_error.INVALID_SHA256_FORMAT reason.INVALID_HEX_ENCODING "
    "reason.INVALID_SHA256_FORMAT reason.INVALID_POSTAL_CODE reason.INVALID_REGION_CODE "
    "reason.INVALID_AUDIENCE_MEMBER reason.REQUIRED_FIELD_MISSING reason.INVALID_FORMAT",
    Kind.EXISTS: "offline_user_data_job_error.EXTERNAL_UPDATE_ID_ALREADY_EXISTS "
    "user_list_error.NAME_ALREADY_USED user_list_error.INVALID_NAME "
    "reason.DISPLAY_NAME_ALREADY_USED reason.ALREADY_EXISTS",
    Kind.MISSING: "offline_user_data_job_error.INVALID_USER_LIST_ID "
    "reason.INVALID_USER_LIST_ID",
    Kind.LOGIN: "authentication_error.OAUTH_TOKEN_INVALID "
    "authentication_error.OAUTH_TOKEN_EXPIRED authentication_error.OAUTH_TOKEN_REVOKED "
    "authentication_error.TWO_STEP_VERIFICATION_NOT_ENROLLED reason.ACCESS_TOKEN_EXPIRED "
    "reason.ACCESS_TOKEN_SCOPE_INSUFFICIENT reason.CREDENTIALS_MISSING",
    Kind.PERSON: "not_allowlisted_error.CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE "
    "offline_user_data_job_error.CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS "
    "offline_user_data_job_error.INVALID_USER_LIST_TYPE authorization_error.MISSING_TOS "
    "authorization_error.USER_PERMISSION_DENIED authorization_error.ACTION_NOT_PERMITTED "
    "authorization_error.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION "
    "authentication_error.NOT_ADS_USER authentication_error.CUSTOMER_NOT_FOUND "
    "header_error.INVALID_LOGIN_CUSTOMER_ID range_error.TOO_HIGH "
    "user_data_error.OPERATIONS_FOR_CUSTOMER_MATCH_NOT_ALLOWED "
    "mutate_error.EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED "
    "request_error.UNSUPPORTED_VERSION reason.PERMISSION_DENIED reason.NOT_ALLOWLISTED "
    "reason.TERMS_AND_CONDITIONS_NOT_SIGNED reason.INVALID_DESTINATION "
    "reason.EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED reason.MISMATCHED_ACCOUNT_TYPE "
    "reason.MEMBERSHIP_DURATION_TOO_LONG reason.SENSITIVE_USER_LIST_IMMUTABLE "
    "reason.SERVICE_DISABLED reason.USER_PROJECT_DENIED reason.BILLING_DISABLED "
    "reason.ORG_RESTRICTION_VIOLATION",
    Kind.FATAL: "offline_user_data_job_error.CONFLICTING_OPERATION "
    "offline_user_data_job_error.INVALID_OPERATION_ORDER field_error.REQUIRED "
    "offline_user_data_job_error.OPERATION_LEVEL_CONSENT_PROVIDED "
    "request_error.BAD_RESOURCE_ID "
    "reason.MULTIPLE_DATA_TYPES_NOT_ALLOWED reason.DUPLICATE_DESTINATION_REFERENCE "
    "reason.INVALID_REQUEST_ID reason.REQUEST_TOO_OLD",
}
# What the sink calls at the Google Ads API.
CALLS = {
    "offline_user_data_job_service": (
        "create_offline_user_data_job",
        "add_offline_user_data_job_operations",
        "run_offline_user_data_job",
    ),
    "google_ads_service": ("search",),
    "user_list_service": ("mutate_user_lists",),
}
# Each version that `api_version` may name: 0.8 s to load.
VERSIONS = pytest.mark.parametrize(
    "version",
    ["v26", *(pytest.param(one, marks=pytest.mark.slow) for one in ("v23", "v24", "v25"))],
)
NAMED = [(kind, name) for kind, names in EXPECTED.items() for name in names.split()]


def ads_names(version: str) -> set[str]:
    types: Any = importlib.import_module(f"google.ads.googleads.{version}.errors.types.errors")
    fields = types.ErrorCode.pb(types.ErrorCode()).DESCRIPTOR.fields
    return {
        f"{field.name}.{value.name}" for field in fields for value in field.enum_type.values
    }


def reasons() -> set[str]:
    """Those of the Data Manager API, and of the gate before it and the Google Ads API."""
    every: Any = dm.ErrorReason
    names = {one.name for one in every} | set(error_reason_pb2.ErrorReason.keys())
    return {f"reason.{name}" for name in names}


def test_every_reason_has_its_own_row() -> None:
    assert reasons() - set(VALUES) == set()


def documented_families(version: str) -> set[str]:
    """The fields of the errors that Google's client says each call of the sink may end with."""
    found = set()
    for service, methods in CALLS.items():
        place = f"google.ads.googleads.{version}.services.services.{service}"
        client = getattr(
            importlib.import_module(place), f"{service.title().replace('_', '')}Client"
        )
        for method in methods:
            found |= set(re.findall(r"`(\w+Error)\b", getattr(client, method).__doc__))
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in found}


@VERSIONS
def test_every_value_of_the_google_ads_api_has_a_meaning(version: str) -> None:
    names = ads_names(version)
    assert len(names) > 2000
    for name in names:
        found = meaning(name)
        assert (found is OTHER) == (
            name not in VALUES and name.partition(".")[0] not in FAMILIES
        )


@VERSIONS
def test_every_family_of_a_call_that_is_made_has_a_meaning(version: str) -> None:
    fields = documented_families(version)
    assert len(fields) > 20
    assert fields - set(FAMILIES) == {
        *("change_event_error", "change_status_error", "click_view_error")
    }, "of queries that are not made"


def test_the_table_names_nothing_that_there_is_not() -> None:
    known = ads_names("v26") | reasons()
    assert set(VALUES) - known == set()
    assert set(FAMILIES) <= {name.partition(".")[0] for name in known}


@pytest.mark.parametrize(("kind", "name"), NAMED)
def test_an_error_is_of_its_class_and_says_what_to_do(kind: Kind, name: str) -> None:
    assert meaning(name).kind is kind
    found = error_of(Faults(400, [Fault(name)], request_id="abc-123"))
    assert type(found) is CLASSES[kind]
    assert name.removeprefix("reason.") in str(found)
    assert "request id abc-123" in str(found)
    if kind in (Kind.PERSON, Kind.LOGIN):
        assert meaning(name).remedy in str(found)
    if isinstance(found, RejectedError) and kind is Kind.PERSON:
        assert found.remedy


def test_an_account_that_may_not_upload_is_told_how_to_switch() -> None:
    assert 'api = "data_manager"' in SWITCH.remedy
    assert "ids stay the same" in SWITCH.remedy
    assert "audsync secrets login google" in SWITCH.remedy


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, TransientError), (503, TransientError), (401, CredentialError)]
    + [(code, RejectedError) for code in (400, 403, 418)],
)
def test_a_reason_that_is_new_is_taken_by_its_status_and_named(
    status: int, error: type[Exception]
) -> None:
    found = error_of(Faults(status, [Fault("reason.MADE_UP_LATER")]))
    assert isinstance(found, error)
    assert "MADE_UP_LATER" in str(found)


def test_a_project_without_the_api_is_told_where_to_enable_it() -> None:
    found = error_of(Faults(403, [Fault("reason.SERVICE_DISABLED")]))
    assert "the API is not enabled" in str(found)
    assert "apis/library/datamanager.googleapis.com" in str(found)


def test_what_stops_everything_is_told_before_rows() -> None:
    faults = [
        Fault("reason.INVALID_HEX_ENCODING", row=3),
        Fault("reason.TERMS_AND_CONDITIONS_NOT_SIGNED"),
    ]
    found = error_of(Faults(400, faults))
    assert isinstance(found, GoogleRefusedError)
    assert found.kind is Kind.PERSON


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, CredentialError), (403, RejectedError), (429, TransientError)]
    + [(code, TransientError) for code in (409, 499, 500, 503, 504, 599)]
    + [(400, RejectedError), (418, RejectedError)],
)
def test_a_status_alone_is_of_its_class(status: int, error: type[Exception]) -> None:
    assert isinstance(error_of(Faults(status)), error)
    assert status in STATUSES or status in (418, 599)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (Faults(429, [Fault("reason.RESOURCE_EXHAUSTED")], retry_seconds=7), 7),
        (Faults(429, [Fault("quota_error.RESOURCE_EXHAUSTED", retry_seconds=30)]), 30),
        (Faults(429, quota="IngestionMutateRequestsPerMinutePerProject"), 60),
        (Faults(429, quota="IngestionMutateRequestsPerDayPerProject"), 3600),
        (Faults(429, [Fault("quota_error.RESOURCE_EXHAUSTED")]), 3600),
        (Faults(429, [Fault("quota_error.RESOURCE_TEMPORARILY_EXHAUSTED")]), None),
        (Faults(429, [Fault("reason.RATE_LIMIT_EXCEEDED")]), None),
        (
            Faults(
                429,
                [Fault("reason.RATE_LIMIT_EXCEEDED")],
                quota="IngestionMutateRequestsPerMinutePerProject",
            ),
            60,
        ),
        (Faults(503), None),
    ],
)
def test_a_quota_says_when_to_come_back(told: Faults, seconds: float | None) -> None:
    found = error_of(told)
    assert isinstance(found, TransientError)
    assert found.retry_after == seconds


def raising(error: Exception) -> Callable[[], object]:
    def call() -> object:
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (
            CORE.ServiceUnavailable("Getting metadata from plugin failed with error: x"),
            CredentialError,
        ),
        (CORE.ServiceUnavailable(f"failed to connect {DIGEST}"), TransientError),
        (CORE.RetryError(f"time-out {DIGEST}", None), TransientError),
        (CORE.InvalidArgument(f"bad value {DIGEST}"), RejectedError),
        (LOGIN.RefreshError(f"invalid_grant {DIGEST}"), CredentialError),
        (LOGIN.RefreshError(f"busy {DIGEST}", retryable=True), TransientError),
        (LOGIN.TransportError(f"no route {DIGEST}"), TransientError),
    ],
)
def test_an_error_of_the_clients_is_translated_and_quotes_nothing(
    error: Exception, wanted: type[Exception]
) -> None:
    with pytest.raises(wanted) as caught:
        explained(raising(error))
    assert DIGEST not in " ".join(texts_of(caught.value))


def test_the_page_of_errors_has_every_value() -> None:
    page = errors_page()
    for name in VALUES:
        assert re.search(rf"`{name.partition('.')[2]}`", page), name
    for family in FAMILIES:
        assert f"`{family}`" in page
