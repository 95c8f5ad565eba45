"""Google's match keys: what is hashed, and what leaves in plain text.

The rules are those of the formatting page of the Data Manager API in its newest revision, which
is the fullest statement; where Google's pages disagree, docs/how-to/connect-google.md says what
was chosen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from audsync.contracts import Form, KeyRule
from audsync.identity.digests import digest_all, digest_names, postcodes

Texts = Sequence[str | None]

_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_CODE: Final = 2
_US_ZIP: Final = re.compile("[0-9]{5}(?:-[0-9]{4})?")
ADDRESS: Final = "address"
ADDRESS_PARTS: Final = ("first_name", "last_name", "country", "zip")


def google_email(address: str | None) -> str | None:
    """A normal address as Google hashes it; None where nothing is left before the `@`.

    At Gmail dots say nothing, and `+` and what follows it neither; elsewhere they stay. The
    domain is never rewritten.
    """
    if not address:
        return None
    local, _, domain = address.partition("@")
    if domain not in _GMAIL:
        return address
    bare = local.partition("+")[0].replace(".", "")
    return f"{bare}@{domain}" if bare else None


def gmail_mailbox(address: str) -> str | None:
    """The one address that stands for all spellings of a mailbox at Gmail; None elsewhere."""
    if address.partition("@")[2] not in _GMAIL:
        return None
    written = google_email(address)
    return written and f"{written.partition('@')[0]}@gmail.com"


def google_phone(e164: str | None) -> str | None:
    """An E.164 number with its plus; None for what is none."""
    return e164 if e164 and e164[0] == "+" and e164[1:].isdigit() else None


def _emails(values: Texts) -> list[str | None]:
    return digest_all([google_email(value) for value in values])


def _phones(values: Texts) -> list[str | None]:
    return digest_all([google_phone(value) for value in values])


def google_zip(code: str | None, country: str | None) -> str | None:
    """A postcode as people write it; of the United States five digits, or five and four."""
    (plain,) = postcodes([code])
    if plain is not None and country is not None and country.upper() == "US":
        return plain if _US_ZIP.fullmatch(plain) else None
    return plain


def _zips(codes: Texts, countries: Texts) -> list[str | None]:
    return list(map(google_zip, codes, countries))


def _addresses(*parts: Texts) -> list[str | None]:
    """One digest per whole address, which Google takes in parts."""
    rows = zip(*parts, strict=True)
    return digest_all(["\n".join(filter(None, row)) if all(row) else None for row in rows])


def _countries(values: Texts) -> list[str | None]:
    """Codes of ISO 3166-1 alpha-2 in capitals; None for anything else."""
    return [
        value.upper()
        if value and len(value) == _CODE and value.isascii() and value.isalpha()
        else None
        for value in values
    ]


GOOGLE_RULES: Final[Mapping[str, KeyRule]] = {
    "email": KeyRule(("email",), _emails, identifies=True),
    "phone": KeyRule(("phone",), _phones, identifies=True),
    "first_name": KeyRule(("first_name",), digest_names, group=ADDRESS),
    "last_name": KeyRule(("last_name",), digest_names, group=ADDRESS),
    "country": KeyRule(("country",), _countries, form=Form.PLAIN, group=ADDRESS),
    "zip": KeyRule(("zip", "country"), _zips, form=Form.PLAIN, group=ADDRESS),
    "address": KeyRule((), _addresses, identifies=True, made_of=ADDRESS_PARTS),
}
GOOGLE_KEYS: Final = ("email", "phone", "address")
# Of one person so many addresses and as many numbers at most, and unless an option says
# otherwise. A member of a request has ten identifiers at most: nine are four, four and a home.
GOOGLE_MOST: Final = 4
GOOGLE_SEVERAL: Final = 3


# No rule that makes something has it.
_WITHHELD: Final = 1_000


def google_columns(kind: str, per_person: int = GOOGLE_MOST) -> tuple[str, ...]:
    """The keys of the e-mail addresses or phones of one person, as `email` and `email_2`."""
    return kind, *(f"{kind}_{place}" for place in range(2, per_person + 1))


def google_rules(keys: Sequence[str], *, per_person: int = 1) -> dict[str, KeyRule]:
    """The rules of these kinds of identifiers, in the order of `GOOGLE_RULES`.

    Behind them are those of further addresses and numbers, so many of each kind in all.
    """
    rules = {
        name: rule
        for name, rule in GOOGLE_RULES.items()
        if name in keys or (rule.group == ADDRESS and ADDRESS in keys)
    }
    further = {
        name: replace(rules[kind], place=place)
        for kind in ("email", "phone")
        if kind in rules
        for place, name in enumerate(google_columns(kind, per_person), start=1)
        if place > 1
    }
    return rules | further


def google_sink_rules(keys: Sequence[str], *, per_person: int) -> dict[str, KeyRule]:
    """The rules of all kinds of identifiers, of which those of other kinds make nothing.

    So the columns of a list are always the same: what was sent of a kind before it was taken
    out of `keys` differs from what is wanted, and is removed as an old key is.
    """
    return {
        name: rule if _kind(name, rule) in keys else _withheld(rule)
        for name, rule in google_rules(GOOGLE_KEYS, per_person=per_person).items()
    }


def _kind(name: str, rule: KeyRule) -> str:
    return rule.group or (rule.inputs[0] if rule.inputs else name)


def _withheld(rule: KeyRule) -> KeyRule:
    # Nothing is made of parts that are nothing.
    return rule if rule.made_of else replace(rule, apply=_nothing, version=_WITHHELD)


def _nothing(values: Texts, *_: Texts) -> list[str | None]:
    return [None] * len(values)
