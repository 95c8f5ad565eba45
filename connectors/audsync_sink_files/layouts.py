"""The layouts of a file: which columns it has and how they are filled and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audsync.contracts import Form, KeyRule
from audsync.identity.digests import AUDSYNC_RULES, as_they_are
from audsync.identity.meta_keys import META_KEYS, meta_rules
from audsync.money import to_decimal

Column = Sequence[str | None]

# What makes a spreadsheet take text for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


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
    safe = f"'{text}" if text.startswith(_FORMULA) else text
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

# By the layout and the keys that the options name.
LAYOUTS: Final[Mapping[tuple[str, str], Layout]] = {
    ("hashed", "audsync"): _HASHED,
    ("hashed", "meta"): _META,
    ("retail", "audsync"): _RETAIL,
}
