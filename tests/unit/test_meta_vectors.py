"""Golden vectors of Meta's keys, and what the normaliser of Meta's own SDK makes of them."""

import json
import re
import unicodedata
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from facebook_business.adobjects.customaudience import CustomAudience
from facebook_business.exceptions import FacebookBadObjectError

from audsync.identity.email import normal_email
from audsync.identity.phone import normal_phone

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "meta.json").read_text("utf-8"))
MISTAKES: dict[tuple[str, str], str] = {
    (one["key"], one["input"]): one["hashed"]
    for one in json.loads((FOLDER / "meta-sdk-mistakes.json").read_text("utf-8"))
}
NOT_HASHED = {"EXTERN_ID", "MADID"}
FORMS = {
    "EMAIL": r"[^@\s]+@[^@\s]+",
    "PHONE": "[1-9][0-9]{7,14}",
    "FI": r"\w",
    "GEN": "[mf]",
    "DOBY": "(19|20)[0-9]{2}",
    "DOBM": "0[1-9]|1[0-2]",
    "DOBD": "0[1-9]|[12][0-9]|3[01]",
    "CT": "[a-z]+",
    "ST": "[a-z]+",
    "ZIP": "[0-9a-z]+",
    "COUNTRY": "[a-z]{2}",
    "EXTERN_ID": "CUST-0001",
    "MADID": "[0-9a-f-]{36}",
}
# As Meta's pages show them, or as worked out by hand from what these say.
DOCUMENTED = """
f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79 mary@example.com
1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e 15559876543
62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f john_smith@gmail.com
e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176 16505551212
6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec mary
8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14 정
08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c valéry
79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621 us
93b89cfbbfde0c6b942de6768b444429041a50bda0e244901347544c899b6359 anna.nowak@example.com
5b504d774ed0d51c7e5b9f3f95bc06ebef5b8cc4116bfdbc31dd8dd59e247349 jan.kowalski@gmail.com
a9e90a53df41a976bf8e365b5eadb5db593fd0f79db2370a36064f87da357128 48600100200
99b5ae346504c63eb2594d0c5687fa3c61f3229a3055ef57b4a7027b3609d289 420777123456
d6e6aa9bf375b435f9fde7f6412a24b43ca28465448ba333fa5ec5772760e260 lukasz
974282d5169583fd089607c615244d5495c50f3be4e9e5274ad64a27dc8ee84e łukasz
a6eca06168aa5ff941c4295585af8eabe550005a989ccd6794f7f7e4066f020f zofie
54124671a269dd7a23863042cd184d37be3792bcc56490edb761af33c0cd6a5f žofie
a6fe68a719fbd8e4466cb6992d9a64dd1f6837e26dfc5a024f1393f51d3737c0 van der berg
67a42a846e98e3c1a96cd6ba14883a5ea05990cd93964ce8b832aa9497ca785c oneil
b91ffa9fcc37bf57704c78eefcfc5ae18830d6e07e2d5470800f64fddcab1274 wojcik
17f779a4a280f4522143a39a7d47ab0e8235f8d585c2a1dcb1cc80385b3dd616 wójcik
16d96952087774fee069b7585d3991b24d90c181c09b2129b4908c35baa7f0c0 strasse
4952439a30a1b7ba10033492d516e177fdf015d90f5390f68680840f01939d9d lodz
39e391ebc60ff24f750344771824a142a65c3728fd732f3bd4ac57c561f1fcae krakow
157c5bb53cacd69115a429c3a9257890995f3410caf57a12e1959f70c7b3fbec 00950
8597f1e3043654da36e26467d59c6c6bbc9c44d498cc15ab2f91fc84440bbc35 11000
830e1d4b9838bab1f5c2acdb23e0b502ff13a9832c4632e8d67a1d43d3b7f614 sw1a1aa
3485639faf1591f3c16f295198e9389db5b33c949587ec48663597d4e00299d5 pl
c4e98e070d2cdcd8b6486826223be4f528c54306c9e9c7191a5af6628ffb32e9 cz
62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a m
252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111 f
78e370b587b145920213731b7c7c725e512b3b6577c51c800218a7c764c532ae 1985
938db8c9f82c8cb58d3f3ef4fd250036a48d26a712753d2fde5abd03a85cabf4 01
eb1e33e8a81b697b75855af6bfcdbcbf7cbbde9f94962ceaec1ed8af21f5a50f 31
"""


class TestVectors:
    def test_digests_are_those_of_the_normal_forms(self) -> None:
        assert [one["sha256"] for one in VECTORS] == [
            None
            if one["normal"] is None or one["key"] in NOT_HASHED
            else sha256(one["normal"].encode()).hexdigest()
            for one in VECTORS
        ]

    def test_what_is_documented_is_there(self) -> None:
        shown = {(one["sha256"], one["normal"]) for one in VECTORS}
        documented = [line.split(maxsplit=1) for line in DOCUMENTED.strip().splitlines()]
        assert [pair for pair in map(tuple, documented) if pair not in shown] == []

    def test_normal_forms_look_as_they_must(self) -> None:
        for one in VECTORS:
            text = one["normal"]
            if text is None:
                continue
            assert re.fullmatch(FORMS.get(one["key"], ".+"), text), one
            assert text == unicodedata.normalize("NFC", text) == text.strip(), one
            assert text == text.lower() or one["key"] == "EXTERN_ID", one
            if one["names"] == "romanised":  # letters that are not Latin stay
                assert text.isascii() or not re.search("[a-z]", text), one

    def test_every_key_has_what_is_sent_and_what_is_not(self) -> None:
        assert len(VECTORS) >= 300
        for is_sent in (True, False):
            keys = {one["key"] for one in VECTORS if (one["normal"] is not None) is is_sent}
            assert keys >= {*FORMS, "FN", "LN"} - NOT_HASHED
        places = {one["country"] for one in VECTORS if one["key"] == "PHONE" and one["normal"]}
        assert len(places - {None}) >= 15
        assert all(one["source"] for one in VECTORS)
        asked = Counter(
            (one["key"], one["input"], one["country"], one["names"]) for one in VECTORS
        )
        assert set(asked.values()) == {1}

    @pytest.mark.parametrize("key", ["EMAIL", "PHONE"])
    def test_addresses_and_numbers_come_out_as_they_must(self, key: str) -> None:
        vectors = [one for one in VECTORS if one["key"] == key and one["input"] is not None]
        found = [
            normal_email(one["input"])
            if key == "EMAIL"
            else (normal_phone(one["input"], one["country"]) or "").removeprefix("+") or None
            for one in vectors
        ]
        assert found == [one["normal"] for one in vectors]


def sdk(key: str, value: Any) -> str:
    """What the SDK would send of one value."""
    params = CustomAudience.format_params([key], [[value]], is_raw=True)
    [[sent]] = params["payload"]["data"]
    return str(sent)


def as_sent(key: str, text: str) -> str:
    """What the SDK sends of a text that it takes for normal: a customer's id in plain."""
    return text if key == "EXTERN_ID" else sha256(text.encode()).hexdigest()


class TestMistakesOfTheSdk:
    """Each fails when Meta mends it: look whether the reasons in our docs still hold."""

    def test_it_hashes_each_vector_as_it_should_or_as_it_is_known_to(self) -> None:
        for one in VECTORS:
            place = (one["key"], one["input"])
            if one["input"] is None or one["key"] == "MADID":
                continue
            text = MISTAKES.get(place, one["normal"])
            assert sdk(*place) == as_sent(one["key"], text), place

    def test_no_mistake_is_told_that_it_does_not_make(self) -> None:
        normal: dict[tuple[str, str], set[str | None]] = {}
        for one in VECTORS:
            normal.setdefault((one["key"], one["input"]), set()).add(one["normal"])
        right = [
            at for at, text in MISTAKES.items() if normal[at] == {text} and at[0] != "MADID"
        ]
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
        self, key: str, value: str, hashed: str, right: str
    ) -> None:
        assert sdk(key, value) == sha256(hashed.encode()).hexdigest()
        assert any(
            (one["input"], one["normal"]) == (value, right)
            for one in VECTORS
            if one["key"] == key
        )

    def test_the_wrong_name_has_a_digest_of_its_own(self) -> None:
        wrong = "f1531a496a8a0b0298b508553980a1c42132f2434d35ade67ce8b94f466af069"
        assert sdk("FN", "Łukasz") == wrong

    def test_nothing_is_hashed_as_if_it_were_something(self) -> None:
        assert sdk("EMAIL", "") == sha256(b"").hexdigest()

    def test_any_letter_is_a_gender(self) -> None:
        assert sdk("GEN", "K") == sha256(b"k").hexdigest()

    def test_what_must_not_be_hashed_is(self) -> None:
        given = "38400000-8CF0-11BD-B23E-10B96E40000D"
        assert sdk("MADID", given) == sha256(given.lower().encode()).hexdigest()

    def test_the_id_of_a_customer_is_changed(self) -> None:
        assert sdk("EXTERN_ID", "CUST-0001") == "cust-0001"

    def test_a_number_alone_is_hashed_as_it_is_written(self) -> None:
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
    def test_it_fails_on_what_should_work(
        self, key: str, value: object, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            sdk(key, value)

    def test_hashed_rows_must_call_themselves_raw(self) -> None:
        with pytest.raises(FacebookBadObjectError):
            CustomAudience.format_params(["EMAIL"], [["a" * 64]], pre_hashed=True)
