"""What is predicted of each history, as Arrow tables that an engine joins to its clients."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audsync.model.lifetime_value.maximum import Floats
from audsync.model.lifetime_value.orders import (
    Histories,
    OrderRates,
    alive,
    median_wait,
    order_probability_if_alive,
    orders_if_alive,
)
from audsync.model.lifetime_value.spend import (
    UNCAPPED_ORDERS,
    OrderValues,
    expected_value,
)
from audsync.model.settings import OneTime, ValueSettings
from audsync.model.value_report import OnceLimits

_YEAR: Final = 365.0
_MONTHS: Final = 12
_LONGEST_WAIT: Final = 1_095  # days; what is later is no prediction
_SHARE: Final = pa.decimal128(18, 4)
_CLASSES: Final = np.asarray(["active", "possibly_churned", "churned"])
_CHURNED: Final = 2


def order_forecasts(
    histories: Histories, rates: OrderRates, settings: ValueSettings, once: OnceLimits
) -> pa.Table:
    """A row for each history, in days: what is predicted of the clients who have it.

    `worth` is the number of orders of the next 365 days with discount and margin.
    """
    # All but the chance of being alive depends on the last order only through it.
    (repeats, known), place = _distinct(histories.repeats, histories.known)
    times: Floats = np.linspace(0.0, _YEAR, _MONTHS + 1)[1:]
    discounted = settings.discount_percent > 0
    orders = orders_if_alive(repeats, known, rates, times if discounted else times[-1:])
    factors = (1 + settings.discount_percent / 100) ** (
        -np.arange(1, len(orders) + 1) / _MONTHS
    )
    monthly = np.diff(orders, axis=0, prepend=0.0)
    worth = factors @ monthly if discounted else orders[-1]
    ordering = order_probability_if_alive(repeats, known, rates, _YEAR)
    waits = np.ceil(median_wait(repeats, known, rates))[place]

    stays = alive(histories, rates)
    p_order = np.round(stays * ordering[place], 4)
    activity = _activity(histories, p_order, settings, once)
    is_hidden = np.zeros(stays.size, bool)
    if not rates.may_leave_at_once:
        is_hidden = histories.repeats == 0  # always 1, which says nothing
    is_too_late = (activity == _CHURNED) | (waits > _LONGEST_WAIT)
    return pa.table(
        {
            "repeats": pa.array(histories.repeats.astype(np.int64)),
            "last_day": pa.array(histories.last.astype(np.int64)),
            "known_days": pa.array(histories.known.astype(np.int64)),
            "p_alive": _decimals(stays, is_hidden),
            "p_order_365d": _decimals(p_order),
            "predicted_orders_365d": _decimals(stays * orders[-1][place]),
            "worth": pa.array(stays * worth[place] * settings.margin_percent / 100),
            "days_to_next_order": pa.array(
                np.where(is_too_late, 0, waits).astype(np.int64), mask=is_too_late
            ),
            "activity": pa.array(_CLASSES[activity].tolist(), pa.string()),
        }
    )


def value_forecasts(paid_days: Floats, values: OrderValues | float, cap: float) -> pa.Table:
    """The expected value of an order as `base + weight * least(spend, most)`, by paid days.

    `values` is a fitted model, or a mean that holds for everybody. Means beyond `cap` are
    believed of clients with three orders or more.
    """
    if isinstance(values, OrderValues):
        base, weight = expected_value(paid_days, values)
    else:
        base, weight = np.full(paid_days.size, values), np.zeros(paid_days.size)
    is_capped = paid_days < UNCAPPED_ORDERS
    most = np.full(paid_days.size, np.iinfo(np.int64).max)
    most[is_capped] = np.round(cap * paid_days[is_capped]).astype(np.int64)
    return pa.table(
        {
            "paid_days": pa.array(paid_days.astype(np.int64)),
            "base": pa.array(base),
            "weight": pa.array(weight),
            "most_minor": pa.array(most),
        }
    )


def _activity(
    histories: Histories, p_order: Floats, settings: ValueSettings, once: OnceLimits
) -> NDArray[np.intp]:
    """Places in `_CLASSES`."""
    by_model = np.where(
        p_order >= settings.active_percent / 100,
        0,
        np.where(p_order >= settings.churned_percent / 100, 1, 2),
    )
    if settings.one_time is OneTime.MODEL:
        return by_model
    since = histories.known - histories.last
    by_days = np.where(since <= once.active, 0, np.where(since <= once.churned, 1, 2))
    return np.where(histories.repeats > 0, by_model, by_days)


def _distinct(one: Floats, other: Floats) -> tuple[tuple[Floats, Floats], NDArray[np.intp]]:
    """The distinct pairs of whole numbers, and where each of the given ones stands in them."""
    width = other.max(initial=0.0) + 1
    keys, place = np.unique(one * width + other, return_inverse=True)
    return (np.floor_divide(keys, width), np.mod(keys, width)), place


def _decimals(values: Floats, missing: NDArray[np.bool_] | None = None) -> "pa.Array[Any]":
    return pa.array(np.round(values, 4), mask=missing).cast(_SHARE)
