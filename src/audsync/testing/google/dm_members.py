"""People as Data Manager requests name them, and what is wrong with them."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audsync.testing.google.ads_members import DIGEST_OF_NOTHING
from audsync.testing.google.lists import CONTACT, Identifier, Person, is_digest
from audsync.testing.google.platform import Platform
from audsync.testing.google.refusals import Violation
from audsync.testing.google.regions import REGIONS

MOST_MEMBERS: Final = 10_000
MOST_OF_ONE: Final = 10
HEX: Final = 1
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_BYTES: Final = 32
_POSTAL_CODE: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z \-]{0,14}[0-9A-Za-z])?")
_US_CODE: Final = re.compile(r"\d{5}(?:-?\d{4})?")
# Kinds of data, the key type of the lists that they go to, and the field that holds them.
_OTHER_DATA: Final = {
    "mobile_data": ("mobile", "mobile_ids"),
    "user_id_data": ("user_id", "user_id"),
}


@dataclass(slots=True)
class Member:
    """One member of a request, with its place in it."""

    index: int
    person: Person = field(repr=False)
    references: tuple[str, ...]
    consent: Any = field(repr=False)
    has_ip: bool


@dataclass(slots=True)
class Members:
    """The members of a request, and the fields of it that cannot be right."""

    members: list[Member] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    data_type: str = ""
    list_kind: str = CONTACT


def read(platform: Platform, sent: Sequence[Any], encoding: int) -> Members:
    """The members as they were sent."""
    return _Reader(platform, encoding).read(sent)


class _Reader:
    def __init__(self, platform: Platform, encoding: int) -> None:
        self._platform = platform
        self._is_hex = encoding == HEX
        self._found = Members()

    def read(self, sent: Sequence[Any]) -> Members:
        found = self._found
        for index, one in enumerate(sent):
            data_type = one.WhichOneof("data")
            if data_type is None:
                self._wrong(f"audience_members[{index}]", "INVALID_AUDIENCE_MEMBER")
                continue
            if found.data_type and data_type != found.data_type:
                self._wrong(f"audience_members[{index}]", "MULTIPLE_DATA_TYPES_NOT_ALLOWED")
                continue
            found.data_type = data_type
            person, has_ip = self._person(one, data_type, f"audience_members[{index}]")
            found.members.append(
                Member(
                    index,
                    person,
                    tuple(one.destination_references),
                    one.consent if one.HasField("consent") else None,
                    has_ip,
                )
            )
        return found

    def _person(self, one: Any, data_type: str, at: str) -> tuple[Person, bool]:
        if data_type in _OTHER_DATA:
            kind, name = _OTHER_DATA[data_type]
            self._found.list_kind = kind
            held = getattr(one, data_type)
            values = [held.user_id] if name == "user_id" else held.mobile_ids
            if not all(values) or not values:
                self._wrong(f"{at}.{data_type}.{name}", "REQUIRED_FIELD_MISSING")
            return tuple((kind, value) for value in values), False
        if data_type == "user_data":
            return self._identifiers(one.user_data, f"{at}.user_data"), False
        if data_type == "composite_data":
            data = one.composite_data
            where = f"{at}.composite_data"
            has_ip = bool(data.ip_data)
            if has_ip and not data.HasField("user_data"):
                return (("ip", data.ip_data[0].ip_address),), True
            return self._identifiers(data.user_data, f"{where}.user_data"), has_ip
        self._wrong(f"{at}.{data_type}", "INVALID_AUDIENCE_MEMBER")
        return (), False

    def _identifiers(self, data: Any, at: str) -> Person:
        sent = data.user_identifiers
        if not sent:
            self._wrong(f"{at}.user_identifiers", "NO_IDENTIFIERS_PROVIDED")
        if len(sent) > MOST_OF_ONE:
            self._wrong(f"{at}.user_identifiers", "TOO_MANY_USER_IDENTIFIERS")
        return tuple(self._identifier(one, at, index) for index, one in enumerate(sent))

    def _identifier(self, one: Any, at: str, index: int) -> Identifier:
        kind = one.WhichOneof("identifier")
        if kind == "email_address":
            return "email", self._digest(one.email_address, at, index, kind)
        if kind == "phone_number":
            return "phone", self._digest(one.phone_number, at, index, kind)
        if kind == "address":
            return self._address(one.address, at, index)
        self._wrong(f"{at}.user_identifiers[{index}]", "REQUIRED_FIELD_MISSING")
        return ("",)

    def _address(self, address: Any, at: str, index: int) -> Identifier:
        where = f"{at}.user_identifiers[{index}].address"
        if address.address_line or address.city or address.administrative_area:
            self._platform.mistakes["street, city or state"] += 1
        for name in ("given_name", "family_name", "region_code", "postal_code"):
            if not getattr(address, name):
                self._wrong(f"{where}.{name}", "REQUIRED_FIELD_MISSING")
        if address.region_code and address.region_code not in REGIONS:
            self._wrong(f"{where}.region_code", "INVALID_REGION_CODE")
        form = _US_CODE if address.region_code == "US" else _POSTAL_CODE
        if address.postal_code and not form.fullmatch(address.postal_code):
            self._wrong(f"{where}.postal_code", "INVALID_POSTAL_CODE")
        return (
            "address",
            self._digest(address.given_name, at, index, "address.given_name"),
            self._digest(address.family_name, at, index, "address.family_name"),
            address.region_code,
            address.postal_code,
        )

    def _digest(self, text: str, at: str, index: int, name: str) -> str:
        if self._is_hex and is_digest(text):
            found = text
        elif not text:
            if "." not in name:
                self._wrong(f"{at}.user_identifiers[{index}].{name}", "REQUIRED_FIELD_MISSING")
            return ""
        else:
            found, wrong = self._decoded(text)
            if wrong:
                self._wrong(f"{at}.user_identifiers[{index}].{name}", wrong)
        if found == DIGEST_OF_NOTHING:
            self._platform.mistakes["digest of nothing"] += 1
        return found

    def _decoded(self, text: str) -> tuple[str, str]:
        """The digest as lower-case hex, and what is wrong with it."""
        if self._is_hex:
            if not _HEX.fullmatch(text):
                return "", "INVALID_HEX_ENCODING"
            is_taken = self._platform.quirks.takes_upper_hex and len(text) == 2 * _BYTES
            return (text.lower(), "") if is_taken else ("", "INVALID_SHA256_FORMAT")
        try:
            decoded = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return "", "INVALID_BASE64_ENCODING"
        return (decoded.hex(), "") if len(decoded) == _BYTES else ("", "INVALID_SHA256_FORMAT")

    def _wrong(self, path: str, reason: str) -> None:
        self._found.violations.append(Violation(path, reason))
