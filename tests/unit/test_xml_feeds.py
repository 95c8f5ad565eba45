"""XML feeds: rows by path, values by path, places of bad rows, and files that are refused."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from audsync.contracts import Level
from audsync.errors import SourceDataError
from audsync_source_csv.xml_paths import Step, ValuePath, value_path
from csv_feeds import Pulled, options, pull, source

CUSTOMERS = """
[customers]
files = "customers.xml"
row = "CUSTOMERS/CUSTOMER"
[customers.columns]
customer_id = "CUSTOMER_ID"
email = "EMAIL"
newsletter_frequency = { column = "NEWSLETTER_FREQUENCY", optional = true }
tags = { column = "TAGS/TAG", optional = true }
[customers.params.points]
column = "PARAMETERS/PARAMETER[NAME='points']/VALUE"
type = "number"
optional = true
"""
ORDERS = """
[order_rows]
files = "orders.xml"
row = "ORDERS/ORDER/ITEMS/ITEM"
[order_rows.columns]
order_id = "../../ORDER_ID"
customer_id = "../../CUSTOMER_ID"
created_at = "../../CREATED_ON"
status = { column = "../../STATUS", map = { created = "open", canceled = "cancelled" } }
product_id = "PRODUCT_ID"
quantity = "AMOUNT"
gross = "PRICE"
currency = "PRICE/@currency"
"""
PRODUCTS = """
[products]
files = "products.xml"
row = ["PRODUCTS/PRODUCT", "PRODUCTS/PRODUCT/VARIANTS/VARIANT"]
[products.columns]
product_id = "PRODUCT_ID"
parent_id = "../../PRODUCT_ID"
title = "TITLE"
"""


def read(folder: Path, toml: str, name: str, text: str | bytes) -> Pulled:
    data = text.encode() if isinstance(text, str) else text
    (folder / f"{name}.xml").write_bytes(data)
    return pull(source(folder, toml))


def customers(*rows: str) -> str:
    lines = "\n".join(f"<CUSTOMER>{row}</CUSTOMER>" for row in rows)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<CUSTOMERS>\n{lines}\n</CUSTOMERS>\n'


def refused(folder: Path, toml: str, name: str, text: str | bytes) -> str:
    with pytest.raises(SourceDataError) as caught:
        read(folder, toml, name, text)
    return str(caught.value)


def test_customers_with_their_parameters_and_labels(tmp_path: Path) -> None:
    text = customers(
        "<CUSTOMER_ID> 7 </CUSTOMER_ID><EMAIL>anna@example.com</EMAIL>"
        "<NEWSLETTER_FREQUENCY>every day</NEWSLETTER_FREQUENCY>"
        "<TAGS><TAG>vip</TAG><TAG/><TAG>new</TAG></TAGS><PARAMETERS>"
        "<PARAMETER><NAME>size</NAME><VALUE>42</VALUE></PARAMETER>"
        "<PARAMETER><VALUE>120</VALUE><NAME>Points</NAME></PARAMETER></PARAMETERS>",
        "<EMAIL><![CDATA[bob&co@example.com]]></EMAIL><customer_id>8</customer_id>",
        "<CUSTOMER_ID>9</CUSTOMER_ID><EMAIL></EMAIL>",
    )
    pulled = read(tmp_path, CUSTOMERS, "customers", text)
    assert pulled.rejected == []
    assert pulled.column("customers", "customer_id") == ["7", "8", "9"]
    assert pulled.column("customers", "email") == [
        "anna@example.com",
        "bob&co@example.com",
        None,
    ]
    assert pulled.column("customers", "newsletter_frequency") == ["every_day", None, None]
    assert pulled.column("customers", "tags") == [["vip", "new"], None, None]
    assert [n and int(n) for n in pulled.column("customers", "param.points")] == [
        120,
        None,
        None,
    ]


def test_items_take_what_their_order_says_also_after_them(tmp_path: Path) -> None:
    text = """<ORDERS><ORDER>
      <ORDER_ID>A1</ORDER_ID><CUSTOMER_ID>7</CUSTOMER_ID>
      <ITEMS>
        <ITEM><PRODUCT_ID>T-1</PRODUCT_ID><AMOUNT>2</AMOUNT>
          <PRICE currency="EUR">3.00</PRICE></ITEM>
        <ITEM><PRODUCT_ID>T-2</PRODUCT_ID><AMOUNT>1</AMOUNT>
          <PRICE currency="EUR">1.50</PRICE></ITEM>
      </ITEMS>
      <CREATED_ON>2024-01-02T10:00:00.0+01:00</CREATED_ON><STATUS>finished</STATUS>
    </ORDER><ORDER>
      <ORDER_ID>A2</ORDER_ID><CUSTOMER_ID>8</CUSTOMER_ID><STATUS>canceled</STATUS>
      <CREATED_ON>2024-01-03T10:00:00.0Z</CREATED_ON><ITEMS>
        <ITEM><PRODUCT_ID>T-1</PRODUCT_ID><AMOUNT>1</AMOUNT>
          <PRICE currency="EUR">3.00</PRICE></ITEM>
      </ITEMS>
    </ORDER></ORDERS>"""
    pulled = read(tmp_path, ORDERS, "orders", text)
    assert pulled.rejected == []
    orders = [
        (row["order_id"], row["status"], row["currency"]) for row in pulled.rows("orders")
    ]
    assert orders == [("A1", "finished", "EUR"), ("A2", "cancelled", "EUR")]
    assert [
        (row["order_id"], row["line_number"], row["product_id"], row["gross_minor"])
        for row in pulled.rows("order_lines")
    ] == [("A1", 1, "T-1", 300), ("A1", 2, "T-2", 150), ("A2", 1, "T-1", 300)]


def test_variants_are_rows_beside_their_products(tmp_path: Path) -> None:
    text = """<PRODUCTS>
    <PRODUCT><PRODUCT_ID>T</PRODUCT_ID><TITLE>Tea</TITLE><VARIANTS>
      <VARIANT><PRODUCT_ID>T-S</PRODUCT_ID></VARIANT>
      <VARIANT><PRODUCT_ID>T-L</PRODUCT_ID><TITLE>Tea, large</TITLE></VARIANT>
    </VARIANTS></PRODUCT>
    <PRODUCT><PRODUCT_ID>C</PRODUCT_ID><TITLE>Cup</TITLE></PRODUCT></PRODUCTS>"""
    pulled = read(tmp_path, PRODUCTS, "products", text)
    assert [
        (row["product_id"], row["parent_id"], row["title"]) for row in pulled.rows("products")
    ] == [
        ("T", None, "Tea"),
        ("T-S", "T", None),
        ("T-L", "T", "Tea, large"),
        ("C", None, "Cup"),
    ]


def test_names_with_a_prefix_and_a_feed_inside_a_feed(tmp_path: Path) -> None:
    toml = """
[products]
files = "products.xml"
row = "rss/channel/item"
[products.columns]
product_id = "g:id"
title = "title"
price = { column = "g:price", strip_suffix = " CZK" }
"""
    text = """<rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
    <item><g:id>T-1</g:id><title>Tea</title><g:price>10.50 CZK</g:price></item>
    </channel></rss>"""
    [row] = read(tmp_path, toml, "products", text).rows("products")
    assert (row["product_id"], row["title"], row["price_minor"]) == ("T-1", "Tea", 1050)


def test_a_bad_row_is_told_with_its_line_and_the_others_are_kept(tmp_path: Path) -> None:
    text = customers(
        "<CUSTOMER_ID>7</CUSTOMER_ID><EMAIL>a@example.com</EMAIL>",
        "<EMAIL>b@example.com</EMAIL>",
        "<CUSTOMER_ID>9</CUSTOMER_ID><EMAIL>c@example.com</EMAIL>"
        "<NEWSLETTER_FREQUENCY>hourly</NEWSLETTER_FREQUENCY>",
        "  ",
    )
    pulled = read(tmp_path, CUSTOMERS, "customers", text)
    assert [(one.place, one.column, one.reason) for one in pulled.rejected] == [
        ("customers.xml:4", "customer_id", "missing_key"),
        ("customers.xml:5", "newsletter_frequency", "unknown_value"),
    ]
    assert pulled.column("customers", "customer_id") == ["7", "9"]


def test_events_on_one_line_are_rows_of_their_own(tmp_path: Path) -> None:
    toml = """
[visits]
files = "visits.xml"
row = "visits/visit"
columns = { visited_at = "@at", customer_id = "@who" }
"""
    text = "<visits>" + "<visit at='2024-05-01' who='7'/>" * 3 + "</visits>"
    names = read(tmp_path, toml, "visits", text).column("visits", "view_id")
    assert names == ["visits.xml#1", "visits.xml#2", "visits.xml#3"]


LETTERS = (
    "<CUSTOMERS><CUSTOMER><CUSTOMER_ID>7</CUSTOMER_ID>"
    "<EMAIL>žluť@example.com</EMAIL></CUSTOMER></CUSTOMERS>"
)


@pytest.mark.parametrize(
    ("encoding", "declared", "setting"),
    [
        ("utf-8", "", ""),
        ("utf-8-sig", "", ""),
        ("utf-16", "", ""),
        ("cp1250", '<?xml version="1.0" encoding="windows-1250"?>', ""),
        ("iso-8859-2", '<?xml version="1.0" encoding="ISO-8859-2"?>', ""),
        ("cp1250", '<?xml version="1.0" encoding="UTF-8"?>', "cp1250"),
        ("utf-8", '<?xml version="1.0" encoding="windows-1250"?>', "utf-8"),
    ],
)
def test_a_file_is_read_in_its_encoding(
    tmp_path: Path, encoding: str, declared: str, setting: str
) -> None:
    toml = (
        CUSTOMERS.replace("row =", f'encoding = "{setting}"\nrow =') if setting else CUSTOMERS
    )
    pulled = read(tmp_path, toml, "customers", (declared + LETTERS).encode(encoding))
    assert pulled.column("customers", "email") == ["žluť@example.com"]


def test_a_packed_file_is_read_and_a_check_says_it_is_xml(tmp_path: Path) -> None:
    (tmp_path / "customers.xml").write_bytes(gzip.compress(LETTERS.encode()))
    made = source(tmp_path, CUSTOMERS)
    assert pull(made).counts == {"customers": 1}
    [finding] = made.check()
    assert (finding.level, finding.message) == (Level.OK, "customers: customers.xml: XML")


def test_a_feed_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    [page] = read(tmp_path, CUSTOMERS, "customers", "<CUSTOMERS></CUSTOMERS>").pages
    assert (page.table, page.rows.num_rows, page.replaces) == ("customers", 0, True)


BOMB = """<?xml version="1.0"?><!DOCTYPE CUSTOMERS [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<CUSTOMERS><CUSTOMER><EMAIL>&b;</EMAIL></CUSTOMER></CUSTOMERS>"""
ROW = "<CUSTOMER><CUSTOMER_ID>7</CUSTOMER_ID><EMAIL>secret@example.com</EMAIL></CUSTOMER>"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "customers.xml:1: entities of the file's own, which are never read"),
        (
            '<!DOCTYPE C SYSTEM "file:///etc/passwd"><CUSTOMERS><CUSTOMER>&who;</CUSTOMER></CUSTOMERS>',
            "entities of the file's own",
        ),
        (f"<CUSTOMERS>{ROW}", "customers.xml:1:94: the file ends before its last element does"),
        (f"<CUSTOMERS>\n{ROW}</EMAIL>", "customers.xml:2:"),
        (f"<CUSTOMERS>{ROW}&nbsp;</CUSTOMERS>", "no well-formed XML (undefined entity)"),
        (f"<CUSTOMERS>{ROW}</CUSTOMERS>x", "no well-formed XML (junk after document element)"),
        ("id,email\n7,secret@example.com\n", "customers.xml:1:1: no well-formed XML"),
        (
            f"<SHOP><CUSTOMERS>{ROW}</CUSTOMERS></SHOP>",
            "no element customers/customer; there are: shop/customers",
        ),
        (
            f"<CUSTOMERS>{ROW.replace('CUSTOMER>', 'CLIENT>')}</CUSTOMERS>",
            "no element customers/customer; there are: customers/client",
        ),
        (
            customers("<CUSTOMER_ID>7</CUSTOMER_ID><EMAILS>secret@example.com</EMAILS>"),
            'none of 1 rows has "EMAIL" (did you mean "emails"?); where that may be so, write',
        ),
        ("<a>" * 101, "customers.xml:1: elements are nested deeper than 100; let"),
        (
            '<?xml version="1.0" encoding="klingon"?><CUSTOMERS/>',
            "customers.xml:1: in an encoding that is not known; set `encoding`",
        ),
        (
            f"<CUSTOMERS><CUSTOMER><EMAIL>{'x' * (17 << 20)}</EMAIL></CUSTOMER>",
            "longer than 16 MB; is `row` the path of a row?",
        ),
        pytest.param(
            *(f"<CUSTOMERS><!-- {'x' * (17 << 20)}", "longer than 16 MB"),
            marks=pytest.mark.slow,  # the parser looks at it from its beginning each time
        ),
    ],
    ids=lambda text: re.sub(r"\W+", " ", str(text))[:20],
)
def test_a_file_that_cannot_be_right_is_refused(tmp_path: Path, text: str, told: str) -> None:
    message = refused(tmp_path, CUSTOMERS, "customers", text)
    assert told in message
    assert "secret" not in message


def test_letters_that_are_not_of_the_encoding_are_told_with_their_line(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + LETTERS
    message = refused(tmp_path, CUSTOMERS, "customers", text.encode("cp1250"))
    assert message.startswith("customers.xml:2:")
    assert "set `encoding`" in message
    toml = CUSTOMERS.replace("row =", 'encoding = "ascii"\nrow =')
    assert "customers.xml:2" in refused(tmp_path, toml, "customers", text)


def test_xml_under_a_mapping_of_delimited_text_is_told(tmp_path: Path) -> None:
    toml = CUSTOMERS.replace('row = "CUSTOMERS/CUSTOMER"\n', "")
    assert "for XML `row` says which elements are rows" in refused(
        tmp_path, toml, "customers", LETTERS
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("CUSTOMERS/CUSTOMER", "CUSTOMER"), "is no path of the"),
        (lambda text: text.replace("CUSTOMERS/CUSTOMER", "A//B"), "is no path of the elements"),
        (lambda text: text.replace('"EMAIL"', '"EMAIL["'), '"EMAIL[" is no path inside a row'),
        (lambda text: text.replace('"EMAIL"', '"A/../B"'), '"A/../B" is no path inside a row'),
        (
            lambda text: text.replace('"EMAIL"', '"../EMAIL"'),
            '"../EMAIL" leads out to the elem',
        ),
        (
            lambda text: text.replace("row =", 'delimiter = ";"\nrow ='),
            "`delimiter` is of text",
        ),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(change: Callable[[str], str], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        options(change(CUSTOMERS))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("NAME", ValuePath(0, (Step("name"),))),
        (" a/B ", ValuePath(0, (Step("a"), Step("b")))),
        ("../../ID", ValuePath(2, (Step("id"),))),
        ("@id", ValuePath(0, (), "id")),
        ("../@id", ValuePath(1, (), "id")),
        (".", ValuePath(0, ())),
        ("g:price/@g:cur", ValuePath(0, (Step("g:price"),), "g:cur")),
        ("P[@n=\"a/b 'c'\"]/V", ValuePath(0, (Step("p", "@n", "a/b 'c'"), Step("v")))),
        ("P[N='Š']", ValuePath(0, (Step("p", "n", "š"),))),
    ],
)
def test_paths_of_values(text: str, path: ValuePath) -> None:
    assert value_path(text) == path


@pytest.mark.parametrize(
    "text", ["", "..", "../", "/A", "A/", "A//B", "A[N]", "A[N=x]", "@", "A/@b/C", "./A"]
)
def test_what_is_no_path_of_a_value(text: str) -> None:
    with pytest.raises(ValueError, match="is no path inside a row"):
        value_path(text)


def test_a_value_by_the_attribute_of_an_element(tmp_path: Path) -> None:
    toml = """
[customers]
files = "customers.xml"
row = "c/p"
[customers.columns]
customer_id = "@id"
email = "m[@kind='private']"
"""
    mails = "<m kind='work'>w@example.com</m><m kind='Private'>p@example.com</m>"
    text = f"<c><p id='7'>{mails}</p></c>"
    assert read(tmp_path, toml, "customers", text).column("customers", "email") == [
        "p@example.com"
    ]


def test_a_column_that_a_file_of_text_may_lack(tmp_path: Path) -> None:
    toml = """
[customers]
files = "customers.csv"
[customers.columns]
customer_id = "id"
email = { first = ["mail", "email"], optional = true }
city = "town"
"""
    pulled = pull(source(tmp_path, toml, customers="id,town,MAIL\n7,York,a@example.com\n"))
    assert pulled.rows("customers") == [
        {"customer_id": "7", "email": "a@example.com", "city": "York"}
    ]
    with pytest.raises(SourceDataError, match='no column "town"'):
        pull(source(tmp_path, toml, customers="id,mail\n7,a@example.com\n"))


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "customers.xml").write_text(LETTERS)
    made = source(tmp_path, CUSTOMERS)
    cursor: Any = json.loads(json.dumps(pull(made).cursor))
    assert pull(made, cursor).pages == []
    assert pull(source(tmp_path, CUSTOMERS.replace("TAGS/TAG", "LABELS/LABEL")), cursor).pages
