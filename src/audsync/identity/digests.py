"""SHA-256 digests, and the key rules of audsync itself."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from audsync.contracts import Form, KeyRule
from audsync.identity.names import match_name


def digest(value: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, as 64 lower-case hex digits."""
    return sha256(value.encode()).hexdigest()


def digest_all(values: Sequence[str | None]) -> list[str | None]:
    """The digest of each value; None for None, and for empty text, which is nobody's."""
    return [sha256(value.encode()).hexdigest() if value else None for value in values]


def digest_names(values: Sequence[str | None]) -> list[str | None]:
    """The digest of the match form of each name."""
    return digest_all([match_name(value) for value in values])


def as_they_are(values: Sequence[str | None]) -> list[str | None]:
    """Short plain fields, unaltered; empty text is None."""
    return [value or None for value in values]


_POSTCODE: Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z][0-9A-Za-z -]{0,11}")


def postcodes(values: Sequence[str | None]) -> list[str | None]:
    """Post codes unaltered; None for whatever else stands in that column.

    It leaves in plain text, and people write names, addresses and phone numbers anywhere.
    """
    return [value if value and _POSTCODE.fullmatch(value) else None for value in values]


# The keys of audsync's own files; the digests are those of `clients.hashed_*`.
AUDSYNC_RULES: Final[Mapping[str, KeyRule]] = {
    "hashed_email": KeyRule(("email",), digest_all, identifies=True),
    "hashed_phone": KeyRule(("phone",), digest_all, identifies=True),
    "hashed_first_name": KeyRule(("first_name",), digest_names),
    "hashed_last_name": KeyRule(("last_name",), digest_names),
    "country_code": KeyRule(("country",), as_they_are, form=Form.PLAIN),
    "zip": KeyRule(("zip",), postcodes, form=Form.PLAIN, version=2),
}
