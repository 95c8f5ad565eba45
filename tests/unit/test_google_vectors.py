"""Golden vectors of Google's keys: complete, of the right digests, at one with the core."""

import json
import re
import unicodedata
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audsync.identity.email import normal_email
from audsync.identity.names import clean_name, match_name
from audsync.identity.phone import normal_phone

FILE = Path(__file__).parents[1] / "vectors" / "google.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
PLAIN = {"country", "zip"}
FORMS = {
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "phone": r"\+[1-9][0-9]{7,14}",
    "first_name": r"\w+",
    "last_name": r"\w+",
    "country": "[A-Z]{2}",
    "zip": r"[0-9A-Z]+(?:[ -][0-9A-Z]+)?",
}
# As Google publishes them, or as worked out from what its pages say, apart from this file.
DOCUMENTED = """
509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a alexz@example.com
fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30 +18005550100
128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814 givenname
77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574 familyname
223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4 cloudysanfrancisco@gmail.com
f109a2a632fbcea5fc82049f50beed3d8621bf9034399f437fb622222acccdac user.name+nyc@example.com
2824967181c781aced84c32bf8bb51fc6401202eeff88263776f63c99df9314c jeffersonloveshiking@googlemail.com
07e2f1394b0ea80e2adca010ea8318df697001a005ba7452720edda4b0ce57b3 dana@example.com
d994e1d001886fe5b45b1267bd1fa2b752ac50742579bd3dad7b2a2aa0ed6866 josé
b4cb6cb33fe4b865868de825023a1e2790dc12ac01ecc8d7c5afe8254071c8ba obrien
aad607ca3121d5d843c2cd64e8c73c2a24fa3a4cb890ed8d40a1efa8af7a14d5 vanderberg
67495eb5715de43c26f7c18b25cc7f62a7540236516bd59d5162a6f743598083 annemarie
7b39b80f141a2adaed303b3f5cec8b6ad6bb47072627f805f869e8d2775467fd groß
5f34cd8399195fa23a32ace56c87f461adcbee99d90d9e60057f01684b3b46da 山田
"""  # noqa: E501 -- a digest and its text
# Digests of forms that are wrong: capitals, the old rule of Gmail, another form of Unicode,
# nothing at all.
WRONG = {
    "6b46dfd9c740abe16d25ecbc67b0c60762ecc834822167709049be8cb46cfc84",
    "84164838eb463c572bc84f71272595c9d655971964a7c262f05a0d86fb3decfe",
    "0c06649e61569bf7f121faa2a2cf294afb57f9e5f1b0a72424b80ca99419af67",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}


def test_there_are_enough_of_every_key_and_country() -> None:
    keys = Counter(one["key"] for one in VECTORS)
    assert keys.total() >= 300
    assert set(keys) == set(FORMS)
    assert len({one["country"] for one in VECTORS if one["key"] == "phone"}) >= 15
    refused = Counter(one["key"] for one in VECTORS if one["normal"] is None)
    assert min(refused[key] for key in FORMS) >= 5
    assert all(one["source"] for one in VECTORS)
    places = [(one["key"], one["input"], one["country"]) for one in VECTORS]
    assert len(set(places)) == len(places)


def test_every_digest_is_that_of_the_normal_form_and_plain_keys_have_none() -> None:
    for one in VECTORS:
        normal = one["normal"]
        is_hashed = normal is not None and one["key"] not in PLAIN
        assert one["sha256"] == (sha256(normal.encode()).hexdigest() if is_hashed else None)


def test_every_normal_form_has_the_shape_of_its_key() -> None:
    for one in VECTORS:
        if (normal := one["normal"]) is not None:
            assert re.fullmatch(FORMS[one["key"]], normal)
            assert unicodedata.normalize("NFC", normal) == normal
            assert one["key"] in PLAIN or normal == normal.lower()


@pytest.mark.parametrize("line", DOCUMENTED.split("\n")[1:-1])
def test_what_is_documented_is_there(line: str) -> None:
    digest, _, normal = line.partition(" ")
    assert {one["normal"] for one in VECTORS if one["sha256"] == digest} == {normal}


def test_no_wrong_digest_is_there() -> None:
    assert WRONG.isdisjoint(one["sha256"] for one in VECTORS)


def _is_of_gmail(one: dict[str, Any]) -> bool:
    return re.search(r"@(gmail|googlemail)\.com\s*$", one["input"], re.IGNORECASE) is not None


def test_the_core_makes_the_same_of_all_that_has_no_rule_of_its_own() -> None:
    for one in VECTORS:
        match one["key"]:
            case "email" if not _is_of_gmail(one):
                found = normal_email(one["input"])
            case "phone":
                found = normal_phone(one["input"], one["country"])
            case "first_name" | "last_name":
                found = match_name(clean_name(one["input"]))
            case _:
                continue
        assert found == one["normal"], one
