"""Invented people as rows of the sink `google`, and what the fake holds of them."""

from collections.abc import Iterable

from audsync.identity.google_keys import GOOGLE_RULES
from audsync.testing.google.lists import Identifier
from fakes.plans import Row, digest

Address = tuple[str, str, str, str]


def person(email: str | None, phone: str | None = None, home: str | None = None) -> Row:
    """A row of keys; people of one `home` have the same name there too."""
    address = (digest(f"first {home}"), digest(f"last {home}"), "GB", "N1 1AA")
    parts: tuple[str | None, ...] = address if home else (None,) * 4
    (whole,) = GOOGLE_RULES["address"].apply(*([part] for part in parts))
    return digest(email) if email else None, digest(phone) if phone else None, *parts, whole


def identifiers(rows: Iterable[Row]) -> frozenset[Identifier]:
    """What a list holds that holds just these people."""
    found: set[Identifier] = set()
    for email, phone, *address, whole in rows:
        if email:
            found.add(("email", email))
        if phone:
            found.add(("phone", phone))
        if whole:
            found.add(("address", *(str(part) for part in address)))
    return frozenset(found)
