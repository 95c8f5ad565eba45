"""The Clients model in polars, tuned: lazy, integer keys, input sorted by client."""

import polars as pl

from audsync.model.rfm import rfm_codes
from audsync.model.settings import RfmMap
from benchmarks.peers.polars_facts import Facts, local_day, scan
from benchmarks.peers.products import DIMENSIONS
from benchmarks.shop import AS_OF, CURRENCY

_PLACES = ("zip", "city", "country")
_PERMISSIONS = {"anonymized_only": 1, "do_not_personalize": 2, "full": 3}
_COUNTS = (
    "order_count", "order_count_365d", "unique_product_count", "total_revenue_minor",
    "total_revenue_365d_minor", "brand_count", "category_count", "units", "units_365d",
)  # fmt: skip
_SAID = (
    "born_on", "customer_type", "price_category", "newsletter_frequency", "sms_frequency",
    *_PLACES,
)  # fmt: skip


def build(facts: Facts) -> pl.DataFrame:
    """The rows of `clients` in the order of their numbers."""
    parts = [_accounts(facts), _history(facts), *_usual_places(facts)]
    for dimension in DIMENSIONS:
        parts += _dimension(facts, dimension)
    parts += [_categories(facts), _stores(facts), _product_counts(facts)]
    clients = facts.clients.lazy()
    for part in pl.collect_all(parts):
        clients = clients.join(part.lazy(), on="client", how="left", maintain_order="left")
    told = clients.with_columns(
        zip=pl.coalesce("usual_zip", "account_zip"),
        city=pl.coalesce("usual_city", "account_city"),
        country=pl.coalesce("delivery_country", "account_country"),
        currency=pl.lit(CURRENCY),
    )
    scored = _scores(told.collect()).with_columns(pl.col(_COUNTS).fill_null(0))
    return scored.with_columns(
        product_count=pl.col("units") / 1000, product_count_365d=pl.col("units_365d") / 1000
    ).drop("units", "units_365d", "usual_zip", "usual_city", *(f"account_{p}" for p in _PLACES))


def _accounts(facts: Facts) -> pl.LazyFrame:
    """What the accounts of each client say, the latest word first."""
    accounts = (
        facts.accounts.lazy()
        .join(
            scan(facts.folder, "customers").select(
                "customer_id", "registered_at", "updated_at", *_SAID, "data_permission", "tags"
            ),
            on="customer_id",
            how="left",
        )
        .with_columns(
            said_at=pl.coalesce("updated_at", "registered_at"),
            registered=local_day(pl.col("registered_at")),
            permission=pl.col("data_permission").replace_strict(_PERMISSIONS, default=None),
        )
        .with_columns(
            registered=pl.when(pl.col("registered") > pl.date(1970, 1, 2)).then("registered")
        )
    )
    several = pl.col("client").is_duplicated()
    latest = accounts.filter(several).sort("said_at", "customer_id", nulls_last=False)
    merged = latest.group_by("client").agg(
        *(pl.col(name).drop_nulls().last() for name in _SAID),
        pl.col("registered", "permission").min(),
        customer_ids=pl.col("customer_id").sort(),
        tags=pl.col("tags").explode().drop_nulls(),
    )
    single = accounts.filter(~several).select(
        "client", *_SAID, "registered", "permission",
        pl.concat_list("customer_id").alias("customer_ids"), "tags",
    )  # fmt: skip
    born = pl.col("born_on").dt
    is_ahead = (born.month().cast(pl.Int32) * 100 + born.day()) > AS_OF.month * 100 + AS_OF.day
    years = AS_OF.year - born.year() - is_ahead.cast(pl.Int32)
    since = (pl.lit(AS_OF) - pl.col("registered")).dt.total_days()
    tags = pl.col("tags").list.unique().list.sort()
    words = {rank: word for word, rank in _PERMISSIONS.items()}
    return (
        pl.concat([single, merged.select(single.collect_schema().names())])
        .with_columns(
            days_since_registration=pl.when(since >= 0).then(since),
            data_permission=pl.col("permission").replace_strict(
                words, default=None, return_dtype=pl.String
            ),
            tags=pl.when(tags.list.len() > 0).then(tags),
            subscribed=pl.col("newsletter_frequency") != "never",
            age=pl.when(years.is_between(5, 110)).then(years),
        )
        .drop("permission")
        .rename({name: f"account_{name}" for name in _PLACES})
    )


def _history(facts: Facts) -> pl.LazyFrame:
    """What the counted orders of each client add up to, and its latest order."""
    year = pl.col("age_days") <= 365
    day = pl.col("ordered_on")
    found = (
        facts.orders.lazy()
        .group_by("client")
        .agg(
            order_count=pl.len().cast(pl.Int64),
            order_count_365d=year.sum().cast(pl.Int64),
            units=pl.col("units").sum(),
            units_365d=pl.col("units").filter(year).sum(),
            total_revenue_minor=pl.col("value_minor").sum(),
            total_revenue_365d_minor=pl.col("value_minor").filter(year).sum(),
            first_order=day.min(),
            last_order=day.max(),
            previous=day.get(-2, null_on_oob=True),
            min_product_price_net_minor=pl.col("lowest_minor").min(),
            max_product_price_net_minor=pl.col("highest_minor").max(),
            has_invoice=pl.col("has_invoice").max(),
            **{f"delivery_{place}": pl.col(place).last() for place in _PLACES},
        )
    )
    return found.with_columns(
        avg_order_value_minor=_ratio("total_revenue_minor", "order_count"),
        avg_order_value_365d_minor=_ratio("total_revenue_365d_minor", "order_count_365d"),
        days_since_first_order=(pl.lit(AS_OF) - pl.col("first_order")).dt.total_days(),
        days_since_last_order=(pl.lit(AS_OF) - pl.col("last_order")).dt.total_days(),
        days_between_last_orders=(pl.col("last_order") - pl.col("previous")).dt.total_days(),
    ).drop("previous")


def _ratio(amount: str, number: str) -> pl.Expr:
    """Amount by number, halves rounded up; missing where the number is 0."""
    some = pl.col(number)
    return pl.when(some > 0).then((2 * pl.col(amount) + some) // (2 * some))


def _usual_places(facts: Facts) -> list[pl.LazyFrame]:
    """The value on most orders of each client, of equals the latest."""
    return [
        facts.orders.lazy()
        .filter(pl.col(place).is_not_null())
        .group_by("client", place)
        .agg(orders=pl.len(), last=pl.col("order").max())
        .sort("client", "orders", "last")
        .group_by("client", maintain_order=True)
        .agg(pl.col(place).last().alias(f"usual_{place}"))
        for place in ("zip", "city")
    ]


def _dimension(facts: Facts, dimension: str) -> list[pl.LazyFrame]:
    """The favourite of each client; of brands the list, of categories the number too."""
    values = (
        facts.purchases.lazy()
        .filter(pl.col(dimension).is_not_null())
        .with_columns(pair=_pair("order", dimension))
        .group_by("pair")
        .agg(
            pl.col("client", "ordered_on", dimension).first(),
            units=pl.col("quantity").sum(),
            spend=pl.col("value_minor").sum(),
        )
        .with_columns(pair=_pair("client", dimension))
        .group_by("pair")
        .agg(
            pl.col("client", dimension).first(),
            orders=pl.len(),
            units=pl.col("units").sum(),
            spend=pl.col("spend").sum(),
            last_on=pl.col("ordered_on").max(),
        )
    )
    words = facts.products.words[DIMENSIONS[dimension]]
    ranking = ["orders", "units", "spend", "last_on"]
    favourite = (
        values.sort("client", *ranking, dimension, descending=[False, *[True] * 4, False])
        .group_by("client", maintain_order=True)
        .agg(pl.col(dimension).first())
        .select("client", _word(words, dimension).alias(f"favorite_{dimension}"))
    )
    match dimension:
        case "brand":
            listed = values.group_by("client").agg(
                brand_count=pl.len().cast(pl.Int64),
                purchased_brands=_word(words, dimension).sort(),
            )
            return [favourite, listed]
        case "category":
            counted = values.group_by("client").agg(category_count=pl.len().cast(pl.Int64))
            return [favourite, counted]
        case _:
            return [favourite]


def _pair(key: str, dimension: str) -> pl.Expr:
    """Two numbers in one, since one key is grouped faster than two."""
    return pl.col(key).cast(pl.Int64) * 2**16 + pl.col(dimension)


def _word(words: list[str], numbers: str) -> pl.Expr:
    """Words as an Enum in the order of code points, which sorts as the texts do."""
    ordered = sorted(words)
    place = pl.Series([ordered.index(word) for word in words], dtype=pl.UInt32)
    spelled = pl.Series(ordered, dtype=pl.Enum(ordered))
    return pl.col(numbers).replace_strict(
        list(range(len(words))), spelled.gather(place), return_dtype=pl.Enum(ordered)
    )


def _categories(facts: Facts) -> pl.LazyFrame:
    """Every path of each client with those above it."""
    upper = pl.LazyFrame(
        {"path": range(len(facts.products.upper)), "upper": facts.products.upper},
        schema={"path": pl.Int16, "upper": pl.List(pl.Int16)},
    ).explode("upper")
    return (
        facts.purchases.lazy()
        .select("client", "path")
        .drop_nulls()
        .unique()
        .join(upper, on="path")
        .select("client", "upper")
        .unique()
        .group_by("client")
        .agg(purchased_categories=_word(facts.products.words["paths"], "upper").sort())
    )


def _stores(facts: Facts) -> pl.LazyFrame:
    stores = facts.orders.lazy().select("client", "store").drop_nulls().unique()
    return stores.group_by("client").agg(stores=pl.col("store").sort())


def _product_counts(facts: Facts) -> pl.LazyFrame:
    products = facts.purchases.lazy().select("client", "product").unique()
    return products.group_by("client").agg(unique_product_count=pl.len().cast(pl.Int64))


def _scores(clients: pl.DataFrame) -> pl.DataFrame:
    """RFM of those who bought."""
    number = clients["order_count"].count()
    repeaters = (clients["order_count"] > 1).sum()
    recency = (2 * (-pl.col("days_since_last_order")).rank("average") - 1).cast(pl.Int64)
    monetary = (2 * pl.col("avg_order_value_minor").rank("average") - 1).cast(pl.Int64)
    orders = pl.col("order_count")
    fewer = pl.when(orders > 1).then(orders).rank("min").cast(pl.Int64) - 1
    scored = clients.with_columns(
        recency_score=1 + 5 * recency // (2 * number),
        monetary_score=1 + 5 * monetary // (2 * number),
        frequency_score=pl.when(orders == 1).then(1).otherwise(2 + 4 * fewer // repeaters),
    )
    score = (
        100 * pl.col("recency_score")
        + 10 * pl.col("frequency_score")
        + pl.col("monetary_score")
    )
    codes, names = zip(*rfm_codes(RfmMap.BOXES_11).items(), strict=True)
    return scored.with_columns(rfm_score=score).with_columns(
        rfm_segment=pl.col("rfm_score").replace_strict(codes, names, default=None)
    )
