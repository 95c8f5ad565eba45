"""What the normaliser of Meta's own SDK makes of the golden vectors: why audsync has its own.

Each of these fails when Meta mends it: look then whether the reasons in the docs still hold.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from facebook_business.adobjects.customaudience import CustomAudience
from facebook_business.apiconfig import ads_api_config
from facebook_business.exceptions import FacebookBadObjectError

from audsync_sink_meta import MetaOptions

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "meta.json").read_text("utf-8"))
MISTAKES: dict[tuple[str, str], str] = {
    (one["key"], one["input"]): one["hashed"]
    for one in json.loads((FOLDER / "meta-sdk-mistakes.json").read_text("utf-8"))
}


def sdk(key: str, value: Any) -> str:
    """What the SDK would send of one value."""
    params = CustomAudience.format_params([key], [[value]], is_raw=True)
    [[sent]] = params["payload"]["data"]
    return str(sent)


def as_sent(key: str, text: str) -> str:
    """What the SDK sends of a text that it takes for normal: a customer's id in plain."""
    return text if key == "EXTERN_ID" else sha256(text.encode()).hexdigest()


def test_it_hashes_each_vector_as_it_should_or_as_it_is_known_to() -> None:
    for one in VECTORS:
        place = (one["key"], one["input"])
        if one["input"] is None or one["key"] == "MADID":
            continue
        text = MISTAKES.get(place, one["normal"])
        assert sdk(*place) == as_sent(one["key"], text), place


def test_no_mistake_is_told_that_it_does_not_make() -> None:
    normal: dict[tuple[str, str], set[str | None]] = {}
    for one in VECTORS:
        normal.setdefault((one["key"], one["input"]), set()).add(one["normal"])
    right = [at for at, text in MISTAKES.items() if normal[at] == {text} and at[0] != "MADID"]
    assert right == []
    assert len(MISTAKES) > 350


@pytest.mark.parametrize(
    ("key", "value", "hashed", "right"),
    [
        ("FN", "Łukasz", "ukasz", "lukasz"),
        ("FN", "Žofie", "ofie", "zofie"),
        ("FN", "Valéry", "valry", "valéry"),
        ("LN", "Wójcik", "wjcik", "wojcik"),
        ("LN", "van der Berg", "vanderberg", "van der berg"),
        ("CT", "Łódź", "d", "lodz"),
        ("CT", "Kraków", "krakw", "krakow"),
        ("ZIP", "00-950", "00", "00950"),
        ("ZIP", "110 00", "110 00", "11000"),
        ("ZIP", "SW1A 1AA", "sw1a 1aa", "sw1a1aa"),
        ("COUNTRY", "Poland", "po", "pl"),
        ("PHONE", "0048 600 100 200", "0048600100200", "48600100200"),
        ("PHONE", "(650)555-1212", "6505551212", "16505551212"),
    ],
)
def test_letters_zeros_and_dashes_are_lost(
    key: str, value: str, hashed: str, right: str
) -> None:
    assert sdk(key, value) == sha256(hashed.encode()).hexdigest()
    assert any(
        (one["input"], one["normal"]) == (value, right) for one in VECTORS if one["key"] == key
    )


def test_the_wrong_name_has_a_digest_of_its_own() -> None:
    wrong = "f1531a496a8a0b0298b508553980a1c42132f2434d35ade67ce8b94f466af069"
    assert sdk("FN", "Łukasz") == wrong


def test_nothing_is_hashed_as_if_it_were_something() -> None:
    assert sdk("EMAIL", "") == sha256(b"").hexdigest()


def test_any_letter_is_a_gender() -> None:
    assert sdk("GEN", "K") == sha256(b"k").hexdigest()


def test_what_must_not_be_hashed_is() -> None:
    given = "38400000-8CF0-11BD-B23E-10B96E40000D"
    assert sdk("MADID", given) == sha256(given.lower().encode()).hexdigest()


def test_the_id_of_a_customer_is_changed() -> None:
    assert sdk("EXTERN_ID", "CUST-0001") == "cust-0001"


def test_a_number_alone_is_hashed_as_it_is_written() -> None:
    params = CustomAudience.format_params("PHONE_SHA256", ["+48 600 100 200"])
    assert params["payload"]["data"] == [sha256(b"+48 600 100 200").hexdigest()]


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("EMAIL", None, AttributeError),
        ("LOOKALIKE_VALUE", 12.5, AttributeError),
        ("LOOKALIKE_VALUE", "12.5", TypeError),
        ("PAGEUID", "1", TypeError),
    ],
)
def test_it_fails_on_what_should_work(key: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        sdk(key, value)


def test_hashed_rows_must_call_themselves_raw() -> None:
    with pytest.raises(FacebookBadObjectError):
        CustomAudience.format_params(["EMAIL"], [["a" * 64]], pre_hashed=True)


def test_calls_are_made_to_the_version_that_the_sdk_is_made_for() -> None:
    assert MetaOptions(account="1").api_version == ads_api_config["API_VERSION"]
