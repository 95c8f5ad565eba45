"""The Clients model as a competent user of pandas writes it.

Merges and group-bys, and no loop over rows; clients and the words of products are integer codes
from the start, since that is the first advice one gets.
"""

from typing import Any

import pandas as pd

from audsync.model.rfm import rfm_codes
from audsync.model.settings import RfmMap
from benchmarks.peers.pandas_columns import (
    TODAY,
    local_day,
    read,
    rounded_ratio,
    sorted_lists,
)
from benchmarks.peers.pandas_facts import Facts
from benchmarks.peers.products import DIMENSIONS
from benchmarks.shop import AS_OF, CURRENCY

Frame = pd.DataFrame


_PLACES = ("zip", "city", "country")
_PERMISSIONS = {"anonymized_only": 1, "do_not_personalize": 2, "full": 3}
_COUNTS = (
    "order_count", "order_count_365d", "units", "units_365d", "unique_product_count",
    "total_revenue_minor", "total_revenue_365d_minor", "brand_count", "category_count",
)  # fmt: skip


def build(facts: Facts) -> Frame:
    """The rows of `clients` by client number."""
    clients = Frame({"client_id": facts.client_ids})
    clients = clients.join(_accounts(facts))
    clients = clients.join(_history(facts))
    for place in ("zip", "city"):
        usual = _usual_place(facts, place)
        clients[place] = usual.reindex(clients.index).fillna(clients[f"account_{place}"])
    clients["country"] = clients["delivery_country"].fillna(clients["account_country"])
    for dimension, words in DIMENSIONS.items():
        values = _values_of(facts, dimension)
        favourite = _favourite(values, dimension)
        clients[f"favorite_{dimension}"] = _word(facts, words, favourite)
        if dimension == "brand":
            clients = clients.join(_brands(facts, values))
        if dimension == "category":
            clients["category_count"] = values.groupby("client").size()
    clients["purchased_categories"] = _categories(facts)
    stores = facts.orders[["client", "store"]].dropna().drop_duplicates()
    clients["stores"] = sorted_lists(stores, "store")
    products = facts.purchases[["client", "product_key"]].drop_duplicates()
    clients["unique_product_count"] = products.groupby("client").size()
    clients = clients.join(_scores(clients))
    clients[list(_COUNTS)] = clients[list(_COUNTS)].fillna(0).astype("int64")
    clients["product_count"] = clients.pop("units") / 1000
    clients["product_count_365d"] = clients.pop("units_365d") / 1000
    spare = [f"account_{place}" for place in _PLACES]
    return clients.drop(columns=spare).assign(currency=CURRENCY)


def _accounts(facts: Facts) -> Frame:
    """What the accounts of each client say, the latest word first."""
    accounts = facts.accounts.merge(
        read(
            facts.folder,
            "customers",
            [
                "customer_id", "registered_at", "updated_at", "born_on", "customer_type",
                "price_category", "newsletter_frequency", "sms_frequency",
                "data_permission", "tags", "zip", "city", "country",
            ],
        ),
        on="customer_id",
        how="left",
    )  # fmt: skip
    accounts["said_at"] = accounts.pop("updated_at").fillna(accounts["registered_at"])
    day = local_day(accounts.pop("registered_at"))
    accounts["registered"] = day.where(day > pd.Timestamp(1970, 1, 2))
    accounts["permission"] = accounts.pop("data_permission").map(_PERMISSIONS)
    accounts = accounts.sort_values(["client", "said_at", "customer_id"], na_position="first")
    grouped = accounts.groupby("client")
    said = grouped[
        ["born_on", "customer_type", "price_category", "newsletter_frequency",
         "sms_frequency", "zip", "city", "country"]
    ].last()  # fmt: skip
    said = said.rename(columns={name: f"account_{name}" for name in _PLACES})
    said["registered"] = grouped["registered"].min()
    since = (TODAY - said["registered"]).dt.days
    said["days_since_registration"] = since.where(since >= 0)
    names = {rank: word for word, rank in _PERMISSIONS.items()}
    said["data_permission"] = grouped["permission"].min().map(names)
    said["customer_ids"] = sorted_lists(accounts, "customer_id")
    tags = accounts[["client", "tags"]].explode("tags").dropna().drop_duplicates()
    said["tags"] = sorted_lists(tags, "tags")
    said["subscribed"] = (said["newsletter_frequency"] != "never").where(
        said["newsletter_frequency"].notna()
    )
    said["born_on"] = pd.to_datetime(said["born_on"])
    born = said["born_on"].dt
    is_ahead = (born.month * 100 + born.day) > AS_OF.month * 100 + AS_OF.day
    years = AS_OF.year - born.year - is_ahead
    said["age"] = years.where(years.between(5, 110))
    return said


def _history(facts: Facts) -> Frame:
    """What the counted orders of each client add up to, and its latest order."""
    orders = facts.orders
    year = orders["age_days"] <= 365
    grouped = orders.assign(
        year_orders=year,
        year_units=orders["units"].where(year, 0),
        year_value=orders["value_minor"].where(year, 0),
    ).groupby("client")
    found = grouped.agg(
        order_count=("order", "size"),
        order_count_365d=("year_orders", "sum"),
        units=("units", "sum"),
        units_365d=("year_units", "sum"),
        total_revenue_minor=("value_minor", "sum"),
        total_revenue_365d_minor=("year_value", "sum"),
        first_order=("ordered_on", "min"),
        last_order=("ordered_on", "max"),
        min_product_price_net_minor=("lowest_minor", "min"),
        max_product_price_net_minor=("highest_minor", "max"),
        has_invoice=("has_invoice", "max"),
    )
    found["avg_order_value_minor"] = rounded_ratio(
        found["total_revenue_minor"], found["order_count"]
    )
    found["avg_order_value_365d_minor"] = rounded_ratio(
        found["total_revenue_365d_minor"], found["order_count_365d"]
    )
    found["days_since_first_order"] = (TODAY - found["first_order"]).dt.days
    found["days_since_last_order"] = (TODAY - found["last_order"]).dt.days
    latest = orders.drop_duplicates("client", keep="last").set_index("client")
    for place in _PLACES:
        found[f"delivery_{place}"] = latest[place]
    before = orders[orders["client"].duplicated(keep="last")]
    before = before.drop_duplicates("client", keep="last").set_index("client")
    gap = found["last_order"] - before["ordered_on"].reindex(found.index)
    found["days_between_last_orders"] = gap.dt.days
    return found


def _usual_place(facts: Facts, place: str) -> "pd.Series[Any]":
    """The value on most orders of each client, of equals the latest."""
    known = facts.orders.dropna(subset=[place])
    counts = known.groupby(["client", place], sort=False).agg(
        orders=("order", "size"), last=("order", "max")
    )
    best = counts.reset_index().sort_values(["orders", "last"])
    return best.drop_duplicates("client", keep="last").set_index("client")[place]


def _values_of(facts: Facts, dimension: str) -> Frame:
    """Orders, units, spend and last day by client and value of a dimension."""
    known = facts.purchases.dropna(subset=[dimension])
    by_order = known.groupby(["client", "order", dimension], sort=False).agg(
        units=("quantity", "sum"),
        spend=("value_minor", "sum"),
        last_on=("ordered_on", "max"),
    )
    by_value = by_order.groupby(["client", dimension], sort=False).agg(
        orders=("units", "size"),
        units=("units", "sum"),
        spend=("spend", "sum"),
        last_on=("last_on", "max"),
    )
    return by_value.reset_index()


def _favourite(values: Frame, dimension: str) -> "pd.Series[Any]":
    ranked = values.sort_values(
        ["orders", "units", "spend", "last_on", dimension],
        ascending=[False, False, False, False, True],
    )
    return ranked.drop_duplicates("client").set_index("client")[dimension]


def _word(facts: Facts, words: str, numbers: "pd.Series[Any]") -> "pd.Series[Any]":
    return numbers.map(dict(enumerate(facts.products.words[words])))


def _brands(facts: Facts, values: Frame) -> Frame:
    named = values[["client"]].assign(brand=_word(facts, "brands", values["brand"]))
    return Frame(
        {
            "brand_count": named.groupby("client").size(),
            "purchased_brands": sorted_lists(named, "brand"),
        }
    )


def _categories(facts: Facts) -> "pd.Series[Any]":
    """Every path of each client with those above it."""
    bought = facts.purchases[["client", "path"]].dropna().drop_duplicates()
    upper = pd.Series(facts.products.upper, name="upper").explode().astype("int64")
    every = bought.merge(upper, left_on="path", right_index=True)
    every = every[["client", "upper"]].drop_duplicates()
    named = every[["client"]].assign(path=_word(facts, "paths", every["upper"]))
    return sorted_lists(named, "path")


def _scores(clients: Frame) -> Frame:
    """RFM of those who bought."""
    buyers = clients[clients["order_count"].notna()]
    number = len(buyers)
    recency = (-buyers["days_since_last_order"]).rank(method="average")
    monetary = buyers["avg_order_value_minor"].rank(method="average")
    repeaters = buyers["order_count"][buyers["order_count"] > 1]
    frequency = 2 + 4 * (repeaters.rank(method="min") - 1) // len(repeaters)
    found = Frame(
        {
            "recency_score": 1 + 5 * (2 * recency - 1) // (2 * number),
            "frequency_score": frequency.reindex(buyers.index, fill_value=1),
            "monetary_score": 1 + 5 * (2 * monetary - 1) // (2 * number),
        }
    ).astype("int64")
    found["rfm_score"] = (
        100 * found["recency_score"] + 10 * found["frequency_score"] + found["monetary_score"]
    )
    found["rfm_segment"] = found["rfm_score"].map(rfm_codes(RfmMap.BOXES_11))
    return found
