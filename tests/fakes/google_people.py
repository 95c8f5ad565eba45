"""Invented people as rows of the sink `google`, and what the fake holds of them."""

from collections.abc import Iterable, Sequence

from audsync.identity.google_keys import GOOGLE_RULES, GOOGLE_SEVERAL
from audsync.testing.google.lists import Identifier
from fakes.plans import Row, digest

Address = tuple[str, str, str, str]


def person(
    email: str | None,
    phone: str | None = None,
    home: str | None = None,
    *,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
) -> Row:
    """A row of keys; people of one `home` have the same name there too.

    `emails` and `phones` are what the person has besides, two of each at most.
    """
    address = (digest(f"first {home}"), digest(f"last {home}"), "GB", "N1 1AA")
    parts: tuple[str | None, ...] = address if home else (None,) * 4
    (whole,) = GOOGLE_RULES["address"].apply(*([part] for part in parts))
    first = digest(email) if email else None, digest(phone) if phone else None
    return *first, *parts, whole, *_further(emails), *_further(phones)


def _further(texts: Sequence[str]) -> tuple[str | None, ...]:
    found = [digest(text) for text in texts]
    return *found, *[None] * (GOOGLE_SEVERAL - 1 - len(found))


def identifiers(rows: Iterable[Row]) -> frozenset[Identifier]:
    """What a list holds that holds just these people."""
    found: set[Identifier] = set()
    for email, phone, *address, whole, email_2, email_3, phone_2, phone_3 in rows:
        found |= {("email", one) for one in (email, email_2, email_3) if one}
        found |= {("phone", one) for one in (phone, phone_2, phone_3) if one}
        if whole:
            found.add(("address", *(str(part) for part in address)))
    return frozenset(found)
