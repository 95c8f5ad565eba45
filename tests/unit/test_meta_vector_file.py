"""The golden vectors of Meta's keys are what they say, and cover what they must."""

import json
import re
import unicodedata
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "vectors" / "meta.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
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


def test_digests_are_those_of_the_normal_forms() -> None:
    assert [one["sha256"] for one in VECTORS] == [
        None
        if one["normal"] is None or one["key"] in NOT_HASHED
        else sha256(one["normal"].encode()).hexdigest()
        for one in VECTORS
    ]


def test_what_is_documented_is_there() -> None:
    shown = {(one["sha256"], one["normal"]) for one in VECTORS}
    documented = [line.split(maxsplit=1) for line in DOCUMENTED.strip().splitlines()]
    assert [pair for pair in map(tuple, documented) if pair not in shown] == []


def test_normal_forms_look_as_they_must() -> None:
    for one in VECTORS:
        text = one["normal"]
        if text is None:
            continue
        assert re.fullmatch(FORMS.get(one["key"], ".+"), text), one
        assert text == unicodedata.normalize("NFC", text) == text.strip(), one
        assert text == text.lower() or one["key"] == "EXTERN_ID", one
        if one["names"] == "romanised":  # letters that are not Latin stay
            assert text.isascii() or not re.search("[a-z]", text), one


def test_every_key_has_what_is_sent_and_what_is_not() -> None:
    assert len(VECTORS) >= 300
    for is_sent in (True, False):
        keys = {one["key"] for one in VECTORS if (one["normal"] is not None) is is_sent}
        assert keys >= {*FORMS, "FN", "LN"} - NOT_HASHED
    places = {one["country"] for one in VECTORS if one["key"] == "PHONE" and one["normal"]}
    assert len(places - {None}) >= 15
    assert all(one["source"] for one in VECTORS)
    asked = Counter((one["key"], one["input"], one["country"], one["names"]) for one in VECTORS)
    assert set(asked.values()) == {1}
