"""Golden vectors: what is typed, its normal form and its digest."""

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audsync.identity.digests import digest, digest_all, digest_names
from audsync.identity.email import normal_email
from audsync.identity.names import clean_name, match_name
from audsync.identity.phone import normal_phone

FILE = Path(__file__).parents[1] / "vectors" / "audsync.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
DIGEST_OF_NOTHING = sha256(b"").hexdigest()


def _normal(vector: dict[str, Any]) -> str | None:
    match vector["kind"]:
        case "email":
            return normal_email(vector["input"])
        case "phone":
            return normal_phone(vector["input"], vector["country"])
        case _:
            return match_name(clean_name(vector["input"]))


@pytest.mark.parametrize("kind", ["email", "phone", "name"])
def test_the_normal_form_and_its_digest_are_those_of_the_vector(kind: str) -> None:
    vectors = [vector for vector in VECTORS if vector["kind"] == kind]
    found = [(_normal(vector), digest_all([vector["normal"]])) for vector in vectors]
    assert found == [(vector["normal"], [vector["sha256"]]) for vector in vectors]


def test_names_are_hashed_in_their_match_form() -> None:
    names = [vector for vector in VECTORS if vector["kind"] == "name" and vector["normal"]]
    digests = digest_names([clean_name(vector["input"]) for vector in names])
    assert digests == [vector["sha256"] for vector in names]


def test_the_vectors_cover_every_kind_and_fifteen_countries() -> None:
    kinds = Counter(vector["kind"] for vector in VECTORS)
    assert min(kinds["email"], kinds["phone"], kinds["name"]) >= 50
    assert len({vector["country"] for vector in VECTORS if vector["kind"] == "phone"}) >= 15
    assert all(vector["source"] for vector in VECTORS)


def test_no_vector_has_the_digest_of_nothing() -> None:
    assert all(vector["sha256"] != DIGEST_OF_NOTHING for vector in VECTORS)
    assert digest("") == DIGEST_OF_NOTHING
    assert digest_all(["", None]) == [None, None]
