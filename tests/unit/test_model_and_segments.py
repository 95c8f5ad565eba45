"""The model and the segments together: what a line asks is what the model has worked out."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audsync.model.analyses import EVERY_ANALYSIS
from audsync.model.settings import LeapDay, ModelSettings
from audsync.segments import evaluate
from audsync.segments.operators import Code, Operator
from audsync.segments.registry import CLIENT, CLIENT_GROUPS
from audsync.tables import Kind
from fakes.model_shop import ModelShop, at, line
from fakes.segment_shop import segment

SINCE = date(2026, 7, 1)
NUMBERS = [
    field.name
    for group in CLIENT_GROUPS.values()
    for field in group
    if field.code is Code.NUMBER and not field.family and field.name != "ab_bucket"
]
# What is counted or added up is 0 for a client without an order; the rest is not there.
COUNTED = {
    *("order_count", "order_count_365d", "product_count", "product_count_365d"),
    *("unique_product_count", "total_revenue", "total_revenue_365d"),
    *("brand_count", "category_count", "visit_count_30d"),
}


def members(shop: ModelShop, text: str, as_of: date = SINCE) -> list[str]:
    evaluate([segment(text)], shop.engine, as_of=as_of, currency="EUR")
    return [row["client_id"] for row in shop.read("membership")]


@pytest.fixture(scope="module")
def nothing_bought() -> ModelShop:
    shop = ModelShop()
    shop.account("1", "nobody")
    shop.build(as_of=SINCE, analyses=EVERY_ANALYSIS)
    return shop


@pytest.mark.parametrize("name", NUMBERS)
def test_a_client_without_an_order_has_counts_of_zero_and_nothing_else(
    nothing_bought: ModelShop, name: str
) -> None:
    is_counted = name in COUNTED
    bound, _ = CLIENT[name].bounds or (0, 0)
    operators = {Operator.IS, Operator.AT_MOST, Operator.AT_LEAST} & {*CLIENT[name].operators}
    assert operators >= {Operator.AT_MOST, Operator.AT_LEAST}
    lines = [f"{name}.{operator} = {bound}" for operator in operators]
    for asked in lines:
        found = members(nothing_bought, f"[all]\n{asked}")
        assert found == (["nobody"] if is_counted else []), asked
        kept = members(nothing_bought, f"[none]\n{asked}")
        assert kept == ([] if is_counted else ["nobody"]), f"none of {asked}"
    missing = members(nothing_bought, f"[all]\n{name}.missing = true")
    assert missing == ([] if is_counted else ["nobody"])


@pytest.mark.parametrize("zone", ["Europe/Prague", "America/Los_Angeles", "Pacific/Auckland"])
@pytest.mark.parametrize(
    "as_of",
    [
        date(2026, 7, 1),
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 3, 29),
        date(2026, 10, 25),
    ],
)
def test_365_days_are_the_same_in_every_spelling(zone: str, as_of: date) -> None:
    """A count, days since and a length of time; at both ends of the local day."""
    shop = ModelShop(zone)
    ages = (0, 1, 364, 365, 366)
    for age in ages:
        for part, clock in {"first": time(0, 0), "last": time(23, 59, 59)}.items():
            local = datetime.combine(as_of - timedelta(days=age), clock, ZoneInfo(zone))
            client, moment = f"{age}-{part}", local.astimezone(UTC)
            shop.account(client)
            shop.order(client, f"{moment:%Y-%m-%d %H:%M:%S}", line("p"), client=client)
    shop.build(as_of=as_of)
    inside = sorted(f"{age}-{part}" for age in ages if age <= 365 for part in ("first", "last"))
    for asked in (
        "order_count_365d.at_least = 1",
        "days_since_last_order.at_most = 365",
        'last_order.within = "365 days"',
        "total_revenue_365d.at_least = 0.01",
        "product_count_365d.at_least = 1",
        "avg_order_value_365d.missing = false",
        'bought.within = "365 days"',
    ):
        assert members(shop, f"[all]\n{asked}", as_of) == inside, asked
    spent = members(shop, '[all.spent]\nwithin = "365 days"\nat_least = 0.01', as_of)
    assert spent == inside
    assert members(shop, '[all]\nlast_order.older_than = "365 days"', as_of) == [
        "366-first",
        "366-last",
    ]


# As of a day: a window, and its first and last day.
WINDOWS = [
    (date(2026, 5, 31), 'within = "3 months"', date(2026, 2, 28), date(2026, 5, 31)),
    (date(2024, 5, 31), 'within = "3 months"', date(2024, 2, 29), date(2024, 5, 31)),
    (date(2024, 2, 29), 'within = "12 months"', date(2023, 2, 28), date(2024, 2, 29)),
    (date(2025, 2, 28), 'within = "1 year"', date(2024, 2, 28), date(2025, 2, 28)),
    (date(2026, 3, 31), 'within = "1 month"', date(2026, 2, 28), date(2026, 3, 31)),
    (date(2026, 3, 29), 'within = "6 months"', date(2025, 9, 29), date(2026, 3, 29)),
    (date(2026, 10, 25), 'within = "24 months"', date(2024, 10, 25), date(2026, 10, 25)),
    (date(2026, 4, 25), 'within = "36 months"', date(2023, 4, 25), date(2026, 4, 25)),
    (date(2024, 2, 29), 'during = "this year"', date(2024, 1, 1), date(2024, 2, 29)),
    (date(2026, 10, 25), 'during = "last year"', date(2025, 1, 1), date(2025, 12, 31)),
    (date(2026, 3, 30), 'during = "yesterday"', date(2026, 3, 29), date(2026, 3, 29)),
    (date(2026, 11, 1), 'during = "last week"', date(2026, 10, 19), date(2026, 10, 25)),
]


@pytest.mark.parametrize(("as_of", "window", "first", "last"), WINDOWS)
def test_a_window_begins_and_ends_with_the_local_day(
    as_of: date, window: str, first: date, last: date
) -> None:
    """First and last second of the days at and around both ends, clocks changed or not."""
    zone = "Pacific/Auckland" if as_of.day > 28 else "Europe/Prague"
    shop = ModelShop(zone)
    day = timedelta(days=1)
    edges = {"before": first - day, "first": first, "last": last, "after": last + day}
    for edge, local_day in edges.items():
        for part, clock in {"0": time(0, 0), "1": time(23, 59, 59)}.items():
            local = datetime.combine(local_day, clock, ZoneInfo(zone)).astimezone(UTC)
            shop.account(f"{edge}-{part}")
            when = f"{local:%Y-%m-%d %H:%M:%S}"
            shop.order(f"{edge}-{part}", when, line("p"), client=f"{edge}-{part}")
    shop.build(as_of=as_of)
    inside = ["first-0", "first-1", "last-0", "last-1"]
    assert members(shop, f"[all]\nlast_order.{window}", as_of) == inside
    assert members(shop, f"[all.bought]\n{window}", as_of) == inside
    assert members(shop, f'[all.bought]\nproduct_id = "p"\n{window}', as_of) == inside
    assert members(shop, f"[all.spent]\n{window}\nat_least = 0.01", as_of) == inside
    not_spent = members(shop, f"[all.spent]\n{window}\nless_than = 0.01", as_of)
    assert not_spent == ["after-0", "after-1", "before-0", "before-1"]
    if window.startswith("within"):
        older = window.replace("within", "older_than")
        before = members(shop, f"[all]\nlast_order.{older}", as_of)
        assert before == ["before-0", "before-1"]


@pytest.mark.parametrize(
    ("day", "days_to", "days_since", "years"),
    [
        (date(2023, 2, 27), 1, 364, 22),
        (date(2023, 2, 28), 0, 0, 23),
        (date(2023, 3, 1), 365, 1, 23),
        (date(2024, 2, 28), 1, 365, 23),
        (date(2024, 2, 29), 0, 0, 24),
    ],
)
def test_a_birthday_is_kept_to_the_day_in_a_zone_west_of_utc(
    day: date, days_to: int, days_since: int, years: int
) -> None:
    shop = ModelShop("America/Los_Angeles")
    shop.params = {"customers.param.born": Kind.DATE}
    born = date(2000, 2, 29)
    person: dict[str, Any] = {"born_on": born, "param.born": born}
    shop.account("1", **person)
    assert shop.client(as_of=day)["age"] == years
    for asked in (
        f"param_days_to_anniversary.born.is = {days_to}",
        f"param_days_since_anniversary.born.is = {days_since}",
        f"param_years_since.born.is = {years}",
        f"param_days_since.born.is = {(day - born).days}",
        f"age.is = {years}",
    ):
        assert members(shop, f"[all]\n{asked}", day) == ["1"], asked
    soon = members(shop, '[all]\nborn_on.within_next = "1 day"', day)
    assert soon == (["1"] if days_to <= 1 else [])


@pytest.mark.parametrize(
    ("day", "days_to", "years"), [(date(2023, 2, 28), 1, 22), (date(2023, 3, 1), 0, 23)]
)
def test_a_birthday_of_29_february_may_be_kept_on_1_march(
    day: date, days_to: int, years: int
) -> None:
    shop = ModelShop()
    shop.params = {"customers.param.born": Kind.DATE}
    person: dict[str, Any] = {"born_on": date(2000, 2, 29), "param.born": date(2000, 2, 29)}
    shop.account("1", **person)
    shop.build(ModelSettings(leap_day=LeapDay.MARCH_1), as_of=day)
    asked = f"""[all]
age = {years}
param_years_since.born = {years}
param_days_to_anniversary.born = {days_to}
born_on.within_next = "1 day"
"""
    evaluate([segment(asked)], shop.engine, as_of=day, currency="EUR", leap_day=LeapDay.MARCH_1)
    assert [row["client_id"] for row in shop.read("membership")] == ["1"]


def test_money_is_equal_to_the_last_cent() -> None:
    shop = ModelShop()
    for number, cents in enumerate((1998, 1999, 2000)):
        shop.account(str(number))
        shop.order(str(number), "2026-06-01 12:00", line("p", 1, cents), client=str(number))
    shop.build(as_of=SINCE)
    assert members(shop, "[all]\ntotal_revenue = 19.99") == ["1"]
    assert members(shop, "[all]\navg_order_value.one_of = [19.98, 20]") == ["0", "2"]


def test_what_came_back_is_not_bought() -> None:
    shop = ModelShop()
    shop.account("1")
    shop.order("a", "2026-05-01 12:00", line("p", 3, 1000))
    shop.order("b", "2026-05-02 12:00", line("q"))
    shop.give_back("p", 2, "2026-05-20", order_id="a")
    shop.give_back("q", 1, "2026-05-20", order_id="b")
    shop.build(as_of=SINCE)
    assert members(shop, '[all.bought]\nproduct_id = "p"\nunits.is = 1') == ["1"]
    assert members(shop, '[all.bought]\nproduct_id = "p"\nitems_total.is = 10') == ["1"]
    assert members(shop, '[all.bought]\nproduct_id = "q"') == []
    assert members(shop, '[none.bought]\nproduct_id = "q"') == ["1"]
    assert members(shop, '[all]\npurchased_product_id = "q"') == []
    assert members(shop, "[all]\nproduct_count = 1") == ["1"]
    assert shop.read("clients")[0]["product_count"] == Decimal(1)
    assert shop.read("counted_orders")[0]["ordered_on"] == at("2026-05-01 12:00").date()


def test_what_came_back_whole_is_not_bought_and_the_rest_is() -> None:
    shop = ModelShop()
    shop.account("1")
    shop.product("tent", brand="Acme")
    shop.order("o1", "2026-06-01", line("tent", 3, 1000), line("mug"), offer_code="SPRING")
    shop.give_back("tent", 2, order_id="o1")
    shop.build(as_of=SINCE)
    kept = '[all.bought]\nbrand = "acme"\n'
    assert members(shop, kept + "units = 1\nitems_total = 10") == ["1"]
    assert members(shop, kept + 'order_total = 20\noffer_code = "spring"') == ["1"]
    shop.give_back("tent", 1, order_id="o1")
    shop.build(as_of=SINCE)
    assert members(shop, kept) == []
    assert members(shop, '[none.bought]\nbrand = "acme"') == ["1"]
    assert members(shop, "[all.bought]\norders = 1") == ["1"]  # the mug


def test_whoever_bought_below_a_category_bought_of_it() -> None:
    shop = ModelShop()
    shop.product("spikes", category="Shoes | Running | Trail")
    shop.product("bag", category="Bags")
    for client, bought in {"1": "spikes", "2": "bag", "3": "mug"}.items():
        shop.account(client)
        shop.order(client, "2026-06-01", line(bought), client=client)
    shop.build(as_of=SINCE)
    asked = "[all]\npurchased_categories"
    for above in ("Shoes", "shoes|running", "Running", "Shoes | Running | Trail"):
        assert members(shop, f'{asked}.has = "{above}"') == ["1"]
    for other in ("Running | Shoes", "Shoes | Trail", "Trail | Running"):
        assert members(shop, f'{asked}.has = "{other}"') == []
    assert members(shop, f'{asked}.has_all = ["Shoes", "Trail"]') == ["1"]
    assert members(shop, f'{asked}.has_any = ["Shoes", "Bags"]') == ["1", "2"]
    assert members(shop, f"{asked}.missing = true") == ["3"]
