"""Destinations, lists and calls that the fake Data Manager refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from google.ads import datamanager_v1 as dm
from google.api_core.exceptions import GoogleAPICallError
from google.oauth2.credentials import Credentials
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from audsync.testing.google import ADS_SCOPE, CUSTOMER, DATA_MANAGER_SCOPE, FakeGoogle, faults
from fakes.google_clients import (
    PARENT,
    SECONDS,
    DataManager,
    data_manager_session,
    destination,
    emails,
    ingestion,
    member,
    refusal,
    user_list,
)

Change = Callable[[Any], None]


def _with(**fields: Any) -> Change:
    def change(request: Any) -> None:
        for name, value in fields.items():
            setattr(request, name, value)

    return change


def _linked(request: Any) -> None:
    request.destinations[0].linked_account = dm.ProductAccount(
        account_type=1, account_id=CUSTOMER
    )


def _account(**fields: Any) -> Change:
    def change(request: Any) -> None:
        for name, value in fields.items():
            setattr(request.destinations[0].operating_account, name, value)

    return change


def _list(text: str) -> Change:
    def change(request: Any) -> None:
        request.destinations[0].product_destination_id = text

    return change


def _login(account_id: str) -> Change:
    def change(request: Any) -> None:
        request.destinations[0].login_account = dm.ProductAccount(
            account_type=1, account_id=account_id
        )

    return change


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_with(destinations=[]), (400, "REQUIRED_FIELD_MISSING")),
        (_with(encoding=0), (400, "REQUIRED_FIELD_MISSING")),
        (_with(terms_of_service=dm.TermsOfService()), (400, "TERMS_AND_CONDITIONS_NOT_SIGNED")),
        (
            _linked,
            (400, "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT"),
        ),
        (_account(account_id=""), (400, "REQUIRED_FIELD_MISSING")),
        (_account(account_id="123-456"), (400, "INVALID_NUMBER_FORMAT")),
        (_account(account_id="111"), (403, "PERMISSION_DENIED")),
        (_account(account_type=3), (400, "DESTINATION_ACCOUNT_TYPE_MISMATCH")),
        (_login("111"), (403, "PERMISSION_DENIED")),
        (_list("1"), (400, "INVALID_USER_LIST_ID")),
        (_list(f"customers/{CUSTOMER}/userLists/1"), (400, "INVALID_USER_LIST_ID")),
    ],
)
def test_destinations_and_settings_that_cannot_be_right(
    google: FakeGoogle, session: DataManager, change: Change, found: tuple[int, str]
) -> None:
    made = session.make_list()
    request = ingestion(destination(made.id), members=[member(emails(1)[0])])
    change(request)
    assert refusal(lambda: session.ingest(request))[:2] == found
    assert google.platform.unsettled == 0


@pytest.mark.parametrize(
    ("count", "reference", "reason"),
    [(11, "{}", "TOO_MANY_DESTINATIONS"), (2, "same", "DUPLICATE_DESTINATION_REFERENCE")],
)
def test_too_many_destinations_or_two_of_one_name(
    session: DataManager, count: int, reference: str, reason: str
) -> None:
    made = session.make_list()
    where = [destination(made.id, reference=reference.format(n)) for n in range(count)]
    request = ingestion(*where, members=[member(emails(1)[0])])
    assert refusal(lambda: session.ingest(request)) == (400, reason, ["destinations"])


@pytest.mark.parametrize(
    ("switch", "found"),
    [
        ("has_signed_terms", (400, "TERMS_AND_CONDITIONS_NOT_SIGNED")),
        ("may_use_uploads", (400, "ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA")),
        (
            "has_political_declaration",
            (400, "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"),
        ),
        ("project_is_approved", (403, "NOT_ALLOWLISTED")),
        ("is_enabled", (403, "PERMISSION_DENIED")),
    ],
)
def test_an_account_that_may_not_ingest(
    google: FakeGoogle, session: DataManager, switch: str, found: tuple[int, str]
) -> None:
    made = session.make_list()
    setattr(google.platform.accounts[CUSTOMER], switch, False)
    request = ingestion(destination(made.id), members=[member(emails(1)[0])])
    assert refusal(lambda: session.ingest(request))[:2] == found


def test_statuses_that_are_unknown_or_too_old(google: FakeGoogle, session: DataManager) -> None:
    assert refusal(lambda: session.statuses("x"))[:2] == (400, "INVALID_REQUEST_ID")
    made = session.make_list()
    request_id = session.ingest(ingestion(destination(made.id), members=[member(emails(1)[0])]))
    google.platform.clock.advance(days=50)
    assert session.statuses(request_id)
    google.platform.clock.advance(seconds=1)
    assert refusal(lambda: session.statuses(request_id))[:2] == (400, "REQUEST_TOO_OLD")


def _made(change: Change) -> Any:
    made = user_list("Buyers")
    change(dm.UserList.pb(made))
    return made


def _lasts(seconds: int) -> Change:
    def change(made: Any) -> None:
        made.membership_duration.CopyFrom(Duration(seconds=seconds))

    return change


def _named(name: str) -> Change:
    def change(made: Any) -> None:
        made.display_name = name

    return change


def _keyless(made: Any) -> None:
    made.ClearField("ingested_user_list_info")


def _of_two_kinds(made: Any) -> None:
    made.ingested_user_list_info.upload_key_types.append(2)


@pytest.mark.parametrize("transport", ["grpc", "rest"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_lasts(541 * 86_400), "MEMBERSHIP_DURATION_TOO_LONG"),
        (_lasts(86_400 + 3_600), "INVALID_ARGUMENT"),
        (_named(""), "REQUIRED_FIELD_MISSING"),
        (_named(" "), "INVALID_DISPLAY_NAME"),
        (_named("Taken"), "DISPLAY_NAME_ALREADY_USED"),
        (_keyless, "REQUIRED_FIELD_MISSING"),
        (_of_two_kinds, "UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES"),
    ],
)
def test_lists_that_are_not_made(
    google: FakeGoogle, transport: str, change: Change, reason: str
) -> None:
    google.platform.add_list(CUSTOMER, "Taken")
    with data_manager_session(google, transport) as session:
        create = session.lists.create_user_list
        made = _made(change)
        found = refusal(lambda: create(parent=PARENT, user_list=made, timeout=SECONDS))
    assert (found[:2], len(google.audiences())) == ((400, reason), 1)


def test_lists_that_are_not_changed(google: FakeGoogle, session: DataManager) -> None:
    made = session.make_list()

    def update(*paths: str, name: str = made.name) -> tuple[int | None, str]:
        changed = dm.UserList(name=name, display_name="Taken")
        mask = FieldMask(paths=paths)
        call = session.lists.update_user_list
        return refusal(lambda: call(user_list=changed, update_mask=mask, timeout=SECONDS))[:2]

    google.platform.add_list(CUSTOMER, "Taken")
    assert update("display_name") == (400, "DISPLAY_NAME_ALREADY_USED")
    assert update() == (400, "INVALID_UPDATE_MASK")
    assert update("ingested_user_list_info") == (400, "IMMUTABLE_FIELD_FOR_UPDATE")
    assert update("description", name=f"{PARENT}/userLists/1") == (404, "NOT_FOUND")
    google.list(made.id).is_read_only = True
    assert update("description") == (400, "USER_LIST_MUTATION_NOT_SUPPORTED")
    google.list(made.id).is_owned = False
    assert update("description") == (403, "OWNERSHIP_REQUIRED_FOR_UPDATE")
    google.platform.accounts[CUSTOMER].has_political_declaration = False
    found = refusal(lambda: session.make_list("Another"))
    assert found[1] == "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"filter": "nothing = 1"}, "INVALID_FILTER"),
        ({"filter": "display_name"}, "INVALID_FILTER"),
        ({"page_token": "?"}, "INVALID_PAGE_TOKEN"),
        ({"page_size": -1}, "INVALID_ARGUMENT"),
        ({"parent": "accountTypes/NONE/accounts/1"}, "INVALID_RESOURCE_NAME"),
    ],
)
def test_listings_that_are_refused(
    session: DataManager, fields: dict[str, Any], reason: str
) -> None:
    request = dm.ListUserListsRequest(**{"parent": PARENT, **fields})
    call = session.lists.list_user_lists
    assert refusal(lambda: call(request=request, timeout=SECONDS))[:2] == (400, reason)


def test_a_login_account_that_is_no_name(session: DataManager) -> None:
    call = session.lists.list_user_lists
    header = [("login-account", CUSTOMER)]
    found = refusal(lambda: call(parent=PARENT, metadata=header, timeout=SECONDS))
    assert found[1] == "INVALID_RESOURCE_NAME"


def test_tokens_that_are_dead_or_for_something_else(google: FakeGoogle) -> None:
    access = google.platform.access
    wrong = access.give(frozenset({ADS_SCOPE}))
    dead = access.give(frozenset({DATA_MANAGER_SCOPE}))
    del access.tokens[dead]
    for token, found in (
        (dead, (401, None)),
        (wrong, (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
    ):
        credentials = Credentials(token)
        with data_manager_session(google, credentials=credentials) as session:
            assert refusal(session.make_list)[:2] == found


def quota_limit(call: Callable[[], object]) -> tuple[int | None, str]:
    with pytest.raises(GoogleAPICallError) as caught:
        call()
    return caught.value.code, caught.value.metadata["quota_limit"]


@pytest.mark.parametrize("transport", ["grpc", "rest"])
def test_quotas_of_a_minute_and_a_day_are_counted_apart(
    google: FakeGoogle, transport: str
) -> None:
    quirks = google.platform.quirks
    quirks.requests_per_minute, quirks.requests_per_day = 2, 3
    made = google.platform.add_list(CUSTOMER, "Buyers")
    request = ingestion(destination(made.id), members=[member(emails(1)[0])])
    with data_manager_session(google, transport) as session:
        request_id = session.ingest(request)
        session.ingest(request)
        per_minute = (429, "IngestionMutateRequestsPerMinutePerProject")
        assert quota_limit(lambda: session.ingest(request)) == per_minute
        for _ in range(2):
            session.statuses(request_id)  # reads have a quota of their own
        per_minute = (429, "IngestionReadRequestsPerMinutePerProject")
        assert quota_limit(lambda: session.statuses(request_id)) == per_minute
        session.make_list("One")
        session.make_list("Two")
        per_minute = (429, "ManagementMutateRequestsPerMinutePerProject")
        assert quota_limit(lambda: session.make_list("Three")) == per_minute
        google.platform.clock.advance(minutes=1)
        session.ingest(request)
        per_day = (429, "IngestionMutateRequestsPerDayPerProject")
        assert quota_limit(lambda: session.ingest(request)) == per_day
        google.platform.clock.advance(days=1)
        session.ingest(request)


def test_a_named_quota_may_be_ordered(google: FakeGoogle, session: DataManager) -> None:
    limit = "IngestionMutateRequestsPerMinutePerProject"
    google.faults.plan(faults.exhausted(7, quota_limit=limit))
    with pytest.raises(GoogleAPICallError) as caught:
        session.make_list()
    assert (caught.value.code, caught.value.metadata["quota_limit"]) == (429, limit)
    delays = [one.retry_delay for one in caught.value.details if hasattr(one, "retry_delay")]
    assert [one.seconds for one in delays] == [7]
