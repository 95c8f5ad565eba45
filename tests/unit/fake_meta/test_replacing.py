"""The fake Graph API through the official SDK: an audience replaced."""

import pytest

from audsync.testing.meta import ACCOUNT, FakeMeta
from fakes.graph_caller import Caller, codes_of, digest, people, upload


class TestReplacing:
    def test_a_replacement_in_two_batches(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        caller.replace(made, people(40), session=(5, 1, False))
        assert caller.status(made) == 414
        assert fake.members(made) == set()
        assert codes_of(caller.add, made, people(1)) == (2650, 1870145)
        assert codes_of(caller.remove, made, people(1)) == (2650, 1870145)
        for session in ((6, 1, True), (5, 1, False)):
            refused = codes_of(caller.replace, made, people(1), session=session)
            assert refused == (2650, 1870145)
        answer = caller.replace(made, people(20, start=40), session=(5, 2, True))
        assert (answer["num_received"], answer["session_id"]) == (60, "5")
        assert caller.status(made) == 200
        assert fake.members(made) == set(people(60))
        assert codes_of(caller.replace, made, people(1), session=(5, 3, True)) == (
            2650,
            1870159,
        )

    def test_what_was_there_stays_until_the_last_batch(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        caller.add(made, people(5))
        fake.graph.clock.advance(hours=1)
        caller.replace(made, people(2, start=9), session=(5, 1, False))
        assert fake.members(made) == set(people(5))
        for _ in range(2):  # a later batch may come twice, and in any order
            caller.replace(made, people(2, start=20), session=(5, 3, False))
        caller.replace(made, people(2, start=11), session=(5, 2, True))
        assert fake.members(made) == {*people(4, start=9), *people(2, start=20)}
        found = caller.audience(made).api_get(fields=["time_content_updated"])
        assert found["time_content_updated"] == fake.graph.clock.now

    def test_the_window_ends_after_ninety_minutes(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        caller.add(made, people(9))
        caller.replace(made, people(4), session=(5, 1, False))
        fake.graph.clock.advance(minutes=89)
        caller.replace(made, people(1, start=4), session=(5, 2, False))
        fake.graph.clock.advance(minutes=1)
        assert fake.members(made) == set(people(5))
        assert codes_of(caller.replace, made, people(1, start=5), session=(5, 3, True)) == (
            2650,
            1870158,
        )
        assert caller.status(made) == 200
        caller.add(made, people(1, start=5))
        assert fake.members(made) == set(people(6))

    def test_the_first_batch_is_number_one(self, caller: Caller) -> None:
        assert codes_of(caller.replace, caller.made(), people(1), session=(5, 2, False)) == (
            2650,
            1870147,
        )

    def test_all_batches_have_one_schema(self, caller: Caller) -> None:
        made = caller.made()
        caller.replace(made, people(1), session=(5, 1, False))
        assert codes_of(
            caller.replace, made, [[digest("a")]], keys=["EMAIL"], session=(5, 2, True)
        ) == (2650, None)

    def test_the_status_may_lag(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.polls_after_replace = 2
        made = caller.made()
        caller.replace(made, people(1), session=(5, 1, True))
        assert codes_of(caller.add, made, people(1)) == (2650, 1870145)
        again = {"session": (6, 1, True)}
        assert codes_of(caller.replace, made, people(1), **again) == (2650, 1870145)
        assert [caller.status(made) for _ in range(3)] == [414, 414, 200]
        caller.add(made, people(1))

    def test_an_unfilled_audience_may_have_to_be_filled_first(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        fake.graph.quirks.replaces_unfilled = False
        made = caller.made()
        assert codes_of(caller.replace, made, people(1), session=(5, 1, True)) == (2650, None)
        caller.add(made, people(3))
        caller.replace(made, people(1), session=(5, 1, True))
        assert fake.members(made) == set(people(1))

    def test_the_first_batch_may_be_taken_twice(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.takes_first_batch_twice = True
        made = caller.made()
        for is_last in (False, True):
            caller.replace(made, people(2), session=(5, 1, is_last))
        assert fake.members(made) == set(people(2))

    def test_the_answer_may_name_the_account(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.tells_account = True
        path = f"{caller.made()}/usersreplace"
        session = {"session_id": 5, "batch_seq": 1, "last_batch_flag": True}
        answer = caller.raw("POST", path, **upload(people(2)), session=session).json()
        assert answer["account_id"] == ACCOUNT
        assert "audience_id" not in answer

    def test_a_huge_audience_is_not_replaced(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        fake.graph.audiences[made].stated_size = 100_000_000
        assert codes_of(caller.replace, made, people(1), session=(5, 1, True)) == (
            2650,
            1870144,
        )

    @pytest.mark.parametrize(
        "session",
        [
            None,
            "[]",
            {},
            {"session_id": 0, "batch_seq": 1},
            {"session_id": 2**63, "batch_seq": 1},
            {"session_id": 5, "batch_seq": 0},
            {"session_id": 5},
            {"session_id": True, "batch_seq": 1},
        ],
    )
    def test_a_session_is_checked(self, caller: Caller, session: object) -> None:
        path = f"{caller.made()}/usersreplace"
        answer = caller.raw("POST", path, **upload(people(1)), session=session)
        assert answer.json()["error"]["code"] == 100
