"""Exports of well-known shop systems: how they are known, and how their columns are mapped.

Header names: Shopify's and Magento's documentation of their exports, the WooCommerce Import
Export Suite, the Online Retail data set of the UCI repository.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from audsync_source_csv.options import Cell

Columns = Mapping[str, str | Cell]


@dataclass(frozen=True, slots=True)
class Preset:
    """An export: headers that mark it, the kind of feed, its mapping and what to know of it."""

    name: str
    kind: str
    marks: tuple[str, ...]
    columns: Columns
    settings: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Useless:
    """An export that cannot feed audiences, and what to export instead."""

    marks: tuple[str, ...]
    message: str


_BILLED: Final = ("Shipping", "Billing")


def _either(what: str) -> Cell:
    return Cell(first=tuple(f"{side} {what}" for side in _BILLED))


_CONSENT: Final = "acceptance of e-mails is no consent to advertising: see ad_consent"
_YES_NO: Final = {"yes": "every_day", "no": "never"}

PRESETS: Final = (
    Preset(
        "Shopify orders",
        "order_rows",
        ("Financial Status", "Lineitem quantity", "Lineitem name"),
        {
            "order_id": "Name",
            "email": "Email",
            "phone": Cell(first=("Phone", "Billing Phone", "Shipping Phone")),
            "created_at": "Created at",
            "finished_at": "Fulfilled at",
            "status": Cell(
                column="Financial Status",
                map={
                    "pending": "open",
                    "authorized": "open",
                    "partially_paid": "open",
                    "paid": "finished",
                    "partially_refunded": "finished",
                    "refunded": "returned",
                    "voided": "cancelled",
                    "expired": "cancelled",
                },
                default="open",
            ),
            "currency": "Currency",
            "total_gross": "Total",
            "shipping_gross": "Shipping",
            "refunded_gross": "Refunded Amount",
            "offer_code": "Discount Code",
            "zip": _either("Zip"),
            "city": _either("City"),
            "country": _either("Country"),
            "store": "Location",
            "product_id": Cell(first=("Lineitem sku", "Lineitem name")),
            "sku": "Lineitem sku",
            "name": "Lineitem name",
            "quantity": "Lineitem quantity",
            "unit_gross": "Lineitem price",
        },
        notes=(
            "Shopify's export has no customer id: people are known by e-mail, then phone.",
            "The cells of an order stand on its first row; its other rows inherit them.",
            "Lineitem price is before discounts.",
        ),
    ),
    Preset(
        "Shopify customers",
        "customers",
        ("Accepts Email Marketing", "Total Spent"),
        {
            "customer_id": Cell(first=("Customer ID", "Email", "Phone")),
            "email": "Email",
            "phone": Cell(first=("Phone", "Default Address Phone")),
            "first_name": "First Name",
            "last_name": "Last Name",
            "zip": Cell(first=("Default Address Zip", "Zip")),
            "city": Cell(first=("Default Address City", "City")),
            "country": Cell(first=("Default Address Country Code", "Country Code")),
            "newsletter_frequency": Cell(column="Accepts Email Marketing", map=_YES_NO),
            "sms_frequency": Cell(column="Accepts SMS Marketing", map=_YES_NO),
            "tags": "Tags",
        },
        notes=(_CONSENT,),
    ),
    Preset(
        "WooCommerce orders (Import Export Suite)",
        "orders",
        ("order_id", "order_number", "order_currency", "order_total"),
        {
            "order_id": "order_id",
            "customer_id": Cell(first=("customer_user", "customer_id"), map={"0": ""}),
            "email": Cell(first=("billing_email", "customer_email")),
            "phone": "billing_phone",
            "first_name": "billing_first_name",
            "last_name": "billing_last_name",
            "created_at": "order_date",
            "finished_at": "paid_date",
            "status": Cell(
                column="status",
                strip_prefix="wc-",
                map={
                    "pending": "open",
                    "on-hold": "open",
                    "processing": "finished",
                    "completed": "finished",
                    "cancelled": "cancelled",
                    "failed": "cancelled",
                    "refunded": "returned",
                    "draft": "excluded",
                    "checkout-draft": "excluded",
                    "trash": "excluded",
                },
            ),
            "currency": "order_currency",
            "total_gross": "order_total",
            "shipping_net": "shipping_total",
            "zip": Cell(first=("shipping_postcode", "billing_postcode")),
            "city": Cell(first=("shipping_city", "billing_city")),
            "country": Cell(first=("shipping_country", "billing_country")),
        },
        settings={"date_format": ("%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S")},
        notes=("Lines of orders are not in this export; choose one row per item for them.",),
    ),
    Preset(
        "Magento orders grid",
        "orders",
        ("Purchase Point", "Purchase Date", "Grand Total (Base)"),
        {
            "order_id": "ID",
            "email": "Customer Email",
            "created_at": "Purchase Date",
            "status": Cell(
                column="Status",
                map={
                    "pending": "open",
                    "pending payment": "open",
                    "payment review": "open",
                    "on hold": "open",
                    "processing": "open",
                    "complete": "finished",
                    "canceled": "cancelled",
                    "closed": "returned",
                    "suspected fraud": "excluded",
                },
            ),
            "total_gross": "Grand Total (Base)",
            "shipping_gross": "Shipping and Handling",
            "refunded_gross": "Total Refunded",
            "store": "Purchase Point",
        },
        notes=("Totals are in the base currency, taken for the shop's.",),
    ),
    Preset(
        "Magento customers grid",
        "customers",
        ("Customer Since", "Web Site", "Account Created in"),
        {
            "customer_id": "ID",
            "email": "Email",
            "phone": "Phone",
            "first_name": "Billing Firstname",
            "last_name": "Billing Lastname",
            "registered_at": "Customer Since",
            "born_on": "Date of Birth",
            "zip": "ZIP",
            "city": "City",
            "country": "Country",
            "customer_type": "Group",
        },
        notes=(_CONSENT,),
    ),
    Preset(
        "Online Retail (UCI)",
        "order_rows",
        ("InvoiceNo", "StockCode", "UnitPrice", "CustomerID"),
        {
            "order_id": "InvoiceNo",
            "customer_id": "CustomerID",
            "created_at": "InvoiceDate",
            "status": Cell(value="finished"),
            "currency": Cell(value="GBP"),
            "country": Cell(
                column="Country", map={"European Community": "", "Unspecified": ""}
            ),
            "product_id": "StockCode",
            "name": "Description",
            "quantity": "Quantity",
            "unit_net": "UnitPrice",
        },
        settings={
            "cancelled_prefix": "C",
            "excluded_prefix": "A",
            "not_goods": (
                *("POST", "DOT", "M", "m", "C2", "D", "S", "B"),
                *("BANK CHARGES", "AMAZONFEE", "CRUK"),
            ),
        },
    ),
)

USELESS: Final = (
    Useless(
        ("Order #", "Customer type", "Items sold"),
        "a report of WooCommerce Analytics: it has no e-mail addresses and no ids, so nobody "
        "in it can be found; export the orders with an export plugin, one row per item",
    ),
    Useless(
        ("Reference", "New client", "Delivery", "Customer"),
        "the orders grid of PrestaShop: it has no e-mail addresses and no products; make an "
        "SQL query in the shop's Advanced Parameters that selects id_order, id_customer, "
        "email, date_add, total_paid_tax_incl and the products, and export that",
    ),
)
