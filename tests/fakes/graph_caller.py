"""Calls to a fake Graph API by the official SDK, and without it."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.customaudience import CustomAudience
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from audsync.testing.meta import ACCOUNT, APP, TOKEN, FakeMeta

KEYS = ("EMAIL", "PHONE")
FIELDS = (
    "name",
    "operation_status",
    "delivery_status",
    "approximate_count_lower_bound",
    "approximate_count_upper_bound",
)
Rows = list[tuple[str, ...]]
Codes = tuple[int | None, int | None]


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def people(count: int, *, start: int = 0) -> Rows:
    """Rows of two digests, of invented people."""
    return [
        (digest(f"{number}@example.com"), digest(f"4860010{number:04}"))
        for number in range(start, start + count)
    ]


class Caller:
    """Whoever calls the API: by the SDK with `api`, `account` and `audience`, or by `raw`."""

    def __init__(
        self, fake: FakeMeta, *, token: str = TOKEN, secret: str | None = None
    ) -> None:
        session_class = type("Session", (FacebookSession,), {"GRAPH": fake.url})
        self.session = session_class(APP, secret, token, timeout=(60, 60))
        self.session.requests.trust_env = False
        self.api = FacebookAdsApi(self.session)
        self.account = AdAccount(f"act_{ACCOUNT}", api=self.api)
        self._base = f"{fake.url}/v26.0"
        self._raw = requests.Session()
        self._raw.trust_env = False
        self._raw.headers["Authorization"] = f"Bearer {TOKEN}"

    def close(self) -> None:
        self.session.requests.close()
        self._raw.close()

    def raw(self, method: str, path: str, /, **params: Any) -> requests.Response:
        """A call with a bearer and a JSON body."""
        sent = params or None
        return self._raw.request(method, f"{self._base}/{path}", json=sent, timeout=60)

    def made(self, name: str = "Buyers", **params: Any) -> str:
        """The id of a new audience for a customer file."""
        settings = {
            "name": name,
            "subtype": "CUSTOM",
            "customer_file_source": "USER_PROVIDED_ONLY",
            **params,
        }
        return str(self.account.create_custom_audience(params=settings)["id"])

    def audience(self, audience_id: str) -> CustomAudience:
        return CustomAudience(audience_id, api=self.api)

    def status(self, audience_id: str) -> int:
        found = self.audience(audience_id).api_get(fields=["operation_status"])
        return int(found["operation_status"]["code"])

    def add(self, audience_id: str, rows: Sequence[Sequence[object]], **more: Any) -> Any:
        params = upload(rows, **more)
        return self.audience(audience_id).create_user(params=params).export_all_data()

    def remove(self, audience_id: str, rows: Sequence[Sequence[object]], **more: Any) -> Any:
        params = {"method": "DELETE", **upload(rows, **more)}
        return self.audience(audience_id).create_user(params=params).export_all_data()

    def replace(self, audience_id: str, rows: Sequence[Sequence[object]], **more: Any) -> Any:
        params = upload(rows, **more)
        return self.audience(audience_id).create_users_replace(params=params).export_all_data()


def upload(
    rows: Sequence[Sequence[object]],
    *,
    keys: Sequence[str] = KEYS,
    session: tuple[int, int, bool] | None = None,
) -> dict[str, Any]:
    """Parameters of a membership call; a session is its id, batch and whether it is over."""
    params: dict[str, Any] = {
        "payload": {"schema": list(keys), "data": [list(row) for row in rows]}
    }
    if session is not None:
        session_id, number, is_last = session
        params["session"] = {
            "session_id": session_id,
            "batch_seq": number,
            "last_batch_flag": is_last,
        }
    return params


def codes_of(call: Callable[..., object], *given: Any, **more: Any) -> Codes:
    """Code and subcode of the error that a call ends with."""
    with pytest.raises(FacebookRequestError) as caught:
        call(*given, **more)
    return caught.value.api_error_code(), caught.value.api_error_subcode()
