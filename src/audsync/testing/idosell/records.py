"""What the panel keeps: accounts, subscribers, orders, products, returns.

Moments are whole seconds since 1970 (UTC), amounts whole minor units of their currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

ONE_SIZE: Final = "uniw"


class Channel(StrEnum):
    """A way of sending newsletters, each with a consent of its own."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Shop:
    """One of the shops of a panel."""

    shop_id: int
    name: str
    currency: str = "PLN"


@dataclass(frozen=True, slots=True)
class Address:
    """Who and where; part of accounts and orders, which keep their own copy."""

    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    city: str
    zip_code: str
    country: str = "PL"
    street: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    firm: str = field(default="", repr=False)
    tax_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Consent:
    """The last answer to a newsletter, and when it was given."""

    given: bool
    changed_at: int


@dataclass(slots=True)
class Account:
    """A client with a number: registered, or made unseen when a guest orders."""

    client_id: int
    login: str = field(repr=False)
    email: str = field(repr=False)
    address: Address
    registered_at: int
    changed_at: int
    shops: set[int]
    kind: str = "private"
    born_on: str | None = None
    is_wholesaler: bool = False
    group: int = 0
    is_guest: bool = False
    consents: dict[tuple[Channel, int], Consent] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    order_count: int = 0
    last_purchase_at: int | None = None

    @property
    def is_undated(self) -> bool:
        """Whether it is one of those that may show no dates, having come from elsewhere."""
        return self.client_id % 10 == 3  # noqa: PLR2004 -- any tenth


@dataclass(slots=True)
class Subscriber:
    """Somebody without an account who left an e-mail address or a phone for a newsletter."""

    channel: Channel
    contact: str = field(repr=False)
    added_at: int
    consents: dict[int, Consent]


@dataclass(frozen=True, slots=True)
class Line:
    """Goods on an order; prices are of one unit, in the currency of the order."""

    product_id: int
    name: str
    quantity: Decimal
    gross: int
    net: int
    vat: int = 23
    size: str = ONE_SIZE
    mode: str = "money"

    @property
    def item_code(self) -> str:
        """The panel's code of product and size."""
        whole = self.size == ONE_SIZE
        return str(self.product_id) if whole else f"{self.product_id}-{self.size}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an order came from; `marketplace` is empty for the shop's own orders."""

    kind: str = "shop"
    name: str = ""
    marketplace: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed with an order besides the goods; `kind` is p, t, n or r, as the API's.

    Without VAT what goods cost net is all they cost.
    """

    currency: str = "PLN"
    kind: str = "n"
    delivery_cost: int = 0
    fee_cost: int = 0
    insurance_cost: int = 0
    rebate_percent: int = 0
    discount_code: str | None = None
    invoice: str = "n"
    has_vat: bool = True
    origin: Origin = Origin()


@dataclass(slots=True)
class Order:
    """An order with its own copy of the buyer's contact."""

    serial: int
    number: int
    shop_id: int
    client_id: int
    login: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    billing: Address
    delivery: Address
    added_at: int
    changed_at: int
    status_at: int
    lines: tuple[Line, ...]
    terms: Terms
    rate: Decimal
    status: str = "new"
    paid_at: int | None = None
    dispatched_at: int | None = None


@dataclass(slots=True)
class Product:
    """Goods with their sizes; names in the language of the panel."""

    product_id: int
    code: str
    name: str
    brand: str
    category_id: int
    price: int
    vat: int
    added_at: int
    changed_at: int
    shops: frozenset[int]
    currency: str = "PLN"
    series: str = ""
    sizes: tuple[str, ...] = (ONE_SIZE,)
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """Goods that came back with a return."""

    product_id: int
    size: str
    quantity: Decimal
    gross: int
    net: int


@dataclass(slots=True)
class Return:
    """Goods that a client sends back; only some statuses mean that they were taken back."""

    return_id: int
    serial: int
    shop_id: int
    currency: str
    added_at: int
    changed_at: int
    lines: tuple[ReturnLine, ...]
    status: int = 1
    ended_at: int | None = None
