"""The feeds of the Online Retail data, read row by row; for `online_retail`."""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, TypeVar

import phonenumbers

NOT_GOODS = {"POST", "DOT", "M", "m", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"}
COUNTRIES = {
    "United Kingdom": "GB", "Germany": "DE", "France": "FR", "EIRE": "IE", "Spain": "ES",
    "Netherlands": "NL", "Belgium": "BE", "Switzerland": "CH", "Portugal": "PT",
    "Australia": "AU", "Norway": "NO", "Italy": "IT", "Channel Islands": "JE",
    "Finland": "FI", "Cyprus": "CY", "Sweden": "SE", "Austria": "AT", "Denmark": "DK",
    "Japan": "JP", "Poland": "PL", "Israel": "IL", "USA": "US", "Hong Kong": "HK",
    "Singapore": "SG", "Iceland": "IS", "Canada": "CA", "Greece": "GR", "Malta": "MT",
    "United Arab Emirates": "AE", "RSA": "ZA", "Lebanon": "LB", "Lithuania": "LT",
    "Brazil": "BR", "Czech Republic": "CZ", "Bahrain": "BH", "Saudi Arabia": "SA",
    "European Community": None, "Unspecified": None,
}  # fmt: skip
FREQUENCIES = {
    "every day": "every_day",
    "special occasions": "special_occasions",
    "never": "never",
    "": None,
}
PERMISSIONS = {"full": "full", "do not personalize": "do_not_personalize"}
SHOP_COUNTRY = "GB"
T = TypeVar("T")
Row = Mapping[str, str]
Client = dict[str, Any]


@dataclass
class Line:
    """One goods or other line of an invoice; `left` and `value` shrink with returns."""

    product: str
    units: int
    unit_price: int
    value: int
    is_goods: bool
    left: int = 0


@dataclass
class Order:
    """One invoice that is a sale."""

    order_id: str
    customer: str | None
    at: datetime
    country: str | None
    lines: list[Line] = field(default_factory=list)


@dataclass
class Return:
    """One line of a cancelling invoice, or a negative line."""

    customer: str | None
    order_id: str | None
    product: str
    units: int
    at: datetime


@dataclass
class Feeds:
    """What stands in the two files, read by hand."""

    orders: dict[str, Order] = field(default_factory=dict)
    returns: list[Return] = field(default_factory=list)
    accounts: dict[str, Client] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)


def _minor(text: str, units: int = 1) -> int:
    exact = Decimal(text) * units * 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def read(orders: Path, customers: Path) -> Feeds:
    """Both files as they are meant by the mapping of the demo shop."""
    feeds = Feeds()
    with gzip.open(orders, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            _read_line(row, feeds)
    with customers.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            _read_account(row, feeds)
    return feeds


def _read_line(row: Row, feeds: Feeds) -> None:
    feeds.rows["lines"] += 1
    invoice, units = row["InvoiceNo"], int(row["Quantity"])
    customer = row["CustomerID"].removesuffix(".0") or None
    at = datetime.fromisoformat(row["InvoiceDate"])
    if invoice.startswith("A"):
        feeds.rows["excluded"] += 1
        return
    if invoice.startswith("C"):
        feeds.returns.append(Return(customer, None, row["StockCode"], -units, at))
        return
    if units < 0:
        feeds.returns.append(Return(customer, invoice, row["StockCode"], -units, at))
        return
    order = feeds.orders.setdefault(
        invoice, Order(invoice, customer, at, COUNTRIES[row["Country"]])
    )
    goods = row["StockCode"] not in NOT_GOODS
    price, value = _minor(row["UnitPrice"]), _minor(row["UnitPrice"], units)
    order.lines.append(Line(row["StockCode"], units, price, value, goods, units))


def _read_account(row: Row, feeds: Feeds) -> None:
    feeds.rows["customers"] += 1
    if not row["customer_id"]:
        feeds.rejected["missing_key"] += 1
        return
    if row["customer_id"] in feeds.accounts:
        feeds.rejected["duplicate_key"] += 1
    permission = row["data_permission"]
    if permission and permission not in PERMISSIONS:
        feeds.rejected["unknown_value"] += 1
    country = row["country"] or None
    if country is not None and not re.fullmatch("[A-Z]{2}", country):
        feeds.rejected["unknown_country"] += 1
        country = None
    feeds.accounts[row["customer_id"]] = {
        "customer_id": row["customer_id"],
        "email": _email(row["email"], feeds),
        "phone": _phone(row["phone"], country or SHOP_COUNTRY, feeds),
        "first_name": row["first_name"] or None,
        "last_name": row["last_name"] or None,
        "registered_at": _when(
            row["registration"], datetime.fromisoformat, "not_a_time", feeds
        ),
        "born_on": _when(_no_epoch(row["birth_date"]), date.fromisoformat, "not_a_date", feeds),
        "zip": row["zip_code"] or None,
        "city": row["city"] or None,
        "country": country,
        "customer_type": row["customer_type"] or None,
        "price_category": row["price_category"] or None,
        "newsletter_frequency": FREQUENCIES[row["newsletter_frequency"]],
        "sms_frequency": FREQUENCIES[row["sms_frequency"]],
        "data_permission": PERMISSIONS.get(permission),
        "ad_consent": row["ad_consent"] or None,
    }


def _no_epoch(text: str) -> str:
    """Exports write the first day of computers' time where there is no date."""
    return "" if text == "1970-01-01" else text


def _when(text: str, parse: Callable[[str], T], reason: str, feeds: Feeds) -> T | None:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError:
        feeds.rejected[reason] += 1
        return None


def _email(text: str, feeds: Feeds) -> str | None:
    text = text.strip().lower()
    if not text:
        return None
    if not re.fullmatch(r"[a-z0-9.+]+@[a-z0-9.]+\.[a-z]+", text):
        feeds.rejected["invalid_email"] += 1
        return None
    return text


def _phone(text: str, country: str, feeds: Feeds) -> str | None:
    if not text:
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        feeds.rejected["invalid_phone"] += 1
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
