"""The fake Google Ads API by the official client: what becomes of jobs and members."""

from typing import Any

import pytest

from audsync.testing.google import CLIENT, CUSTOMER, MANAGER, FakeGoogle, Removal, faults
from fakes.google_clients import (
    Ads,
    ads_error,
    ads_session,
    emails,
    hashed,
    held,
    names_of,
    pass_time,
)

HOUR = 3600
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_members_are_in_when_the_clock_says_that_the_job_is_done(
    google: FakeGoogle, ads: Ads
) -> None:
    name = ads.make_list()
    job = ads.make_job(name)
    ads.add(ads.operations(job, emails(3)))
    pass_time(google, hours=24)
    assert ads.status(job) == "PENDING"  # nobody ran it
    assert [one.resource_name for one in google.jobs.unrun] == [job]
    ads.run(job)
    assert google.jobs.unrun == []
    told = []
    for minutes in (0, 10, 359):
        pass_time(google, minutes=minutes)
        told.append((ads.status(job), len(google.members(name))))
    pass_time(google, minutes=1)
    assert told == [("PENDING", 0), ("RUNNING", 0), ("RUNNING", 0)]
    assert (ads.status(job), google.members(name)) == ("SUCCESS", held(emails(3)))


@pytest.mark.parametrize(
    "version",
    [
        "v26",
        pytest.param("v23", marks=pytest.mark.slow),
        pytest.param("v24", marks=pytest.mark.slow),
        pytest.param("v25", marks=pytest.mark.slow),
    ],
)
def test_every_version_of_the_client_is_served(google: FakeGoogle, version: str) -> None:
    with ads_session(google, version=version) as ads:
        name = ads.make_list()
        job = ads.upload(name, emails(2))
        pass_time(google, hours=7)
        assert ads.status(job) == "SUCCESS"
        assert ads_error(ads.make_list) == [("user_list_error", "NAME_ALREADY_USED")]


def test_a_removal_takes_out_what_it_names(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    ads.upload(name, emails(4))
    pass_time(google, hours=7)
    ads.upload(name, emails(3, start=2), kind="remove")
    pass_time(google, hours=7)
    assert google.members(name) == held(emails(2))


def two_of_one_person(ads: Ads, name: str) -> None:
    job = ads.make_job(name)
    request = ads.operations(job)
    person = request.operations.add().create
    person.user_identifiers.add().hashed_email = hashed("ana@example.com")
    person.user_identifiers.add().hashed_phone_number = hashed("+48500100200")
    ads.add(request)
    ads.run(job)


@pytest.mark.parametrize("reading", Removal)
def test_who_leaves_with_one_of_two_identifiers_is_a_switch(
    google: FakeGoogle, ads: Ads, reading: Removal
) -> None:
    google.platform.quirks.removal = reading
    name = ads.make_list()
    two_of_one_person(ads, name)
    pass_time(google, hours=7)
    both = {("email", hashed("ana@example.com")), ("phone", hashed("+48500100200"))}
    assert google.people(name) == {frozenset(both)}
    assert google.platform.identifiers_seen == 2
    ads.upload(name, [hashed("ana@example.com")], kind="remove")
    pass_time(google, hours=7)
    left = {("phone", hashed("+48500100200"))} if reading is Removal.IDENTIFIERS else set()
    assert google.members(name) == left


@pytest.mark.parametrize("reading", Removal)
def test_what_leaves_with_somebody_of_a_shared_phone_is_a_switch(
    google: FakeGoogle, ads: Ads, reading: Removal
) -> None:
    google.platform.quirks.removal = reading
    name = ads.make_list()
    job = ads.make_job(name)
    request = ads.operations(job)
    for address in ("bea@example.com", "ana@example.com"):
        person = request.operations.add().create
        person.user_identifiers.add().hashed_email = hashed(address)
        person.user_identifiers.add().hashed_phone_number = hashed("+48500100200")
    ads.add(request)
    ads.run(job)
    pass_time(google, hours=7)
    ads.upload(name, [hashed("ana@example.com")], kind="remove")
    pass_time(google, hours=7)
    stays = {("email", hashed("bea@example.com"))}
    if reading is not Removal.ACCOUNTS:
        stays |= {("phone", hashed("+48500100200"))}
    assert google.members(name) == stays


def test_an_address_is_one_identifier(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    job = ads.make_job(name)
    request = ads.operations(job)
    address = request.operations.add().create.user_identifiers.add().address_info
    address.hashed_first_name, address.hashed_last_name = hashed("anna"), hashed("nowak")
    address.country_code, address.postal_code = "PL", "00-950"
    ads.add(request)
    ads.run(job)
    pass_time(google, hours=7)
    wanted = ("address", hashed("anna"), hashed("nowak"), "PL", "00-950")
    assert google.members(name) == {wanted}


def test_repeated_additions_keep_members_in_and_others_expire(
    google: FakeGoogle, ads: Ads
) -> None:
    name = ads.make_list(days=30)
    ads.upload(name, emails(2))
    added = google.platform.clock.now
    pass_time(google, days=20)
    ads.upload(name, emails(1))
    pass_time(google, days=9)
    assert google.members(name) == held(emails(2))
    assert google.list(name).expires_at(("email", emails(2)[1])) == added + 30 * 24 * HOUR
    pass_time(google, days=1)
    assert google.members(name) == held(emails(1))
    pass_time(google, days=20)
    assert google.members(name) == set()


def test_a_list_without_a_span_keeps_its_members_for_540_days(
    google: FakeGoogle, ads: Ads
) -> None:
    name = ads.make_list()
    ads.upload(name, emails(1))
    pass_time(google, days=539)
    assert len(google.members(name)) == 1
    pass_time(google, days=1)
    assert google.members(name) == set()


def test_remove_all_comes_first_and_the_new_members_after_it(
    google: FakeGoogle, ads: Ads
) -> None:
    name = ads.make_list()
    ads.upload(name, emails(4))
    pass_time(google, hours=7)
    job = ads.make_job(name)
    request = ads.operations(job)
    request.operations.add().remove_all = True
    ads.add(request)
    ads.add(ads.operations(job, emails(2, start=3)))
    ads.run(job)
    pass_time(google, hours=7)
    assert google.members(name) == held(emails(2, start=3))


def test_jobs_are_done_in_the_order_in_which_they_are_due(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    google.faults.plan(faults.settles_in(20 * HOUR), endpoint="*/RunOfflineUserDataJob")
    first = ads.upload(name, emails(1))
    second = ads.upload(name, emails(1), kind="remove")
    pass_time(google, hours=7)
    assert (ads.status(first), ads.status(second)) == ("RUNNING", "SUCCESS")
    assert google.members(name) == set()
    pass_time(google, hours=13)
    assert google.members(name) == held(emails(1))  # the removal was overtaken


@pytest.mark.parametrize("takes", [False, True])
def test_people_of_whose_consent_nothing_is_said_are_passed_over(
    google: FakeGoogle, ads: Ads, *, takes: bool
) -> None:
    google.platform.quirks.takes_unsaid_consent = takes
    name = ads.make_list()
    request = ads.job_request(name)
    request.job.customer_match_user_list_metadata.ClearField("consent")
    job = ads.jobs.create_offline_user_data_job(request=request).resource_name
    assert google.jobs.by_name[job].consent == ("UNSPECIFIED", "UNSPECIFIED")
    ads.add(ads.operations(job, emails(1)))
    ads.run(job)
    pass_time(google, hours=7)
    assert (ads.status(job), len(google.members(name))) == ("SUCCESS", int(takes))


def test_a_closed_list_takes_nobody_in_and_lets_everybody_out(
    google: FakeGoogle, ads: Ads
) -> None:
    name = ads.make_list()
    ads.upload(name, emails(2))
    pass_time(google, hours=7)
    google.list(name).is_open = False
    ads.upload(name, emails(1, start=5))
    ads.upload(name, emails(1), kind="remove")
    pass_time(google, hours=7)
    assert google.members(name) == held(emails(1, start=1))


def test_a_job_that_fails_changes_nothing(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    google.faults.plan(faults.settles_failed(), endpoint="*/RunOfflineUserDataJob")
    job = ads.upload(name, emails(2))
    pass_time(google, hours=7)
    assert (ads.status(job), google.members(name)) == ("FAILED", frozenset())


def test_partial_failure_keeps_the_good_and_names_the_bad(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    job = ads.make_job(name)
    request = ads.operations(job, [emails(1)[0], "no digest", emails(2)[1], "x" * 64])
    request.enable_partial_failure = True
    answer = ads.add(request)
    failure = _unpacked(answer.partial_failure_error)
    assert answer.partial_failure_error.code == 3
    assert names_of(failure) == [("offline_user_data_job_error", "INVALID_SHA256_FORMAT")] * 2
    paths = [one.location.field_path_elements for one in failure.errors]
    assert [(path[0].field_name, path[0].index) for path in paths] == [
        ("operations", 1),
        ("operations", 3),
    ]
    ads.run(job)
    pass_time(google, hours=7)
    assert google.members(name) == held(emails(2))


def _unpacked(status: Any, version: str = "v26") -> Any:
    from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure

    assert [one.type_url.rpartition("/")[2] for one in status.details] == [
        f"google.ads.googleads.{version}.errors.GoogleAdsFailure"
    ]
    return GoogleAdsFailure.deserialize(status.details[0].value)


def test_without_partial_failure_one_bad_operation_refuses_all(
    google: FakeGoogle, ads: Ads
) -> None:
    name = ads.make_list()
    job = ads.make_job(name)
    request = ads.operations(job, [*emails(2), "no digest"])
    assert ads_error(lambda: ads.add(request)) == [
        ("offline_user_data_job_error", "INVALID_SHA256_FORMAT")
    ]
    ads.run(job)
    pass_time(google, hours=7)
    assert google.members(name) == set()


def test_warnings_let_the_good_pass(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    job = ads.make_job(name)
    request = ads.operations(job, [*emails(2), "no digest"])
    request.enable_warnings = True
    assert names_of(_unpacked(ads.add(request).warning)) == [
        ("offline_user_data_job_error", "INVALID_SHA256_FORMAT")
    ]
    ads.run(job)
    pass_time(google, hours=7)
    assert google.members(name) == held(emails(2))


def test_what_is_only_validated_changes_nothing(google: FakeGoogle, ads: Ads) -> None:
    request = ads.client.get_type("MutateUserListsRequest")
    request.customer_id, request.validate_only = CUSTOMER, True
    request.operations.append(ads.list_operation("Buyers"))
    assert not ads.lists.mutate_user_lists(request=request).results
    assert google.audiences() == set()
    name = ads.make_list()
    wanted = ads.job_request(name)
    wanted.validate_only = True
    ads.jobs.create_offline_user_data_job(request=wanted)
    assert google.jobs.by_name == {}
    job = ads.make_job(name)
    operations = ads.operations(job, emails(1))
    operations.validate_only = True
    ads.add(operations)
    ads.run(job)
    pass_time(google, hours=7)
    assert google.members(name) == set()


def test_the_match_rate_is_told_only_where_it_was_asked_for(
    google: FakeGoogle, ads: Ads
) -> None:
    name = ads.make_list()
    asking = ads.job_request(name)
    asking.enable_match_rate_range_preview = True
    jobs = [
        ads.jobs.create_offline_user_data_job(request=asking).resource_name,
        ads.make_job(name),
    ]
    for job in jobs:
        ads.add(ads.operations(job, emails(1)))
        ads.run(job)
    query = (
        "SELECT offline_user_data_job.operation_metadata.match_rate_range "
        "FROM offline_user_data_job"
    )
    told = []
    for hours in (1, 6):
        pass_time(google, hours=hours)
        rates = [row.offline_user_data_job.operation_metadata for row in ads.rows(query)]
        told.append([rate.match_rate_range for rate in rates])
    sixty_one = ads.client.enums.OfflineUserDataJobMatchRateRangeEnum.MATCH_RANGE_61_TO_70
    assert told == [[sixty_one, 0], [sixty_one, 0]]


def test_a_client_account_is_reached_by_way_of_its_manager(google: FakeGoogle) -> None:
    with ads_session(google, customer=CLIENT) as ads:
        assert ads_error(ads.make_list) == [("authorization_error", "USER_PERMISSION_DENIED")]
    with ads_session(google, customer=CLIENT, login_customer_id=MANAGER) as ads:
        assert google.list(ads.make_list()).account == CLIENT
    assert google.seen[-1].headers["login-customer-id"] == MANAGER
    assert "developer-token" not in google.seen[-1].headers


def test_a_job_is_found_by_the_id_that_its_maker_gave_it(google: FakeGoogle, ads: Ads) -> None:
    name = ads.make_list()
    job = ads.make_job(name, external_id=77)
    assert ads_error(lambda: ads.make_job(name, external_id=77)) == [
        ("offline_user_data_job_error", "EXTERNAL_UPDATE_ID_ALREADY_EXISTS")
    ]
    rows = ads.rows(
        "SELECT offline_user_data_job.resource_name, offline_user_data_job.type, "
        "offline_user_data_job.customer_match_user_list_metadata.user_list "
        "FROM offline_user_data_job WHERE offline_user_data_job.external_id = 77"
    )
    found = [row.offline_user_data_job for row in rows]
    assert [one.resource_name for one in found] == [job]
    assert found[0].customer_match_user_list_metadata.user_list == name
    assert len(google.jobs.by_name) == 1


def test_mistakes_are_counted(google: FakeGoogle, ads: Ads) -> None:
    job = ads.make_job(ads.make_list())
    ads.add(ads.operations(job, [NOTHING]))
    request = ads.operations(job)
    address = request.operations.add().create.user_identifiers.add().address_info
    address.hashed_first_name, address.hashed_last_name = hashed("anna"), hashed("nowak")
    address.country_code, address.postal_code, address.city = "PL", "00-950", "Warszawa"
    ads.add(request)
    ads.add(ads.operations(job, emails(10_001)))
    assert google.platform.mistakes == {
        "digest of nothing": 1,
        "street, city or state": 1,
        "more than 10,000 identifiers in a request": 1,
    }
