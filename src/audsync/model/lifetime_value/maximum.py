"""The most likely parameters, all above zero, with a prior that fades with data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
# Parameters → log-likelihood of the data and its derivative by each of them.
Likelihood = Callable[[Floats], tuple[float, Floats]]

DIGITS: Final = 6
_MOST_STEPS: Final = 1_000
_FLAT: Final = 1e-5  # a slope per client that is none


@dataclass(frozen=True, slots=True)
class Prior:
    """Independent normal distributions of the logarithms of scaled parameters.

    It is added once to the sum over clients, so it matters less the more of them there are.
    """

    medians: tuple[float, ...]
    spread: float


def most_likely(
    likelihood: Likelihood, prior: Prior, scales: Floats, weight: float, *, is_free: bool
) -> Floats | None:
    """Parameters of the greatest likelihood times prior, rounded; None if the search fails.

    `scales` are the units of the parameters (the prior speaks of `parameter / scale`), `weight`
    is the number of clients. With `is_free` the prior is only where the search starts.
    """
    middle = np.log(np.asarray(prior.medians))

    def loss(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs) * scales
        total, slope = likelihood(parameters)
        away = np.zeros_like(logs) if is_free else (logs - middle) / prior.spread
        return (
            (0.5 * float(away @ away) - total) / weight,
            (away / prior.spread - slope * parameters) / weight,
        )

    with np.errstate(all="ignore"):  # a step too far is taken back
        found = minimize(
            loss,
            middle,
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _MOST_STEPS, "ftol": 1e-15, "gtol": 1e-8},
        )
        parameters: Floats = np.exp(found.x) * scales
    # The line search ends where a step no longer changes the sum: that is the maximum too.
    is_there = found.success or float(np.abs(found.jac).max()) < _FLAT
    if not is_there or not np.isfinite(parameters).all():
        return None
    return np.asarray([float(f"{one:.{DIGITS}g}") for one in parameters])
