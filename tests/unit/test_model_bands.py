"""Bands of value and frequency: buckets, their index, cut-offs, the four quadrants."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from audsync.errors import ConfigError
from audsync.model.analyses import Analysis
from audsync.model.bands import cut
from audsync.model.bands_report import BandsReport, Bucket, Cuts
from audsync.model.settings import BandSettings, ModelSettings
from fakes.model_shop import AS_OF, ModelShop, line

# Client → (age in days, value in minor units) of each order.
Bought = dict[str, list[tuple[int, int]]]


def banded(bought: Bought, **settings: Any) -> tuple[dict[str, Any], BandsReport]:
    shop = ModelShop()
    for client, had in bought.items():
        shop.account(client)
        for number, (age, value) in enumerate(had):
            day = AS_OF - timedelta(days=age)
            shop.order(f"{client}-{number}", f"{day} 12:00", line("p", 1, value), client=client)
    bands = ModelSettings(bands=BandSettings(**settings))
    report = shop.build(bands, analyses=[Analysis.BANDS]).bands
    assert report is not None
    return {row["client_id"]: row for row in shop.read("clients")}, report


def crowd() -> Bought:
    """Forty clients: what an order is worth and how many there are grow apart."""
    return {
        str(n): [(5 + n, 100 * (1 + n % 10) ** 2)] * (1 + (n // 10) ** 2) for n in range(40)
    } | {"none": []}


def test_buckets_index_and_bands_are_those_of_a_slow_count() -> None:
    bought = crowd()
    rows, report = banded(bought)
    buyers = {key: had for key, had in bought.items() if had}
    sales = {key: sum(value for _, value in had) for key, had in buyers.items()}
    measures = {
        "value": {key: sales[key] // len(had) for key, had in buyers.items()},
        "frequency": {key: len(had) for key, had in buyers.items()},
    }
    for name, of in measures.items():
        ranks = list(of.values())
        bucket = {
            key: 1 + 10 * (2 * sum(x < mine for x in ranks) + ranks.count(mine)) // (2 * 40)
            for key, mine in of.items()
        }
        index = {}
        for number in set(bucket.values()):
            inside = [key for key in bucket if bucket[key] == number]
            share = Decimal(sum(sales[key] for key in inside)) / sum(sales.values())
            index[number] = share / (Decimal(len(inside)) / 40) * 100
        high = min(number for number in index if index[number] >= 120)
        low = max(number for number in index if index[number] <= 80)
        assert low < high
        for key, number in bucket.items():
            band = "high" if number >= high else "low" if number <= low else "mid"
            assert rows[key][f"{name}_band"] == band
        shown: tuple[Bucket, ...] = getattr(report, name)
        assert {one.number: one.index for one in shown} == {
            number: round(value) for number, value in index.items()
        }
        assert {one.number: one.clients for one in shown} == Counter(bucket.values())
        assert getattr(report, f"{name}_cuts") == Cuts(low, high)
    assert rows["none"]["value_band"] is None


def test_a_quadrant_is_high_or_low_in_both_and_the_table_adds_up() -> None:
    bought = crowd()
    rows, report = banded(bought)
    names = {("high", "high"): "hv_hf", ("high", "low"): "hv_lf"}
    names |= {("low", "high"): "lv_hf", ("low", "low"): "lv_lf"}
    for row in rows.values():
        bands = row["value_band"], row["frequency_band"]
        assert row["value_frequency"] == names.get(bands)
    members = Counter(row["value_frequency"] or "between" for row in rows.values())
    members["between"] -= 1  # who has never ordered has no place in the table
    assert {name: part.clients for name, part in report.quadrants.items()} == members
    assert sum(part.orders for part in report.quadrants.values()) == sum(
        len(had) for had in bought.values()
    )
    assert sum(part.sales_minor for part in report.quadrants.values()) == sum(
        value for had in bought.values() for _, value in had
    )


def test_clients_with_equal_values_share_a_bucket() -> None:
    rows, report = banded({str(n): [(1, 500)] for n in range(7)})
    assert [(one.number, one.clients, one.index) for one in report.value] == [(6, 7, 100)]
    assert {row["value_band"] for row in rows.values()} == {"mid"}
    assert {row["value_frequency"] for row in rows.values()} == {None}


def test_a_shop_of_gifts_has_no_high_and_no_low() -> None:
    rows, _ = banded({str(n): [(1, 0)] * n for n in range(1, 9)})
    assert {row["frequency_band"] for row in rows.values()} == {"mid"}


@pytest.mark.parametrize(
    ("indices", "low", "high"),
    [
        ([50, 80, 81, 119, 120, 300], 2, 5),
        ([90, 100, 110, 100, 100, 100], 0, 7),
        ([50, 130, 90, 70, 100, 300], 1, 6),  # they cross: only what is unbroken from an end
        ([130, 50, 90, 70, 130, 50], 0, 7),
        ([10, 20, 30, 40, 50, 60], 6, 7),
    ],
)
def test_cuts_are_by_index_and_never_cross(indices: list[int], low: int, high: int) -> None:
    buckets = [Bucket(n, 1, 1, n, n, index) for n, index in enumerate(indices, start=1)]
    assert cut(buckets, BandSettings(buckets=6)) == Cuts(low, high)


def test_cuts_can_be_stated() -> None:
    bought: Bought = {str(n): [(1, 100 + n)] for n in range(10)}
    rows, report = banded(bought, value_cuts=(2, 9), frequency_cuts=(0, 11))
    assert report.value_cuts == Cuts(2, 9)
    bands = [rows[str(n)]["value_band"] for n in range(10)]
    assert bands == ["low"] * 2 + ["mid"] * 6 + ["high"] * 2
    assert {row["frequency_band"] for row in rows.values()} == {"mid"}


def test_the_recency_bucket_is_by_days_since_the_last_order() -> None:
    days = [0, 180, 181, 365, 366]
    rows, report = banded({str(age): [(age, 100), (900, 5)] for age in days})
    assert [rows[str(age)]["recency_bucket"] for age in days] == [
        *("active", "active", "lapsed", "lapsed", "lost"),
    ]
    assert report.recency == {"active": 2, "lapsed": 2, "lost": 1}
    rows, _ = banded({str(age): [(age, 100)] for age in days}, active_days=0, lost_days=180)
    assert [rows[str(age)]["recency_bucket"] for age in days] == [
        *("active", "lapsed", "lost", "lost", "lost"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"buckets": 1},
        {"low_index": 120},
        {"active_days": 400},
        {"value_cuts": (5, 5)},
        {"frequency_cuts": (3, 12)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_settings_without_a_meaning_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"model\.bands\.{next(iter(wrong))}"):
        banded({}, **wrong)
