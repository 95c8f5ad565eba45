"""A shop of a few invented people in a folder, to be run by the installed command."""

import gzip
from collections.abc import Sequence
from pathlib import Path

CONFIG = """\
version = 1

[defaults]
timezone = "Europe/Prague"
country = "CZ"
currency = "CZK"

[shops.kolo.consent]
field = "ad_consent"
granted = ["yes"]

[shops.kolo.sinks.files]
folder = "out"
max_batch = 2

[shops.kolo.source]
type = "csv"

[shops.kolo.source.order_rows]
files = "orders.csv"

[shops.kolo.source.order_rows.columns]
order_id = "order"
customer_id = "customer"
created_at = "date"
status = { value = "finished" }
currency = "currency"
product_id = "product"
quantity = "quantity"
unit_gross = "price"

[shops.kolo.source.customers]
files = "customers.csv"

[shops.kolo.source.customers.columns]
customer_id = "id"
email = "email"
first_name = "name"
ad_consent = "ads"
"""
BUYERS = """\
name = "Buyers"
sinks = ["files"]

[all]
order_count.at_least = 1
"""
AS_OF = ("--as-of", "2026-11-20")


def orders(customers: Sequence[str], *, currency: str = "CZK") -> str:
    """One order line per customer, a day apart."""
    lines = ["order,customer,date,currency,product,quantity,price"]
    lines += [
        f"o{number},{customer},2026-10-{1 + number % 28:02d} 10:00:00,"
        f"{currency},p{number % 3},1,99.90"
        for number, customer in enumerate(customers)
    ]
    return "\n".join(lines) + "\n"


def customers(answers: dict[str, str]) -> str:
    """One account per id, with its answer to advertising."""
    lines = ["id,email,name,ads"]
    lines += [
        f"{key},{key}@example.com,Žofie {key},{answer}" for key, answer in answers.items()
    ]
    return "\n".join(lines) + "\n"


def ids(count: int) -> list[str]:
    """Customer ids c001, c002, …"""
    return [f"c{number:03d}" for number in range(1, count + 1)]


def make_shop(folder: Path, *, count: int = 10) -> Path:
    """Write configuration, segment and feeds; everybody has said yes."""
    (folder / "segments").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "segments" / "buyers.toml").write_text(BUYERS, encoding="utf-8")
    (folder / "orders.csv").write_text(orders(ids(count)), encoding="utf-8")
    (folder / "customers.csv").write_text(
        customers(dict.fromkeys(ids(count), "yes")), encoding="utf-8"
    )
    return folder


def use_gzip(folder: Path) -> None:
    """Turn the orders feed into a gzip file."""
    data = (folder / "orders.csv").read_bytes()
    (folder / "orders.csv.gz").write_bytes(gzip.compress(data))
    config = (folder / "config.toml").read_text(encoding="utf-8")
    (folder / "config.toml").write_text(
        config.replace('"orders.csv"', '"orders.csv.gz"'), encoding="utf-8"
    )


def audience(folder: Path) -> bytes:
    """The bytes of the audience file."""
    return (folder / "out" / "buyers.csv").read_bytes()
