"""RFM: three scores without luck, one name for each of the 125."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any

import pytest

from audsync.errors import ConfigError
from audsync.model.rfm import rfm_codes
from audsync.model.settings import (
    FrequencyMethod,
    ModelSettings,
    Monetary,
    RfmMap,
    RfmSettings,
)
from fakes.model_shop import AS_OF, ModelShop, line

ELEVEN = {
    "champions", "loyal", "potential_loyalists", "new", "promising", "need_attention",
    "about_to_sleep", "cannot_lose", "at_risk", "hibernating", "lost",
}  # fmt: skip
TEN = ELEVEN - {"about_to_sleep", "cannot_lose"} | {"slipping_champions"}
SEGMENTS = {
    RfmMap.BOXES_11: ELEVEN,
    RfmMap.CODES_125: ELEVEN,
    RfmMap.DATA_OCTOPUS_10: TEN,
}


def shop_of(orders: dict[str, list[tuple[int, int]]]) -> ModelShop:
    """A shop whose clients have orders of (age in days, value in minor units)."""
    shop = ModelShop()
    for client, bought in orders.items():
        shop.account(client)
        for number, (age, value) in enumerate(bought):
            day = AS_OF - timedelta(days=age)
            shop.order(f"{client}-{number}", f"{day} 12:00", line("p", 1, value), client=client)
    return shop


def scores(shop: ModelShop, measure: str, **rfm: object) -> dict[str, int]:
    settings = ModelSettings(rfm=RfmSettings(**rfm))  # type: ignore[arg-type]  # by name
    return {key: row[f"{measure}_score"] for key, row in shop.clients(settings).items()}


@pytest.mark.parametrize("name", RfmMap)
def test_a_map_names_each_of_the_125_scores_once(name: RfmMap) -> None:
    named = rfm_codes(name)
    every = {
        100 * r + 10 * f + m for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)
    }
    assert named.keys() == every
    assert set(named.values()) == SEGMENTS[name]


def test_the_maps_have_their_published_sizes() -> None:
    boxes = Counter(rfm_codes(RfmMap.BOXES_11).values())
    assert boxes == {
        "champions": 8, "loyal": 22, "potential_loyalists": 20, "new": 5, "promising": 5,
        "need_attention": 5, "about_to_sleep": 10, "cannot_lose": 8, "at_risk": 22,
        "hibernating": 14, "lost": 6,
    }  # fmt: skip
    codes = Counter(rfm_codes(RfmMap.CODES_125).values())
    assert codes == {
        "champions": 7, "loyal": 8, "potential_loyalists": 24, "new": 7, "promising": 16,
        "need_attention": 8, "about_to_sleep": 5, "cannot_lose": 8, "at_risk": 22,
        "hibernating": 14, "lost": 6,
    }  # fmt: skip


def test_fifty_scores_have_one_name_in_both_maps() -> None:
    boxes, codes = rfm_codes(RfmMap.BOXES_11), rfm_codes(RfmMap.CODES_125)
    assert sum(boxes[score] == codes[score] for score in boxes) == 50


def test_of_a_hundred_clients_the_one_time_buyers_score_one_and_the_rest_by_quartile() -> None:
    bought = [1] * 60 + [2] * 20 + [3] * 10 + [4, 4, 5, 5, 6, 7, 8, 9, 12, 30]
    shop = shop_of({str(n): [(7, 100)] * count for n, count in enumerate(bought)})
    frequency = scores(shop, "frequency")
    by_count = {count: {frequency[str(n)] for n, c in enumerate(bought) if c == count}
                for count in set(bought)}  # fmt: skip
    assert by_count == {
        1: {1},
        2: {2},
        3: {4},
        **{count: {5} for count in (4, 5, 6, 7, 8, 9, 12, 30)},
    }


def test_without_equals_each_score_holds_a_fifth() -> None:
    shop = shop_of({str(n): [(n, 100 + n)] for n in range(20)})
    recency, monetary = scores(shop, "recency"), scores(shop, "monetary")
    assert Counter(recency.values()) == dict.fromkeys((1, 2, 3, 4, 5), 4)
    assert [recency[str(n)] for n in (0, 3, 4, 19)] == [5, 5, 4, 1]
    assert [monetary[str(n)] for n in (0, 3, 4, 19)] == [1, 1, 2, 5]


def test_equal_values_share_a_score() -> None:
    shop = shop_of({"a": [(1, 100)], "b": [(1, 100)], "c": [(9, 100)], "d": [(9, 900)]})
    assert scores(shop, "recency") == {"a": 4, "b": 4, "c": 2, "d": 2}
    assert scores(shop, "monetary") == {"a": 2, "b": 2, "c": 2, "d": 5}


def test_if_all_are_equal_all_score_three() -> None:
    shop = shop_of({str(n): [(5, 100)] for n in range(7)})
    assert set(scores(shop, "recency").values()) == {3}
    assert set(scores(shop, "monetary").values()) == {3}
    assert set(scores(shop, "frequency", frequency=FrequencyMethod.QUINTILE).values()) == {3}
    assert set(scores(shop, "frequency").values()) == {1}


def test_a_single_client_has_scores() -> None:
    client = shop_of({"1": [(5, 100), (6, 100)]}).client()
    assert (client["rfm_score"], client["rfm_segment"]) == (323, "about_to_sleep")


def test_money_is_ranked_by_average_or_by_total() -> None:
    orders = {"often": [(1, 100)] * 5, "once": [(1, 300)]}
    assert scores(shop_of(orders), "monetary") == {"often": 2, "once": 4}
    total = scores(shop_of(orders), "monetary", monetary=Monetary.TOTAL)
    assert total == {"often": 4, "once": 2}


def test_averages_that_are_equal_when_rounded_share_a_score() -> None:
    shop = shop_of({"a": [(1, 100), (1, 100), (1, 101)], "b": [(1, 100)]})
    assert scores(shop, "monetary") == {"a": 3, "b": 3}


def test_only_orders_of_the_window_are_scored() -> None:
    shop = shop_of({"a": [(30, 100), (31, 9000)], "b": [(31, 100)], "c": [(30, 200)]})
    settings = ModelSettings(rfm=RfmSettings(window_days=30))
    clients = shop.clients(settings)
    assert clients["b"]["rfm_score"] is None
    assert clients["b"]["rfm_segment"] is None
    assert (clients["a"]["frequency_score"], clients["a"]["monetary_score"]) == (1, 2)
    assert clients["a"]["order_count"] == 2
    report = shop.build(settings).rfm
    assert (report.scored, report.unscored) == (2, 1)


def test_a_window_before_the_day_is_refused() -> None:
    with pytest.raises(ConfigError, match="window_days"):
        ModelShop().build(ModelSettings(rfm=RfmSettings(window_days=-1)))


def test_the_score_is_three_digits_and_the_map_names_it() -> None:
    shop = shop_of({str(n): [(n, 100 + n)] for n in range(20)})
    newest = shop.clients()["0"]
    assert (newest["rfm_score"], newest["rfm_segment"]) == (511, "new")
    settings = ModelSettings(rfm=RfmSettings(segments=RfmMap.CODES_125))
    assert shop.clients(settings)["10"]["rfm_segment"] == "promising"


def test_the_report_has_the_bounds_of_each_score() -> None:
    shop = shop_of({str(n): [(n, 100 + n)] * (1 + n % 2) for n in range(20)})
    bounds = shop.build().rfm.bounds
    assert bounds["recency"] == {1: (16, 19), 2: (12, 15), 3: (8, 11), 4: (4, 7), 5: (0, 3)}
    assert bounds["monetary"][5] == (116, 119)
    assert bounds["frequency"] == {1: (1, 1), 2: (2, 2)}


def test_of_the_ten_names_five_boxes_are_as_published_and_the_first_that_fits_counts() -> None:
    codes = rfm_codes(RfmMap.DATA_OCTOPUS_10)
    published = [
        ("champions", "5", "5", "5"),
        ("loyal", "45", "45", "345"),
        ("potential_loyalists", "45", "34", "234"),
        ("new", "5", "12", "12"),
        ("promising", "4", "23", "12"),
    ]
    seen: set[int] = set()
    for segment, *axes in published:
        inside = {int("".join(digits)) for digits in product(*axes)}
        assert {codes[code] for code in inside - seen} == {segment}
        seen |= inside
    assert len(seen) == 27
    # Who bought often and for much, and not for long.
    assert {codes[code] for code in (144, 155, 244, 255)} == {"slipping_champions"}
    assert codes[133] == "hibernating"
    assert codes[111] == "lost"


def test_a_shop_of_the_ten_names_is_named_by_them() -> None:
    orders = {str(n): [(300, 900)] * (9 - n) for n in range(3)}
    orders |= {str(n): [(n, 100)] for n in range(3, 20)}
    settings = ModelSettings(rfm=RfmSettings(segments=RfmMap.DATA_OCTOPUS_10))
    shop = shop_of(orders)
    assert shop.clients(settings)["0"]["rfm_segment"] == "slipping_champions"
    report = shop.build(settings).rfm
    assert report.map == "data-octopus-10"
    assert set(report.segments) == TEN
    assert sum(report.segments.values()) == report.scored == 20


BOXES = {
    "champions": ("4-5 / 4-5 / 1-5",),
    "loyal": ("3 / 4\u20135 / 1-5", " 3-5/3/1-5 "),
    "new": ("5 / 1-2 / 1-5",),
    "lost": ("3-4 / 1-2 / 1-5", "1-2 / 1-5 / 1-5"),
}


def test_a_map_of_the_shops_own_names_the_scores() -> None:
    shop = shop_of({str(n): [(n, 100 + n)] for n in range(20)})
    settings = ModelSettings(rfm=RfmSettings(boxes=BOXES))
    clients = shop.clients(settings)
    assert (clients["0"]["rfm_score"], clients["0"]["rfm_segment"]) == (511, "new")
    assert clients["19"]["rfm_segment"] == "lost"
    report = shop.build(settings).rfm
    assert report.map == "boxes"
    assert report.segments == {"champions": 0, "loyal": 0, "new": 4, "lost": 16}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"new": ("5 / 1 / 1-5",)}, "no box has the scores 521, 522, 523, 524, 525"),
        ({"new": ("5 / 1-3 / 5", "5 / 1-2 / 1-4")}, "loyal and new share the scores 535"),
        ({"lost": ()}, "no box has the scores 111, 112, .* and 50 more"),
        ({"new": ("5 / 1-6 / 1-5",)}, '"5 / 1-6 / 1-5" is no box of scores'),
        ({"new": ("5 / 2-1 / 1-5",)}, "is no box of scores"),
        ({"new": ("5 / 1-2",)}, "is no box of scores"),
        ({"newest": ()}, 'boxes.newest: there is no RFM segment "newest"'),
    ],
    ids=["gap", "overlap", "many", "digit", "backwards", "axes", "name"],
)
def test_a_map_with_a_gap_or_an_overlap_is_refused_with_its_scores(
    change: dict[str, tuple[str, ...]], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        ModelShop().build(ModelSettings(rfm=RfmSettings(boxes={**BOXES, **change})))


def test_scores_can_be_by_stated_bands() -> None:
    orders = {
        "a": [(0, 1999)],
        "b": [(29, 2000), (30, 2000)],
        "c": [(30, 4999)] * 3,
        "d": [(90, 5000)] * 5,
        "e": [(91, 99999)] * 9,
        "f": [(400, 1)],
    }
    settings = RfmSettings(
        recency_bands=(30, 60, 91, 365),
        frequency_bands=(2, 3, 5, 8),
        monetary_bands=(20.0, 50.0, 99.99, 999.99),
    )
    rows = shop_of(orders).clients(ModelSettings(rfm=settings))
    assert {key: row["rfm_score"] for key, row in rows.items()} == {
        "a": 511, "b": 522, "c": 432, "d": 343, "e": 255, "f": 111,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rfm", "seed"),
    [({}, 0), ({}, 2), ({"frequency": "quintile"}, 1), ({"monetary": "total"}, 2)],
)
def test_the_cut_points_that_are_shown_keep_every_score(rfm: dict[str, str], seed: int) -> None:
    chance = Random(seed)  # noqa: S311 -- examples
    shop = shop_of(
        {
            str(n): [
                (chance.choice([0, 1, 30, 300]), chance.choice([0, 5, 700]))
                for _ in range(chance.choice([1, 1, 1, 2, 6]))
            ]
            for n in range(chance.choice([1, 4, 23]))
        }
    )
    settings = RfmSettings(**rfm)  # type: ignore[arg-type]  # by name
    before = shop.clients(ModelSettings(rfm=settings))
    points = shop.build(ModelSettings(rfm=settings)).rfm.cut_points
    frozen = replace(
        settings,
        recency_bands=points["recency"],
        frequency_bands=points["frequency"],
        monetary_bands=tuple(float(minor) / 100 for minor in points["monetary"]),
    )
    # A client who comes later changes none of them.
    shop.order("later", f"{AS_OF} 12:00", line("p", 1, 77777), client="later")
    after = shop.clients(ModelSettings(rfm=frozen))
    columns = ("recency_score", "frequency_score", "monetary_score", "rfm_segment")
    for key, row in before.items():
        assert [after[key][name] for name in columns] == [row[name] for name in columns]


@pytest.mark.parametrize(
    "wrong",
    [
        {"recency_bands": (30, 20, 90, 365)},
        {"frequency_bands": (-1, 2, 3, 4)},
        {"monetary_bands": (1.0, 2.0, 3.0, 2.5)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_bands_that_do_not_ascend_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"model\.rfm\.{next(iter(wrong))}"):
        ModelShop().build(ModelSettings(rfm=RfmSettings(**wrong)))
