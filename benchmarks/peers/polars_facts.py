"""What was bought, in polars: orders that count, their lines less what came back."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl

from benchmarks.peers.products import Products, read_products
from benchmarks.shop import AS_OF, TIMEZONE

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """Counted orders and purchases, sorted by client and order, all keys small integers.

    `clients` has client_id in the place of its number; `order` is the place of an order in the
    history of all clients, so that it names the client too.
    """

    folder: Path
    products: Products
    clients: pl.DataFrame
    accounts: pl.DataFrame  # customer_id, client
    orders: pl.DataFrame
    purchases: pl.DataFrame


def scan(folder: Path, table: str) -> pl.LazyFrame:
    """One of the shop's tables, read when it is asked for."""
    return pl.scan_parquet(folder / f"{table}.parquet")


def local_day(moment: pl.Expr) -> pl.Expr:
    """The day in the shop's zone of UTC times."""
    return moment.dt.replace_time_zone("UTC").dt.convert_time_zone(TIMEZONE).dt.date()


def thousandths(quantity: str) -> pl.Expr:
    """Decimals of three places as whole thousandths."""
    return (pl.col(quantity).cast(pl.Float64) * 1000).round().cast(pl.Int64)


def read_facts(folder: Path) -> Facts:
    """All of a folder's shop that the model and the segments ask."""
    owners, accounts = scan(folder, "order_clients"), scan(folder, "account_clients")
    clients = (
        pl.concat([owners.select("client_id"), accounts.select("client_id")])
        .unique()
        .sort("client_id")
        .with_row_index("client")
        .collect(engine="streaming")
    )
    numbers = clients.lazy()
    owned = owners.join(numbers, on="client_id").select("order_id", "client")
    accounts_numbered = (
        accounts.join(numbers, on="client_id").select("customer_id", "client").collect()
    )
    dated = _dated_orders(folder, owned)
    products = read_products(folder)
    goods = _goods(folder, dated, products)
    purchases = _purchases(goods, _taken(folder, goods, dated, accounts_numbered))
    orders = _counted_orders(folder, dated, purchases)
    return Facts(folder, products, clients, accounts_numbered, orders, purchases)


def _dated_orders(folder: Path, owned: pl.LazyFrame) -> pl.DataFrame:
    """Orders that may count, from each client's first to the last."""
    age = (pl.lit(AS_OF) - pl.col("ordered_on")).dt.total_days().cast(pl.Int32)
    return (
        scan(folder, "orders")
        .filter(pl.col("status") == "finished", ~pl.col("is_test").fill_null(value=False))
        .select(
            "order_id", "total_gross_minor", "shipping_gross_minor", "refunded_gross_minor",
            "offer_code", "has_invoice", "store", "zip", "city", "country",
            moment=pl.coalesce("finished_at", "created_at"),
        )
        .with_columns(ordered_on=local_day(pl.col("moment")))
        .with_columns(age_days=age)
        .filter(pl.col("age_days") >= 0)
        .join(owned, on="order_id")
        .sort("client", "moment", "order_id")
        .with_row_index("order")
        .collect()
    )  # fmt: skip


def _goods(folder: Path, dated: pl.DataFrame, products: Products) -> pl.DataFrame:
    """Lines of goods with numbers in place of texts; a name only of an unknown product."""
    lines = scan(folder, "order_lines")
    catalogue = pl.LazyFrame(products.table)
    articles = (
        lines.select("product_id")
        .unique()
        .join(catalogue, on="product_id", how="left")
        .with_columns(
            pl.col("brand", "category", "subcategory", "product_line", "path").cast(pl.Int16),
            pl.col("title").cast(pl.Categorical),
            product=pl.coalesce("product_key", "product_id").rank("dense").cast(pl.UInt32),
            bargain=pl.col("price_minor") < pl.col("price_before_discount_minor"),
        )
        .drop("product_key", "price_minor", "price_before_discount_minor")
        .with_row_index("article")
        .collect()
    )
    is_known = pl.col("title").is_not_null()
    return (
        lines.filter(pl.col("is_goods").fill_null(value=True))
        .with_columns(quantity=thousandths("quantity"))
        .filter(pl.col("quantity") > 0)
        .drop("sku", "is_goods")
        .join(
            dated.lazy().select("order_id", "order", "client", "ordered_on", "age_days"),
            on="order_id",
        )
        .join(articles.lazy(), on="product_id")
        .with_columns(
            title=pl.when(is_known)
            .then("title")
            .otherwise(pl.when(~is_known).then("name").cast(pl.Categorical))
        )
        .drop("order_id", "name")
        .sort("order")
        .collect()
    )


def _taken(
    folder: Path, goods: pl.DataFrame, dated: pl.DataFrame, accounts: pl.DataFrame
) -> pl.DataFrame:
    """order, line_number, taken (thousandths) of the goods lines that lose units."""
    numbers = dated.lazy().select("order_id", "client", "order", "moment")
    due = (
        scan(folder, "returns")
        .filter(local_day(pl.col("returned_at")) <= AS_OF)
        .with_columns(quantity=thousandths("quantity"))
        .filter(pl.col("quantity") > 0)
    )
    linked = due.join(numbers, on="order_id")
    loose = (
        due.filter(pl.col("order_id").is_null())
        .drop("order_id")
        .join(accounts.lazy(), on="customer_id")
    )
    pairs = loose.select("client", "product_id").unique()
    held = (
        goods.lazy()
        .join(pairs, on=["client", "product_id"], how="semi")
        .group_by("client", "order", "product_id")
        .agg(held=pl.col("quantity").sum())
        .join(numbers.select("order", "moment"), on="order")
    )
    chosen = (
        loose.join(held, on=["client", "product_id"])
        .filter(pl.col("moment") <= pl.col("returned_at"))
        .sort(pl.col("held") >= pl.col("quantity"), "order")
        .unique(["return_id", "line_number"], keep="last", maintain_order=True)
    )
    columns = ["order", "product_id", "quantity"]
    returned = (
        pl.concat([linked.select(columns), chosen.select(columns)])
        .group_by("order", "product_id")
        .agg(returned=pl.col("quantity").sum())
    )
    upto = pl.col("quantity").cum_sum().over("order", "product_id", order_by="line_number")
    left = pl.col("returned") - (upto - pl.col("quantity"))
    return (
        goods.lazy()
        .select("order", "line_number", "product_id", "quantity")
        .join(returned, on=["order", "product_id"])
        .with_columns(taken=pl.min_horizontal(left, "quantity"))
        .filter(pl.col("taken") > 0)
        .select("order", "line_number", "taken")
        .collect()
    )


def _purchases(goods: pl.DataFrame, taken_lines: pl.DataFrame) -> pl.DataFrame:
    """The counted lines."""
    value, held, taken = pl.col("gross_minor"), pl.col("quantity"), pl.col("taken")
    lost = (value * taken + held // 2) // held
    return (
        goods.lazy()
        .join(
            taken_lines.lazy(),
            on=["order", "line_number"],
            how="left",
            maintain_order="left",
        )
        .filter(held > taken.fill_null(0))
        .select(
            "order", "client", "ordered_on", "age_days", "product", "title",
            "brand", "category", "subcategory", "product_line", "path", "is_eco", "bargain",
            unit_price_minor=pl.coalesce("unit_gross_minor", _unit_price(value)),
            unit_net_minor=pl.coalesce("unit_net_minor", _unit_price(pl.col("net_minor"))),
            value_minor=pl.when(taken.is_null()).then(value).otherwise(value - lost),
            quantity=held - taken.fill_null(0),
        )
        .collect()
        .with_columns(pl.col("order").set_sorted(), pl.col("client").set_sorted())
    )  # fmt: skip


def _unit_price(value: pl.Expr) -> pl.Expr:
    held = pl.col("quantity")
    return pl.when(value >= 0).then((2000 * value + held) // (2 * held))


def _counted_orders(folder: Path, dated: pl.DataFrame, purchases: pl.DataFrame) -> pl.DataFrame:
    """Orders with a counted line, and those without any line at all."""
    priced = pl.col("unit_net_minor").filter(pl.col("unit_net_minor") > 0)
    sums = (
        purchases.lazy()
        .group_by("order")
        .agg(
            lines_minor=pl.col("value_minor").sum(),
            units=pl.col("quantity").sum(),
            lowest_minor=priced.min(),
            highest_minor=priced.max(),
        )
    )
    bare = (
        dated.lazy()
        .join(sums, on="order", how="anti")
        .join(scan(folder, "order_lines").select("order_id"), on="order_id", how="anti")
        .select("order", is_bare=pl.lit(value=True))
    )
    total = pl.col("total_gross_minor").fill_null(0) - pl.col("shipping_gross_minor").fill_null(
        0
    )
    value = pl.coalesce("lines_minor", total) - pl.col("refunded_gross_minor").fill_null(0)
    return (
        dated.lazy()
        .join(sums, on="order", how="left", maintain_order="left")
        .join(bare, on="order", how="left", maintain_order="left")
        .filter(pl.col("lines_minor").is_not_null() | pl.col("is_bare"))
        .with_columns(value_minor=value.clip(lower_bound=0), units=pl.col("units").fill_null(0))
        .collect()
    )
