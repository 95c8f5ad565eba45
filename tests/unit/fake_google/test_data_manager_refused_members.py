"""Members that the fake Data Manager refuses, as the official client tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.ads import datamanager_v1 as dm

from audsync.testing.google import ADVERTISER, CUSTOMER, FakeGoogle
from fakes.google_clients import (
    DataManager,
    data_manager_session,
    destination,
    emails,
    hashed,
    ingestion,
    member,
    refusal,
    removal,
)


def identified(**identifier: Any) -> Any:
    data = dm.UserData(user_identifiers=[dm.UserIdentifier(**identifier)])
    return dm.AudienceMember(composite_data=dm.CompositeData(user_data=data))


def address(**changes: str) -> Any:
    told = {
        "given_name": hashed("anna"),
        "family_name": hashed("nowak"),
        "region_code": "PL",
        "postal_code": "00-950",
        **changes,
    }
    return identified(address=dm.AddressInfo(**told))


@pytest.mark.parametrize("transport", ["grpc", "rest"])
@pytest.mark.parametrize(
    ("bad", "reason", "field"),
    [
        (identified(email_address="x" * 64), "INVALID_HEX_ENCODING", "email_address"),
        (identified(email_address="abcd"), "INVALID_SHA256_FORMAT", "email_address"),
        (
            identified(phone_number=hashed("+48500100200").upper()),
            "INVALID_SHA256_FORMAT",
            "phone_number",
        ),
        (identified(email_address=""), "REQUIRED_FIELD_MISSING", "email_address"),
        (address(given_name="anna"), "INVALID_HEX_ENCODING", "address.given_name"),
        (address(family_name=""), "REQUIRED_FIELD_MISSING", "address.family_name"),
        (address(region_code="XX"), "INVALID_REGION_CODE", "address.region_code"),
        (address(region_code="pl"), "INVALID_REGION_CODE", "address.region_code"),
        (address(postal_code=" "), "INVALID_POSTAL_CODE", "address.postal_code"),
        (
            address(region_code="US", postal_code="9404"),
            "INVALID_POSTAL_CODE",
            "address.postal_code",
        ),
        (address(postal_code=""), "REQUIRED_FIELD_MISSING", "address.postal_code"),
    ],
)
def test_one_bad_field_refuses_the_whole_request(
    google: FakeGoogle, transport: str, bad: Any, reason: str, field: str
) -> None:
    made = google.platform.add_list(CUSTOMER, "Buyers")
    people = [member(one) for one in emails(2)]
    with data_manager_session(google, transport) as session:
        for request in (ingestion, removal):
            send = session.ingest if request is ingestion else session.remove
            wanted = request(destination(made.id), members=[*people, bad])
            path = f"audience_members[2].composite_data.user_data.user_identifiers[0].{field}"
            assert refusal(lambda: send(wanted)) == (400, reason, [path])  # noqa: B023 -- called here
    assert google.platform.unsettled == 0


def test_digests_in_upper_case_may_be_taken(google: FakeGoogle, session: DataManager) -> None:
    google.platform.quirks.takes_upper_hex = True
    made = session.make_list()
    session.ingest(ingestion(destination(made.id), members=[member(emails(1)[0].upper())]))
    google.platform.clock.advance(hours=1)
    assert google.members(made.id) == {("email", emails(1)[0])}


@pytest.mark.parametrize("told", [None, 1, 0])
def test_how_many_bad_fields_are_named_is_a_switch(
    google: FakeGoogle, session: DataManager, told: int | None
) -> None:
    google.platform.quirks.violations = told
    made = session.make_list()
    people = [member("x"), member(emails(1)[0]), member("y")]
    found = refusal(lambda: session.ingest(ingestion(destination(made.id), members=people)))
    path = "audience_members[{}].composite_data.user_data.user_identifiers[0].email_address"
    assert found == (400, "INVALID_HEX_ENCODING", [path.format(0), path.format(2)][:told])


@pytest.mark.parametrize(
    ("text", "reason"),
    [("?" * 44, "INVALID_BASE64_ENCODING"), ("QUJD", "INVALID_SHA256_FORMAT")],
)
def test_base64_that_is_none(session: DataManager, text: str, reason: str) -> None:
    made = session.make_list()
    request = ingestion(
        destination(made.id), members=[member(text)], encoding=dm.Encoding.BASE64
    )
    assert refusal(lambda: session.ingest(request))[1] == reason


def _kindless() -> Any:
    return dm.AudienceMember()


def _without_identifiers() -> Any:
    return dm.AudienceMember(user_data=dm.UserData())


def _mobile() -> Any:
    return dm.AudienceMember(mobile_data=dm.MobileData(mobile_ids=["a-b-c"]))


def _ppid() -> Any:
    return dm.AudienceMember(ppid_data=dm.PpidData(ppids=["a"]))


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ([], "REQUIRED_FIELD_MISSING"),
        ([_kindless()], "INVALID_AUDIENCE_MEMBER"),
        ([_ppid()], "INVALID_AUDIENCE_MEMBER"),
        ([_without_identifiers()], "NO_IDENTIFIERS_PROVIDED"),
        ([_mobile()], "INVALID_USER_LIST_TYPE"),
        ([member(emails(1)[0]), _mobile()], "MULTIPLE_DATA_TYPES_NOT_ALLOWED"),
        ([member(*emails(11))], "TOO_MANY_USER_IDENTIFIERS"),
        ([member(emails(1)[0])] * 10_001, "TOO_MANY_AUDIENCE_MEMBERS"),
        ([member(emails(1)[0], references=["nowhere"])], "INVALID_DESTINATION"),
        ([identified()], "REQUIRED_FIELD_MISSING"),
    ],
)
def test_members_that_cannot_be_right(
    session: DataManager, people: list[Any], reason: str
) -> None:
    made = session.make_list()
    request = ingestion(destination(made.id, reference="here"), members=people)
    assert refusal(lambda: session.ingest(request))[:2] == (400, reason)


def test_terms_do_not_matter_for_a_removal(google: FakeGoogle, session: DataManager) -> None:
    made = session.make_list()
    google.platform.accounts[CUSTOMER].has_signed_terms = False
    session.remove(removal(destination(made.id), members=[member(emails(1)[0])]))
    assert google.platform.unsettled == 1


def test_addresses_of_the_internet_are_for_google_ads_only(
    google: FakeGoogle, session: DataManager
) -> None:
    made = google.platform.add_list(ADVERTISER, "Viewers")
    own = google.platform.add_list(CUSTOMER, "Buyers")
    data = dm.CompositeData(ip_data=[dm.IpData(ip_address="192.0.2.1")])
    people = [dm.AudienceMember(composite_data=data)]
    where = destination(made.id, account=ADVERTISER, account_type=3)
    found = refusal(lambda: session.ingest(ingestion(where, members=people)))
    path = "audience_members[0].composite_data.ip_data"
    assert found == (400, "INVALID_AUDIENCE_MEMBER", [path])
    session.ingest(ingestion(destination(own.id), members=people))
    google.platform.clock.advance(hours=1)
    assert google.members(own.id) == {("ip", "192.0.2.1")}


def test_a_time_to_come_is_none_to_remove_as_of(
    google: FakeGoogle, session: DataManager
) -> None:
    made = session.make_list()
    later = datetime.fromtimestamp(google.platform.clock.now, UTC) + timedelta(seconds=1)
    request = dm.RemoveAllAudienceMembersRequest(
        destinations=[destination(made.id)], remove_as_of_time=later
    )
    assert refusal(lambda: session.remove_all(request)) == (
        400,
        "INVALID_REMOVE_AS_OF_TIME",
        ["remove_as_of_time"],
    )
