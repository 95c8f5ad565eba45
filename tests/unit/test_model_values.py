"""Predicted value in `clients`: who is counted how, categories, activity, and when not."""

import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from audsync.errors import ConfigError
from audsync.model.analyses import Analysis
from audsync.model.lifetime_value import orders, spend
from audsync.model.lifetime_value.orders import Histories, OrderRates
from audsync.model.settings import ModelSettings, OneTime, OrderModel, ValueSettings
from audsync.model.value_report import ValueReport
from fakes.model_shop import AS_OF, ModelShop, line

COLUMNS = (
    "activity", "p_alive", "p_order_365d", "predicted_orders_365d", "predicted_aov_minor",
    "predicted_clv_365d_minor", "clv_category", "days_to_next_order",
)  # fmt: skip
FEW = ValueSettings(least_clients=1, least_repeaters=1)
FEW_SETTINGS = ModelSettings(clv=FEW)
# Client → (age in days, value in minor units) of each order.
Bought = dict[str, list[tuple[int, int]]]


def crowd(count: int = 330, seed: int = 1) -> Bought:
    """Clients of every kind: half of them with one order, some with orders of one day."""
    chance = random.Random(seed)  # noqa: S311 -- examples, no secrets
    bought: Bought = {}
    for number in range(count):
        known, usual = chance.randint(0, 700), chance.randint(500, 9000)
        ages = [known]
        while chance.random() < 0.55 and ages[-1] > 0:
            ages.append(max(0, ages[-1] - chance.choice([0, 3, 14, 40, 90, 200])))
        bought[f"c{number}"] = [(age, chance.randint(usual // 2, 2 * usual)) for age in ages]
    return bought


def shop_of(bought: Bought) -> ModelShop:
    shop = ModelShop()
    for client, had in bought.items():
        shop.account(client)
        for number, (age, value) in enumerate(had):
            day = AS_OF - timedelta(days=age)
            goods = line("p", 1, value)
            shop.order(f"{client}-{number}", f"{day} {number % 24:02}:00", goods, client=client)
    return shop


def settings(**changed: Any) -> ModelSettings:
    return ModelSettings(clv=ValueSettings(**changed))


def predicted(
    shop: ModelShop, of: ModelSettings | None = None
) -> tuple[dict[str, Any], ValueReport]:
    report = shop.build(of, analyses=[Analysis.VALUE])
    assert report.value is not None
    rows = {row["client_id"]: row for row in shop.read("clients")}
    return rows, report.value


@pytest.fixture(scope="module")
def bought() -> Bought:
    return {
        **crowd(500),
        "nobody": [],
        "twice-a-day": [(50, 1000), (50, 3000), (10, 2000)],
        "free": [(20, 0)],
        "paid-once": [(90, 0), (30, 4000)],
        "dear": [(5, 900_000)],
        "dear-often": [(age, 900_000) for age in (100, 60, 20)],
    }


@pytest.fixture(scope="module")
def whole(bought: Bought) -> tuple[dict[str, Any], ValueReport]:
    return predicted(shop_of(bought))


def rates_of(report: ValueReport) -> OrderRates:
    fit = report.orders
    assert fit is not None
    return OrderRates(OrderModel(report.clv_model), fit.r, fit.alpha, fit.a, fit.b)


def test_each_client_is_predicted_by_days_with_an_order(
    bought: Bought, whole: tuple[dict[str, Any], ValueReport]
) -> None:
    """Row by row, from the rows of the shop and the parameters of the report."""
    rows, report = whole
    rates, fit = rates_of(report), report.spend
    assert fit is not None
    year = np.asarray([365.0])
    for client, had in bought.items():
        row = rows[client]
        if not had:
            assert {row[name] for name in COLUMNS} == {None}
            continue
        days: Counter[int] = Counter()
        for age, value in had:
            days[age] += value
        x, known, last = len(days) - 1.0, float(max(days)), float(max(days) - min(days))
        one = Histories(*(np.asarray([part]) for part in (x, last, known, 1.0)))
        stays = orders.alive(one, rates)[0]
        expected = stays * orders.orders_if_alive(one.repeats, one.known, rates, year)[0, 0]
        paid = [value for value in days.values() if value]
        n, spent = float(len(paid)), float(sum(paid))
        assert fit.p is not None
        assert fit.q is not None
        assert fit.v is not None
        if n < 3:
            spent = min(spent, fit.cap * n)
        worth = fit.p * (fit.v + spent) / (fit.p * n + fit.q - 1)
        assert float(row["p_alive"]) == pytest.approx(stays, abs=5.1e-5)
        assert float(row["predicted_orders_365d"]) == pytest.approx(expected, abs=5.1e-5)
        assert row["predicted_aov_minor"] == pytest.approx(worth, abs=0.51)
        assert row["predicted_clv_365d_minor"] == pytest.approx(expected * worth, abs=0.51)
        wait = (rates.alpha + known) * (2 ** (1 / (rates.r + x)) - 1)
        gone = row["activity"] == "churned" or wait > 1095
        assert row["days_to_next_order"] == (None if gone else int(np.ceil(wait)))


def test_an_outlier_is_believed_from_three_orders_on(
    whole: tuple[dict[str, Any], ValueReport],
) -> None:
    rows, report = whole
    assert report.spend is not None
    assert report.spend.cap < 100_000
    assert rows["dear"]["predicted_aov_minor"] < 100_000
    assert rows["dear-often"]["predicted_aov_minor"] > 200_000


def test_categories_are_fifths_by_middle_rank_and_equals_share_one(
    whole: tuple[dict[str, Any], ValueReport],
) -> None:
    rows, report = whole
    value = {
        key: row["predicted_clv_365d_minor"]
        for key, row in rows.items()
        if row["predicted_clv_365d_minor"] is not None
    }
    for key, mine in value.items():
        lower = sum(other < mine for other in value.values())
        equal = sum(other == mine for other in value.values())
        share = Decimal(2 * lower + equal) / (2 * len(value))
        wanted = (
            "low" if share < Decimal("0.2") else "high" if share >= Decimal("0.8") else "mid"
        )
        assert rows[key]["clv_category"] == wanted
    found = Counter(row["clv_category"] for row in rows.values())
    assert report.categories == {name: found[name] for name in ("high", "low", "mid")}
    for name, (lowest, highest) in report.category_bounds.items():
        of = [value[key] for key in value if rows[key]["clv_category"] == name]
        assert (lowest, highest) == (min(of), max(of))


def test_activity_is_by_chance_with_repeats_and_by_days_without(
    bought: Bought, whole: tuple[dict[str, Any], ValueReport]
) -> None:
    rows, report = whole
    seen = set()
    for client, had in bought.items():
        if not had:
            continue
        row, since = rows[client], min(age for age, _ in had)
        if len({age for age, _ in had}) > 1:
            chance = row["p_order_365d"]
            place = 0 if chance >= Decimal("0.6") else 1 if chance >= Decimal("0.2") else 2
        else:
            place = 0 if since <= 60 else 1 if since <= 240 else 2
        assert row["activity"] == ("active", "possibly_churned", "churned")[place]
        seen.add((len({age for age, _ in had}) > 1, row["activity"]))
    assert len(seen) == 6
    assert report.activity == Counter(
        row["activity"] for row in rows.values() if row["activity"]
    )


def test_the_report_says_what_was_fitted_and_how_well(
    bought: Bought, whole: tuple[dict[str, Any], ValueReport]
) -> None:
    rows, report = whole
    repeats = [len({age for age, _ in had}) - 1 for had in bought.values() if had]
    assert (report.clv_model, report.why_none, report.fitted_on) == ("mbg", None, AS_OF)
    assert (report.buyers, report.repeaters) == (len(repeats), sum(x > 0 for x in repeats))
    assert report.orders is not None
    assert report.orders.repeats == sum(repeats)
    assert report.orders.expected_repeats == pytest.approx(sum(repeats), rel=0.15)
    assert report.orders.log_likelihood < 0
    total = sum(row["predicted_orders_365d"] or 0 for row in rows.values())
    assert report.predicted_orders == pytest.approx(float(total), abs=0.06)
    assert report.predicted_clv_minor == sum(
        row["predicted_clv_365d_minor"] or 0 for row in rows.values()
    )


def test_grouping_equal_digits_of_means_moves_no_parameter() -> None:
    bought = crowd(2000, seed=4)
    _, report = predicted(shop_of(bought))
    days: list[Counter[int]] = []
    for had in bought.values():
        days.append(Counter())
        for age, value in had:
            days[-1][age] += value
    each = spend.Spending(
        np.asarray([float(len(one)) for one in days]),
        np.asarray([one.total() / len(one) for one in days]),
        np.ones(len(days)),
    )
    exact = spend.fit_spend(each.capped())
    assert exact is not None
    assert report.spend is not None
    assert (report.spend.p, report.spend.q, report.spend.v) == pytest.approx(
        (exact.p, exact.q, exact.v), rel=1e-3
    )


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"least_clients": 61}, "60 clients have ordered, and model.clv.least_clients asks"),
        ({"least_clients": 60, "least_repeaters": 99}, "and model.clv.least_repeaters asks"),
    ],
)
def test_with_too_few_nothing_is_predicted_but_activity(
    asked: dict[str, int], why: str
) -> None:
    regular = {"14 days": [(7 + 14 * n, 100) for n in range(5)]}
    regular["due"] = [(30 + 14 * n, 100) for n in range(5)]
    regular["over"] = [(28 + 14 * n, 100) for n in range(5)]
    regular["gone"] = [(57 + 14 * n, 100) for n in range(5)]
    regular["uneven"] = [(age, 100) for age in (11, 13, 16, 40)]  # gaps 2, 3, 24
    regular["even"] = [(age, 100) for age in (11, 13, 16)]  # gaps 2, 3: 2.5 in the middle
    rows, report = predicted(shop_of({**crowd(54), **regular}), settings(**asked))
    assert report.clv_model == "none"
    assert report.why_none is not None
    assert why in report.why_none
    assert (report.orders, report.spend, report.predicted_orders) == (None, None, None)
    for row in rows.values():
        assert {row[name] for name in COLUMNS if name != "activity"} == {None}
    assert {key: rows[key]["activity"] for key in regular} == {
        "14 days": "active",
        "due": "possibly_churned",
        "over": "active",
        "gone": "churned",
        "uneven": "possibly_churned",
        "even": "churned",
    }
    once = {key: min(age for age, _ in had) for key, had in crowd(54).items() if len(had) == 1}
    for key, since in once.items():
        wanted = "active" if since <= 60 else "possibly_churned" if since <= 240 else "churned"
        assert rows[key]["activity"] == wanted


def test_a_day_before_the_minimum_there_is_no_model_and_on_it_there_is() -> None:
    shop = shop_of(crowd(60))
    assert predicted(shop, settings(least_clients=60, least_repeaters=5))[1].clv_model == "mbg"


def test_unless_asked_for_the_columns_are_there_and_empty() -> None:
    shop = shop_of(crowd(20))
    assert shop.build(ModelSettings(clv=FEW)).value is None
    assert {row[name] for row in shop.read("clients") for name in COLUMNS} == {None}
    kinds = shop.engine.fetch("SELECT * FROM clients LIMIT 0").schema
    shop.build(ModelSettings(clv=FEW), analyses=[Analysis.VALUE])
    assert shop.engine.fetch("SELECT * FROM clients LIMIT 0").schema == kinds
    shop.build(settings(least_clients=99), analyses=[Analysis.VALUE])
    assert shop.engine.fetch("SELECT * FROM clients LIMIT 0").schema == kinds


def test_the_model_is_built_without_what_fitting_needs() -> None:
    program = (
        "import sys; from fakes.model_shop import ModelShop; shop = ModelShop();"
        "shop.order('o'); shop.build(); assert 'scipy' not in sys.modules;"
        "shop.build(analyses=['value']); assert 'scipy' in sys.modules"
    )
    folder = f"{__file__.rpartition('/unit/')[0]}"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=folder)


def test_a_shop_without_an_order_has_nobody_to_predict() -> None:
    shop = ModelShop()
    shop.account("1")
    rows, report = predicted(shop)
    assert report.why_none == "0 clients have ordered, and model.clv.least_clients asks for 300"
    assert rows["1"]["activity"] is None


def test_one_time_buyers_by_the_gaps_of_the_shop() -> None:
    gaps = [10] * 120 + [50] * 90 + [80]
    bought = {f"r{n}": [(300 + gap, 100), (300, 100)] for n, gap in enumerate(gaps)}
    bought |= {f"o{age}": [(age, 100)] for age in (10, 11, 50, 51)}
    of = {"least_clients": 1, "least_repeaters": 1, "one_time": OneTime.SHOP_GAP}
    rows, report = predicted(shop_of(bought), settings(**of))
    assert (report.once.active, report.once.churned, report.gaps) == (10, 50, None)
    assert [rows[f"o{age}"]["activity"] for age in (10, 11, 50, 51)] == [
        *("active", "possibly_churned", "possibly_churned", "churned"),
    ]
    few = {key: had for key, had in bought.items() if key != "r0" and key < "r2"}
    rows, report = predicted(shop_of(few), settings(**of))
    assert (report.once.active, report.once.churned) == (60, 240)
    assert report.gaps == sum(key.startswith("r") for key in few) < 200
    assert any("shop_gap" in message for message in report.messages)


def test_one_time_buyers_by_the_model_are_judged_as_the_others() -> None:
    bought = crowd()
    rows, _ = predicted(shop_of(bought), settings(one_time=OneTime.MODEL))
    for client, had in bought.items():
        if len(had) == 1:
            chance = rows[client]["p_order_365d"]
            place = 0 if chance >= Decimal("0.6") else 1 if chance >= Decimal("0.2") else 2
            assert rows[client]["activity"] == ("active", "possibly_churned", "churned")[place]


def test_of_bg_no_chance_of_being_alive_is_shown_where_it_is_one() -> None:
    bought = crowd()
    rows, report = predicted(shop_of(bought), settings(orders=OrderModel.BG))
    assert report.clv_model == "bg"
    for client, had in bought.items():
        is_once = len({age for age, _ in had}) == 1
        assert (rows[client]["p_alive"] is None) == is_once
        assert rows[client]["predicted_orders_365d"] is not None


def test_margin_and_discount_lower_the_value_and_no_number_of_orders() -> None:
    shop = shop_of(crowd())
    plain, _ = predicted(shop)
    half, _ = predicted(shop, settings(margin_percent=50.0))
    later, _ = predicted(shop, settings(discount_percent=100.0))
    for key, row in plain.items():
        value = row["predicted_clv_365d_minor"]
        assert half[key]["predicted_clv_365d_minor"] == pytest.approx(value / 2, abs=1)
        # Orders come over the year: in the last month they are worth half.
        assert value * 0.5 - 1 <= later[key]["predicted_clv_365d_minor"] <= value * 0.945 + 1
        for name in ("predicted_orders_365d", "predicted_aov_minor", "activity"):
            assert row[name] == half[key][name] == later[key][name]


def test_orders_of_the_same_price_have_the_mean_and_a_message() -> None:
    bought = {key: [(age, 700) for age, _ in had] for key, had in crowd(400).items()}
    once_a_day = {key: [*dict(had).items()] for key, had in bought.items()}
    rows, report = predicted(shop_of(once_a_day))
    assert report.spend is not None
    assert (report.spend.p, report.spend.mean) == (None, 700.0)
    assert {row["predicted_aov_minor"] for row in rows.values()} == {700}
    assert any("same mean" in message for message in report.messages)


def test_who_orders_often_and_spends_otherwise_is_warned_of() -> None:
    bought = {
        key: [(age, 200 * len(had) ** 2 + n) for n, (age, _) in enumerate(had)]
        for key, had in crowd(400).items()
    }
    _, report = predicted(shop_of(bought))
    assert report.spend is not None
    assert report.spend.correlation is not None
    assert report.spend.correlation > 0.3
    assert any("correlation" in message for message in report.messages)


def test_a_model_that_expects_far_other_repeats_than_there_were_is_warned_of() -> None:
    # Half of the shop waits for years, the other comes daily since this week.
    bought = {f"a{n}": [(2000, 100), (1, 100)] for n in range(100)}
    bought |= {f"b{n}": [(3, 100), (2, 100), (1, 9)] for n in range(100)}
    _, report = predicted(shop_of(bought), FEW_SETTINGS)
    assert report.orders is not None
    assert report.orders.expected_repeats > 1.2 * report.orders.repeats == 1.2 * 300
    (told,) = (message for message in report.messages if "fits weakly" in message)
    assert "repeats where there were 300; predicted orders and values may be off" in told
    _, sound = predicted(shop_of(crowd()))
    assert not any("fits weakly" in message for message in sound.messages)


def test_shuffled_rows_give_the_same_predictions() -> None:
    shop = shop_of(crowd(320))
    rows, report = predicted(shop)
    shop.shuffle(3)
    again = shop.build(analyses=[Analysis.VALUE], chunks=3)
    assert again.value == report
    assert {row["client_id"]: row for row in shop.read("clients")} == rows


@pytest.mark.parametrize(
    "wrong", [{"active_percent": 10.0}, {"churned_days": 1}], ids=["percent", "days"]
)
def test_limits_in_the_wrong_order_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"model\.clv"):
        ModelShop().build(settings(**wrong))
