"""How often clients order, and whether they still do: MBG/NBD and BG/NBD.

While a client is active, orders come at random at a rate of the client's own (the rates are
gamma distributed: shape r, rate alpha); after an order the client leaves for good with a
probability of the client's own (beta distributed: a, b). With MBG/NBD a client may leave after
the first order (Batislam, Denizel, Filiztekin 2007), with BG/NBD only after a later one (Fader,
Hardie, Lee 2005). Times are in any unit, the same everywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaln, digamma, expit, gammaln

from audsync.model.lifetime_value.maximum import Floats, Likelihood, Prior, most_likely
from audsync.model.settings import OrderModel

_PRIOR: Final = Prior((0.5, 0.5, 0.8, 2.0), 1.5)  # r, alpha by the median of T, a, b
_NODES: Final = 48
# Beyond these a likelihood is nearly flat, and what it predicts is luck.
_SHAPES: Final = (0.01, 50.0)
_MOST_LEAVING: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class Histories:
    """Clients by history, all columns of one length.

    `repeats` are orders after the first, `last` is the time from the first order to the last,
    `known` the time from the first order until today, `clients` how many have that history.
    """

    repeats: Floats
    last: Floats
    known: Floats
    clients: Floats

    @property
    def buyers(self) -> int:
        """All clients."""
        return int(self.clients.sum())

    @property
    def repeaters(self) -> int:
        """Clients with more than one order."""
        return int(self.clients[self.repeats > 0].sum())


@dataclass(frozen=True, slots=True)
class OrderRates:
    """A fitted model; `alpha` is a time."""

    model: OrderModel
    r: float
    alpha: float
    a: float
    b: float

    @property
    def may_leave_at_once(self) -> int:
        """1 where a client may leave after the first order."""
        return int(self.model is OrderModel.MBG)


def fit_orders(
    histories: Histories, model: OrderModel, *, is_free: bool = False
) -> OrderRates | None:
    """The most likely model of these clients; None where there is none to be trusted.

    With `is_free` without a prior, as the papers do.
    """
    scale = _median(histories.known, np.where(histories.known > 0, histories.clients, 0.0))
    found = most_likely(
        _likelihood(histories, model),
        _PRIOR,
        np.asarray([1.0, scale or 1.0, 1.0, 1.0]),
        float(histories.clients.sum()),
        is_free=is_free,
    )
    if found is None:
        return None
    r, alpha, a, b = (float(one) for one in found)
    least, most = _SHAPES
    is_sound = least < r < most and a + b < _MOST_LEAVING
    return OrderRates(model, r, alpha, a, b) if is_sound else None


def log_likelihood(histories: Histories, rates: OrderRates) -> float:
    """The logarithm of the likelihood of all clients."""
    total, _ = _likelihood(histories, rates.model)(
        np.asarray([rates.r, rates.alpha, rates.a, rates.b])
    )
    return total


def alive(histories: Histories, rates: OrderRates) -> Floats:
    """The probability that a client has not left, per history."""
    late = int(rates.may_leave_at_once)
    x = histories.repeats
    with np.errstate(divide="ignore", invalid="ignore"):  # BG: nobody leaves after the first
        odds = (
            np.log(rates.a)
            - np.log(rates.b + x + late - 1)
            + (rates.r + x)
            * np.log((rates.alpha + histories.known) / (rates.alpha + histories.last))
        )
    stays: Floats = expit(-odds)
    return stays if late else np.where(x > 0, stays, 1.0)


def orders_if_alive(repeats: Floats, known: Floats, rates: OrderRates, times: Floats) -> Floats:
    """Expected orders in each of the next `times` of clients who have not left; a row each.

    The integral over the probability of leaving, by Gauss-Jacobi quadrature: no hypergeometric
    function, nothing special where a = 1.
    """
    expected = np.empty((times.size, repeats.size))
    late = rates.may_leave_at_once
    for x, places in _by_value(repeats):
        leaving, weights = _beta_rule(rates.a, rates.b + x + late)
        speed = times[:, None] / (rates.alpha + known[places])
        for share, weight in zip(leaving, weights, strict=True):
            part = -np.expm1(-(rates.r + x) * np.log1p(share * speed)) / share * weight
            if share == leaving[0]:
                expected[:, places] = part
            else:
                expected[:, places] += part
    return expected


def order_probability_if_alive(
    repeats: Floats, known: Floats, rates: OrderRates, time: float
) -> Floats:
    """The probability of an order in the next `time` of clients who have not left."""
    waited = rates.alpha + known
    ordering: Floats = -np.expm1((rates.r + repeats) * np.log(waited / (waited + time)))
    return ordering


def median_wait(repeats: Floats, known: Floats, rates: OrderRates) -> Floats:
    """The time within which half of such clients who have not left order again."""
    waits: Floats = (rates.alpha + known) * np.expm1(np.log(2) / (rates.r + repeats))
    return waits


def expected_repeats(histories: Histories, rates: OrderRates) -> float:
    """The orders after the first that the model expects of these clients until today."""
    known, group = np.unique(histories.known, return_inverse=True)
    clients = np.bincount(group, weights=histories.clients)
    stays = rates.b / (rates.a + rates.b) if rates.may_leave_at_once else 1.0
    each = orders_if_alive(np.zeros(1), np.zeros(1), rates, known)[:, 0]
    return float(stays * clients @ each)


def _median(values: Floats, weights: Floats) -> float:
    """The least value that half of the weight does not exceed; 0 without any."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    if not reached.size or not reached[-1]:
        return 0.0
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def _likelihood(histories: Histories, model: OrderModel) -> Likelihood:
    """Likelihood and gradient, with what depends on few values worked out once for each."""
    late = int(model is OrderModel.MBG)
    n = histories.clients
    counts, count_of = np.unique(histories.repeats, return_inverse=True)
    clients_of = np.bincount(count_of, weights=n)
    times, time_of = np.unique(
        np.concatenate([histories.last, histories.known]), return_inverse=True
    )
    last_of, known_of = time_of[: n.size], time_of[n.size :]
    can_leave = counts + late > 0

    def likelihood(parameters: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = parameters
        stayed = b + counts + late  # chances to leave that were not taken
        power = r + counts
        logs = np.log(alpha + times)
        known, last = logs[known_of], logs[last_of]
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.where(can_leave, np.log(a) - np.log(stayed - 1), -np.inf)
        gone = odds[count_of] + power[count_of] * (known - last)
        left = n * expit(gone)  # clients who have left
        stay = n - left
        left_of = np.bincount(count_of, weights=left)
        inverse = 1 / (alpha + times)
        same = clients_of @ (
            gammaln(power) - gammaln(r) + r * np.log(alpha) + betaln(a, stayed) - betaln(a, b)
        )
        total = same + n @ (np.logaddexp(0.0, gone) - power[count_of] * known)
        both, either = digamma(a + stayed), digamma(a + b)
        slope = (
            clients_of @ (digamma(power) - digamma(r) + np.log(alpha))
            - stay @ known
            - left @ last,
            clients_of.sum() * r / alpha
            - power[count_of] @ (stay * inverse[known_of] + left * inverse[last_of]),
            clients_of @ (either - both) + left_of.sum() / a,
            clients_of @ (digamma(stayed) - both - digamma(b) + either)
            - left_of[can_leave] @ (1 / (stayed[can_leave] - 1)),
        )
        return float(total), np.asarray(slope)

    return likelihood


def _by_value(values: Floats) -> Iterator[tuple[float, NDArray[np.intp]]]:
    """Each distinct value with the places where it stands."""
    order = np.argsort(values, kind="stable")
    distinct, starts = np.unique(values[order], return_index=True)
    for value, places in zip(distinct, np.split(order, starts[1:]), strict=True):
        yield float(value), places


def _beta_rule(a: float, b: float) -> tuple[Floats, Floats]:
    """Points in (0, 1) and weights that sum to 1, for means over the beta distribution (a, b).

    Golub and Welsch (1969): the eigenvalues of the matrix of the recurrence of the Jacobi
    polynomials, here for the interval from 0 to 1.
    """
    k = np.arange(1.0, _NODES)
    low, high = a - 1, b - 1
    total = 2 * k + low + high
    middles = np.concatenate(
        [[(low - high) / (low + high + 2)], (low**2 - high**2) / (total * (total + 2))]
    )
    widths = 4 * k * (k + high) * (k + low) * (k + low + high) / (total**2 * (total**2 - 1))
    # (1 + a + b - 2) cancels from the first; with a + b = 1 it would be 0 by 0.
    widths[0] = 4 * (1 + low) * (1 + high) / ((2 + low + high) ** 2 * (3 + low + high))
    points, vectors = eigh_tridiagonal((1 + middles) / 2, np.sqrt(widths) / 2)
    # A point may be rounded to 0; what is looked at there is as smooth as anywhere.
    return np.maximum(points, 1e-15), vectors[0] ** 2
