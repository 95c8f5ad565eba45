"""The fake Graph API through the official SDK: audiences, members, replacements, lookalikes."""

import json
import sys
from collections.abc import Iterator

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.api import FacebookAdsApi
from facebook_business.crashreporter import CrashReporter
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from audsync.testing.meta import ACCOUNT, APP, APP_SECRET, TOKEN, FakeMeta, Matching, Samples
from audsync.testing.meta.access import proof_of
from fakes.graph_caller import FIELDS, KEYS, Caller, codes_of, digest, people, upload


@pytest.fixture
def fake() -> Iterator[FakeMeta]:
    with FakeMeta() as fake:
        yield fake


@pytest.fixture
def caller(fake: FakeMeta) -> Iterator[Caller]:
    caller = Caller(fake, secret=APP_SECRET)
    yield caller
    caller.close()


class TestAudiences:
    def test_a_new_audience_is_empty_and_says_so(self, caller: Caller) -> None:
        made = caller.made("Buyers", description="of shoes", retention_days=30)
        found = caller.audience(made).api_get(
            fields=[*FIELDS, "subtype", "retention_days", "description", "is_value_based"]
        )
        assert found.export_all_data() == {
            "id": made,
            "name": "Buyers",
            "description": "of shoes",
            "subtype": "CUSTOM",
            "retention_days": 30,
            "is_value_based": False,
            "operation_status": {"code": 410, "description": "No users were uploaded."},
            "delivery_status": {
                "code": 300,
                "description": "This audience is too small.",
            },
            "approximate_count_lower_bound": -1,
            "approximate_count_upper_bound": -1,
        }
        assert caller.raw("GET", made).json() == {"id": made}

    def test_what_nobody_gave_is_not_there(self, fake: FakeMeta, caller: Caller) -> None:
        made = fake.graph.add("By hand").id
        found = caller.raw("GET", f"{made}?fields=name,description,retention_days,rule").json()
        assert found == {"id": made, "name": "By hand"}

    def test_it_is_renamed_and_deleted(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        caller.audience(made).api_update(params={"name": "Others", "description": "new"})
        assert fake.graph.audiences[made].name == "Others"
        caller.audience(made).api_delete()
        assert fake.audiences() == set()
        assert codes_of(caller.status, made) == (100, 33)

    def test_audiences_come_in_pages(self, fake: FakeMeta, caller: Caller) -> None:
        made = [fake.graph.add(f"Audience {number}").id for number in range(62)]
        found = caller.account.get_custom_audiences(fields=["name"], params={"limit": 20})
        assert [one["id"] for one in found] == made[::-1]
        assert fake.calls["GET customaudiences"] == 4
        assert found.total() == 62
        default = caller.raw("GET", f"act_{ACCOUNT}/customaudiences").json()
        assert len(default["data"]) == 25
        assert set(default["data"][0]) == {"id"}

    def test_an_account_tells_about_terms(self, fake: FakeMeta) -> None:
        caller = Caller(fake)
        fields = ["tos_accepted", "name", "currency", "business"]
        found = caller.account.api_get(fields=fields).export_all_data()
        assert found["tos_accepted"] == {"custom_audience_tos": 1}
        assert found["id"] == f"act_{ACCOUNT}"
        caller.close()

    def test_three_reads_in_one_batch(self, fake: FakeMeta, caller: Caller) -> None:
        names = []
        batch = caller.api.new_batch()
        for made in [caller.made(f"Audience {number}") for number in range(3)]:
            caller.audience(made).api_get(
                fields=["name"],
                batch=batch,
                success=lambda answer: names.append(answer.json()["name"]),
            )
        batch.execute()
        assert names == ["Audience 0", "Audience 1", "Audience 2"]
        assert fake.calls["GET audience"] == 3

    def test_a_batch_loses_the_body_of_a_deletion(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        caller.add(made, people(3))
        body = f"payload={json.dumps(upload(people(3))['payload'])}"
        calls = [
            {"method": "DELETE", "relative_url": f"v26.0/{made}/users", "body": body},
            {"method": "POST", "relative_url": f"{made}/users", "body": body},
            {"method": "GET", "relative_url": "act_404"},
        ]
        found = caller.raw("POST", "", batch=calls).json()
        assert [one["code"] for one in found] == [400, 200, 400]
        assert json.loads(found[2]["body"])["error"]["error_subcode"] == 33
        assert fake.members(made) == set(people(3))


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


class TestLookalikes:
    def test_one_is_made_from_a_seed_that_is_large_enough(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        seed = caller.made()
        spec = {"ratio": 0.03, "country": "PL"}
        wanted = {
            "name": "Alike",
            "subtype": "LOOKALIKE",
            "origin_audience_id": seed,
            "lookalike_spec": json.dumps(spec),
        }
        assert codes_of(caller.account.create_custom_audience, params=wanted) == (100, None)
        caller.add(seed, people(100))
        made = caller.account.create_custom_audience(params=wanted)["id"]
        assert [caller.status(made) for _ in range(2)] == [441, 200]
        found = caller.audience(made).api_get(fields=["lookalike_spec", "subtype"])
        shown = found.export_all_data()["lookalike_spec"]
        origin = [{"id": seed, "name": "Buyers", "type": "custom_audience"}]
        assert shown == {"type": "custom_ratio", **spec, "origin": origin}
        found = caller.audience(seed).api_get(fields=["lookalike_audience_ids"])
        assert found["lookalike_audience_ids"] == [made]
        assert codes_of(caller.audience(seed).api_delete) == (2656, None)
        changed = json.dumps({"type": "reach", "country": "CZ"})
        caller.audience(made).api_update(params={"lookalike_spec": changed})
        assert fake.graph.audiences[made].fields["lookalike_spec"] == json.loads(changed)
        assert codes_of(caller.add, made, people(1)) == (100, None)
        caller.audience(made).api_delete()
        caller.audience(seed).api_delete()

    @pytest.mark.parametrize(
        "spec",
        [
            {},
            {"country": "PL"},
            {"ratio": 0.03},
            {"ratio": 0.03, "type": "reach", "country": "PL"},
            {"ratio": 0.03, "country": "PL", "location_spec": {}},
            {"ratio": 0.21, "country": "PL"},
            {"ratio": 0, "country": "PL"},
            {"ratio": 0.015, "country": "PL"},
            {"ratio": "0.03", "country": "PL"},
            {"ratio": 0.03, "starting_ratio": 0.03, "country": "PL"},
            {"ratio": 0.03, "country": "pl"},
            {"ratio": 0.03, "country": "Poland"},
            {"type": "twins", "country": "PL"},
            {"ratio": 0.03, "country": "PL", "size": 9},
            "large",
        ],
    )
    def test_the_spec_is_checked(self, fake: FakeMeta, caller: Caller, spec: object) -> None:
        seed = fake.graph.add("Seed")
        seed.stated_size = 1_000
        answer = caller.raw(
            "POST",
            f"act_{ACCOUNT}/customaudiences",
            name="Alike",
            subtype="LOOKALIKE",
            origin_audience_id=seed.id,
            lookalike_spec=spec,
        )
        assert answer.json()["error"]["code"] == 100
        assert len(fake.audiences()) == 1


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
        f"{fake.url}/v26.0/{made.id}/users", {**body, "access_token": TOKEN}, timeout=9
    )
    assert fake.members(made.id) == {tuple(row) for row in rows}
