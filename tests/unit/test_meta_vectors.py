"""Values as people write them become the digests that Meta documents, or nothing."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from audsync.identity.countries import country_code
from audsync.identity.digests import digest
from audsync.identity.email import normal_email
from audsync.identity.meta_keys import META_RULES, Names, meta_rules
from audsync.identity.names import clean_name
from audsync.identity.phone import normal_phone

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "meta.json").read_text("utf-8"))
NAMES: tuple[Names, ...] = ("romanised", "utf8")
# Keys that audsync does not send, or has no data for; EXTERN_ID is a pseudonym.
LEFT_OUT = {"FI", "ST", "MADID", "EXTERN_ID"}
OURS = [
    vector
    for vector in VECTORS
    # Of dates the file has parts as well, which come from a whole date here.
    if vector["key"] not in LEFT_OUT
    and not (vector["key"].startswith("DOB") and "-" not in vector["input"])
]


def normal(vector: Mapping[str, str]) -> list[str | None]:
    """The inputs of the key rule: what the pull makes of the value."""
    text, country = vector["input"], vector["country"]
    match vector["key"]:
        case "EMAIL":
            return [normal_email(text)]
        case "PHONE":
            # Of one digest Meta documents what is hashed, and not what it was made of.
            return [normal_phone(text, country) if text else f"+{vector['normal']}"]
        case "FN" | "LN":
            return [clean_name(text)]
        case "ZIP":
            return [text, country]
        case "COUNTRY":
            return [country_code(text)]
        case _:
            return [text]


@pytest.mark.parametrize("key", sorted({vector["key"] for vector in OURS}))
def test_a_value_becomes_the_digest_of_its_normal_form(key: str) -> None:
    vectors = [vector for vector in OURS if vector["key"] == key]
    rules = {names: meta_rules([key], names=names)[key] for names in NAMES}
    found = [
        (vector["source"], vector["input"], *rules[_names(vector)].apply(*_columns(vector)))
        for vector in vectors
    ]
    assert found == [(one["source"], one["input"], one["sha256"]) for one in vectors]
    forms = [vector for vector in vectors if vector["normal"] is not None]
    assert [digest(one["normal"]) for one in forms] == [one["sha256"] for one in forms]


def _names(vector: Mapping[str, str]) -> Names:
    return "utf8" if vector["names"] == "utf8" else "romanised"


def _columns(vector: Mapping[str, str]) -> list[list[str | None]]:
    return [[value] for value in normal(vector)]


def test_every_key_that_is_sent_has_vectors_of_both_kinds() -> None:
    for key in META_RULES:
        kinds = {vector["sha256"] is None for vector in OURS if vector["key"] == key}
        assert kinds == {True, False}, key
    assert len(OURS) >= 300
