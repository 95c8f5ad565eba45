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
    """A row of keys, as they are made; people of one `home` have the same name there too.

    `emails` and `phones` are what the person has besides, two of each at most.
    """
    address = (digest(f"first {home}"), digest(f"last {home}"), "GB", "N1 1AA")
    parts: tuple[str | None, ...] = address if home else (None,) * 4
    (whole,) = GOOGLE_RULES["address"].apply(*([part] for part in parts))
    first_email, *more_emails = _in_order(email, emails)
    first_phone, *more_phones = _in_order(phone, phones)
    return first_email, first_phone, *parts, whole, *more_emails, *more_phones


def _in_order(first: str | None, others: Sequence[str]) -> list[str | None]:
    """The digests of one kind as a row has them: the first, then others by digest."""
    known = [digest(first)] if first else []
    more = sorted({digest(text) for text in others}.difference(known))
    return [*known, *more, *[None] * GOOGLE_SEVERAL][:GOOGLE_SEVERAL]


def identifiers(rows: Iterable[Row]) -> frozenset[Identifier]:
    """What a list holds that holds just these people."""
    found: set[Identifier] = set()
    for email, phone, *address, whole, email_2, email_3, phone_2, phone_3 in rows:
        found |= {("email", one) for one in (email, email_2, email_3) if one}
        found |= {("phone", one) for one in (phone, phone_2, phone_3) if one}
        if whole:
            found.add(("address", *(str(part) for part in address)))
    return frozenset(found)
