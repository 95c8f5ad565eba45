"""Which columns a feed of each kind can fill.

Amounts are mapped in two spellings: `unit_net` for cells that hold amounts as people write
them (`19.99`), `unit_net_minor` for cells that hold whole minor units (`1999`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from audsync.tables import TABLES, Column, Kind

VAT: Final = Column("vat_percent", Kind.NUMBER, "rate of VAT in percent")
_CURRENCY: Final = Column("currency", Kind.TEXT, "ISO 4217 code")


@dataclass(frozen=True, slots=True)
class Target:
    """A column that a mapping may name; `major` says that its cells hold amounts like 19.99."""

    column: Column
    major: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What a feed of one kind fills, may name and must name."""

    tables: tuple[str, ...]
    targets: Mapping[str, Target]
    required: tuple[str, ...]
    is_of_people: bool = False

    def lacks_identity(self, columns: Collection[str]) -> bool:
        """Whether rows mapped by these columns could be of nobody."""
        return self.is_of_people and not IDENTITIES & set(columns)


def _targets(tables: Iterable[str], extra: Iterable[Column] = ()) -> dict[str, Target]:
    result: dict[str, Target] = {}
    for name in tables:
        for column in TABLES[name].columns:
            result.setdefault(column.name, Target(column))
            if column.kind is Kind.MONEY:
                result[column.name.removesuffix("_minor")] = Target(column, major=True)
    return result | {column.name: Target(column) for column in extra}


def _of_decisions() -> dict[str, Target]:
    """All but the id: of rows that share one the last would stand, and a no might be lost."""
    found = _targets(("consents",))
    del found["consent_id"]
    return found


def _returns(*names: str) -> tuple[Column, ...]:
    return tuple(column for column in TABLES["returns"].columns if column.name in names)


# An order, visit, message or decision without one of these belongs to nobody.
IDENTITIES: Final = frozenset({"customer_id", "email", "phone"})
# What people allowed. A misspelt name must not turn all their answers into the default.
ANSWERS: Final = frozenset(
    {
        *("answer", "purpose", "ad_consent", "data_permission"),
        *("newsletter_frequency", "sms_frequency"),
    }
)
_LINES: Final = ("order_id", "product_id", "quantity")

SHAPES: Final[Mapping[str, Shape]] = {
    "order_rows": Shape(
        ("orders", "order_lines", "returns"),
        _targets(("orders", "order_lines"), (VAT, *_returns("returned_at"))),
        (*_LINES, "created_at", "status"),
        is_of_people=True,
    ),
    "orders": Shape(
        ("orders",),
        _targets(("orders",), (VAT,)),
        ("order_id", "created_at", "status"),
        is_of_people=True,
    ),
    "order_lines": Shape(
        ("order_lines", "returns"),
        _targets(("order_lines",), (VAT, _CURRENCY, *_returns("customer_id", "returned_at"))),
        _LINES,
    ),
    "customers": Shape(("customers",), _targets(("customers",)), ("customer_id",)),
    "products": Shape(("products",), _targets(("products",)), ("product_id",)),
    "returns": Shape(
        ("returns",),
        _targets(("returns",)),
        ("return_id", "product_id", "quantity", "returned_at"),
    ),
    "rates": Shape(("rates",), _targets(("rates",)), ("currency", "price")),
    "visits": Shape(("visits",), _targets(("visits",)), ("visited_at",), is_of_people=True),
    "messages": Shape(
        ("messages",),
        _targets(("messages",)),
        ("channel", "event", "happened_at"),
        is_of_people=True,
    ),
    "consents": Shape(("consents",), _of_decisions(), ("purpose", "answer"), is_of_people=True),
}


def nearest(name: str, choices: Iterable[str]) -> str:
    """` (did you mean "…"?)` for the closest choice; empty when none is close."""
    close = get_close_matches(name, list(choices), n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""
