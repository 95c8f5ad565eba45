"""The fake Graph API fails as told, and says what the SDK makes of it."""

import json
from contextlib import suppress
from typing import Any

import pytest
import requests
from facebook_business.exceptions import FacebookRequestError

from audsync.testing.meta import ACCOUNT, FakeMeta, faults
from audsync.testing.meta.faults import Fault
from fakes.graph_caller import Caller, codes_of, people, upload
from fakes.pauses import Pauses

BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture
def made(caller: Caller) -> str:
    return caller.made()


def sent(caller: Caller, audience_id: str) -> Any:
    """The JSON of an answer to an upload of two people, if it is right; None otherwise."""
    try:
        answer = caller.raw("POST", f"{audience_id}/users", **upload(people(2)))
        found = answer.json()
    except (*BROKEN, ValueError):
        return None
    is_right = isinstance(found, dict) and found.get("audience_id") == audience_id
    return found if is_right and answer.ok else None


@pytest.mark.parametrize("fault", faults.PASSING)
def test_nothing_is_carried_out_and_the_next_call_is_right(
    fake: FakeMeta, caller: Caller, made: str, fault: Fault
) -> None:
    fake.faults.plan(fault)
    assert sent(caller, made) is None
    assert fake.members(made) == set()
    assert fake.faults.is_empty
    assert sent(caller, made)["num_received"] == 2
    assert fake.members(made) == set(people(2))


@pytest.mark.parametrize("fault", faults.LOST)
def test_a_call_is_carried_out_and_its_answer_lost(
    fake: FakeMeta, caller: Caller, made: str, fault: Fault
) -> None:
    fake.faults.plan(fault)
    assert sent(caller, made) is None
    assert fake.members(made) == set(people(2))
    assert sent(caller, made)["num_received"] == 2
    assert fake.graph.audiences[made].added == dict.fromkeys(people(2), 2)


@pytest.mark.parametrize(
    ("fault", "made_of_it"),
    [
        (faults.html_page(502), 502),
        (faults.html_page(200), 200),
        (faults.empty(200), 200),
        (faults.empty(500), FacebookRequestError),
        (faults.text("Service Unavailable"), FacebookRequestError),
        (faults.text("no success"), TypeError),
        (faults.json_without_error(500), 500),
        (faults.other_json({"success": False}), FacebookRequestError),
        (faults.other_json({"error": "a text"}), AttributeError),
        (faults.error(2, data="a text"), json.JSONDecodeError),
        (faults.other_json([]), 200),
        (faults.other_json(body=True), TypeError),
    ],
)
def test_what_the_sdk_makes_of_odd_answers(
    fake: FakeMeta,
    caller: Caller,
    made: str,
    fault: Fault,
    made_of_it: int | type[Exception],
) -> None:
    def call() -> Any:
        return caller.api.call("POST", (made, "users"), params=upload(people(1)))

    fake.faults.plan(fault)
    if isinstance(made_of_it, int):  # taken for a success
        assert call().status() == made_of_it
    else:
        with pytest.raises(made_of_it):
            call()
    assert fake.members(made) == set()


def test_an_error_is_told_in_full(fake: FakeMeta, caller: Caller, made: str) -> None:
    fake.faults.plan(
        faults.error(
            100,
            1713098,
            message="Wrong",
            user_title="Title",
            user_msg="What a person reads",
            data={"blame_field_specs": [["rule"]]},
        )
    )
    answer = caller.raw("GET", made)
    error = answer.json()["error"]
    assert error.pop("fbtrace_id") == answer.headers["x-fb-trace-id"]
    assert error == {
        "message": "(#100) Wrong",
        "type": "OAuthException",
        "code": 100,
        "error_subcode": 1713098,
        "is_transient": False,
        "error_user_title": "Title",
        "error_user_msg": "What a person reads",
        "error_data": {"blame_field_specs": [["rule"]]},
    }


class TestThrottling:
    def minutes(self, answer: requests.Response) -> int:
        [usage] = json.loads(answer.headers["x-business-use-case-usage"])[ACCOUNT]
        return int(usage["estimated_time_to_regain_access"])

    def test_a_fault_says_how_long_to_wait(
        self, fake: FakeMeta, caller: Caller, made: str
    ) -> None:
        fake.faults.plan(faults.throttled(minutes=7))
        answer = caller.raw("GET", made)
        assert answer.json()["error"]["error_subcode"] == 2446079
        assert self.minutes(answer) == 7
        assert self.minutes(caller.raw("GET", made)) == 0

    def test_an_account_is_throttled_for_minutes(
        self, fake: FakeMeta, caller: Caller, made: str
    ) -> None:
        fake.graph.throttle(3)
        for left in (3, 2, 1):
            answer = caller.raw("POST", f"{made}/users", **upload(people(1)))
            assert answer.json()["error"]["code"] == 80003
            assert self.minutes(answer) == left
            fake.graph.clock.advance(minutes=1)
        assert sent(caller, made)["num_received"] == 2

    def test_calls_meanwhile_may_make_it_longer(
        self, fake: FakeMeta, caller: Caller, made: str
    ) -> None:
        fake.graph.quirks.grows_by_minutes = 5
        fake.graph.throttle(1)
        assert [self.minutes(caller.raw("GET", made)) for _ in range(2)] == [6, 11]


class TestConnections:
    def test_an_answer_is_late(
        self, fake: FakeMeta, caller: Caller, made: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pauses = Pauses(monkeypatch)
        fake.faults.plan(faults.slow(0.3))
        caller.session.timeout = (60, 0.1)
        with pytest.raises(requests.ReadTimeout):
            caller.add(made, people(2))
        pauses.begun()
        assert pauses.lengths == [0.3]
        assert fake.members(made) == set(people(2))
        pauses.end()

    def test_a_body_is_slow(self, fake: FakeMeta, caller: Caller, made: str) -> None:
        fake.faults.plan(faults.slow_body(0.2))
        answer = caller.raw("POST", f"{made}/users", **upload(people(2)))
        assert answer.json()["num_received"] == 2

    @pytest.mark.parametrize("fault", [faults.reset_before(), faults.reset_after()])
    def test_the_sdk_sees_a_broken_connection(
        self, fake: FakeMeta, caller: Caller, made: str, fault: Fault
    ) -> None:
        fake.faults.plan(fault)
        with pytest.raises(BROKEN):
            caller.add(made, people(2))
        assert fake.log[-1].status is None
        assert len(fake.members(made)) == (2 if fault.is_carried_out else 0)


class TestReplacements:
    def test_one_fails_half_way(self, fake: FakeMeta, caller: Caller, made: str) -> None:
        caller.add(made, people(3))
        caller.replace(made, people(2, start=10), session=(5, 1, False))
        fake.faults.plan(faults.partial_replace())
        last = {"session": (5, 2, True)}
        assert codes_of(caller.replace, made, people(2, start=12), **last) == (2650, 1870148)
        assert fake.members(made) == {*people(3), *people(2, start=10)}
        again = {"session": (6, 1, True)}
        assert codes_of(caller.replace, made, people(4, start=10), **again) == (2650, None)
        assert [caller.status(made) for _ in range(2)] == [415, 200]
        caller.replace(made, people(4, start=10), **again)
        assert fake.members(made) == set(people(4, start=10))

    def test_the_answer_to_the_first_batch_is_lost(
        self, fake: FakeMeta, caller: Caller, made: str
    ) -> None:
        fake.faults.plan(faults.reset_after(), endpoint="POST usersreplace")
        with pytest.raises(BROKEN):
            caller.replace(made, people(2), session=(5, 1, False))
        [session] = caller.audience(made).get_sessions(params={"session_id": 5})
        assert (caller.status(made), session["num_received"]) == (414, "2")
        caller.replace(made, people(1, start=2), session=(5, 2, True))
        assert fake.members(made) == set(people(3))


class TestPlans:
    def test_a_fault_is_for_an_endpoint_a_place_and_a_number(
        self, fake: FakeMeta, caller: Caller, made: str
    ) -> None:
        fake.faults.plan(faults.error(1), endpoint="* users", after=1, times=2)
        caller.remove(made, people(1))
        assert codes_of(caller.add, made, people(1)) == (1, None)
        assert caller.status(made) == 200
        assert codes_of(caller.remove, made, people(1)) == (1, None)
        assert fake.faults.is_empty
        assert fake.calls["POST users"] == 1
        assert fake.calls["DELETE users"] == 2

    def test_something_happens_before_a_call(
        self, fake: FakeMeta, caller: Caller, made: str
    ) -> None:
        flag = fake.graph.audiences[made].flag
        fake.faults.plan(faults.event(flag), endpoint="POST users", after=1)
        caller.add(made, people(1))
        assert codes_of(caller.add, made, people(1)) == (100, 1713230)

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, 100), (401, 190), (403, 200), (429, 80003), (500, 1), (503, 2)],
    )
    def test_the_contract_kits_ask_by_status(
        self, fake: FakeMeta, caller: Caller, made: str, status: int, code: int
    ) -> None:
        fake.fail_next(status, retry_after=7)
        answer = caller.raw("POST", f"{made}/users", **upload(people(1)))
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert answer.headers["Retry-After"] == "7"
        assert fake.members(made) == set()
        fake.fail_next(429)
        fake.lose_next_reply()
        fake.recover()
        assert sent(caller, made) is not None

    def test_the_reply_after_the_next_is_lost(
        self, fake: FakeMeta, caller: Caller, made: str
    ) -> None:
        fake.lose_next_reply(after=1)
        assert sent(caller, made) is not None
        with suppress(*BROKEN):
            caller.remove(made, people(2))
        assert fake.members(made) == set()
