"""The benchmark's segments in polars, each written by hand from its TOML file."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

import polars as pl

from audsync.identity.text import fold
from benchmarks.peers.polars_facts import Facts
from benchmarks.shop import AS_OF

_YEAR_START = date(AS_OF.year, 1, 1)
_NEXT_MONTH = [AS_OF + timedelta(days=ahead) for ahead in range(31)]


def choose(facts: Facts, clients: pl.DataFrame) -> pl.DataFrame:
    """membership(segment_id, client_id)."""
    by_client = [
        clients.lazy().filter(holds).select(pl.lit(name).alias("segment_id"), "client_id")
        for name, holds in _by_client(clients)
    ]
    by_purchase = [
        clients.lazy()
        .join(who, on="client", how="semi")
        .select(pl.lit(name).alias("segment_id"), "client_id")
        for name, who in _by_purchase(facts, clients)
    ]
    return pl.concat(pl.collect_all([*by_client, *by_purchase]))


def _by_client(clients: pl.DataFrame) -> Iterator[tuple[str, pl.Expr]]:
    """What the columns of clients answer."""
    col = pl.col
    yield "champions", col("rfm_segment") == "champions"
    yield (
        "slipping-champions",
        col("rfm_segment").is_in(["at_risk", "cannot_lose"])
        & col("days_since_last_order").is_between(365, 900)
        & (col("total_revenue_minor") >= 3000_00),
    )
    new = (
        (col("order_count") == 1)
        & (col("last_order") >= _months_before(3))
        & col("country").is_in(["CZ", "SK"])
    ).fill_null(value=False)
    yield "new-at-home", new
    above = col("total_revenue_minor").rank("average", descending=True)
    yield "top-spenders", 100 * (2 * above - 1) <= 2 * 5 * pl.len()
    yield "gone-for-a-year", (col("order_count") >= 1) & (col("order_count_365d") == 0)
    zips = col("zip").str.replace_all(" ", "", literal=True)
    yield (
        "near-the-shops",
        _folded(clients, "city", {"dopa", "riri", "lulu"})
        | (zips.str.starts_with("60") | zips.str.starts_with("61")).fill_null(value=False),
    )
    yield (
        "brand-fans",
        _holds_any(clients, "purchased_brands", {"riziza", "cezi"}) & (col("brand_count") >= 2),
    )
    yield (
        "mens-shoes",
        _holds_any(clients, "purchased_categories", {"boty | panske"})
        & ~col("customer_type").is_in(["wholesale", "staff"]).fill_null(value=False),
    )
    series = [
        name
        for name in clients["favorite_product_line"].drop_nulls().unique()
        if fold(name).startswith("riziza")
    ]
    yield (
        "fond-of-a-series",
        col("favorite_product_line").is_in(series)
        & col("favorite_category").is_not_null()
        & ~_folded(clients, "favorite_category", {"vyprodej"}),
    )
    yield (
        "promising-boxes",
        ((col("recency_score") >= 4) & (col("frequency_score") >= 4))
        | ((col("recency_score") == 3) & (col("monetary_score") == 5)),
    )
    birthday = col("born_on").dt.month().cast(pl.Int32) * 100 + col("born_on").dt.day()
    coming = [day.month * 100 + day.day for day in _NEXT_MONTH]
    yield "birthday-soon", birthday.is_in(coming) & col("subscribed")
    value, number = col("total_revenue_minor"), col("order_count")
    yield (
        "club-not-new",
        _holds_any(clients, "tags", {"klub", "vip"})
        & (value >= 500_00 * number)
        & (value <= 5000_00 * number)
        & (number > 0)
        & ~new
        & ~_holds_any(clients, "stores", {"trziste"}),
    )


def _by_purchase(facts: Facts, clients: pl.DataFrame) -> Iterator[tuple[str, pl.LazyFrame]]:
    """What orders and their lines answer: the clients' numbers."""
    lines, orders, col = facts.purchases.lazy(), facts.orders.lazy(), pl.col
    brand = {fold(word): number for number, word in enumerate(facts.products.words["brands"])}
    day = col("ordered_on")
    shoes, tents, bags = (_below(facts, word) for word in ("boty", "stany", "batohy"))
    in_2025 = day.is_between(date(2025, 1, 1), date(2025, 12, 31))
    yield (
        "twice-in-half-a-year",
        lines.filter(day >= _months_before(6), col("brand") == brand["riziza"])
        .group_by("client")
        .agg(orders=col("order").n_unique())
        .filter(col("orders") >= 2),
    )
    yield (
        "outdoor-spend",
        lines.filter(col("age_days") <= 365, (col("brand") == brand["pamar"]) | tents)
        .group_by("client")
        .agg(spend=col("value_minor").sum())
        .filter(col("spend") >= 5000_00),
    )
    found = facts.purchases["title"].unique().cast(pl.String)
    titles = [title for title in found if "ziza" in fold(title)]
    yield (
        "big-baskets",
        lines.filter(in_2025, col("title").is_in(titles)).join(
            orders.filter(col("value_minor") >= 10_000_00), on="order", how="semi"
        ),
    )
    yield (
        "no-shoes-lately",
        clients.lazy()
        .filter(col("order_count") >= 2)
        .join(lines.filter(shoes, day >= _months_before(12)), on="client", how="anti"),
    )
    last_year = col("value_minor").filter(
        day.is_between(date(AS_OF.year - 1, 1, 1), _YEAR_START, closed="left")
    )
    yield (
        "growing",
        orders.group_by("client")
        .agg(before=last_year.sum(), now=col("value_minor").filter(day >= _YEAR_START).sum())
        .filter(col("before") < 2000_00, col("now") >= 5000_00),
    )
    codes = [
        code
        for code in facts.orders["offer_code"].drop_nulls().unique()
        if fold(code).startswith("spring")
    ]
    yield "spring-codes", orders.filter(in_2025, col("offer_code").is_in(codes))
    yield (
        "eco-bargains",
        lines.filter(
            day >= _months_before(24),
            col("bargain"),
            col("is_eco"),
        )
        .group_by("client")
        .agg(units=col("quantity").sum())
        .filter(col("units") >= 2000),
    )
    yield (
        "shoes-then-bags",
        lines.filter(bags, col("unit_price_minor") >= 300_00)
        .group_by("client")
        .agg(age=col("age_days").min())
        .filter(col("age") <= 400)
        .join(lines.filter(shoes), on="client", how="semi"),
    )


def _months_before(months: int) -> date:
    """The day so many months ago; the benchmark's day is in every month."""
    earlier = AS_OF.year * 12 + AS_OF.month - 1 - months
    return AS_OF.replace(year=earlier // 12, month=earlier % 12 + 1)


def _below(facts: Facts, word: str) -> pl.Expr:
    """Purchases in a category of that name, at whatever level, and below it."""
    words = facts.products.words["paths"]
    return pl.col("path").is_in(
        [number for number, path in enumerate(words) if word in map(fold, path.split(" | "))]
    )


def _folded(clients: pl.DataFrame, column: str, wanted: Collection[str]) -> pl.Expr:
    """Where the folded text is one of the wanted."""
    texts = clients[column].drop_nulls().unique().cast(pl.String)
    return (
        pl.col(column)
        .is_in([text for text in texts if fold(text) in wanted])
        .fill_null(value=False)
    )


def _holds_any(clients: pl.DataFrame, column: str, wanted: Collection[str]) -> pl.Expr:
    """Where the list holds one of the wanted, folded."""
    texts = clients[column].explode().drop_nulls().unique().cast(pl.String)
    found = [text for text in texts if fold(text) in wanted]
    return pl.col(column).list.eval(pl.element().is_in(found)).list.any().fill_null(value=False)
