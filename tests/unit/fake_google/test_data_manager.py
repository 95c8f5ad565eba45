"""The fake Data Manager by the official client, over both transports: who becomes a member."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from google.ads import datamanager_v1 as dm
from google.api_core.exceptions import GoogleAPICallError
from google.protobuf.field_mask_pb2 import FieldMask

from audsync.testing.google import (
    ADVERTISER,
    CLIENT,
    CUSTOMER,
    MANAGER,
    PARTNER,
    FakeGoogle,
    faults,
)
from fakes.google_clients import (
    SECONDS,
    DataManager,
    data_manager_session,
    destination,
    emails,
    hashed,
    held,
    ingestion,
    member,
    removal,
    user_list,
)

HOUR = 3600
NOBODY: frozenset[tuple[str, ...]] = frozenset()
Status = dm.RequestStatusPerDestination.RequestStatus
PARENT = f"accountTypes/GOOGLE_ADS/accounts/{CUSTOMER}"


@pytest.fixture(params=["grpc", "rest"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pass_time(google: FakeGoogle, **span: int) -> None:
    google.platform.clock.advance(**span)


def states(session: DataManager, request_id: str) -> list[str]:
    return [one.request_status.name for one in session.statuses(request_id)]


def members(digests: list[str]) -> list[Any]:
    return [member(digest) for digest in digests]


def test_members_are_in_when_the_clock_says_so(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    where = destination(made.id)
    request_id = session.ingest(ingestion(where, members=members(emails(3))))
    pass_time(google, minutes=39)
    assert (states(session, request_id), google.members(made.id)) == (
        ["PROCESSING"],
        frozenset(),
    )
    pass_time(google, minutes=1)
    assert google.members(made.name) == held(emails(3))
    told = session.statuses(request_id)[0]
    assert told.request_status is Status.SUCCESS
    assert told.destination == where
    counted = told.audience_members_ingestion_status.composite_data_ingestion_status
    assert counted.record_count == 3
    assert [(one.type_.name, one.count) for one in counted.data_type_counts] == [("EMAIL", 3)]
    assert counted.upload_match_rate_range.name == "MATCH_RATE_RANGE_61_TO_70"

    request_id = session.remove(removal(where, members=members(emails(2))))
    pass_time(google, hours=1)
    assert google.members(made.id) == held(emails(1, start=2))
    counted = session.statuses(request_id)[0].audience_members_removal_status
    assert counted.composite_data_removal_status.record_count == 2


def test_the_plain_form_of_members_works_too(google: FakeGoogle, session: DataManager) -> None:
    made = session.make_list()
    identifiers = [
        dm.UserIdentifier(email_address=hashed("ana@example.com")),
        dm.UserIdentifier(phone_number=hashed("+48500100200")),
    ]
    plain = dm.AudienceMember(user_data=dm.UserData(user_identifiers=identifiers))
    request_id = session.ingest(ingestion(destination(made.id), members=[plain]))
    pass_time(google, hours=1)
    both = {("email", hashed("ana@example.com")), ("phone", hashed("+48500100200"))}
    assert google.people(made.id) == {frozenset(both)}
    counted = session.statuses(request_id)[0].audience_members_ingestion_status
    assert counted.user_data_ingestion_status.user_identifier_count == 2


def test_base64_is_the_same_as_hex(google: FakeGoogle, session: DataManager) -> None:
    made = session.make_list()
    encoded = base64.b64encode(bytes.fromhex(emails(1)[0])).decode()
    request = ingestion(
        destination(made.id), members=[member(encoded)], encoding=dm.Encoding.BASE64
    )
    session.ingest(request)
    pass_time(google, hours=1)
    assert google.members(made.id) == held(emails(1))


def test_a_request_goes_to_several_lists_by_reference(
    google: FakeGoogle, session: DataManager
) -> None:
    lists = [session.make_list(name) for name in ("One", "Two", "Three")]
    where = [destination(one.id, reference=one.display_name) for one in lists]
    first, second, third = emails(3)
    people = [
        member(first, references=["One"]),
        member(second, references=["One", "Two"]),
        member(third),  # to all
    ]
    request_id = session.ingest(ingestion(*where, members=people))
    pass_time(google, hours=1)
    assert [google.members(one.id) for one in lists] == [
        held([first, second, third]),
        held([second, third]),
        held([third]),
    ]
    counts = [
        one.audience_members_ingestion_status.composite_data_ingestion_status.record_count
        for one in session.statuses(request_id)
    ]
    assert counts == [3, 2, 1]
    assert google.calls["IngestionService/IngestAudienceMembers"] == 1


def _consent(first: int, second: int) -> Any:
    return dm.Consent(ad_user_data=first, ad_personalization=second)


def test_members_without_consent_are_counted_and_stay_out(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    agrees, denies, half, unsaid = members(emails(4))
    denies.consent = _consent(1, 2)
    half.consent = _consent(1, 0)
    request = ingestion(destination(made.id), members=[agrees, denies, half, unsaid])
    request_id = session.ingest(request)
    pass_time(google, hours=1)
    told = session.statuses(request_id)[0]
    assert told.request_status is Status.PARTIAL_SUCCESS
    errors = [(one.reason.name, one.record_count) for one in told.error_info.error_counts]
    assert errors == [
        ("PROCESSING_ERROR_REASON_DENIED_CONSENT", 1),
        ("PROCESSING_ERROR_REASON_NO_CONSENT", 1),
    ]
    assert google.members(made.id) == held([emails(4)[0], emails(4)[3]])

    request = ingestion(
        destination(made.id), members=members(emails(2)), consent=_consent(0, 0)
    )
    request_id = session.ingest(request)
    assert not session.statuses(request_id)[0].error_info.error_counts  # while it is processed
    pass_time(google, hours=1)
    assert states(session, request_id) == ["FAILED"]


def test_a_list_is_replaced_without_a_moment_in_which_it_is_empty(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    where = destination(made.id)
    session.ingest(ingestion(where, members=members(emails(4))))
    pass_time(google, hours=1)
    began = datetime.fromtimestamp(google.platform.clock.now, UTC)
    session.ingest(ingestion(where, members=members(emails(3, start=2))))
    pass_time(google, hours=1)
    assert google.members(made.id) == held(emails(5))
    request = dm.RemoveAllAudienceMembersRequest(destinations=[where], remove_as_of_time=began)
    request_id = session.remove_all(request)
    assert states(session, request_id) == ["PROCESSING"]
    pass_time(google, hours=1)
    assert google.members(made.id) == held(emails(3, start=2))
    told = session.statuses(request_id)[0]
    assert told.request_status is Status.SUCCESS
    assert "remove_all_audience_members_status" in told


def test_remove_all_without_a_time_empties_the_list(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    where = destination(made.id)
    session.ingest(ingestion(where, members=members(emails(4))))
    pass_time(google, hours=1)
    session.remove_all(dm.RemoveAllAudienceMembersRequest(destinations=[where]))
    session.ingest(ingestion(where, members=members(emails(1))))
    pass_time(google, hours=1)
    assert google.members(made.id) == held(emails(1))  # added after it was asked for


def test_what_is_only_validated_changes_nothing_and_has_no_status(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    where = destination(made.id)
    request = ingestion(where, members=members(emails(1)), validate_only=True)
    request_id = session.ingest(request)
    with pytest.raises(GoogleAPICallError) as caught:
        session.statuses(request_id)
    assert caught.value.reason == "INVALID_REQUEST_ID"
    session.remove_all(
        dm.RemoveAllAudienceMembersRequest(destinations=[where], validate_only=True)
    )
    assert google.platform.unsettled == 0


def test_requests_settle_in_the_order_in_which_they_are_due(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    where = destination(made.id)
    google.faults.plan(faults.settles_in(5 * HOUR), endpoint="*/IngestAudienceMembers")
    first = session.ingest(ingestion(where, members=members(emails(1))))
    second = session.remove(removal(where, members=members(emails(1))))
    pass_time(google, hours=1)
    assert [states(session, one) for one in (first, second)] == [["PROCESSING"], ["SUCCESS"]]
    pass_time(google, hours=4)
    assert google.members(made.id) == held(emails(1))  # the removal was overtaken


def test_a_request_that_fails_changes_nothing(google: FakeGoogle, session: DataManager) -> None:
    made = session.make_list()
    google.faults.plan(faults.settles_failed(), endpoint="*/IngestAudienceMembers")
    request_id = session.ingest(ingestion(destination(made.id), members=members(emails(1))))
    pass_time(google, hours=1)
    assert (states(session, request_id), google.members(made.id)) == (["FAILED"], NOBODY)


def test_members_expire(google: FakeGoogle, session: DataManager) -> None:
    made = session.lists.create_user_list(
        parent=PARENT, user_list=user_list("Buyers", days=30), timeout=SECONDS
    )
    assert made.membership_duration.total_seconds() == 30 * 24 * HOUR
    session.ingest(ingestion(destination(made.id), members=members(emails(1))))
    pass_time(google, days=29)
    assert google.members(made.id) == held(emails(1))
    pass_time(google, days=1)
    assert google.members(made.id) == set()


def test_lists_are_made_found_changed_and_deleted(
    google: FakeGoogle, session: DataManager
) -> None:
    for number in range(60):
        session.make_list(f"List {number}")
    listed = session.lists.list_user_lists(parent=PARENT, timeout=SECONDS)
    assert [one.display_name for one in listed] == [f"List {number}" for number in range(60)]
    assert google.calls["UserListService/ListUserLists"] == 2  # fifty on a page
    request = dm.ListUserListsRequest(parent=PARENT, filter='display_name = "List 7"')
    found = list(session.lists.list_user_lists(request=request, timeout=SECONDS))
    assert [one.display_name for one in found] == ["List 7"]
    changed = dm.UserList(name=found[0].name, description="Bought twice")
    mask = FieldMask(paths=["description"])
    answer = session.lists.update_user_list(
        user_list=changed, update_mask=mask, timeout=SECONDS
    )
    assert (answer.display_name, answer.description) == ("List 7", "Bought twice")
    session.lists.delete_user_list(name=found[0].name, timeout=SECONDS)
    with pytest.raises(GoogleAPICallError) as caught:
        session.lists.get_user_list(name=found[0].name, timeout=SECONDS)
    assert (caught.value.code, len(google.audiences())) == (404, 59)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('membership_status = "CLOSED"', ["Closed"]),
        ("access_reason = OWNED AND membership_status = OPEN", ["Open"]),
        ('display_name : "lose"', ["Closed"]),
        ('display_name != "Open"', ["Closed", "Shared"]),
        ("ingested_user_list_info.upload_key_types = MOBILE_ID", ["Shared"]),
        ('integration_code = "x"', []),
    ],
)
def test_filters(google: FakeGoogle, text: str, found: list[str]) -> None:
    google.platform.add_list(CUSTOMER, "Open")
    google.platform.add_list(CUSTOMER, "Closed", is_open=False)
    google.platform.add_list(CUSTOMER, "Shared", is_owned=False, kind="mobile")
    with data_manager_session(google) as session:
        request = dm.ListUserListsRequest(parent=PARENT, filter=text)
        listed = session.lists.list_user_lists(request=request, timeout=SECONDS)
        assert [one.display_name for one in listed] == found


def test_sizes_are_told_once_they_were_computed(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    assert "size_info" not in made
    session.ingest(ingestion(destination(made.id), members=members(emails(600))))
    pass_time(google, hours=1)
    told = session.lists.get_user_list(name=made.name, timeout=SECONDS)
    assert told.size_info.display_network_members_count == 380  # 64 % of 600
    assert told.ingested_user_list_info.contact_id_info.match_rate_percentage == 64
    assert told.target_network_info.eligible_for_search


def test_one_list_has_one_id_in_both_apis(google: FakeGoogle, session: DataManager) -> None:
    made = google.platform.add_list(CUSTOMER, "Made by the Google Ads API")
    session.ingest(ingestion(destination(made.id), members=members(emails(1))))
    pass_time(google, hours=1)
    assert google.members(f"customers/{CUSTOMER}/userLists/{made.id}") == held(emails(1))


@pytest.mark.parametrize(("account", "account_type"), [(ADVERTISER, 3), (PARTNER, 2)])
def test_display_and_video_lists(
    google: FakeGoogle, session: DataManager, account: str, account_type: int
) -> None:
    kind = dm.ProductAccount.AccountType(account_type).name
    made = session.make_list(parent=f"accountTypes/{kind}/accounts/{account}")
    where = destination(made.id, account=account, account_type=account_type)
    names = [hashed("anna"), hashed("nowak")]
    people = [member(emails(1)[0]), *(_address(names, region) for region in ("PL", "US"))]
    session.ingest(ingestion(where, members=people))
    pass_time(google, hours=1)
    regions = {one[3] for one in google.members(made.id) if one[0] == "address"}
    # Members of the European Economic Area are dropped from lists of partners.
    assert regions == ({"PL", "US"} if account == ADVERTISER else {"US"})


def _address(names: list[str], region: str) -> Any:
    code = {"PL": "00-950", "US": "94043"}[region]
    address = dm.AddressInfo(
        given_name=names[0], family_name=names[1], region_code=region, postal_code=code
    )
    identifiers = [dm.UserIdentifier(address=address)]
    return dm.AudienceMember(
        composite_data=dm.CompositeData(user_data=dm.UserData(user_identifiers=identifiers))
    )


def test_a_client_account_is_reached_by_way_of_its_manager(
    google: FakeGoogle, session: DataManager
) -> None:
    parent = f"accountTypes/GOOGLE_ADS/accounts/{CLIENT}"
    with pytest.raises(GoogleAPICallError) as caught:
        session.make_list(parent=parent)
    assert (caught.value.code, caught.value.reason) == (403, "PERMISSION_DENIED")
    header = [("login-account", f"accountTypes/GOOGLE_ADS/accounts/{MANAGER}")]
    made = session.lists.create_user_list(
        parent=parent, user_list=user_list("Buyers"), metadata=header, timeout=SECONDS
    )
    where = destination(made.id, account=CLIENT)
    with pytest.raises(GoogleAPICallError) as refused:
        session.ingest(ingestion(where, members=members(emails(1))))
    assert refused.value.reason == "PERMISSION_DENIED"
    where.login_account = dm.ProductAccount(account_type=1, account_id=MANAGER)
    session.ingest(ingestion(where, members=members(emails(1))))
    pass_time(google, hours=1)
    assert google.members(made.id) == held(emails(1))


def test_headers_of_the_other_api_are_mistakes(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    session.lists.get_user_list(
        name=made.name,
        metadata=[("login-customer-id", CUSTOMER), ("developer-token", "x")],
        timeout=SECONDS,
    )
    assert google.platform.mistakes == {
        "login-customer-id sent to Data Manager": 1,
        "developer-token sent to Data Manager": 1,
    }


def test_a_call_in_the_log_tells_its_size_and_whether_it_came_before(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    for count in (1, 1, 2):
        session.ingest(ingestion(destination(made.id), members=members(emails(count))))
    calls = [one for one in google.seen if one.endpoint.endswith("IngestAudienceMembers")]
    assert calls[0].digest == calls[1].digest != calls[2].digest
    assert calls[0].length < calls[2].length
    assert {one.code for one in calls} == {"OK"}
