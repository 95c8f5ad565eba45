"""The fake Graph API refuses what the real one refuses, by code and subcode."""

from typing import Any

import pytest

from audsync.testing.meta import ACCOUNT, APP_SECRET, TOKEN, FakeMeta, errors
from audsync.testing.meta.errors import GraphError
from audsync.testing.meta.graph import Account
from fakes.graph_caller import Caller, Codes, codes_of, people, upload

AUDIENCES = f"act_{ACCOUNT}/customaudiences"
CUSTOM = {
    "name": "Buyers",
    "subtype": "CUSTOM",
    "customer_file_source": "USER_PROVIDED_ONLY",
}


def refusal(caller: Caller, method: str, path: str, /, **params: Any) -> Codes:
    error = caller.raw(method, path, **params).json()["error"]
    return error["code"], error.get("error_subcode")


class TestAccess:
    def test_a_dead_token_is_told_apart(self, fake: FakeMeta, caller: Caller) -> None:
        for subcode in errors.DEAD_TOKEN_SUBCODES:
            fake.graph.access.tokens[TOKEN] = errors.dead_token(subcode)
            assert codes_of(caller.status, "1") == (190, subcode)

    def test_a_token_that_nobody_gave_out_is_dead(self, fake: FakeMeta) -> None:
        caller = Caller(fake, token="nobody's")  # noqa: S106 -- invented
        assert codes_of(caller.status, "1") == (190, 467)
        caller.close()

    def test_a_call_without_a_token_is_refused(self, caller: Caller) -> None:
        del caller._raw.headers["Authorization"]
        assert refusal(caller, "GET", f"act_{ACCOUNT}") == (104, None)

    def test_a_proof_must_fit_where_it_is_given(self, fake: FakeMeta) -> None:
        wrong, right = (Caller(fake, secret=one) for one in ("another", APP_SECRET))
        assert codes_of(wrong.made) == (104, None)
        right.made()
        wrong.close()
        right.close()

    def test_a_proof_may_be_needed(self, fake: FakeMeta) -> None:
        fake.graph.access.needs_proof = True
        unsigned = Caller(fake)
        assert codes_of(unsigned.made) == (104, None)
        unsigned.close()

    @pytest.mark.parametrize(
        ("path", "codes"),
        [
            ("v24.0/act_1", (2635, None)),
            ("v24.0", (2635, None)),
            ("act_1", (2500, None)),
            ("v26/act_1", (2500, None)),
            ("vX.Y/act_1", (2500, None)),
            ("v26.0/me", (2500, None)),
            ("v26.0/", (2500, None)),
            ("v26.0/?ids=1,2", (2500, None)),
            ("v26.0/act_404", (100, 33)),
            ("v26.0/404", (100, 33)),
            (f"v26.0/act_{ACCOUNT}/campaigns", (100, 33)),
        ],
    )
    def test_an_address_that_is_not_there(
        self, fake: FakeMeta, caller: Caller, path: str, codes: Codes
    ) -> None:
        caller._base = fake.url
        assert refusal(caller, "GET", path) == codes

    def test_the_status_of_errors_is_nobodys_promise(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        assert caller.raw("GET", "404").status_code == 400
        fake.graph.quirks.error_status = 200
        assert caller.raw("GET", "404").status_code == 200
        assert codes_of(caller.status, "404") == (100, 33)


class TestAccounts:
    @pytest.mark.parametrize(
        ("setting", "codes"),
        [
            ("tos_accepted", (200, 1870034)),
            ("is_in_business", (200, 1870050)),
            ("may_create", (2654, 1713092)),
        ],
    )
    def test_what_a_person_has_to_do_first(
        self, fake: FakeMeta, caller: Caller, setting: str, codes: Codes
    ) -> None:
        made = caller.made()
        setattr(fake.graph.accounts[ACCOUNT], setting, False)
        assert codes_of(caller.made, "Other") == codes
        if setting != "may_create":
            assert codes_of(caller.add, made, people(1)) == codes
            assert codes_of(caller.replace, made, people(1), session=(1, 1, True)) == codes
            path = f"act_{ACCOUNT}/usersofanyaudience"
            assert refusal(caller, "DELETE", path, **upload(people(1))) == codes
        if setting == "tos_accepted":
            assert refusal(caller, "POST", made, name="New") == codes
            found = caller.account.api_get(fields=["tos_accepted"]).export_all_data()
            assert found["tos_accepted"] == {"custom_audience_tos": 0}
        assert caller.status(made) == 410

    def test_an_account_may_let_nobody_in(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        for refused in (10, 200, 294, 270, 368):
            fake.graph.accounts[ACCOUNT].refusal = GraphError(refused)
            assert codes_of(caller.status, made) == (refused, None)
            assert refusal(caller, "GET", f"act_{ACCOUNT}") == (refused, None)

    def test_an_account_has_500_audiences_of_each_kind(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        *_, seed = (fake.graph.add(f"Audience {number}") for number in range(499))
        seed.stated_size = 200
        caller.made()
        assert codes_of(caller.made) == (2654, None)
        wanted = {
            "name": "Alike",
            "subtype": "LOOKALIKE",
            "origin_audience_id": seed.id,
            "lookalike_spec": {"ratio": 0.01, "country": "PL"},
        }
        assert "id" in caller.raw("POST", AUDIENCES, **wanted).json()

    def test_accounts_do_not_see_each_other(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.accounts["5"] = Account("5")
        made = caller.made()
        other = fake.graph.add("Theirs", account_id="5")
        caller.add(other.id, people(2))
        caller.raw("DELETE", f"act_{ACCOUNT}/usersofanyaudience", **upload(people(2)))
        assert fake.members(other.id) == set(people(2))
        listed = caller.raw("GET", f"act_{ACCOUNT}/customaudiences").json()["data"]
        assert listed == [{"id": made}]


class TestAudiences:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"subtype": "WEBSITE"},
            {"subtype": "LOOKALIKE"},
            {"customer_file_source": None},
            {"customer_file_source": "FOUND"},
            {"retention_days": 0},
            {"retention_days": 181},
            {"retention_days": "month"},
            {"audience_labels": ["RICH"]},
            {"audience_labels": "["},
        ],
    )
    def test_parameters_are_checked(
        self, fake: FakeMeta, caller: Caller, wrong: dict[str, Any]
    ) -> None:
        assert refusal(caller, "POST", AUDIENCES, **{**CUSTOM, **wrong}) == (100, None)
        assert fake.audiences() == set()
        right = {**CUSTOM, "retention_days": 180, "audience_labels": ["AT_RISK"]}
        assert "id" in caller.raw("POST", AUDIENCES, **right).json()

    @pytest.mark.parametrize("path", ["", f"act_{ACCOUNT}", AUDIENCES])
    def test_a_field_that_is_not_there_is_refused(self, caller: Caller, path: str) -> None:
        made = caller.made()
        assert refusal(caller, "GET", f"{path or made}?fields=name,size") == (100, None)

    def test_a_flagged_audience_only_goes(self, fake: FakeMeta, caller: Caller) -> None:
        made = caller.made()
        caller.add(made, people(200))
        fake.graph.audiences[made].flag("description")
        seen = caller.audience(made).api_get(
            fields=["operation_status", "fields_violating_integrity_policy"]
        )
        assert seen["operation_status"]["code"] == 471
        assert seen["fields_violating_integrity_policy"] == ["description"]
        for call in (caller.add, caller.remove):
            assert codes_of(call, made, people(1)) == (100, 1713230)
        whole = {"session": (1, 1, True)}
        assert codes_of(caller.replace, made, people(1), **whole) == (100, 1713230)
        assert refusal(caller, "POST", made, name="New") == (100, 1713228)
        spec = {"ratio": 0.01, "country": "PL"}
        alike = {"name": "A", "subtype": "LOOKALIKE", "lookalike_spec": spec}
        alike["origin_audience_id"] = made
        assert refusal(caller, "POST", AUDIENCES, **alike) == (100, 1713232)
        caller.raw("DELETE", f"act_{ACCOUNT}/usersofanyaudience", **upload(people(1)))
        assert len(fake.members(made)) == 200
        caller.audience(made).api_delete()

    def test_a_lookalike_of_a_flagged_seed_stays_as_it_is(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        seed = fake.graph.add("Seed")
        alike = fake.graph.add("Alike", subtype="LOOKALIKE")
        alike.origin_id = seed.id
        seed.flag()
        assert refusal(caller, "POST", alike.id, name="New") == (100, 1713231)

    @pytest.mark.parametrize(
        ("texts", "flagged"),
        [
            ({"name": "Diabetes tests"}, ["name"]),
            ({"name": "Buyers", "description": "of loans"}, ["description"]),
            ({"name": "Buyers", "description": "of shoes"}, []),
        ],
    )
    def test_names_are_looked_at(
        self, fake: FakeMeta, caller: Caller, texts: dict[str, str], flagged: list[str]
    ) -> None:
        made = caller.made(**texts)
        assert fake.graph.audiences[made].flagged_fields == flagged
        assert fake.graph.audiences[made].is_flagged is bool(flagged)

    def test_an_audience_of_somebody_else_is_read_only(
        self, fake: FakeMeta, caller: Caller
    ) -> None:
        made = caller.made()
        fake.graph.audiences[made].may_edit = False
        seen = caller.raw("GET", f"{made}?fields=permission_for_actions").json()
        assert seen["permission_for_actions"] == {"can_edit": False}
        assert codes_of(caller.add, made, people(1)) == (200, None)
        assert refusal(caller, "POST", made, name="New") == (200, None)
        assert refusal(caller, "DELETE", made) == (200, None)

    def test_a_customer_file_is_no_lookalike(self, caller: Caller) -> None:
        made = caller.made()
        spec = {"ratio": 0.01, "country": "PL"}
        assert refusal(caller, "POST", made, lookalike_spec=spec) == (100, None)
        assert refusal(caller, "POST", f"{made}/ads") == (100, 33)

    def test_a_page_may_be_too_long_or_lost(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.largest_page = 20
        assert refusal(caller, "GET", f"{AUDIENCES}?limit=21") == (1, None)
        assert refusal(caller, "GET", f"{AUDIENCES}?limit=x") == (100, None)
        assert refusal(caller, "GET", f"{AUDIENCES}?limit=9&after=x") == (100, None)
        assert caller.raw("GET", f"{AUDIENCES}?limit=20").json() == {"data": []}


class TestUploads:
    @pytest.mark.parametrize(
        "payload",
        [
            None,
            "x",
            [],
            {},
            {"schema": ["EMAIL"]},
            {"schema": ["EMAIL"], "data": []},
            {"schema": [], "data": [[]]},
            {"schema": ["E-MAIL"], "data": [["a"]]},
            {"schema": "E-MAIL", "data": ["a"]},
            {"schema": ["EMAIL", "EMAIL"], "data": [["a", "a"]]},
            {"schema": ["LOOKALIKE_VALUE"], "data": [[1]]},
            {"schema": ["EMAIL", "PHONE"], "data": [["a", "b"], ["a"]]},
            {"schema": ["EMAIL"], "data": ["a"]},
            {"schema": ["EMAIL"], "data": [["a"]] * 10_001},
        ],
    )
    def test_the_form_is_checked(self, caller: Caller, payload: object) -> None:
        made = caller.made()
        for method in ("POST", "DELETE"):
            assert refusal(caller, method, f"{made}/users", payload=payload) == (100, None)
        assert refusal(caller, "POST", f"{made}/users", payload="{") == (100, None)
        assert caller.status(made) == 410

    def test_nothing_may_be_taken_for_an_upload(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.takes_empty = True
        made = caller.made()
        assert caller.add(made, [])["num_received"] == 0

    def test_a_session_may_be_needed(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.needs_session = True
        made = caller.made()
        assert codes_of(caller.add, made, people(1)) == (100, None)
        caller.add(made, people(1), session=(1, 1, True))

    def test_the_first_upload_may_come_too_early(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.unready_calls = 1
        made = caller.made()
        assert codes_of(caller.add, made, people(1)) == (803, None)
        caller.add(made, people(1))

    def test_a_small_audience_keeps_its_people(self, fake: FakeMeta, caller: Caller) -> None:
        fake.graph.quirks.smallest_after_removal = 100
        made = caller.made()
        caller.add(made, people(101))
        caller.remove(made, people(1))
        assert codes_of(caller.remove, made, people(2)) == (200, 1870047)
        path = f"act_{ACCOUNT}/usersofanyaudience"
        assert refusal(caller, "DELETE", path, **upload(people(2))) == (200, 1870047)
        caller.remove(made, people(3, start=900))  # who is not there makes it no smaller
        assert len(fake.members(made)) == 100

    @pytest.mark.parametrize("body", [b"{", b"[]", b"null"])
    def test_a_body_that_is_no_object_is_refused(
        self, fake: FakeMeta, caller: Caller, body: bytes
    ) -> None:
        answer = caller._raw.post(
            f"{fake.url}/v26.0/{caller.made()}/users",
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=60,
        )
        assert answer.json()["error"]["code"] == 100

    def test_a_batch_has_fifty_calls_at_most(self, caller: Caller) -> None:
        read = {"method": "GET", "relative_url": f"act_{ACCOUNT}"}
        assert len(caller.raw("POST", "", batch=[read] * 50).json()) == 50
        assert refusal(caller, "POST", "", batch=[read] * 51) == (100, None)
        assert refusal(caller, "POST", "", batch=[]) == (100, None)
