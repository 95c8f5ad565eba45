"""Invented buyers who behave as the models of value assume; the tests have theirs from here."""

from dataclasses import dataclass

import numpy as np

from audsync.model.lifetime_value.maximum import Floats
from audsync.model.lifetime_value.orders import Histories, OrderRates
from audsync.model.lifetime_value.spend import OrderValues, Spending


@dataclass(frozen=True)
class Lives:
    """What became of buyers: histories until today, and orders in the time after it."""

    histories: Histories
    later: Floats


def live(
    random: np.random.Generator, rates: OrderRates, known: Floats, *, after: float
) -> Lives:
    """One buyer for each time since the first order, followed for the time `after`."""
    count = known.size
    speed = random.gamma(rates.r, 1 / rates.alpha, count)
    leaving = random.beta(rates.a, rates.b, count)
    moment, last = np.zeros(count), np.zeros(count)
    repeats, later = np.zeros(count), np.zeros(count)
    there = np.arange(count)
    if rates.may_leave_at_once:
        there = there[random.random(count) > leaving]
    while there.size:
        moment[there] += random.exponential(1, there.size) / np.maximum(speed[there], 1e-12)
        there = there[moment[there] <= known[there] + after]
        past = there[moment[there] <= known[there]]
        repeats[past] += 1
        last[past] = moment[past]
        later[there[moment[there] > known[there]]] += 1
        there = there[random.random(there.size) > leaving[there]]
    return Lives(Histories(repeats, last, known, np.ones(count)), later)


def spend(random: np.random.Generator, values: OrderValues, orders: Floats) -> Spending:
    """One buyer for each number of orders."""
    rate = random.gamma(values.q, 1 / values.v, orders.size)
    total = random.gamma(values.p * orders, 1 / rate)
    return Spending(orders, total / orders, np.ones(orders.size))
