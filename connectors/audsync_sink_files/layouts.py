"""The two layouts of a file: which columns it has and how they are made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audsync.contracts import Form, KeyRule
from audsync.identity.keys import AUDSYNC_RULES
from audsync.money import to_decimal

Column = Sequence[str | None]

# What makes a spreadsheet take text for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file: their titles, the rules that fill them, and how text is shown."""

    titles: tuple[str, ...]
    rules: Mapping[str, KeyRule]
    is_for_people: bool

    def cells(self, column: Column) -> Column:
        """The cells of a column as they are written; digests are never altered."""
        return [_defused(text) for text in column] if self.is_for_people else column


def _defused(text: str | None) -> str | None:
    """Text on one line, which a spreadsheet shows and does not calculate."""
    if text is None:
        return None
    # First, for a tab or a carriage return in front is itself one of the signs.
    quoted = f"'{text}" if text.startswith(_FORMULA) else text
    return " ".join(quoted.split()) if any(map(_breaks, quoted)) else quoted


def _breaks(character: str) -> bool:
    return not character.isprintable()


def _as_it_is(values: Column) -> Column:
    return values


def _spend(minor: Column, currency: Column) -> Column:
    return [
        None if amount is None or code is None else str(to_decimal(int(amount), code))
        for amount, code in zip(minor, currency, strict=True)
    ]


def _text(*inputs: str, identifies: bool = False) -> KeyRule:
    return KeyRule(inputs, _as_it_is, form=Form.PERSONAL, identifies=identifies)


_RETAIL: Final[Mapping[str, tuple[str, KeyRule]]] = {
    "name": ("Name", _text("full_name")),
    "first_name": ("First Name", _text("first_name")),
    "last_name": ("Last Name", _text("last_name")),
    "email": ("Email Address", _text("email", identifies=True)),
    "date_registered": ("Date Registered", _text("registered")),
    "country": ("Country", _text("country")),
    "postal_code": ("Postal Code", _text("zip")),
    "lifetime_spend": (
        "Lifetime Spend",
        KeyRule(("total_revenue_minor", "currency"), _spend, form=Form.PERSONAL),
    ),
}


def layouts() -> Mapping[str, Layout]:
    """The layouts by the name they have in the config file."""
    return {
        "hashed": Layout(tuple(AUDSYNC_RULES), AUDSYNC_RULES, is_for_people=False),
        "retail": Layout(
            tuple(title for title, _ in _RETAIL.values()),
            {name: rule for name, (_, rule) in _RETAIL.items()},
            is_for_people=True,
        ),
    }


def columns(names: Iterable[str], cells: Iterable[Column]) -> Mapping[str, Column]:
    """Columns by name."""
    return dict(zip(names, cells, strict=True))
