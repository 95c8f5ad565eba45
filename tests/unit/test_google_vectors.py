"""Values as people write them become what Google documents, or nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audsync.contracts import Form
from audsync.identity.countries import country_code
from audsync.identity.digests import digest
from audsync.identity.email import normal_email
from audsync.identity.google_keys import (
    ADDRESS_PARTS,
    GOOGLE_KEYS,
    GOOGLE_RULES,
    google_rules,
    google_sink_rules,
)
from audsync.identity.names import clean_name
from audsync.identity.phone import normal_phone
from audsync.match_keys import match_keys, rules_version

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "google.json").read_text("utf-8"))


def normal(vector: Mapping[str, Any]) -> list[str | None]:
    """The inputs of the key rule: what the pull makes of the value."""
    text, country = vector["input"], vector["country"]
    match vector["key"]:
        case "email":
            return [normal_email(text)]
        case "phone":
            return [normal_phone(text, country or "ZZ")]
        case "first_name" | "last_name":
            return [clean_name(text)]
        case "zip":
            return [text.strip(), country]
        case _:
            return [country_code(text)]


@pytest.mark.parametrize("key", sorted({vector["key"] for vector in VECTORS}))
def test_a_value_becomes_what_is_sent_to_google(key: str) -> None:
    vectors = [vector for vector in VECTORS if vector["key"] == key]
    rule = GOOGLE_RULES[key]
    found = [
        (one["source"], one["input"], *rule.apply(*([value] for value in normal(one))))
        for one in vectors
    ]
    sent = "sha256" if rule.form is Form.DIGEST else "normal"
    assert found == [(one["source"], one["input"], one[sent]) for one in vectors]
    forms = [one for one in vectors if sent == "sha256" and one["normal"] is not None]
    assert [digest(one["normal"]) for one in forms] == [one["sha256"] for one in forms]


def test_an_address_is_known_by_its_four_parts_and_no_part_alone() -> None:
    parts = digest("jan"), digest("novák"), "CZ", "110 00"
    rule = GOOGLE_RULES["address"]
    whole, *less = rule.apply(
        *(
            [part, part, *([None if gone == place else part for gone in range(4)])]
            for place, part in enumerate(parts)
        )
    )
    assert whole == less[0] == digest("\n".join(parts))
    assert less[1:] == [None] * 4


def test_the_rules_are_those_of_the_identifiers_that_are_chosen() -> None:
    assert list(google_rules(["phone", "email"])) == ["email", "phone"]
    assert list(google_rules(["address"])) == [*ADDRESS_PARTS, "address"]
    assert google_rules(GOOGLE_KEYS) == GOOGLE_RULES


def test_further_addresses_and_numbers_are_made_as_the_first_and_stand_behind_all() -> None:
    rules = google_rules(GOOGLE_KEYS, per_person=3)
    further = {
        f"{kind}_{place}": replace(GOOGLE_RULES[kind], place=place)
        for kind in ("email", "phone")
        for place in (2, 3)
    }
    assert list(rules.items()) == [*GOOGLE_RULES.items(), *further.items()]
    assert list(google_rules(["phone"], per_person=2)) == ["phone", "phone_2"]


def test_a_kind_that_is_not_chosen_has_its_columns_and_nothing_in_them() -> None:
    somebody = {
        "client_id": "1",
        "email": "ana@example.com",
        "email_2": "ana@example.org",
        "phone": "+420600000001",
        "phone_2": "+420600000002",
        "first_name": "Ana",
        "last_name": "Nova",
        "country": "CZ",
        "zip": "11000",
    }
    people = pa.table({name: [text] for name, text in somebody.items()})
    everything = google_rules(GOOGLE_KEYS, per_person=2)
    for keys, sent in (
        (["email"], {"email", "email_2"}),
        (["phone", "address"], {"phone", "phone_2", *ADDRESS_PARTS, "address"}),
        (GOOGLE_KEYS, {*everything}),
    ):
        rules = google_sink_rules(keys, per_person=2)
        assert list(rules) == list(everything)
        assert (rules == everything) == (keys == GOOGLE_KEYS)
        assert (rules_version(rules) == rules_version(everything)) == (keys == GOOGLE_KEYS)
        assert all(rule.version for rule in rules.values())
        rows = match_keys(rules, people).rows.drop_columns("client_id")
        assert {name for name in rows.column_names if rows[name].null_count == 0} == sent


def test_every_key_that_is_sent_has_vectors_of_both_kinds() -> None:
    for key in set(GOOGLE_RULES) - {"address"}:
        kinds = {one["normal"] is None for one in VECTORS if one["key"] == key}
        assert kinds == {True, False}, key
    assert len(VECTORS) >= 300
