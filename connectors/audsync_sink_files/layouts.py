"""The layouts of a file: which columns it has and how they are filled and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audsync.contracts import Form, KeyRule
from audsync.files import defused
from audsync.identity.digests import AUDSYNC_RULES, as_they_are
from audsync.identity.google_keys import GOOGLE_KEYS, google_rules
from audsync.identity.meta_keys import META_KEYS, meta_rules
from audsync.money import to_decimal

Column = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file: their titles, and the rules that fill them, in one order."""

    titles: tuple[str, ...]
    rules: Mapping[str, KeyRule]
    is_for_people: bool

    def cells(self, column: Column) -> Column:
        """A column as it is written; that of an upload is never altered."""
        return [_shown(text) for text in column] if self.is_for_people else column


def _shown(text: str | None) -> str | None:
    """Text that a spreadsheet shows on one line and does not take for a formula."""
    if text is None:
        return None
    # The sign is looked for before blanks are tidied: a leading tab is one of them.
    safe = defused(text)
    return safe if safe.isprintable() else " ".join(safe.split())


def _spend(minor: Column, currency: Column) -> Column:
    return [
        None if amount is None or code is None else str(to_decimal(int(amount), code))
        for amount, code in zip(minor, currency, strict=True)
    ]


def _text(column: str, *, identifies: bool = False) -> KeyRule:
    return KeyRule((column,), as_they_are, form=Form.PERSONAL, identifies=identifies)


_HASHED: Final = Layout(tuple(AUDSYNC_RULES), AUDSYNC_RULES, is_for_people=False)

_RETAIL: Final = Layout(
    titles=(
        "Name",
        "First Name",
        "Last Name",
        "Email Address",
        "Date Registered",
        "Country",
        "Postal Code",
        "Lifetime Spend",
    ),
    rules={
        "name": _text("full_name"),
        "first_name": _text("first_name"),
        "last_name": _text("last_name"),
        "email": _text("email", identifies=True),
        "date_registered": _text("registered"),
        "country": _text("country"),
        "postal_code": _text("zip"),
        "lifetime_spend": KeyRule(
            ("total_revenue_minor", "currency"), _spend, form=Form.PERSONAL
        ),
    },
    is_for_people=True,
)

_META: Final = Layout(
    tuple(name.lower() for name in META_KEYS), meta_rules(META_KEYS), is_for_people=False
)

_GOOGLE_TITLES: Final = {
    "email": "Email",
    "phone": "Phone",
    "first_name": "First Name",
    "last_name": "Last Name",
    "country": "Country",
    "zip": "Zip",
}


def _google(per_person: int) -> Layout:
    """Several addresses of a person stand in columns of one title; so do phones.

    That is how Google takes them (support.google.com/google-ads/answer/7659867). The key of a
    whole address tells people apart and is nothing to upload.
    """
    rules = google_rules(GOOGLE_KEYS, per_person=per_person)
    names = [
        name
        for kind in _GOOGLE_TITLES
        for name, rule in rules.items()
        if rule.inputs[:1] == (kind,)
    ]
    return Layout(
        titles=tuple(_GOOGLE_TITLES[rules[name].inputs[0]] for name in names),
        rules={name: rules[name] for name in names},
        is_for_people=False,
    )


def layout_of(layout: str, keys: str, *, per_person: int) -> Layout:
    """The layout that options name."""
    match layout, keys:
        case "retail", _:
            return _RETAIL
        case _, "google":
            return _google(per_person)
        case _, "meta":
            return _META
        case _:
            return _HASHED
