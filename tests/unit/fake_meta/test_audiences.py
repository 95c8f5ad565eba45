"""The fake Graph API through the official SDK: audiences and their lookalikes."""

import json

import pytest

from audsync.testing.meta import ACCOUNT, FakeMeta
from fakes.graph_caller import FIELDS, Caller, codes_of, people, upload


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
            "delivery_status": {"code": 300, "description": "This audience is too small."},
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
