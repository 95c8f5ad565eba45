"""The benchmark's segments in pandas, each written by hand from its TOML file."""

from collections.abc import Collection, Iterator
from typing import Any

import pandas as pd

from audsync.identity.text import fold
from benchmarks.peers.pandas_columns import TODAY
from benchmarks.peers.pandas_facts import Facts

Series = pd.Series
_YEAR_START = pd.Timestamp(TODAY.year, 1, 1)


def choose(facts: Facts, clients: pd.DataFrame) -> pd.DataFrame:
    """membership(segment_id, client_id)."""
    chosen = [*_by_client(clients), *_by_purchase(facts, clients)]
    return pd.concat(
        [
            pd.DataFrame({"segment_id": name, "client_id": clients["client_id"][holds]})
            for name, holds in chosen
        ],
        ignore_index=True,
    )


def _by_client(c: pd.DataFrame) -> Iterator[tuple[str, "Series[bool]"]]:
    """What the columns of clients answer."""
    yield "champions", c["rfm_segment"] == "champions"
    yield (
        "slipping-champions",
        c["rfm_segment"].isin(["at_risk", "cannot_lose"])
        & c["days_since_last_order"].between(365, 900)
        & (c["total_revenue_minor"] >= 3000_00),
    )
    new = (
        (c["order_count"] == 1)
        & (c["last_order"] >= TODAY - pd.DateOffset(months=3))
        & c["country"].isin(["CZ", "SK"])
    )
    yield "new-at-home", new
    above = c["total_revenue_minor"].rank(method="average", ascending=False)
    yield "top-spenders", 100 * (2 * above - 1) <= 2 * 5 * len(c)
    yield "gone-for-a-year", (c["order_count"] >= 1) & (c["order_count_365d"] == 0)
    yield (
        "near-the-shops",
        _folded(c["city"], {"dopa", "riri", "lulu"})
        | c["zip"].str.replace(" ", "").str.startswith(("60", "61")).fillna(False).astype(bool),
    )
    yield (
        "brand-fans",
        _holds_any(c["purchased_brands"], {"riziza", "cezi"}) & (c["brand_count"] >= 2),
    )
    yield (
        "mens-shoes",
        _holds_any(c["purchased_categories"], {"boty | panske"})
        & ~c["customer_type"].isin(["wholesale", "staff"]),
    )
    series = [
        name for name in c["favorite_product_line"].dropna().unique()
        if fold(name).startswith("riziza")
    ]  # fmt: skip
    yield (
        "fond-of-a-series",
        c["favorite_product_line"].isin(series)
        & c["favorite_category"].notna()
        & ~_folded(c["favorite_category"], {"vyprodej"}),
    )
    yield (
        "promising-boxes",
        ((c["recency_score"] >= 4) & (c["frequency_score"] >= 4))
        | ((c["recency_score"] == 3) & (c["monetary_score"] == 5)),
    )
    ahead = {(day.month, day.day) for day in pd.date_range(TODAY, periods=31)}
    days = pd.Series(c["born_on"].dropna().unique())
    birthdays = days[[(day.month, day.day) in ahead for day in days]]
    yield "birthday-soon", c["born_on"].isin(birthdays) & (c["subscribed"] == True)  # noqa: E712 -- a column, where null is not true
    yield (
        "club-not-new",
        _holds_any(c["tags"], {"klub", "vip"})
        & (c["total_revenue_minor"] >= 500_00 * c["order_count"])
        & (c["total_revenue_minor"] <= 5000_00 * c["order_count"])
        & (c["order_count"] > 0)
        & ~new
        & ~_holds_any(c["stores"], {"trziste"}),
    )


def _by_purchase(facts: Facts, c: pd.DataFrame) -> Iterator[tuple[str, "Series[bool]"]]:
    """What orders and their lines answer."""
    lines, orders = facts.purchases, facts.orders
    brand = {fold(word): number for number, word in enumerate(facts.products.words["brands"])}
    day, age = lines["ordered_on"], lines["age_days"]
    shoes, tents, bags = (_below(facts, word) for word in ("boty", "stany", "batohy"))
    in_2025 = day.between("2025-01-01", "2025-12-31")

    half_year = TODAY - pd.DateOffset(months=6)
    found = lines[(day >= half_year) & (lines["brand"] == brand["riziza"])]
    often = found.groupby("client")["order"].nunique()
    yield "twice-in-half-a-year", _is_in(c, often.index[often >= 2])

    found = lines[(age <= 365) & ((lines["brand"] == brand["pamar"]) | tents)]
    spent = found.groupby("client")["value_minor"].sum()
    yield "outdoor-spend", _is_in(c, spent.index[spent >= 5000_00])

    big = orders.loc[orders["value_minor"] >= 10_000_00, "order"]
    found = lines[in_2025 & lines["order"].isin(big)]
    titles = [title for title in found["title"].unique() if "ziza" in fold(title)]
    yield "big-baskets", _is_in(c, found.loc[found["title"].isin(titles), "client"])

    recent = lines.loc[shoes & (day >= TODAY - pd.DateOffset(years=1)), "client"]
    yield "no-shoes-lately", (c["order_count"] >= 2) & ~_is_in(c, recent)

    ordered = orders["ordered_on"]
    before = ordered.between(_YEAR_START - pd.DateOffset(years=1), _YEAR_START, "left")
    last_year = orders[before].groupby("client")["value_minor"].sum()
    this_year = orders[ordered >= _YEAR_START].groupby("client")["value_minor"].sum()
    yield (
        "growing",
        (last_year.reindex(c.index, fill_value=0) < 2000_00)
        & (this_year.reindex(c.index, fill_value=0) >= 5000_00),
    )

    codes = [
        code
        for code in orders["offer_code"].dropna().unique()
        if fold(code).startswith("spring")
    ]
    found = orders[
        ordered.between("2025-01-01", "2025-12-31") & orders["offer_code"].isin(codes)
    ]
    yield "spring-codes", _is_in(c, found["client"])

    discounted = lines["price_minor"] < lines["price_before_discount_minor"]
    eco = lines["is_eco"] == True  # noqa: E712 -- a column, where null, of an unknown product, is not true
    found = lines[(day >= TODAY - pd.DateOffset(years=2)) & discounted & eco]
    units = found.groupby("client")["quantity"].sum()
    yield "eco-bargains", _is_in(c, units.index[units >= 2000])

    latest = (
        lines[bags & (lines["unit_price_minor"] >= 300_00)].groupby("client")["age_days"].min()
    )
    yield (
        "shoes-then-bags",
        _is_in(c, lines.loc[shoes, "client"]) & _is_in(c, latest.index[latest <= 400]),
    )


def _is_in(clients: pd.DataFrame, found: Any) -> "Series[bool]":
    """Where the client's number is among those found."""
    return pd.Series(clients.index.isin(found), clients.index)


def _below(facts: Facts, word: str) -> "Series[bool]":
    """The purchases in a category of that name, at whatever level, and below it."""
    words = facts.products.words["paths"]
    paths = [
        number for number, path in enumerate(words) if word in map(fold, path.split(" | "))
    ]
    return facts.purchases["path"].isin(paths)


def _folded(texts: "Series[str]", wanted: Collection[str]) -> "Series[bool]":
    """Where the folded text is one of the wanted."""
    found = [text for text in texts.dropna().unique() if fold(text) in wanted]
    return texts.isin(found)


def _holds_any(lists: "Series[Any]", wanted: Collection[str]) -> "Series[bool]":
    """Where the list holds one of the wanted, folded."""
    elements = lists.dropna().explode()
    found = elements[_folded(elements, wanted)]
    return pd.Series(lists.index.isin(found.index), lists.index)
