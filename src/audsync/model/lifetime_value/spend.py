"""What an order of a client is worth: Gamma-Gamma (Fader, Hardie 2013).

The values of a client's orders are gamma distributed (shape p, rate of the client's own), and
so are these rates over clients (shape q, rate v). The expected value of a client's order is a
weighted mean of the client's own mean and that of all. Money is in any unit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import digamma, gammaln

from audsync.model.lifetime_value.maximum import Floats, Likelihood, Prior, most_likely

_PRIOR: Final = Prior((4.0, 3.0, 2.0), 1.0)  # p, q, v by the mean value
_LEAST_Q: Final = 1.05  # at 1 the mean of all is infinite
_CAP_SHARE: Final = 0.995
_TRIMMED: Final = 0.05  # of the clients, at either end
UNCAPPED_ORDERS: Final = 3  # from so many on even an outlier is believed


@dataclass(frozen=True, slots=True)
class Spending:
    """Clients by number of orders with a value and by their mean value, which is above zero."""

    orders: Floats
    means: Floats
    clients: Floats

    def capped(self) -> "Spending":
        """The same with the means beyond that of 99.5 % of the clients held there."""
        return Spending(self.orders, np.minimum(self.means, self.cap), self.clients)

    @property
    def cap(self) -> float:
        """The mean that 99.5 % of the clients do not exceed; 0 without clients."""
        order = np.argsort(self.means)
        reached = np.cumsum(self.clients[order])
        if not order.size:
            return 0.0
        place = int(np.searchsorted(reached, _CAP_SHARE * reached[-1]))
        return float(self.means[order][place])


@dataclass(frozen=True, slots=True)
class OrderValues:
    """A fitted model; `v` is an amount."""

    p: float
    q: float
    v: float

    @property
    def mean(self) -> float:
        """The expected value of an order of somebody of whom nothing is known."""
        return self.p * self.v / (self.q - 1)


def fit_spend(spending: Spending, *, is_free: bool = False) -> OrderValues | None:
    """The most likely model of these clients; None where there is none to be trusted.

    With `is_free` without a prior, as the paper does.
    """
    if not spending.clients.size:
        return None
    mean = float(np.average(spending.means, weights=spending.clients))
    found = most_likely(
        _likelihood(spending),
        _PRIOR,
        np.asarray([1.0, 1.0, mean]),
        float(spending.clients.sum()),
        is_free=is_free,
    )
    if found is None or found[1] < _LEAST_Q:
        return None
    return OrderValues(*(float(one) for one in found))


def log_likelihood(spending: Spending, values: OrderValues) -> float:
    """The logarithm of the likelihood of all clients."""
    total, _ = _likelihood(spending)(np.asarray([values.p, values.q, values.v]))
    return total


def expected_value(orders: Floats, values: OrderValues) -> tuple[Floats, Floats]:
    """The expected value of an order as base + weight x all that was spent, by orders.

    E[M] = p (v + n m) / (p n + q - 1), where n m is what was spent.
    """
    rest = values.p * orders + values.q - 1
    return values.p * values.v / rest, values.p / rest


def trimmed_mean(spending: Spending) -> float:
    """The mean of the clients' means without the twentieth at either end; 0 without clients."""
    order = np.argsort(spending.means)
    clients = spending.clients[order]
    if not order.size:
        return 0.0
    reached, everyone = np.cumsum(clients), clients.sum()
    low, high = _TRIMMED * everyone, (1 - _TRIMMED) * everyone
    kept = np.clip(reached, low, high) - np.clip(reached - clients, low, high)
    return float(np.average(spending.means[order], weights=kept))


def correlation(spending: Spending) -> float | None:
    """Of number of orders and mean value, over clients with two or more; None below two such.

    The model takes them for independent.
    """
    several = spending.orders > 1
    orders, means, clients = (
        one[several] for one in (spending.orders, spending.means, spending.clients)
    )
    if clients.sum() <= 1:
        return None
    away = orders - np.average(orders, weights=clients)
    off = means - np.average(means, weights=clients)
    spread = np.sqrt((clients @ away**2) * (clients @ off**2))
    return float((clients @ (away * off)) / spread) if spread > 0 else None


def _likelihood(spending: Spending) -> Likelihood:
    n, m, clients = spending.orders, spending.means, spending.clients
    spent = n * m
    logs = np.log(m)
    counts, count_of = np.unique(n, return_inverse=True)
    clients_of = np.bincount(count_of, weights=clients)
    log_sum = np.bincount(count_of, weights=clients * logs)
    everyone = clients.sum()

    def likelihood(parameters: Floats) -> tuple[float, Floats]:
        p, q, v = parameters
        shape = p * counts
        with_v = np.log(spent + v)
        v_sum = np.bincount(count_of, weights=clients * with_v)
        total = (
            clients_of @ (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v))
            + clients_of @ (shape * np.log(counts))
            + (shape - 1) @ log_sum
            - (shape + q) @ v_sum
        )
        both = digamma(shape + q)
        slope = (
            counts @ (clients_of * (both - digamma(shape) + np.log(counts)) + log_sum - v_sum),
            clients_of @ (both - digamma(q) + np.log(v)) - v_sum.sum(),
            everyone * q / v - clients @ ((p * n + q) / (spent + v)),
        )
        return float(total), np.asarray(slope)

    return likelihood
