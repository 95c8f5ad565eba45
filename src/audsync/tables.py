"""The normalised tables that every source fills: columns, types, keys.

Money is int64 minor units beside an ISO 4217 code, times are UTC, a quantity has three
decimals. A column that a source cannot fill is left out of `Source.provides`; a rule that needs
it is then an error, not an empty segment. A shop's own parameters of customers and products are
further columns named `param.<name>`, typed by the source.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    QUANTITY = "quantity"  # decimal with 3 places, magnitude at most MAX_QUANTITY
    NUMBER = "number"  # decimal with 4 places, for parameters
    MONEY = "money"  # minor units, magnitude at most MAX_MINOR
    TIME = "time"  # an instant, microseconds, UTC
    DATE = "date"  # a calendar day without a zone
    BOOLEAN = "boolean"
    TEXTS = "texts"  # a list of text


# Quantity in thousandths times value in minor units must fit into 64 bits (shares of a line).
MAX_QUANTITY: Final = 1_000_000
MAX_MINOR: Final = 9_000_000_000

SQL_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.QUANTITY: "DECIMAL(18,3)",
    Kind.NUMBER: "DECIMAL(18,4)",
    Kind.MONEY: "BIGINT",
    Kind.TIME: "TIMESTAMP",
    Kind.DATE: "DATE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TEXTS: "VARCHAR[]",
}

PARAM_PREFIX: Final = "param."
# What a segment file can write behind it.
PARAM_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class OrderStatus(StrEnum):
    """What has become of an order, in the words of the normalised tables."""

    OPEN = "open"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    EXCLUDED = "excluded"  # no purchase at all: corrections, write-offs, test orders


class Frequency(StrEnum):
    """How often a customer wants a newsletter or SMS."""

    EVERY_DAY = "every_day"
    SPECIAL_OCCASIONS = "special_occasions"
    NEVER = "never"


class Gender(StrEnum):
    """A person's gender, as far as shops state it and names tell it."""

    FEMALE = "female"
    MALE = "male"


class Channel(StrEnum):
    """How a message reaches a customer."""

    EMAIL = "email"
    SMS = "sms"


class MessageEvent(StrEnum):
    """What became of a message."""

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"


class DataPermission(StrEnum):
    """What the customer allows the shop to do with the data."""

    FULL = "full"
    DO_NOT_PERSONALIZE = "do_not_personalize"
    ANONYMIZED_ONLY = "anonymized_only"


class Answer(StrEnum):
    """What a person decided about a use of the data."""

    GRANTED = "granted"
    DENIED = "denied"


class DecidedUse(StrEnum):
    """What a decision is about: the purposes of sinks, all of them at once, or none of them."""

    ADVERTISING = "advertising"
    NEWSLETTER = "newsletter"
    SMS = "sms"
    ALL = "all"  # a no counts for every purpose, a yes for none: each needs one of its own
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a normalised table; `personal` marks direct identifiers."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    personal: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One normalised table; rows are unique by `key`, and the last one sent wins."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    takes_params: bool = False

    def column(self, name: str) -> Column | None:
        """The declared column of that name; None for parameters and unknown names."""
        return next((column for column in self.columns if column.name == name), None)


_TEXT, _MONEY, _TIME = Kind.TEXT, Kind.MONEY, Kind.TIME
_IDENTITY = (
    Column("email", _TEXT, "e-mail address as the shop holds it", personal=True),
    Column("phone", _TEXT, "phone number as the shop holds it", personal=True),
    Column("first_name", _TEXT, "given name", personal=True),
    Column("last_name", _TEXT, "family name", personal=True),
)
_PLACE = (
    Column("zip", _TEXT, "postcode"),
    Column("city", _TEXT, "city"),
    Column("country", _TEXT, "ISO 3166-1 alpha-2 code, upper case"),
)

CUSTOMERS = Table(
    "customers",
    key=("customer_id",),
    takes_params=True,
    columns=(
        Column("customer_id", _TEXT, "account in the shop", required=True),
        *_IDENTITY,
        Column("registered_at", _TIME, "when the account was made"),
        Column("updated_at", _TIME, "when the account was last changed"),
        Column("born_on", Kind.DATE, "birth date"),
        Column("gender", _TEXT, "as the customer stated it", allowed=tuple(Gender)),
        *_PLACE,
        Column("customer_type", _TEXT, "retail, wholesale, staff, or the shop's own word"),
        Column("price_category", _TEXT, "group for special prices"),
        Column(
            "newsletter_frequency",
            _TEXT,
            "wish for e-mail newsletters",
            allowed=tuple(Frequency),
        ),
        Column("newsletter_frequency_at", _TIME, "when that wish was said"),
        Column("sms_frequency", _TEXT, "wish for text messages", allowed=tuple(Frequency)),
        Column("sms_frequency_at", _TIME, "when that wish was said"),
        Column("data_permission", _TEXT, "what may be done", allowed=tuple(DataPermission)),
        Column("ad_consent", _TEXT, "consent to advertising, in the shop's own words"),
        Column("ad_consent_at", _TIME, "when that consent was given or refused"),
        Column("tags", Kind.TEXTS, "labels the shop gave"),
    ),
)

ORDERS = Table(
    "orders",
    key=("order_id",),
    columns=(
        Column("order_id", _TEXT, "order in the shop", required=True),
        Column("customer_id", _TEXT, "account that ordered; null for a guest"),
        *_IDENTITY,
        Column("created_at", _TIME, "when it was placed", required=True),
        Column("finished_at", _TIME, "when it was finished"),
        Column(
            "status", _TEXT, "class of the status", required=True, allowed=tuple(OrderStatus)
        ),
        Column("status_original", _TEXT, "the shop's own word for the status"),
        Column("currency", _TEXT, "ISO 4217 code", required=True),
        Column("total_net_minor", _MONEY, "whole order without VAT"),
        Column("total_gross_minor", _MONEY, "whole order with VAT"),
        Column("shipping_net_minor", _MONEY, "shipping and payment fees without VAT"),
        Column("shipping_gross_minor", _MONEY, "shipping and payment fees with VAT"),
        Column("refunded_net_minor", _MONEY, "paid back without VAT, beyond `returns`"),
        Column("refunded_gross_minor", _MONEY, "paid back with VAT, beyond `returns`"),
        Column("offer_code", _TEXT, "discount code used"),
        Column("has_invoice", Kind.BOOLEAN, "an invoice was asked for"),
        *_PLACE,
        Column("store", _TEXT, "shop, till or channel of the sale"),
        Column("is_test", Kind.BOOLEAN, "a test order"),
    ),
)

ORDER_LINES = Table(
    "order_lines",
    key=("order_id", "line_number"),
    columns=(
        Column("order_id", _TEXT, "order it belongs to", required=True),
        Column("line_number", Kind.INTEGER, "1, 2, … within the order", required=True),
        Column("product_id", _TEXT, "product or variant", required=True),
        Column("sku", _TEXT, "product code"),
        Column("name", _TEXT, "product name on the order"),
        Column("quantity", Kind.QUANTITY, "units, above zero", required=True),
        Column("unit_net_minor", _MONEY, "price of one unit without VAT"),
        Column("unit_gross_minor", _MONEY, "price of one unit with VAT"),
        Column("net_minor", _MONEY, "value of the line after discount, without VAT"),
        Column("gross_minor", _MONEY, "value of the line after discount, with VAT"),
        Column("is_goods", Kind.BOOLEAN, "false for postage, fees and other non-goods"),
    ),
)

PRODUCTS = Table(
    "products",
    key=("product_id",),
    takes_params=True,
    columns=(
        Column("product_id", _TEXT, "product or variant", required=True),
        Column("parent_id", _TEXT, "product of which this is a variant"),
        Column("sku", _TEXT, "product code"),
        Column("title", _TEXT, "name"),
        Column("brand", _TEXT, "brand"),
        Column("product_line", _TEXT, "series of the brand"),
        Column("category", _TEXT, "path, levels separated by ` | `"),
        Column("price_minor", _MONEY, "selling price with VAT"),
        Column("price_before_discount_minor", _MONEY, "price before discount with VAT"),
        Column("price_buy_minor", _MONEY, "purchase cost"),
        Column("currency", _TEXT, "ISO 4217 code of the three prices"),
        Column("stock", Kind.QUANTITY, "units in stock"),
        Column("tags", Kind.TEXTS, "labels the shop gave"),
    ),
)

RETURNS = Table(
    "returns",
    key=("return_id", "line_number"),
    columns=(
        Column("return_id", _TEXT, "return, credit note or cancelling invoice", required=True),
        Column("line_number", Kind.INTEGER, "1, 2, … within the return", required=True),
        Column("order_id", _TEXT, "order the goods came from; null when the shop does not say"),
        Column("customer_id", _TEXT, "account; tells whose goods they were without an order"),
        Column("product_id", _TEXT, "product or variant", required=True),
        Column("quantity", Kind.QUANTITY, "units given back, above zero", required=True),
        Column("returned_at", _TIME, "when", required=True),
    ),
)

VISITS = Table(
    "visits",
    key=("view_id",),
    columns=(
        Column("view_id", _TEXT, "row of the web log: one page looked at", required=True),
        Column("session_id", _TEXT, "the visit it was part of; null: that of its day"),
        Column("customer_id", _TEXT, "account that looked"),
        _IDENTITY[0],
        Column("product_id", _TEXT, "product or variant looked at; null for other pages"),
        Column("visited_at", _TIME, "when", required=True),
    ),
)

MESSAGES = Table(
    "messages",
    key=("event_id",),
    columns=(
        Column("event_id", _TEXT, "row of the log: one event of one message", required=True),
        Column("customer_id", _TEXT, "account that the message went to"),
        *_IDENTITY[:2],
        Column("channel", _TEXT, "email or sms", required=True, allowed=tuple(Channel)),
        Column("event", _TEXT, "what happened", required=True, allowed=tuple(MessageEvent)),
        Column("happened_at", _TIME, "when", required=True),
    ),
)

CONSENTS = Table(
    "consents",
    key=("consent_id",),
    columns=(
        Column("consent_id", _TEXT, "row of the log: one decision", required=True),
        Column("customer_id", _TEXT, "account that decided"),
        *_IDENTITY[:2],
        Column(
            "purpose",
            _TEXT,
            "what was decided about; a no to `all` counts for each purpose, a yes for none",
            required=True,
            allowed=tuple(DecidedUse),
        ),
        Column("answer", _TEXT, "granted or denied", required=True, allowed=tuple(Answer)),
        Column("decided_at", _TIME, "when; null where nobody knows"),
    ),
)

RATES = Table(
    "rates",
    key=("currency",),
    columns=(
        Column(
            "currency", _TEXT, "ISO 4217 code of the currency that is priced", required=True
        ),
        Column("price", Kind.NUMBER, "what `units` of it cost, above zero", required=True),
        Column("units", Kind.INTEGER, "how many are priced; 1 where it is not said"),
        Column("base", _TEXT, "ISO 4217 code of the price; the shop's where it is not said"),
    ),
)

TABLES: Final[Mapping[str, Table]] = {
    table.name: table
    for table in (
        *(CUSTOMERS, ORDERS, ORDER_LINES, PRODUCTS, RETURNS, VISITS, MESSAGES, RATES),
        CONSENTS,
    )
}


def has_people(table: Table) -> bool:
    """Whether rows of the table say who a person is."""
    return any(column.personal for column in table.columns)


def arrow_type(kind: Kind) -> "pa.DataType":
    """The Arrow type of a column of that kind."""
    import pyarrow as pa

    types: dict[Kind, pa.DataType] = {
        Kind.TEXT: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.QUANTITY: pa.decimal128(18, 3),
        Kind.NUMBER: pa.decimal128(18, 4),
        Kind.MONEY: pa.int64(),
        Kind.TIME: pa.timestamp("us", tz="UTC"),
        Kind.DATE: pa.date32(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.TEXTS: pa.list_(pa.string()),
    }
    return types[kind]


@cache
def arrow_schema(table: str) -> "pa.Schema":
    """The Arrow schema of a table's declared columns, in order; parameters come after them."""
    import pyarrow as pa

    return pa.schema(
        [(column.name, arrow_type(column.kind)) for column in TABLES[table].columns]
    )
