"""The fake Graph API through the official SDK: members, values and erasures."""

import pytest
from facebook_business.adobjects.adaccount import AdAccount

from audsync.testing.meta import ACCOUNT, FakeMeta, Matching, Samples
from fakes.graph_caller import FIELDS, KEYS, Caller, codes_of, digest, people, upload


class TestMembers:
    def test_rows_are_added_and_counted(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        answer = caller.add(made, people(150), session=(7, 1, False))
        assert answer["audience_id"] == made
        assert (answer["session_id"], answer["num_received"]) == ("7", 150)
        assert caller.add(made, people(60), session=(7, 2, True))["num_received"] == 210
        assert fake.members(made) == set(people(150))
        assert fake.graph.audiences[made].added[people(1)[0]] == 2
        found = caller.audience(made).api_get(fields=FIELDS)
        assert found["operation_status"]["code"] == 200
        assert found["delivery_status"]["code"] == 200
        assert found["approximate_count_lower_bound"] == 150
        assert found["approximate_count_upper_bound"] == 160

    def test_a_deletion_in_the_address_and_one_in_the_body(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        caller.add(made, people(10_000))
        caller.audience(made).delete_users(params=upload(people(1)))
        assert 300 < fake.log[-1].url_length < 500
        assert fake.mistakes["payload in an address"] == 1
        rows = [[email, ""] for email, _ in people(10_000)]
        caller.add(made, rows)
        caller.remove(made, people(10_000))
        assert fake.log[-1].url_length < 250
        assert fake.log[-1].body_length > 1_400_000
        assert fake.members(made) == {tuple(row) for row in rows}
        assert fake.graph.audiences[made].removed[people(1)[0]] == 2

    def test_a_deletion_with_a_json_body_and_a_bearer(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        assert (
            caller.raw("POST", f"{made}/users", **upload(people(3))).json()["num_received"] == 3
        )
        caller.raw("DELETE", f"{made}/users", **upload(people(2)))
        assert fake.members(made) == set(people(1, start=2))

    def test_a_long_address_is_cut_and_the_sdk_calls_it_a_success(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        caller.add(made, people(1_000))
        for rows in (people(200), people(1_000)):  # the second is too long for any server
            answer = caller.audience(made).remove_users(
                list(KEYS), rows, is_raw=True, pre_hashed=True
            )
            assert answer.status() == 414
        assert len(fake.members(made)) == 1_000
        fake.graph.quirks.longest_url = 60_000
        caller.audience(made).remove_users(
            list(KEYS), people(200), is_raw=True, pre_hashed=True
        )
        assert len(fake.members(made)) == 800

    @pytest.mark.parametrize(
        ("samples", "shown"),
        [
            (Samples.ROWS, ['["no digest", ""]']),
            (Samples.MAP, {'["no digest", ""]': "invalid"}),
            (Samples.VALUES, ["no digest"]),
            (Samples.NONE, []),
        ],
    )
    def test_entries_that_cannot_be_right_are_counted_and_shown(
        self, fake: FakeMeta, caller: Caller, samples: Samples, shown: object
    ) -> None:
        fake.graph.quirks.samples = samples
        made = caller.made()
        answer = caller.raw(
            "POST", f"{made}/users", **upload([*people(2), ("no digest", "")])
        ).json()
        assert (answer["num_received"], answer["num_invalid_entries"]) == (3, 1)
        assert answer["invalid_entry_samples"] == shown
        assert fake.members(made) == set(people(2))

    @pytest.mark.parametrize(
        "row",
        [
            (digest("a").upper(), ""),
            (digest("a")[:63], ""),
            ("", ""),
            (f"{digest('a')}0", digest("b")),
            (digest("a"), "4860010"),
            (None, digest("b")),
            (12, digest("b")),
        ],
    )
    def test_what_is_no_digest_is_invalid(
        self, fake: FakeMeta, caller: Caller, row: tuple[object, object]
    ) -> None:
        made = caller.made()
        answer = caller.raw("POST", f"{made}/users", **upload([row, *people(1)])).json()
        assert answer["num_invalid_entries"] == 1
        assert fake.members(made) == set(people(1))

    def test_they_are_counted_by_session_or_by_call(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        for number, counted in ((1, 1), (2, 2), (3, 1)):
            fake.graph.quirks.counts_invalid_by_session = number < 3
            answer = caller.add(made, [("x", ""), *people(1)], session=(7, number, False))
            assert answer["num_received"] == 2 * number
            assert answer["num_invalid_entries"] == counted

    def test_at_most_a_hundred_samples_are_shown(self, caller: Caller) -> None:
        answer = caller.add(caller.made(), [(f"{number}", "") for number in range(150)])
        assert answer["num_invalid_entries"] == 150
        assert len(answer["invalid_entry_samples"]) == 100

    def test_a_value_may_be_bad_whoever_sends_it(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.bad_values = {people(3)[2][1]}
        made = caller.made()
        for rows in (people(5), people(2, start=2)):
            assert caller.add(made, rows)["num_invalid_entries"] == 1
        assert fake.members(made) == {*people(2), *people(2, start=3)}

    def test_keys_that_are_no_digests_come_as_they_are(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        keys = ("EMAIL", "EXTERN_ID", "MADID", "DATA_PROCESSING_OPTIONS")
        row = [digest("a"), "CUST-1", "38400000-8cf0-11bd-b23e-10b96e40000d", []]
        assert caller.add(made, [row], keys=keys)["num_invalid_entries"] == 0
        assert fake.members(made) == {tuple(row[:3])}

    def test_one_key_alone_is_another_kind_of_audience(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        caller.audience(made).add_users("EMAIL_SHA256", [" Ana@Example.com "])
        assert fake.members(made) == {(digest("ana@example.com"),)}
        assert codes_of(caller.add, made, [[digest("a")]], keys=["EMAIL"]) == (2650, None)

    def test_an_audience_keeps_its_schema(self, caller: Caller) -> None:
        made = caller.made()
        caller.remove(made, people(2), keys=("PHONE", "EMAIL"))  # nobody is in it yet
        caller.add(made, people(2))
        for call in (caller.add, caller.remove):
            assert codes_of(call, made, people(2), keys=("PHONE", "EMAIL")) == (2650, None)

    def test_a_row_is_removed_whole_or_by_any_key(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        rows = [(digest("a"), digest("p"), digest("pl")), (digest("b"), "", digest("pl"))]
        partly = [(digest("a"), "", digest("pl")), ("", "", digest("pl"))]
        keys = ("EMAIL", "PHONE", "COUNTRY")
        caller.add(made, rows, keys=keys)
        caller.remove(made, partly, keys=keys)
        assert fake.members(made) == set(rows)
        fake.graph.quirks.matching = Matching.ANY_KEY
        caller.remove(made, partly, keys=keys)
        assert fake.members(made) == {rows[1]}  # nobody is found by the country alone

    def test_the_digest_of_nothing_is_a_mistake(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        caller.add(made, people(1))
        assert fake.mistakes["digest of nothing"] == 0
        caller.audience(made).add_users(list(KEYS), [["ana@example.com", ""]], is_raw=True)
        assert fake.mistakes["digest of nothing"] == 1

    def test_a_closed_session_takes_nothing_more(self, caller: Caller) -> None:
        made = caller.made()
        caller.add(made, people(1), session=(9, 1, True))
        assert codes_of(caller.add, made, people(1), session=(9, 2, True)) == (2650, 1870159)
        assert codes_of(caller.add, caller.made("Other"), people(1), session=(9, 1, True)) == (
            100,
            None,
        )

    def test_sessions_are_records_of_text(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        caller.add(made, [*people(2), ("x", "")], session=(9, 1, False))
        caller.add(made, people(1), session=(10, 1, False))
        found = caller.audience(made).get_sessions(params={"session_id": 9})
        [session] = [one.export_all_data() for one in found]
        assert session == {
            "session_id": "9",
            "start_time": str(fake.graph.clock.now),
            "end_time": "0",
            "num_received": "3",
            "num_matched": "-1",
            "num_invalid_entries": "1",
            "progress": "0",
            "stage": "uploading",
        }
        assert len(caller.audience(made).get_sessions()) == 2


class TestValueBased:
    KEYS = ("EMAIL", "LOOKALIKE_VALUE")

    def test_each_row_has_a_value(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made(is_value_based=True)
        rows = [(digest("a"), 12.5), (digest("b"), 0), (digest("c"), -1), (digest("d"), "9")]
        assert caller.add(made, rows, keys=self.KEYS)["num_invalid_entries"] == 2
        caller.add(made, [(digest("a"), 20)], keys=self.KEYS)
        held = fake.graph.audiences[made].members
        assert held == {(digest("a"),): 20, (digest("b"),): 0}
        caller.remove(made, [(digest("b"),)], keys=["EMAIL"])
        assert fake.members(made) == {(digest("a"),)}

    def test_the_kinds_are_not_mixed(self, caller: Caller) -> None:
        valued, plain = caller.made(is_value_based=True), caller.made()
        assert codes_of(caller.add, valued, [[digest("a")]], keys=["EMAIL"]) == (100, None)
        assert codes_of(caller.add, plain, [[digest("a"), 1]], keys=self.KEYS) == (100, None)
        assert codes_of(
            caller.replace, plain, [[digest("a"), 1]], keys=self.KEYS, session=(1, 1, True)
        ) == (2650, None)


class TestErasure:
    def test_a_person_leaves_every_customer_file(self, fake: FakeMeta, caller: Caller) -> None:
        first, second = caller.made("A"), caller.made("B")
        for made in (first, second):
            caller.add(made, people(3))
        path = (f"act_{ACCOUNT}", "usersofanyaudience")
        caller.api.call("POST", path, params={"method": "DELETE", **upload(people(1))})
        assert fake.members(first) == fake.members(second) == set(people(2, start=1))
        rows = upload(people(1, start=1))
        AdAccount(f"act_{ACCOUNT}", api=caller.api).delete_users_of_any_audience(params=rows)
        assert fake.members(first) == set(people(1, start=2))
        assert fake.calls["DELETE usersofanyaudience"] == 2

    def test_other_keys_find_whoever_has_the_same_ones(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        caller.add(made, [(digest("a"), ""), (digest("b"), digest("p"))])
        keys = ("PHONE", "EMAIL", "FN")
        rows = [("", digest("a"), ""), ("", digest("b"), "")]
        path = f"act_{ACCOUNT}/usersofanyaudience"
        caller.raw("DELETE", path, **upload(rows, keys=keys))
        assert fake.members(made) == {(digest("b"), digest("p"))}
        fake.graph.quirks.matching = Matching.ANY_KEY
        caller.raw("DELETE", path, **upload(rows, keys=keys))
        assert fake.members(made) == set()

    def test_whoever_is_on_the_way_in_leaves_as_well(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        caller.replace(made, people(3), session=(5, 1, False))
        caller.raw("DELETE", f"act_{ACCOUNT}/usersofanyaudience", **upload(people(1)))
        caller.replace(made, people(1, start=3), session=(5, 2, True))
        assert fake.members(made) == set(people(3, start=1))

    def test_the_other_spelling_may_not_work(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.overrides_any_audience = False
        path = f"act_{ACCOUNT}/usersofanyaudience"
        answer = caller.raw("POST", path, method="DELETE", **upload(people(1)))
        assert answer.json()["error"]["error_subcode"] == 33
        assert caller.raw("DELETE", path, **upload(people(1))).json() == {"success": True}
