"""The models of value against published estimates, closed forms, and the package `lifetimes`.

`tests/vectors` has no CDNOW: the sample comes with `lifetimes`. Times are in weeks there.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.special import hyp2f1

from audsync.model.lifetime_value import orders, spend
from audsync.model.lifetime_value.orders import Histories, OrderRates
from audsync.model.lifetime_value.spend import OrderValues, Spending
from audsync.model.settings import OrderModel
from benchmarks.buyers import live
from benchmarks.buyers import spend as spent

MBG, BG = OrderModel.MBG, OrderModel.BG
# Fader, Hardie, Lee 2005; the others by Hoppe and Wagner's likelihood, as `lifetimes` has them.
PUBLISHED = {BG: (0.243, 4.414, 0.793, 2.426), MBG: (0.525, 6.183, 0.891, 1.614)}
RATES = {model: OrderRates(model, *numbers) for model, numbers in PUBLISHED.items()}
VALUES = OrderValues(6.25, 3.74, 15.44)  # Fader, Hardie 2013


@pytest.fixture(scope="module")
def lifetimes() -> Iterator[Any]:
    """The package, whose warnings about newer pandas are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes
        import lifetimes.datasets

        yield lifetimes


@pytest.fixture(scope="module")
def cdnow(lifetimes: Any) -> Histories:
    data = lifetimes.datasets.load_cdnow_summary()
    x, last, known = (data[name].to_numpy(float) for name in ("frequency", "recency", "T"))
    return Histories(x, last, known, np.ones(len(data)))


@pytest.fixture(scope="module")
def cdnow_spend(lifetimes: Any) -> Spending:
    data = lifetimes.datasets.load_cdnow_summary_data_with_monetary_value()
    data = data[data.frequency > 0]
    return Spending(
        data.frequency.to_numpy(float), data.monetary_value.to_numpy(float), np.ones(len(data))
    )


def numbers(rates: OrderRates | None) -> tuple[float, ...]:
    assert rates is not None
    return rates.r, rates.alpha, rates.a, rates.b


@pytest.mark.parametrize(
    ("model", "found", "log_likelihood"),
    [
        (BG, (0.24259, 4.41353, 0.79289, 2.42575), -9582.4256),
        (MBG, (0.52484, 6.18299, 0.89136, 1.61400), -9582.1327),
    ],
)
def test_the_estimates_of_the_cdnow_sample_are_the_published_ones(
    cdnow: Histories, model: OrderModel, found: tuple[float, ...], log_likelihood: float
) -> None:
    rates = orders.fit_orders(cdnow, model, is_free=True)
    assert numbers(rates) == pytest.approx(found, rel=1e-4)
    assert numbers(rates) == pytest.approx(PUBLISHED[model], abs=6e-4)
    assert rates is not None
    assert orders.log_likelihood(cdnow, rates) == pytest.approx(log_likelihood, abs=1e-3)


def test_the_likelihood_of_one_model_at_the_estimates_of_the_other_is_another(
    cdnow: Histories,
) -> None:
    strange = OrderRates(MBG, *PUBLISHED[BG])
    assert orders.log_likelihood(cdnow, strange) == pytest.approx(-9638.547, abs=1e-3)
    assert orders.log_likelihood(cdnow, RATES[BG]) == pytest.approx(-9582.427, abs=1e-3)


def test_the_estimates_of_what_an_order_is_worth_are_the_published_ones(
    cdnow_spend: Spending,
) -> None:
    values = spend.fit_spend(cdnow_spend, is_free=True)
    assert values is not None
    assert (values.p, values.q, values.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert spend.log_likelihood(cdnow_spend, values) == pytest.approx(-4055.92, abs=0.01)
    assert spend.correlation(cdnow_spend) == pytest.approx(0.11, abs=0.01)


def test_the_prior_moves_thousands_of_clients_by_little(cdnow: Histories) -> None:
    free = numbers(orders.fit_orders(cdnow, MBG, is_free=True))
    assert numbers(orders.fit_orders(cdnow, MBG)) == pytest.approx(free, rel=0.005)


# x, t, T, then P(alive), orders in 39 weeks, the chance of one, the median wait.
VECTORS = {
    BG: """
        0  0     38.86  1        0.195098  0.144551 706.678
        1  1.71  38.86  0.212101 0.203187  0.116667 32.306
        2  30.43 38.86  0.726579 1.226028  0.554627 15.669
        7  29.43 38.86  0.641756 3.337053  0.635642 4.346
        26 30.86 31.00  0.968916 20.749726 0.968916 0.948""",
    MBG: """
        0  0     38.86  0.389735 0.154013  0.108829 123.619
        1  1.71  38.86  0.170836 0.188837  0.104844 25.919
        2  30.43 38.86  0.706202 1.262961  0.559994 14.229
        7  29.43 38.86  0.622724 3.167572  0.617023 4.346
        26 30.86 31.00  0.965566 19.450723 0.965566 0.984""",
}


@pytest.mark.parametrize("model", VECTORS)
def test_single_clients_are_predicted_as_worked_out_elsewhere(model: OrderModel) -> None:
    rows = np.asarray(
        [list(map(float, line.split())) for line in VECTORS[model].split("\n")[1:]]
    )
    x, last, known, p_alive, expected, p_order, wait = rows.T
    rates = RATES[model]
    stays = orders.alive(Histories(x, last, known, np.ones(x.size)), rates)
    assert stays == pytest.approx(p_alive, abs=1e-6)
    found = stays * orders.orders_if_alive(x, known, rates, np.asarray([39.0]))[0]
    assert found == pytest.approx(expected, abs=1e-6)
    chance = stays * orders.order_probability_if_alive(x, known, rates, 39.0)
    assert chance == pytest.approx(p_order, abs=1e-6)
    assert orders.median_wait(x, known, rates) == pytest.approx(wait, abs=1e-3)


@pytest.mark.parametrize(
    ("model", "expected"),
    [(BG, [0.053268, 1.196723, 1.860519]), (MBG, [0.053085, 1.182954, 1.804758])],
)
def test_a_new_client_is_expected_to_order_as_worked_out_elsewhere(
    model: OrderModel, expected: list[float]
) -> None:
    for time, wanted in zip((1.0, 39.0, 78.0), expected, strict=True):
        one = Histories(np.zeros(1), np.zeros(1), np.asarray([time]), np.ones(1))
        assert orders.expected_repeats(one, RATES[model]) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    ("n", "mean", "wanted"),
    [(2, 22.35, 24.6637), (1, 11.77, 18.9169), (0, 0.0, 35.2190), (7, 73.74, 71.4697)],
)
def test_an_order_is_expected_to_be_worth_what_was_worked_out_elsewhere(
    n: int, mean: float, wanted: float
) -> None:
    base, weight = spend.expected_value(np.asarray([float(n)]), VALUES)
    assert base[0] + weight[0] * n * mean == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("model", OrderModel)
@pytest.mark.parametrize("seed", range(4))
def test_the_quadrature_is_the_hypergeometric_function(model: OrderModel, seed: int) -> None:
    random = np.random.default_rng(seed)
    late = int(model is MBG)
    for _ in range(50):
        r, alpha, a, b = np.exp(random.normal((-0.5, 2, -0.3, 0.5), 0.7))
        x, known, time = float(random.integers(0, 30)), random.uniform(0, 100), 39.0
        rates = OrderRates(model, r, alpha, a, b)
        found = orders.orders_if_alive(
            np.asarray([x]), np.asarray([known]), rates, np.asarray([time])
        )
        whole = a + b + x + late - 1
        part = ((alpha + known) / (alpha + known + time)) ** (r + x) * hyp2f1(
            r + x, b + x + late, whole, time / (alpha + known + time)
        )
        assert found[0, 0] == pytest.approx(whole / (a - 1) * (1 - part), rel=1e-6)


def test_where_the_closed_form_is_nothing_by_nothing_the_quadrature_is_smooth() -> None:
    near = [
        orders.orders_if_alive(
            np.asarray([300.0]),
            np.asarray([31.0]),
            OrderRates(MBG, 0.5, 5.0, a, 1.8),
            np.asarray([3650.0]),
        )[0, 0]
        for a in (0.999, 1.0, 1.001)
    ]
    assert np.isfinite(near).all()
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-5)


@pytest.mark.parametrize("model", OrderModel)
def test_parameters_and_predictions_are_those_of_lifetimes(
    lifetimes: Any, model: OrderModel
) -> None:
    """On another shop than CDNOW: in days, most clients with repeats."""
    random = np.random.default_rng(7)
    rates = OrderRates(model, 0.9, 60.0, 0.6, 2.5)
    lives = live(random, rates, random.integers(1, 900, 20_000).astype(float), after=0.0)
    histories = lives.histories
    fitter = lifetimes.ModifiedBetaGeoFitter() if model is MBG else lifetimes.BetaGeoFitter()
    columns = histories.repeats, histories.last, histories.known
    with np.errstate(all="ignore"):
        fitter.fit(*columns, tol=1e-8)
    found = orders.fit_orders(histories, model, is_free=True)
    theirs = [fitter.params_[name] for name in ("r", "alpha", "a", "b")]
    assert numbers(found) == pytest.approx(theirs, rel=1e-3)

    same = OrderRates(model, *theirs)
    stays = orders.alive(histories, same)
    their_alive = np.asarray(fitter.conditional_probability_alive(*columns))
    assert stays == pytest.approx(their_alive, rel=1e-6)
    ours = stays * orders.orders_if_alive(columns[0], columns[2], same, np.asarray([365.0]))[0]
    predicted = fitter.conditional_expected_number_of_purchases_up_to_time(365.0, *columns)
    assert ours == pytest.approx(np.asarray(predicted), rel=1e-6)


def test_expected_values_are_those_of_lifetimes(lifetimes: Any) -> None:
    random = np.random.default_rng(11)
    truth = OrderValues(3.0, 4.0, 900.0)
    spending = spent(random, truth, random.integers(1, 12, 20_000).astype(float))
    fitter = lifetimes.GammaGammaFitter()
    fitter.fit(spending.orders, spending.means)
    found = spend.fit_spend(spending, is_free=True)
    assert found is not None
    theirs = [fitter.params_[name] for name in ("p", "q", "v")]
    assert (found.p, found.q, found.v) == pytest.approx(theirs, rel=1e-3)
    base, weight = spend.expected_value(spending.orders, OrderValues(*theirs))
    expected = fitter.conditional_expected_average_profit(spending.orders, spending.means)
    assert base + weight * spending.orders * spending.means == pytest.approx(
        np.asarray(expected), rel=1e-9
    )


def histories_of(rows: list[tuple[float, float, float]]) -> Histories:
    x, last, known = np.asarray(rows, float).T
    return Histories(x, last, known, np.ones(x.size))


def test_thirty_clients_do_not_lead_to_absurd_predictions() -> None:
    truth = OrderRates(MBG, 0.5, 120.0, 0.8, 1.8)
    for seed in range(20):
        random = np.random.default_rng(seed)
        known = random.uniform(1, 1460, 30)
        found = orders.fit_orders(live(random, truth, known, after=0.0).histories, MBG)
        assert found is not None
        assert found.a + found.b < 50
        year = orders.orders_if_alive(np.zeros(1), np.zeros(1), found, np.asarray([365.0]))
        assert 0 < year[0, 0] < 50


@pytest.mark.parametrize("model", OrderModel)
def test_a_shop_without_repeats_or_without_leaving_has_finite_predictions(
    model: OrderModel,
) -> None:
    once = histories_of([(0, 0, float(day)) for day in range(1, 400)])
    faithful = OrderRates(model, 0.9, 60.0, 1e-9, 1e9)
    known = np.random.default_rng(1).uniform(1, 900, 500)
    always = live(np.random.default_rng(2), faithful, known, after=0.0).histories
    for histories in (once, always):
        found = orders.fit_orders(histories, model)
        assert found is not None
        stays = orders.alive(histories, found)
        expected = orders.orders_if_alive(
            histories.repeats, histories.known, found, np.asarray([365.0])
        )
        assert np.isfinite(stays * expected[0]).all()
    assert stays.mean() > 0.9


def test_a_model_of_absurd_parameters_is_none() -> None:
    """Everybody orders each day: rates without spread."""
    daily = histories_of([(day, day, float(day)) for day in range(300, 400)])
    assert orders.fit_orders(daily, MBG, is_free=True) is None


def test_equal_histories_counted_once_are_fitted_as_each_alone() -> None:
    random = np.random.default_rng(3)
    known = random.integers(0, 40, 3000).astype(float)
    each = live(random, OrderRates(MBG, 0.9, 9.0, 0.8, 2.0), known, after=0.0).histories
    rounded = Histories(each.repeats, np.ceil(each.last), each.known, each.clients)
    keys = np.stack([rounded.repeats, rounded.last, rounded.known])
    (x, last, known), counts = np.unique(keys, axis=1, return_counts=True)
    together = Histories(x, last, known, counts.astype(float))
    assert together.clients.size < 1500
    assert (together.buyers, together.repeaters) == (rounded.buyers, rounded.repeaters)
    assert numbers(orders.fit_orders(together, MBG)) == pytest.approx(
        numbers(orders.fit_orders(rounded, MBG)), rel=1e-5
    )


def test_an_outlier_is_capped_at_the_mean_that_nearly_all_keep_below() -> None:
    means = np.asarray([*np.linspace(10, 20, 199), 5000.0])
    spending = Spending(np.ones(200), means, np.ones(200))
    assert spending.cap == means[198]
    assert spending.capped().means.max() == 20.0
    free = Spending(np.zeros(0), np.zeros(0), np.zeros(0))
    assert free.cap == 0.0
    assert spend.fit_spend(free) is None
    assert spend.trimmed_mean(free) == 0.0


def test_equal_prices_have_no_model_and_a_mean() -> None:
    same = Spending(
        np.asarray([1.0, 2.0]), np.asarray([500.0, 500.0]), np.asarray([90.0, 30.0])
    )
    assert spend.fit_spend(same) is None
    assert spend.trimmed_mean(same) == 500
    assert spend.correlation(same) is None


def test_a_mean_that_is_nearly_infinite_is_no_model() -> None:
    random = np.random.default_rng(5)
    truth = OrderValues(4.0, 0.7, 10.0)
    assert spend.fit_spend(spent(random, truth, np.full(5000, 3.0)), is_free=True) is None


def test_the_trimmed_mean_leaves_a_twentieth_out_at_either_end() -> None:
    means = np.asarray([1.0, *[10.0] * 18, 100000.0])
    assert spend.trimmed_mean(Spending(np.ones(20), means, np.ones(20))) == 10.0
    counted = Spending(np.ones(3), np.asarray([1.0, 10.0, 1e5]), np.asarray([1.0, 18.0, 1.0]))
    assert spend.trimmed_mean(counted) == 10.0
    half = Spending(np.ones(2), np.asarray([0.0, 10.0]), np.asarray([10.0, 10.0]))
    assert spend.trimmed_mean(half) == 5.0
