"""People as operations of the Google Ads API name them, and what is wrong with them."""

from typing import Any, Final

from audsync.testing.google.lists import CONTACT, Identifier, Person, is_digest
from audsync.testing.google.platform import Platform
from audsync.testing.google.refusals import AdsError, Path
from audsync.testing.google.regions import REGIONS

DIGEST_OF_NOTHING: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
MOST_OF_ONE: Final = 20
_JOB: Final = "offline_user_data_job_error"
_FIELDS: Final = {
    "hashed_email": "email",
    "hashed_phone_number": "phone",
}
_OTHER_KEYS: Final = {"mobile_id": "mobile", "third_party_user_id": "user_id"}


class Reader:
    """Reads the people of one request to a list of one key type, and gathers the errors."""

    def __init__(self, platform: Platform, kind: str) -> None:
        self._platform = platform
        self._kind = kind
        self.errors: list[AdsError] = []
        self.identifiers = 0

    def person(self, data: Any, at: Path) -> Person | None:
        """The identifiers of one person; None if anything is wrong with them."""
        before = len(self.errors)
        identifiers = data.user_identifiers
        self.identifiers += len(identifiers)
        if not identifiers:
            self._wrong("MISSING_USER_IDENTIFIER", at)
        if len(identifiers) > MOST_OF_ONE:
            self._wrong("TOO_MANY_USER_IDENTIFIERS", at)
        if data.HasField("consent"):
            self._wrong("OPERATION_LEVEL_CONSENT_PROVIDED", at)
        if data.HasField("user_attribute") or data.HasField("transaction_attribute"):
            self._wrong("ATTRIBUTES_NOT_APPLICABLE_FOR_CUSTOMER_MATCH_USER_LIST", at)
        person = tuple(
            self._identifier(one, (*at, ("user_identifiers", index)))
            for index, one in enumerate(identifiers)
        )
        return person if len(self.errors) == before else None

    def _identifier(self, one: Any, at: Path) -> Identifier:
        field = one.WhichOneof("identifier") or ""
        if kind := _FIELDS.get(field):
            if self._kind != CONTACT:
                self._wrong("INCOMPATIBLE_UPLOAD_KEY_TYPE", at)
            return kind, self._digest(getattr(one, field), (*at, (field, None)))
        if field == "address_info":
            return self._address(one.address_info, (*at, (field, None)))
        if not field:
            self._wrong("MISSING_USER_IDENTIFIER", at)
            return ("",)
        if self._kind != _OTHER_KEYS[field]:
            self._wrong("INCOMPATIBLE_UPLOAD_KEY_TYPE", at)
        return _OTHER_KEYS[field], getattr(one, field)

    def _address(self, address: Any, at: Path) -> Identifier:
        if self._kind != CONTACT:
            self._wrong("INCOMPATIBLE_UPLOAD_KEY_TYPE", at)
        if address.city or address.state or address.hashed_street_address:
            self._platform.mistakes["street, city or state"] += 1
        for name in ("hashed_first_name", "hashed_last_name", "country_code", "postal_code"):
            if not getattr(address, name):
                self.errors.append(AdsError("field_error", "REQUIRED", (*at, (name, None))))
        if address.country_code and address.country_code not in REGIONS:
            self._wrong("INVALID_COUNTRY_CODE", (*at, ("country_code", None)))
        return (
            "address",
            self._digest(address.hashed_first_name, (*at, ("hashed_first_name", None))),
            self._digest(address.hashed_last_name, (*at, ("hashed_last_name", None))),
            address.country_code,
            address.postal_code,
        )

    def _digest(self, text: str, at: Path) -> str:
        if not is_digest(text):
            lower = text.lower()
            if not (self._platform.quirks.takes_upper_hex and is_digest(lower)):
                if text:
                    self._wrong("INVALID_SHA256_FORMAT", at)
                return text
            text = lower
        if text == DIGEST_OF_NOTHING:
            self._platform.mistakes["digest of nothing"] += 1
        return text

    def _wrong(self, name: str, at: Path) -> None:
        self.errors.append(AdsError(_JOB, name, at))
