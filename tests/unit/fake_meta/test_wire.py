"""The fake Graph API through the official SDK: tokens, headers and forms."""

import json
import sys

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.api import FacebookAdsApi
from facebook_business.crashreporter import CrashReporter
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from audsync.testing.meta import ACCOUNT, APP, TOKEN, FakeMeta
from audsync.testing.meta.access import proof_of
from fakes.graph_caller import Caller, digest


class TestWhatNobodyMayDo:
    def test_the_token_of_the_sdk_is_in_each_address(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        caller.account.api_get(fields=["name"])
        assert fake.mistakes == {"token in an address": 1}
        assert TOKEN in fake.log[-1].target
        caller.session.requests.params.pop("access_token")
        caller.session.requests.headers["Authorization"] = f"Bearer {TOKEN}"
        caller.account.api_get(fields=["name"])
        assert fake.mistakes == {"token in an address": 1}
        assert TOKEN not in fake.log[-1].target

    @pytest.mark.parametrize("is_on", [True, False])
    def test_a_crash_report_is_noticed(
        self, fake: FakeMeta, monkeypatch: pytest.MonkeyPatch, *, is_on: bool
    ) -> None:
        monkeypatch.setattr(FacebookSession, "GRAPH", fake.url)
        monkeypatch.setattr(FacebookAdsApi, "_default_api", None)
        monkeypatch.setattr(sys, "excepthook", lambda *_error: None)
        api = FacebookAdsApi.init(APP, None, "dead", crash_log=is_on)
        try:
            AdAccount(f"act_{ACCOUNT}").api_get(fields=["name"])
        except FacebookRequestError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        CrashReporter.disable()
        api._session.requests.close()
        assert fake.mistakes["crash report"] == len(fake.instruments) == int(is_on)

    def test_the_proof_of_a_token(self) -> None:
        expected = "9bcde7f1d5e226d86e4692a62e5ec88f99306fb302d74b2dc3bff8a03770b63d"
        assert proof_of("TOKEN", "SECRET") == expected


def test_each_answer_has_the_headers_of_the_platform(fake: FakeMeta, caller: Caller) -> None:
    fake.graph.usage.call_count, fake.graph.usage.minutes = 96, 4
    for path in (f"act_{ACCOUNT}?fields=name", "404"):
        answer = caller.raw("GET", path)
        assert answer.headers["facebook-api-version"] == "v26.0"
        assert answer.headers["x-fb-trace-id"]
        assert json.loads(answer.headers["x-app-usage"])["call_count"] == 96
        [usage] = json.loads(answer.headers["x-business-use-case-usage"])[ACCOUNT]
        assert usage == {
            "type": "custom_audience",
            "call_count": 96,
            "total_cputime": 1,
            "total_time": 1,
            "estimated_time_to_regain_access": 4,
        }


def test_a_form_is_read_as_it_was_written(fake: FakeMeta) -> None:
    made = fake.graph.add("Buyers")
    keys = ["EXTERN_ID", "EMAIL"]
    rows = [[f"a+b %22 ☃ {'%' * number} &=", digest("a")] for number in range(40)]
    body = {"payload": json.dumps({"schema": keys, "data": rows}, ensure_ascii=False)}
    requests.post(
        f"{fake.url}/v26.0/{made.id}/users", {**body, "access_token": TOKEN}, timeout=60
    )
    assert fake.members(made.id) == {tuple(row) for row in rows}
