"""Orders, lines, returns, customers and products as the CSV source makes them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from audsync.contracts import Loss
from audsync.tables import Kind, arrow_schema
from audsync_source_csv import records
from csv_feeds import CUSTOMERS, HEADER, ORDERS_AND_LINES, ROWS, order_rows, pull, source


def test_one_row_per_line_fills_orders_and_lines(tmp_path: Path) -> None:
    text = order_rows("1 tea 2 1.10", "1 cup 1 5", "2 tea 1 1.20")
    pulled = pull(source(tmp_path, ROWS, orders=text))
    assert pulled.column("orders", "order_id") == ["1", "2"]
    assert pulled.column("orders", "created_at") == [datetime(2024, 1, 2, tzinfo=UTC)] * 2
    assert [
        (row["order_id"], row["line_number"], row["unit_net_minor"], row["net_minor"])
        for row in pulled.rows("order_lines")
    ] == [("1", 1, 110, 220), ("1", 2, 500, 500), ("2", 1, 120, 120)]


def test_a_line_is_worth_its_exact_price_times_units_rounded_once(tmp_path: Path) -> None:
    pulled = pull(source(tmp_path, ROWS, orders=order_rows("1 tea 5 0.001", "1 cup 3 0.005")))
    assert pulled.column("order_lines", "unit_net_minor") == [0, 1]
    assert pulled.column("order_lines", "net_minor") == [1, 2]  # 0.005 and 0.015 pounds


def test_a_cancelling_invoice_gives_returns_without_an_order(tmp_path: Path) -> None:
    text = order_rows("1 tea 2 1", "C2 tea -1 1", "C2 cup -3 1")
    pulled = pull(source(tmp_path, ROWS, orders=text))
    assert pulled.column("orders", "order_id") == ["1"]
    keys = ("return_id", "line_number", "order_id", "customer_id", "product_id", "quantity")
    assert [tuple(row[key] for key in keys) for row in pulled.rows("returns")] == [
        ("C2", 1, None, "7", "tea", Decimal(1)),
        ("C2", 2, None, "7", "cup", Decimal(3)),
    ]


def test_a_negative_line_of_an_order_is_a_return_from_it(tmp_path: Path) -> None:
    pulled = pull(source(tmp_path, ROWS, orders=order_rows("1 tea 2 1", "1 tea -1 1")))
    [back] = pulled.rows("returns")
    assert (back["order_id"], back["quantity"]) == ("1", Decimal(1))
    assert pulled.counts["order_lines"] == 1


def test_an_invoice_of_negative_lines_alone_is_no_order(tmp_path: Path) -> None:
    pulled = pull(source(tmp_path, ROWS, orders=order_rows("1 tea -2 1")))
    assert pulled.counts["orders"] == 0
    assert pulled.counts["returns"] == 1


def test_an_excluded_prefix_makes_the_order_no_purchase(tmp_path: Path) -> None:
    pulled = pull(source(tmp_path, ROWS, orders=order_rows("A1 tea 2 1", "2 tea 1 1")))
    assert pulled.column("orders", "status") == ["excluded", "finished"]


def test_postage_is_no_goods_and_may_be_below_zero(tmp_path: Path) -> None:
    pulled = pull(source(tmp_path, ROWS, orders=order_rows("1 POST 1 -4", "1 tea 1 -4")))
    assert pulled.column("order_lines", "is_goods") == [False]
    assert pulled.reasons() == {("unit_net_minor", "negative_price"): 1}


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("1 tea 0 1", "quantity", "zero_quantity"),
        ("1 tea x 1", "quantity", "not_a_number"),
        ("1 tea 1000001 1", "quantity", "out_of_range"),
        ("1 tea 1000000 90000001", "unit_net_minor", "out_of_range"),
    ],
)
def test_a_line_that_cannot_be_right_is_dropped(
    tmp_path: Path, row: str, column: str, reason: str
) -> None:
    pulled = pull(source(tmp_path, ROWS, orders=order_rows(row, "1 cup 1 1")))
    [refused] = pulled.rejected
    assert (refused.column, refused.reason, refused.loss) == (column, reason, Loss.ROW)
    assert refused.place == "orders.csv:2"
    assert pulled.column("order_lines", "line_number") == [1]


def test_a_price_that_is_no_number_costs_the_price_only(tmp_path: Path) -> None:
    pulled = pull(source(tmp_path, ROWS, orders=order_rows("1 tea 1 free", "1 cup 1 0")))
    assert pulled.column("order_lines", "net_minor") == [None, 0]
    assert pulled.reasons() == {("unit_net_minor", "not_a_number"): 1}


def test_cells_of_the_first_row_hold_for_the_order_whatever_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        HEADER + "1,7,2024-01-02,tea,1,1\n1,,,cup,-1,1\n1,,,pot,1,1\n2,8,2024-01-03,tea,1,1\n"
    )
    whole = pull(source(tmp_path, ROWS, orders=text))
    for size in (1, 10, 30, 70):
        monkeypatch.setattr(records, "BLOCK_BYTES", size)
        made = source(tmp_path, ROWS)
        monkeypatch.setattr(type(made)._of_file, "__defaults__", (size,))
        small = pull(made)
        for table in ("orders", "order_lines", "returns"):
            assert small.rows(table) == whole.rows(table)
    [back] = whole.rows("returns")
    assert back["customer_id"] == "7"
    assert back["returned_at"] == datetime(2024, 1, 2, tzinfo=UTC)
    assert whole.column("orders", "customer_id") == ["7", "8"]


def test_an_order_without_a_date_is_dropped_once(tmp_path: Path) -> None:
    text = HEADER + "1,7,,tea,1,1\n1,7,,cup,1,1\n"
    pulled = pull(source(tmp_path, ROWS, orders=text))
    assert pulled.reasons() == {("created_at", "missing_value"): 1}
    assert pulled.counts["orders"] == 0


def test_orders_and_lines_may_lie_in_two_files(tmp_path: Path) -> None:
    pulled = pull(
        source(
            tmp_path,
            ORDERS_AND_LINES,
            orders="id,who,at,total,state\n1,a,2024-01-02,10,Done\n2,b,2024-01-03,5,odd\n",
            lines="id,product,units,value\n2,tea,1,5\n1,cup,2,8\n1,tea,-1,2\n",
        )
    )
    [order] = pulled.rows("orders")
    assert (order["total_gross_minor"], order["status"]) == (1000, "finished")
    assert order["status_original"] == "Done"
    assert pulled.reasons() == {
        ("status", "unknown_status"): 1,
        ("quantity", "negative_quantity"): 1,
    }
    assert [(r["order_id"], r["line_number"]) for r in pulled.rows("order_lines")] == [
        ("2", 1),
        ("1", 1),
    ]


def test_returns_have_a_feed_of_their_own(tmp_path: Path) -> None:
    toml = """
    [returns]
    files = "returns.csv"
    [returns.columns]
    return_id = "id"
    order_id = "order"
    product_id = "product"
    quantity = "units"
    returned_at = "at"
    """
    text = "id,order,product,units,at\nr1,1,tea,-2,2024-01-02\nr1,1,cup,1,2024-01-02\n"
    pulled = pull(source(tmp_path, toml, returns=text))
    assert [(r["line_number"], r["quantity"]) for r in pulled.rows("returns")] == [
        (1, Decimal(2)),
        (2, Decimal(1)),
    ]


@pytest.mark.parametrize(
    ("mapped", "price", "net", "gross"),
    [
        ('unit_net = "price"\nvat_percent = { value = 21 }', "10", 2000, 2420),
        ('unit_gross = "price"\nvat_percent = { value = 21 }', "12.10", 2000, 2420),
        ('unit_gross = "price"\nvat_percent = { value = 21 }', "0.01", 2, 2),
        ('net = "price"\nvat_percent = { value = "12.5" }', "0.04", 4, 5),
        ('unit_net_minor = "price"\nvat_percent = { value = "10 %" }', "1000", 2000, 2200),
    ],
)
def test_vat_gives_the_other_side_rounded_half_up(
    tmp_path: Path, mapped: str, price: str, net: int, gross: int
) -> None:
    toml = ROWS.replace('unit_net = "price"', mapped)
    pulled = pull(source(tmp_path, toml, orders=order_rows(f"1 tea 2 {price}")))
    [line] = pulled.rows("order_lines")
    assert (line["net_minor"], line["gross_minor"]) == (net, gross)


def test_a_currency_has_its_own_minor_unit(tmp_path: Path) -> None:
    toml = ROWS + 'currency = { column = "customer" }\n'
    text = HEADER + "".join(
        f"{n},{code},2024-01-02,tea,1,5\n" for n, code in enumerate(("GBP", "jpy", "KWD", "£"))
    )
    pulled = pull(source(tmp_path, toml, orders=text))
    assert pulled.column("order_lines", "net_minor") == [500, 5, 5000, None]
    assert pulled.reasons() == {("currency", "unknown_currency"): 1}


def test_parameters_have_their_types(tmp_path: Path) -> None:
    toml = (
        CUSTOMERS
        + """
    tags = { column = "tags", split = ";" }
    born_on = "born"
    [customers.params]
    points = { column = "points", type = "number" }
    since = { column = "since", type = "date" }
    shoe = "shoe"
    """
    )
    text = (
        "id,email,tags,born,points,since,shoe\n"
        "1,a@example.com,vip; new;,2.1.1990,1.5,2020-02-03,L\n"
    )
    made = source(tmp_path, toml, customers=text)
    [row] = pull(made).rows("customers")
    assert made.params == {
        "customers.param.points": Kind.NUMBER,
        "customers.param.since": Kind.DATE,
        "customers.param.shoe": Kind.TEXT,
    }
    assert row["tags"] == ["vip", "new"]
    assert row["born_on"] == date(1990, 1, 2)
    assert row["param.points"] == Decimal("1.5")
    assert row["param.since"] == date(2020, 2, 3)
    assert row["param.shoe"] == "L"


def test_products_have_prices_in_their_currency(tmp_path: Path) -> None:
    toml = """
    [products]
    files = "products.csv"
    decimal = ","
    [products.columns]
    product_id = "id"
    price = "price"
    price_buy = "cost"
    """
    made = source(tmp_path, toml, products="id;price;cost\n1;1 234,50;1.000,005\n")
    [row] = pull(made).rows("products")
    assert (row["price_minor"], row["price_buy_minor"], row["currency"]) == (
        123450,
        100001,
        "GBP",
    )
    assert {"products.price_minor", "products.currency"} <= made.provides


def test_every_page_has_the_declared_types_and_provided_columns(tmp_path: Path) -> None:
    made = source(
        tmp_path, ROWS + CUSTOMERS, orders=order_rows("1 a 1 1"), customers="id,email\n1,\n"
    )
    for page in pull(made).pages:
        declared = {field.name: field.type for field in arrow_schema(page.table)}
        for field in page.rows.schema:
            assert field.type == declared[field.name]
            assert f"{page.table}.{field.name}" in made.provides


def test_a_number_that_a_spreadsheet_cut_is_nobodys_id_or_phone(tmp_path: Path) -> None:
    mapping = CUSTOMERS + 'phone = "tel"\n'
    rows = "id,email,tel\n1,a@example.com,6.01E+08\n1.00001E+11,b@example.com,\n2,,601E+08\n"
    pulled = pull(source(tmp_path, mapping, customers=rows))
    assert [(row["customer_id"], row["phone"]) for row in pulled.rows("customers")] == [
        ("1", None),
        ("2", "601E+08"),
    ]
    assert pulled.reasons() == {("phone", "cut_number"): 1, ("customer_id", "cut_number"): 1}
    text = order_rows("1 5.9E+12 2 1", "1.5E+12 tea 1 1")
    pulled = pull(source(tmp_path, ROWS, orders=text))
    assert pulled.counts["order_lines"] == 0


# Visits and messages

VISITS = """
[visits]
files = "visits*.csv"
[visits.columns]
visited_at = "when"
customer_id = "who"
product_id = "what"
"""
MESSAGES = """
[messages]
files = "mails.csv"
[messages.columns]
event_id = "id"
happened_at = "when"
phone = "to"
channel = { value = "sms" }
event = "event"
"""


def test_a_row_of_a_web_log_goes_by_its_file_and_line(tmp_path: Path) -> None:
    rows = "when,who,what\n2024-05-01 10:00,7,T-1\n2024-05-01 10:00,7,T-1\nsoon,7,T-1\n"
    made = source(tmp_path, VISITS, visits1=rows, visits2=rows)
    pulled = pull(made)
    assert pulled.column("visits", "view_id") == [
        f"visits{file}.csv:{line}" for file in (1, 2) for line in (2, 3)
    ]
    assert pulled.reasons() == {("visited_at", "not_a_time"): 2}
    assert {name for name in made.provides if name.startswith("visits.")} == {
        *("visits.view_id", "visits.visited_at", "visits.customer_id", "visits.product_id"),
    }


def test_an_event_of_another_kind_is_refused(tmp_path: Path) -> None:
    rows = "id,when,to,event\na,2024-05-01,777123456,sent\nb,2024-05-01,777123456,bounced\n"
    pulled = pull(source(tmp_path, MESSAGES, mails=rows))
    assert pulled.column("messages", "event_id") == ["a"]
    assert pulled.reasons() == {("event", "unknown_value"): 1}


def test_visits_of_nobody_cannot_be_mapped(tmp_path: Path) -> None:
    text = VISITS.replace('customer_id = "who"', 'session_id = "who"')
    with pytest.raises(ValueError, match="so nobody could be found"):
        source(tmp_path, text)
