"""The fake's token endpoint by google-auth: refreshed, expired, revoked."""

import json
from typing import Any

import pytest
import requests
from google.ads.googleads.errors import GoogleAdsException
from google.api_core.exceptions import GoogleAPICallError, ServiceUnavailable
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials

from audsync.testing.google import (
    ADS_SCOPE,
    CLIENT_ID,
    CLIENT_SECRET,
    CUSTOMER,
    DATA_MANAGER_SCOPE,
    REFRESH_TOKEN,
    FakeGoogle,
    faults,
)
from fakes.google_clients import (
    ads_session,
    data_manager_session,
    destination,
    emails,
    ingestion,
    member,
)


def of_person(google: FakeGoogle, *scopes: str, **changes: str) -> Any:
    told = {
        "refresh_token": REFRESH_TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "token_uri": google.token_uri,
        **changes,
    }
    return Credentials(None, scopes=list(scopes) or None, **told)


def of_robot(google: FakeGoogle, *scopes: str) -> Any:
    info = json.loads(google.service_account)
    make: Any = service_account.Credentials.from_service_account_info
    return make(info, scopes=list(scopes))


def refreshed(credentials: Any) -> str:
    with requests.Session() as session:
        credentials.refresh(Request(session))
    return str(credentials.token)


def test_a_person_has_one_token_for_many_calls(google: FakeGoogle) -> None:
    with ads_session(google, credentials=of_person(google, ADS_SCOPE)) as ads:
        ads.make_list()
        ads.make_list("Others")
    assert google.calls["token"] == 1


def test_a_service_account_signs_for_its_token(google: FakeGoogle) -> None:
    made = google.platform.add_list(CUSTOMER, "Buyers")
    for transport in ("grpc", "rest"):
        credentials = of_robot(google, DATA_MANAGER_SCOPE)
        with data_manager_session(google, transport, credentials=credentials) as session:
            request = ingestion(destination(made.id), members=[member(emails(1)[0])])
            assert session.ingest(request)
    # The client of Data Manager lets the account sign a token of its own.
    assert google.calls["token"] == 0
    with ads_session(google, credentials=of_robot(google, ADS_SCOPE)) as ads:
        ads.make_list("Others")
    assert google.calls["token"] == 1


def test_a_service_account_that_lost_its_rights_signs_in_vain(google: FakeGoogle) -> None:
    credentials = of_robot(google, DATA_MANAGER_SCOPE)
    with data_manager_session(google, credentials=credentials) as session:
        session.make_list()
        google.platform.access.revoke()
        with pytest.raises(GoogleAPICallError) as caught:
            session.make_list("Others")
    assert caught.value.code == 401


def test_a_token_that_a_service_account_signed_without_scopes(google: FakeGoogle) -> None:
    with (
        ads_session(google, credentials=of_robot(google)) as ads,
        pytest.raises(GoogleAdsException),
    ):
        ads.make_list()


def test_a_token_for_one_api_is_none_for_the_other(google: FakeGoogle) -> None:
    credentials = of_person(google, ADS_SCOPE)
    with data_manager_session(google, credentials=credentials) as session:
        with pytest.raises(GoogleAPICallError) as caught:
            session.make_list()
        assert caught.value.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    google.platform.access.granted = {ADS_SCOPE}
    with pytest.raises(RefreshError, match="invalid_scope"):
        refreshed(of_person(google, DATA_MANAGER_SCOPE))


def test_an_expired_token_is_not_renewed_over_grpc(google: FakeGoogle) -> None:
    credentials = of_person(google, ADS_SCOPE, DATA_MANAGER_SCOPE)
    with ads_session(google, credentials=credentials) as ads:
        ads.make_list()
        google.platform.access.expire_tokens()
        with pytest.raises(GoogleAdsException):
            ads.make_list("Others")
        refreshed(credentials)
        ads.make_list("Others")


def test_an_expired_token_is_renewed_over_http(google: FakeGoogle) -> None:
    credentials = of_person(google, DATA_MANAGER_SCOPE)
    with data_manager_session(google, "rest", credentials=credentials) as session:
        session.make_list()
        google.platform.access.expire_tokens()
        session.make_list("Others")
    assert google.calls["token"] == 2


def test_revoked_rights_look_like_an_outage_unless_the_token_is_refreshed_first(
    google: FakeGoogle,
) -> None:
    google.platform.access.revoke()
    credentials = of_person(google, ADS_SCOPE)
    with pytest.raises(RefreshError, match="invalid_grant") as caught:
        refreshed(credentials)
    assert not caught.value.retryable
    with (
        ads_session(google, credentials=credentials) as ads,
        pytest.raises(ServiceUnavailable, match="metadata from plugin failed"),
    ):
        ads.make_list()
    with pytest.raises(RefreshError, match="invalid_grant"):
        refreshed(of_robot(google, ADS_SCOPE))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"refresh_token": "wrong"}, "invalid_grant"),
    ],
)
def test_wrong_secrets(google: FakeGoogle, changes: dict[str, str], error: str) -> None:
    with pytest.raises(RefreshError, match=error):
        refreshed(of_person(google, ADS_SCOPE, **changes))


def test_an_assertion_that_the_account_did_not_sign(google: FakeGoogle) -> None:
    jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    for form, error in (
        ({"grant_type": jwt, "assertion": "e30.e30.c2ln"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ):
        answer = requests.post(google.token_uri, data=form, timeout=60)
        assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_the_token_endpoint_fails_when_told_to(google: FakeGoogle) -> None:
    google.fail_next(401)  # of an API, and so of no call for a token
    assert refreshed(of_person(google, ADS_SCOPE)).startswith("fake-token-")
    google.recover()
    google.faults.plan(faults.unavailable(), endpoint="token", times=None)
    answer = requests.post(google.token_uri, data={}, timeout=60)
    assert answer.status_code == 503
