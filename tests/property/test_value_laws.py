"""Laws of predicted value: what more orders, time and money must and must not change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audsync.model.lifetime_value import orders, spend
from audsync.model.lifetime_value.orders import Histories, OrderRates
from audsync.model.lifetime_value.spend import OrderValues
from audsync.model.settings import OrderModel
from benchmarks.buyers import live
from benchmarks.buyers import spend as spent

shapes = st.floats(0.05, 5.0)
rates_ = st.builds(
    OrderRates, st.sampled_from(OrderModel), shapes, st.floats(1, 500), shapes, shapes
)
values_ = st.builds(OrderValues, st.floats(0.2, 20), st.floats(1.1, 20), st.floats(1, 10_000))


@st.composite
def pasts(draw: st.DrawFn) -> Histories:
    """One client."""
    known = draw(st.floats(0, 3000))
    x = draw(st.integers(0, 60)) if known >= 1 else 0
    last = draw(st.floats(1, known)) if x else 0.0
    return Histories(*(np.asarray([float(one)]) for one in (x, last, known, 1)))


def expected(past: Histories, rates: OrderRates, *times: float) -> list[float]:
    stays = orders.alive(past, rates)[0]
    found = orders.orders_if_alive(past.repeats, past.known, rates, np.asarray(times))
    return list(stays * found[:, 0])


@given(rates_, pasts())
def test_chances_lie_between_none_and_certain(rates: OrderRates, past: Histories) -> None:
    stays = orders.alive(past, rates)[0]
    chance = orders.order_probability_if_alive(past.repeats, past.known, rates, 365.0)[0]
    assert 0 <= stays <= 1
    assert 0 <= chance <= 1


@given(rates_, pasts())
def test_more_time_brings_more_orders_at_no_higher_pace(
    rates: OrderRates, past: Histories
) -> None:
    one, two, three = expected(past, rates, 90.0, 180.0, 270.0)
    slack = 1e-9 * max(1.0, three)
    assert 0 <= one <= two + slack
    assert two <= three + slack
    assert three - two <= two - one + slack
    assert two - one <= one + slack


@given(rates_, pasts(), st.floats(1, 400))
def test_who_waits_longer_is_less_likely_there_and_expected_to_order_less(
    rates: OrderRates, past: Histories, more: float
) -> None:
    later = Histories(past.repeats, past.last, past.known + more, past.clients)
    assert orders.alive(later, rates)[0] <= orders.alive(past, rates)[0] + 1e-12
    (before,), (after,) = expected(past, rates, 365.0), expected(later, rates, 365.0)
    assert after <= before * (1 + 1e-9)


@given(rates_, pasts())
def test_who_ordered_later_is_more_likely_there(rates: OrderRates, past: Histories) -> None:
    if past.repeats[0] == 0:
        return
    recent = Histories(past.repeats, past.known, past.known, past.clients)
    assert orders.alive(recent, rates)[0] >= orders.alive(past, rates)[0] - 1e-12


@given(rates_, pasts(), st.floats(0.01, 100))
def test_the_unit_of_time_does_not_matter(
    rates: OrderRates, past: Histories, unit: float
) -> None:
    other = OrderRates(rates.model, rates.r, rates.alpha * unit, rates.a, rates.b)
    moved = Histories(past.repeats, past.last * unit, past.known * unit, past.clients)
    (here,), (there,) = expected(past, rates, 365.0), expected(moved, other, 365.0 * unit)
    assert here == pytest.approx(there, rel=1e-6, abs=1e-12)


@given(rates_, pasts())
def test_half_of_those_who_are_there_order_within_the_median_wait(
    rates: OrderRates, past: Histories
) -> None:
    wait = orders.median_wait(past.repeats, past.known, rates)[0]
    if np.isfinite(wait):
        chance = orders.order_probability_if_alive(past.repeats, past.known, rates, wait)
        assert chance[0] == pytest.approx(0.5, abs=1e-6)


@given(rates_, pasts(), st.floats(1, 1000))
def test_one_order_is_as_likely_as_there_are_orders_or_less(
    rates: OrderRates, past: Histories, time: float
) -> None:
    """The chance of at least one is at most the expected number (Markov)."""
    chance = orders.order_probability_if_alive(past.repeats, past.known, rates, time)[0]
    number = orders.orders_if_alive(past.repeats, past.known, rates, np.asarray([time]))[0, 0]
    assert chance <= number * (1 + 1e-6) + 1e-12


@given(values_, st.integers(1, 500), st.floats(0.01, 1e6))
def test_the_expected_value_lies_between_the_clients_mean_and_that_of_all(
    values: OrderValues, n: int, mean: float
) -> None:
    base, weight = (one[0] for one in spend.expected_value(np.asarray([float(n)]), values))
    found = base + weight * n * mean
    low, high = sorted((mean, values.mean))
    assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)
    more_base, more_weight = (
        one[0] for one in spend.expected_value(np.asarray([n + 1.0]), values)
    )
    more = more_base + more_weight * (n + 1) * mean
    assert abs(more - mean) <= abs(found - mean) * (1 + 1e-9) + 1e-9


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(OrderModel))
def test_the_slope_is_that_of_the_likelihood(seed: int, model: OrderModel) -> None:
    random = np.random.default_rng(seed)
    truth = OrderRates(model, 0.7, 50.0, 0.8, 2.0)
    past = live(random, truth, random.uniform(0, 900, 300), after=0.0).histories
    likelihood = orders._likelihood(past, model)
    at = np.exp(random.normal(0, 0.5, 4)) * (0.7, 50.0, 0.8, 2.0)
    _, slope = likelihood(at)
    for place, step in enumerate(at * 1e-5):
        up, down = at.copy(), at.copy()
        up[place] += step
        down[place] -= step
        near = (likelihood(up)[0] - likelihood(down)[0]) / (2 * step)
        assert slope[place] == pytest.approx(near, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("model", OrderModel)
def test_the_parameters_of_invented_buyers_are_found_and_so_is_their_future(
    model: OrderModel,
) -> None:
    random = np.random.default_rng(42)
    truth = OrderRates(model, 0.5, 120.0, 0.8, 1.8)
    lives = live(random, truth, random.uniform(1, 1460, 100_000), after=365.0)
    found = orders.fit_orders(lives.histories, model)
    assert found is not None
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx(
        (truth.r, truth.alpha, truth.a, truth.b), rel=0.06
    )
    past = lives.histories
    stays = orders.alive(past, found)
    each = (
        stays * orders.orders_if_alive(past.repeats, past.known, found, np.asarray([365.0]))[0]
    )
    assert each.sum() == pytest.approx(lives.later.sum(), rel=0.02)
    assert orders.expected_repeats(past, found) == pytest.approx(past.repeats.sum(), rel=0.01)
    # Among those predicted alike as many order as predicted.
    chance = stays * orders.order_probability_if_alive(past.repeats, past.known, found, 365.0)
    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.4), (0.4, 0.7), (0.7, 1.0)):
        alike = (low <= chance) & (chance < high)
        ordered = (lives.later[alike] > 0).mean()
        assert ordered == pytest.approx(chance[alike].mean(), abs=0.02)


def test_the_values_of_invented_buyers_are_found() -> None:
    random = np.random.default_rng(1)
    truth = OrderValues(4.0, 3.5, 2000.0)
    counts = random.geometric(0.5, 100_000).astype(float)
    found = spend.fit_spend(spent(random, truth, counts))
    assert found is not None
    assert (found.p, found.q, found.v) == pytest.approx((truth.p, truth.q, truth.v), rel=0.06)
    assert found.mean == pytest.approx(truth.mean, rel=0.02)


@pytest.mark.slow
def test_the_parameters_of_a_million_invented_buyers_are_found_closely() -> None:
    random = np.random.default_rng(1)
    truth = OrderRates(OrderModel.MBG, 0.5, 120.0, 0.8, 1.8)
    past = live(random, truth, random.uniform(1, 1460, 1_000_000), after=0.0).histories
    found = orders.fit_orders(past, OrderModel.MBG)
    assert found is not None
    # Drawn six times, they differ from the truth by 0.7, 0.4, 0.7 and 2 % (standard deviation).
    assert (found.r, found.alpha, found.a) == pytest.approx(
        (truth.r, truth.alpha, truth.a), rel=0.02
    )
    assert found.b == pytest.approx(truth.b, rel=0.06)
    wrong = orders.fit_orders(past, OrderModel.BG)
    assert wrong is not None
    assert wrong.r < 0.3  # who leaves at once is taken for slow
