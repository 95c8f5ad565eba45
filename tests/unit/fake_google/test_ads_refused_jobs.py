"""Jobs and people that the fake Google Ads API refuses, as the official client tells it."""

from collections.abc import Callable
from typing import Any

import pytest
from google.ads.googleads.errors import GoogleAdsException

from audsync.testing.google import (
    CUSTOMER,
    PARTNER,
    FakeGoogle,
)
from fakes.google_clients import Ads, ads_error, ads_session, emails, hashed, job_of, names_of

JOB = "offline_user_data_job_error"


def test_jobs_that_are_not_made(google: FakeGoogle, ads: Ads) -> None:
    unknown = f"customers/{CUSTOMER}/userLists/1"
    assert ads_error(lambda: ads.make_job(unknown)) == [(JOB, "INVALID_USER_LIST_ID")]
    visitors = google.platform.add_list(CUSTOMER, "Visitors", kind="other")
    name = f"customers/{CUSTOMER}/userLists/{visitors.id}"
    assert ads_error(lambda: ads.make_job(name)) == [(JOB, "INVALID_USER_LIST_TYPE")]
    of_partner = google.platform.add_list(PARTNER, "Of another account")
    name = f"customers/{CUSTOMER}/userLists/{of_partner.id}"
    assert ads_error(lambda: ads.make_job(name)) == [(JOB, "INVALID_USER_LIST_ID")]


@pytest.mark.parametrize("field", ["ad_user_data", "ad_personalization"])
def test_a_job_without_consent(google: FakeGoogle, ads: Ads, field: str) -> None:
    request = ads.job_request(ads.make_list())
    consent = request.job.customer_match_user_list_metadata.consent
    setattr(consent, field, ads.client.enums.ConsentStatusEnum.DENIED)
    assert ads_error(lambda: ads.jobs.create_offline_user_data_job(request=request)) == [
        (JOB, "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS")
    ]
    assert google.jobs.by_name == {}


@pytest.mark.parametrize("gate", ["create", "add", "run"])
def test_an_account_that_came_too_late(google: FakeGoogle, ads: Ads, gate: str) -> None:
    google.platform.quirks.gate = gate
    google.platform.accounts[CUSTOMER].is_allowlisted = False
    name = ads.make_list()
    with pytest.raises(GoogleAdsException) as caught:
        ads.upload(name, emails(1))
    assert names_of(caught.value.failure) == [
        ("not_allowlisted_error", "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE")
    ]
    endpoint = {"create": "Create", "add": "Add", "run": "Run"}[gate]
    assert google.seen[-1].endpoint.partition("/")[2].startswith(endpoint)


@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ("has_signed_terms", (JOB, "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS")),
        ("may_use_uploads", ("user_data_error", "OPERATIONS_FOR_CUSTOMER_MATCH_NOT_ALLOWED")),
        ("is_enabled", ("authorization_error", "CUSTOMER_NOT_ENABLED")),
        (
            "project_is_approved",
            ("authorization_error", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"),
        ),
    ],
)
def test_an_account_that_may_not_upload(
    google: FakeGoogle, ads: Ads, switch: str, error: tuple[str, str]
) -> None:
    name = ads.make_list()
    setattr(google.platform.accounts[CUSTOMER], switch, False)
    assert ads_error(lambda: ads.make_job(name)) == [error]


@pytest.mark.slow
def test_a_value_that_came_with_a_later_version_is_unknown_to_an_older_one(
    google: FakeGoogle,
) -> None:
    google.platform.accounts[CUSTOMER].project_is_approved = False
    with ads_session(google, version="v23") as ads:
        assert ads_error(ads.make_list) == [("authorization_error", "UNKNOWN")]


Fill = Callable[[Any], None]


def _no_identifier(request: Any) -> None:
    request.operations.add().create.SetInParent()


def _kindless(request: Any) -> None:
    request.operations.add().create.user_identifiers.add()


def _twenty_one(request: Any) -> None:
    person = request.operations.add().create
    for digest in emails(21):
        person.user_identifiers.add().hashed_email = digest


def _own_consent(request: Any) -> None:
    person = request.operations.add().create
    person.user_identifiers.add().hashed_email = hashed("x@example.com")
    person.consent.SetInParent()


def _attributes(request: Any) -> None:
    person = request.operations.add().create
    person.user_identifiers.add().hashed_email = hashed("x@example.com")
    person.user_attribute.lifetime_value_bucket = 3


def _mobile(request: Any) -> None:
    request.operations.add().create.user_identifiers.add().mobile_id = "a-b-c"


def _upper(request: Any) -> None:
    one = request.operations.add().create.user_identifiers.add()
    one.hashed_phone_number = hashed("+48500100200").upper()


def _address(**changes: str) -> Fill:
    def fill(request: Any) -> None:
        address = request.operations.add().create.user_identifiers.add().address_info
        told = {
            "hashed_first_name": hashed("anna"),
            "hashed_last_name": hashed("nowak"),
            "country_code": "PL",
            "postal_code": "00-950",
            **changes,
        }
        for name, value in told.items():
            if value:
                setattr(address, name, value)

    return fill


def _kind_of_operation(request: Any) -> None:
    request.operations.add()


@pytest.mark.parametrize(
    ("fill", "error"),
    [
        (_no_identifier, (JOB, "MISSING_USER_IDENTIFIER")),
        (_kindless, (JOB, "MISSING_USER_IDENTIFIER")),
        (_twenty_one, (JOB, "TOO_MANY_USER_IDENTIFIERS")),
        (_own_consent, (JOB, "OPERATION_LEVEL_CONSENT_PROVIDED")),
        (_attributes, (JOB, "ATTRIBUTES_NOT_APPLICABLE_FOR_CUSTOMER_MATCH_USER_LIST")),
        (_mobile, (JOB, "INCOMPATIBLE_UPLOAD_KEY_TYPE")),
        (_upper, (JOB, "INVALID_SHA256_FORMAT")),
        (_address(country_code="XX"), (JOB, "INVALID_COUNTRY_CODE")),
        (_address(country_code="pl"), (JOB, "INVALID_COUNTRY_CODE")),
        (_address(hashed_last_name="nowak"), (JOB, "INVALID_SHA256_FORMAT")),
        (_address(postal_code=""), ("field_error", "REQUIRED")),
        (_address(hashed_first_name=""), ("field_error", "REQUIRED")),
        (_kind_of_operation, ("request_error", "OPERATION_REQUIRED")),
    ],
)
def test_people_who_cannot_be_right(ads: Ads, fill: Fill, error: tuple[str, str]) -> None:
    request = ads.operations(job_of(ads), emails(1))
    fill(request)
    with pytest.raises(GoogleAdsException) as caught:
        ads.add(request)
    assert names_of(caught.value.failure) == [error]
    element = caught.value.failure.errors[0].location.field_path_elements[0]
    assert (element.field_name, element.index) == ("operations", 1)


def test_digests_in_upper_case_may_be_taken(google: FakeGoogle, ads: Ads) -> None:
    google.platform.quirks.takes_upper_hex = True
    name = ads.make_list()
    ads.upload(name, [emails(1)[0].upper()])
    google.platform.clock.advance(hours=7)
    assert google.members(name) == {("email", emails(1)[0])}


def test_more_identifiers_than_a_request_may_hold(ads: Ads) -> None:
    request = ads.operations(job_of(ads), emails(1) * 100_001)
    assert ads_error(lambda: ads.add(request)) == [(JOB, "TOO_MANY_USER_IDENTIFIERS")]


def test_additions_and_removals_in_one_job(ads: Ads) -> None:
    job = job_of(ads)
    ads.add(ads.operations(job, emails(1)))
    removal = ads.operations(job, emails(1), kind="remove")
    assert ads_error(lambda: ads.add(removal)) == [(JOB, "CONFLICTING_OPERATION")]
    other = ads.make_job(ads.make_list("Others"))
    for kind, otherwise in (("create", "remove"), ("remove", "create")):
        both = ads.operations(other, emails(1), kind=kind)
        person = getattr(both.operations.add(), otherwise)
        person.user_identifiers.add().hashed_email = emails(1)[0]
        with pytest.raises(GoogleAdsException) as caught:
            ads.add(both)
        assert names_of(caught.value.failure) == [(JOB, "CONFLICTING_OPERATION")]


def test_remove_all_that_comes_late(ads: Ads) -> None:
    job = job_of(ads)
    late = ads.operations(job, emails(1))
    late.operations.add().remove_all = True
    assert ads_error(lambda: ads.add(late)) == [(JOB, "INVALID_OPERATION_ORDER")]
    ads.add(ads.operations(job, emails(1)))
    later = ads.operations(job)
    later.operations.add().remove_all = True
    assert ads_error(lambda: ads.add(later)) == [(JOB, "INVALID_OPERATION_ORDER")]


def test_a_job_that_was_run_is_closed(ads: Ads) -> None:
    job = job_of(ads)
    ads.run(job)
    late = ads.operations(job, emails(1))
    assert ads_error(lambda: ads.add(late)) == [(JOB, "JOB_ALREADY_STARTED")]
    assert ads_error(lambda: ads.run(job)) == [(JOB, "JOB_ALREADY_STARTED")]


def test_a_job_has_to_be_run_within_five_days(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    late, in_time = ads.make_job(name), ads.make_job(name)
    google.platform.clock.advance(days=5)
    ads.run(in_time)
    google.platform.clock.advance(seconds=1)
    assert ads_error(lambda: ads.run(late)) == [("request_error", "RESOURCE_NOT_FOUND")]
    assert [one.resource_name for one in google.jobs.unrun] == [late]


def test_jobs_and_operations_that_are_not_there(ads: Ads) -> None:
    job = f"customers/{CUSTOMER}/offlineUserDataJobs/1"
    not_found = [("request_error", "RESOURCE_NOT_FOUND")]
    assert ads_error(lambda: ads.run(job)) == not_found
    assert ads_error(lambda: ads.add(ads.operations(job, emails(1)))) == not_found
    empty = ads.operations(job_of(ads))
    assert ads_error(lambda: ads.add(empty)) == [("request_error", "OPERATION_REQUIRED")]


def test_two_jobs_of_a_list_at_once_may_be_refused(google: FakeGoogle, ads: Ads) -> None:
    google.platform.quirks.refuses_parallel_jobs = True
    name = ads.make_list()
    ads.upload(name, emails(1))
    second = ads.make_job(name)
    assert ads_error(lambda: ads.run(second)) == [("database_error", "CONCURRENT_MODIFICATION")]
    google.platform.clock.advance(hours=7)
    ads.run(second)
