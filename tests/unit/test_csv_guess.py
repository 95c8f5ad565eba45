"""A mapping that was guessed loads the file that it was guessed from."""

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from audsync.errors import SourceDataError
from audsync_source_csv import CsvSource
from csv_feeds import HEADER, loaded


@dataclass(frozen=True)
class Export:
    """A file of a shop system, the kind it is, and what must come of its first record."""

    text: str
    kind: str
    first: dict[str, Any]
    table: str = ""
    rejected: dict[tuple[str, str], int] = field(default_factory=dict)
    encoding: str = "utf-8"


EXPORTS = {
    "Shopify orders": Export(
        "Name,Email,Financial Status,Paid at,Fulfilled at,Currency,Total,Shipping,"
        "Discount Code,"
        "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,"
        "Billing Zip,Billing Country,Shipping Zip,Shipping Country,Phone,Refunded Amount,Id\n"
        "#1001,ann@example.com,paid,2026-05-01 10:00:00 +0200,,EUR,35.00,5.00,SPRING,"
        "2026-05-01 09:59:00 +0200,2,Tea,10.00,T-1,Ann Lee,'10115,DE,,,'+4930901820,0.00,'99\n"
        "#1001,,,,,,,,,,1,Gift card,10.00,,,,,,,,,\n"
        "#1002,bob@example.com,refunded,,,EUR,10.00,0.00,,2026-05-02 09:59:00 +0200,1,Tea,"
        "10.00,T-1,Bob,,GB,,,,10.00,'100\n",
        "order_rows",
        {"order_id": "#1001", "email": "ann@example.com", "status": "finished",
         "total_gross_minor": 3500, "offer_code": "SPRING", "zip": "10115", "country": "DE",
         "phone": "+4930901820"},
        table="orders",
    ),
    "Shopify customers": Export(
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,"
        "Default Address Country Code,Default Address Zip,Phone,Accepts SMS Marketing,"
        "Total Spent,Total Orders,Tags\n"
        "'7210448301122,Ann,Lee,ann@example.com,yes,Berlin,DE,'10115,'+4930901820,no,10.00,1,"
        '"vip, new"\n',
        "customers",
        {"customer_id": "7210448301122", "newsletter_frequency": "every_day",
         "sms_frequency": "never", "zip": "10115", "tags": ["vip", "new"]},
    ),
    "WooCommerce orders": Export(
        "order_id,order_number,order_date,paid_date,status,shipping_total,order_total,"
        "order_currency,customer_id,customer_email,billing_first_name,billing_postcode,"
        "billing_country\n"
        "17,17,5/13/2026 9:59,,wc-completed,4.00,35.00,USD,0,ann@example.com,Ann,90210,US\n",
        "orders",
        {"order_id": "17", "customer_id": None, "status": "finished",
         "total_gross_minor": 3500, "shipping_net_minor": 400, "country": "US"},
    ),
    "Magento orders": Export(
        'ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Status,'
        'Customer Email,Shipping and Handling,Total Refunded\n'
        '000000001,Main,"May 1, 2026 9:59:00 AM",Ann Lee,Ann Lee,"1,235.50",complete,'
        'ann@example.com,5.00,\n',
        "orders",
        {"order_id": "000000001", "status": "finished", "total_gross_minor": 123550},
    ),
    "Magento customers": Export(
        "ID,Name,Email,Group,Phone,ZIP,Country,Customer Since,Web Site,Account Created in,"
        "Date of Birth,Billing Firstname,Billing Lastname\n"
        '1,Ann Lee,ann@example.com,General,,10115,Germany,"2026-05-01 09:59:00",Main,Default,'
        "1990-01-02,Ann,Lee\n",
        "customers",
        {"customer_id": "1", "first_name": "Ann", "country": "DE", "customer_type": "General"},
    ),
    "Online Retail": Export(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,EIRE\n"
        "C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,Unspecified\n",
        "order_rows",
        {"order_id": "536365", "customer_id": "17850", "country": "IE", "currency": "GBP"},
        table="orders",
    ),
    "Samba orders": Export(
        "ORDER_ID,CUSTOMER_ID,EMAIL,CREATED_ON,FINISHED_ON,STATUS,ZIP_CODE,COUNTRY_CODE,"
        "PRODUCT_ID,AMOUNT,PRICE\n"
        "1,7,ann@example.com,2026-05-01T09:59:00.0+02:00,,finished,11000,CZ,P1,2,10.00\n"
        "2,7,ann@example.com,2026-05-01T09:59:00.0+02:00,,canceled,11000,CZ,P1,2,10.00\n",
        "order_rows",
        {"order_id": "1", "status": "finished", "zip": "11000", "country": "CZ"},
        table="orders",
    ),
    "Samba customers": Export(
        "CUSTOMER_ID,EMAIL,REGISTRATION,DATA_PERMISSION,NEWSLETTER_FREQUENCY,SMS_FREQUENCY\n"
        "7,ann@example.com,2026-05-01T09:59:00.0+02:00,full,every day,never\n",
        "customers",
        {"customer_id": "7", "newsletter_frequency": "every_day", "data_permission": "full"},
    ),
    "Czech rows": Export(
        "Číslo objednávky;ID zákazníka;Datum;Stav;Měna;Kód produktu;Název produktu;"
        "Počet kusů;Cena s DPH;PSČ;Poznámka\n"
        "1;7;1.5.2026 9:59;Vyřízeno;CZK;P1;Čaj;2;1 234,50;110 00;x\n"
        "2;7;2.5.2026 9:59;Stornována;CZK;P1;Čaj;1;10,00;110 00;x\n",
        "order_rows",
        {"order_id": "1", "status": "finished", "currency": "CZK", "zip": "110 00"},
        table="orders",
        encoding="cp1250",
    ),
    "Polish orders": Export(
        "Numer zamówienia;Data zamówienia;Status zamówienia;E-mail;Wartość;Waluta;Miasto\n"
        "1;2026-05-01;Zrealizowane;ann@example.com;99,90;PLN;Łódź\n",
        "orders",
        {"order_id": "1", "status": "finished", "total_gross_minor": 9990, "city": "Łódź"},
    ),
    "German customers": Export(
        "Kundennummer\tVorname\tNachname\tE-Mail\tPLZ\tOrt\tLand\tGeburtsdatum\tNewsletter\n"
        "7\tAnn\tLee\tann@example.com\t10115\tBerlin\tDeutschland\t02.01.1990\tja\n",
        "customers",
        {"customer_id": "7", "country": "DE", "newsletter_frequency": "every_day"},
    ),
    "products": Export(
        "id;name;brand;category;price;parent_id\n1;Tea;Tealand;Drinks | Tea;10,50;\n",
        "products",
        {"product_id": "1", "title": "Tea", "brand": "Tealand", "price_minor": 1050},
    ),
    "ambiguous days and decimals": Export(
        "order_id;phone;date;total\n1;;02/03/2026;1,234\n",
        "orders",
        {"order_id": "1", "status": "finished", "total_gross_minor": 123},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_a_guessed_mapping_loads_its_file(tmp_path: Path, name: str) -> None:
    export = EXPORTS[name]
    file = tmp_path / "export.csv"
    file.write_bytes(export.text.encode(export.encoding))
    toml = CsvSource.guess([file], folder=tmp_path)
    assert f"[shops.shop.source.{export.kind}]" in toml
    pulled = loaded(tmp_path, toml)
    first = pulled.rows(export.table or export.kind)[0]
    assert {key: first[key] for key in export.first} == export.first
    assert pulled.reasons() == Counter(export.rejected)


def test_shopify_lines_belong_to_their_order_and_keep_their_own_cells(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORTS["Shopify orders"].text)
    pulled = loaded(tmp_path, CsvSource.guess([tmp_path / "export.csv"], folder=tmp_path))
    assert [
        (row["order_id"], row["line_number"], row["product_id"], row["sku"], row["gross_minor"])
        for row in pulled.rows("order_lines")
    ] == [
        ("#1001", 1, "T-1", "T-1", 2000),
        ("#1001", 2, "Gift card", None, 1000),
        ("#1002", 1, "T-1", "T-1", 1000),
    ]
    assert pulled.column("orders", "status") == ["finished", "returned"]
    assert pulled.column("orders", "refunded_gross_minor") == [0, 1000]


def test_what_is_not_used_and_what_to_look_at_are_said(tmp_path: Path) -> None:
    export = EXPORTS["Czech rows"]
    (tmp_path / "export.csv").write_bytes(export.text.encode("cp1250"))
    toml = CsvSource.guess([tmp_path / "export.csv"], folder=tmp_path)
    assert "# Not used: Poznámka" in toml
    assert 'encoding = "cp1250"' in toml
    assert "# Look: not UTF-8" in toml


def test_a_status_that_is_not_understood_is_open_and_said(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("order_id,email,date,status\n1,,2026-05-01,teleported\n")
    toml = CsvSource.guess([tmp_path / "o.csv"], folder=tmp_path)
    assert 'teleported = "open"' in toml
    assert "# Look: a word of status that was not understood" in toml


def test_orders_and_customers_come_into_one_mapping(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        (HEADER + "1,7,2024-01-02,tea,1,1\n").replace("units", "quantity")
    )
    (tmp_path / "people.csv").write_text("id,email\n7,ann@example.com\n")
    toml = CsvSource.guess([tmp_path / "people.csv", tmp_path / "rows.csv"], folder=tmp_path)
    assert loaded(tmp_path, toml).counts == {
        "orders": 1,
        "order_lines": 1,
        "returns": 0,
        "customers": 1,
    }


SAMBA = {
    "customers": """<?xml version="1.0" encoding="utf-8"?>
<CUSTOMERS><CUSTOMER>
  <CUSTOMER_ID>7</CUSTOMER_ID><EMAIL>ann@example.com</EMAIL>
  <REGISTRATION>2023-12-24T10:00:00.0+01:00</REGISTRATION>
  <NEWSLETTER_FREQUENCY>every day</NEWSLETTER_FREQUENCY>
  <PARAMETERS><PARAMETER><NAME>points</NAME><VALUE>120</VALUE></PARAMETER></PARAMETERS>
</CUSTOMER></CUSTOMERS>""",
    "orders": """<ORDERS><ORDER>
  <ORDER_ID>A1</ORDER_ID><CUSTOMER_ID>7</CUSTOMER_ID>
  <CREATED_ON>2024-01-02T10:00:00.0+01:00</CREATED_ON><STATUS>canceled</STATUS>
  <ITEMS>
    <ITEM><PRODUCT_ID>T-1</PRODUCT_ID><AMOUNT>2</AMOUNT><PRICE>10.50</PRICE></ITEM>
    <ITEM><PRODUCT_ID>T-2</PRODUCT_ID><AMOUNT>1</AMOUNT><PRICE>5.00</PRICE></ITEM>
  </ITEMS>
</ORDER></ORDERS>""",
    "products": """<PRODUCTS><PRODUCT>
  <PRODUCT_ID>T</PRODUCT_ID><TITLE>Tea</TITLE><PRICE>10.50</PRICE><BRAND>Leaf</BRAND>
  <VARIANT><PRODUCT_ID>T-1</PRODUCT_ID><TITLE>Tea, small</TITLE></VARIANT>
</PRODUCT></PRODUCTS>""",
}


def test_feeds_of_xml_are_mapped_by_the_names_of_their_elements(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.xml" for name in SAMBA]
    for file, text in zip(files, SAMBA.values(), strict=True):
        file.write_text(text)
    toml = CsvSource.guess(files, folder=tmp_path)
    found = tomllib.loads(toml)["shops"]["shop"]["source"]
    assert found["order_rows"]["row"] == "ORDERS/ORDER/ITEMS/ITEM"
    assert found["order_rows"]["columns"]["order_id"] == "../../ORDER_ID"
    assert found["customers"]["row"] == "CUSTOMERS/CUSTOMER"
    assert "# Look: elements inside of products, such as variants, are not read" in toml
    pulled = loaded(tmp_path, toml)
    assert pulled.rejected == []
    [order] = pulled.rows("orders")
    assert (order["order_id"], order["status"]) == ("A1", "cancelled")
    assert pulled.column("order_lines", "product_id") == ["T-1", "T-2"]
    assert pulled.column("order_lines", "unit_gross_minor") == [1050, 500]
    assert pulled.column("customers", "newsletter_frequency") == ["every_day"]
    assert pulled.column("products", "title") == ["Tea"]


def test_what_stands_in_attributes_is_mapped_too(tmp_path: Path) -> None:
    text = '<shop><people><person id="7" email="ann@example.com"/></people></shop>'
    (tmp_path / "people.xml").write_text(text)
    toml = CsvSource.guess([tmp_path / "people.xml"], folder=tmp_path)
    [row] = loaded(tmp_path, toml).rows("customers")
    assert (row["customer_id"], row["email"]) == ("7", "ann@example.com")


def test_without_files_an_example_is_written(tmp_path: Path) -> None:
    toml = CsvSource.guess([], folder=tmp_path)
    made = tomllib.loads(toml)["shops"]["shop"]["source"]
    assert set(made) == {"type", "order_rows", "customers"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            (
                "Date,Order #,Status,Customer,Customer type,Product(s),Items sold,Net Sales\n"
                "2026-05-01,17,completed,Ann Lee,new,Tea,1,10\n"
            ),
            "WooCommerce Analytics: it has no e-mail",
        ),
        (
            (
                '"ID";"Reference";"New client";"Delivery";"Customer";"Total";"Payment"\n'
                '1;ABCDEF;1;France;"A. Lee";10;Bank\n'
            ),
            "PrestaShop: it has no e-mail",
        ),
        ("colour,shape\nred,round\n", "neither orders, customers, products, returns nor"),
        ("email\nann@example.com\n", "one column only"),
        ("order_id,date\n1,2026-05-01\n", "no column says who bought"),
        ("order_id,date\n", "a header and no rows"),
        ("", "the file is empty"),
        ("<ORDERS><ORDER>ann@</ORDER></ORDERS>", "no element looks like an order"),
        ("<ORDERS><ORDER>ann@<ORDERS>", "no element looks like an order"),
        ("<ORDERS><ORDER>ann@</ORDERS>", "no well-formed XML"),
    ],
)
def test_what_cannot_feed_audiences_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "export.csv").write_text(text)
    with pytest.raises(SourceDataError, match=message) as caught:
        CsvSource.guess([tmp_path / "export.csv"], folder=tmp_path)
    assert "Lee" not in str(caught.value)
    assert "ann@" not in str(caught.value)
