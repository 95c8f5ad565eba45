"""A shop of a few invented people in a folder, to be run by the installed command."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

# What the configuration of every invented shop begins with.
HEAD = """\
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
"""
CONFIG = f"""\
{HEAD}max_batch = 2

[shops.kolo.source]
type = "csv"

[shops.kolo.source.order_rows]
files = "orders.csv"

[shops.kolo.source.order_rows.columns]
order_id = "order"
customer_id = "customer"
created_at = "date"
status = {{ value = "finished" }}
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
# A feed of orders that name people themselves, and one of accounts; columns may follow.
ORDERS = """
[shops.kolo.source]
type = "csv"

[shops.kolo.source.orders]
files = "orders.csv"

[shops.kolo.source.orders.columns]
order_id = "order"
customer_id = "customer"
email = "email"
phone = "phone"
created_at = "date"
status = { value = "finished" }
total_gross = "total"
"""
ACCOUNTS = """
[shops.kolo.source.customers]
files = "customers.csv"

[shops.kolo.source.customers.columns]
customer_id = "id"
email = "email"
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


def write_shop(
    folder: Path, config: str, *, segments: Mapping[str, str], feeds: Mapping[str, str]
) -> Path:
    """A new folder of a shop: the texts of its segments by id, those of its feeds by name."""
    (folder / "segments").mkdir(parents=True)
    texts = {f"segments/{name}.toml": text for name, text in segments.items()}
    for name, text in {"config.toml": config, **texts, **feeds}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def feed_texts(feeds: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The lines of feeds as texts of files."""
    return {f"{name}.csv": "\n".join(lines) + "\n" for name, lines in feeds.items()}


def make_shop(folder: Path, *, count: int = 10) -> Path:
    """Write configuration, segment and feeds; everybody has said yes."""
    people = customers(dict.fromkeys(ids(count), "yes"))
    feeds = {"orders.csv": orders(ids(count)), "customers.csv": people}
    return write_shop(folder, CONFIG, segments={"buyers": BUYERS}, feeds=feeds)


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
