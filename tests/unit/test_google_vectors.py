"""Values as people write them become what Google documents, or nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from audsync.contracts import Form
from audsync.identity.countries import country_code
from audsync.identity.digests import digest
from audsync.identity.email import normal_email
from audsync.identity.google_keys import GOOGLE_RULES
from audsync.identity.names import clean_name
from audsync.identity.phone import normal_phone

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


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: f"{one['key']} {one['input']!r}")
def test_a_value_becomes_what_is_sent_to_google(vector: Mapping[str, Any]) -> None:
    rule = GOOGLE_RULES[vector["key"]]
    (made,) = rule.apply(*([value] for value in normal(vector)))
    is_hashed = rule.form is Form.DIGEST
    assert made == (vector["sha256"] if is_hashed else vector["normal"]), vector["source"]
    if is_hashed and vector["normal"] is not None:
        assert made == digest(vector["normal"])


def test_every_key_that_is_sent_has_vectors_of_both_kinds() -> None:
    for key in set(GOOGLE_RULES) - {"address"}:
        kinds = {one["normal"] is None for one in VECTORS if one["key"] == key}
        assert kinds == {True, False}, key
    assert len(VECTORS) >= 300
