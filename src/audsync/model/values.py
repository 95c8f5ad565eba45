"""Predicted value and activity of clients: the steps of `sql/` around the fitted models.

What is fitted are groups of clients with the same history, which any engine counts; what comes
back are tables by history that it joins to its clients. No client's row is looked at here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from audsync.model.parts import Part
from audsync.model.settings import OneTime, ValueSettings
from audsync.model.stages import Stages
from audsync.model.value_report import OnceLimits, OrderFit, SpendFit, ValueReport

if TYPE_CHECKING:
    from audsync.model.lifetime_value.orders import Histories, OrderRates
    from audsync.model.lifetime_value.spend import OrderValues, Spending

_LEAST_GAPS: Final = 200
_ACTIVE_GAPS: Final = 50  # percent of the gaps that are no longer
_CHURNED_GAPS: Final = 90
_PLACES: Final = range(3, 11)  # digits of a mean in minor units


def client_values(
    stages: Stages, parts: Sequence[Part], settings: ValueSettings, as_of: date
) -> ValueReport:
    """Leave `client_forecasts`, by models fitted to all clients with counted orders.

    Without enough of them it holds the activity by each client's own rhythm, and nothing else.
    """
    for part in parts:
        stages.run_for(
            "order_histories",
            into=part.table("order_histories"),
            orders=part.table("order_facts"),
        )
    stages.show_together("order_histories", [part.table("order_histories") for part in parts])
    stages.show("order_gaps")
    report = forecast_histories(stages, settings, as_of)
    stages.drop(*(part.table("order_histories") for part in parts))
    return report


def forecast_histories(stages: Stages, settings: ValueSettings, as_of: date) -> ValueReport:
    """Leave `client_forecasts` of the clients in `order_histories`; reads `order_gaps` too."""
    once, gaps = _once_limits(stages, settings)
    fitted = _fitted(stages, settings, once)
    if fitted.rates is None:
        stages.run_for(
            "client_rhythms",
            into="client_forecasts",
            once_active=once.active,
            once_churned=once.churned,
        )
    else:
        stages.run("forecasts")
        stages.run_for(
            "rank_scores",
            into="clv_scores",
            measure="predicted_clv_365d_minor",
            measures="forecasts",
            scores=5,
        )
        stages.run("client_forecasts")
        stages.drop("forecasts", "clv_scores", "order_forecasts", "value_forecasts")
    return _report(stages, fitted, once, gaps, as_of)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """The models; without `rates` there are none, and `why_none` says why."""

    histories: "Histories"
    why_none: str | None = None
    rates: "OrderRates | None" = None
    orders: OrderFit | None = None
    spend: SpendFit | None = None


def _fitted(stages: Stages, settings: ValueSettings, once: OnceLimits) -> _Fitted:
    """Fit the models and leave their tables in the engine."""
    from audsync.model.lifetime_value import forecast
    from audsync.model.lifetime_value import orders as of_orders

    histories = _histories(stages)
    why = _too_few(histories, settings)
    if why is not None:
        return _Fitted(histories, why)
    rates = of_orders.fit_orders(histories, settings.orders)
    if rates is None:
        return _Fitted(histories, f"no {settings.orders} model fits the orders of this shop")
    spending = _spending(stages)
    values, spend = _fit_spend(spending)
    stages.register(
        "order_forecasts", forecast.order_forecasts(histories, rates, settings, once)
    )
    paid = stages.fetch("SELECT DISTINCT h.paid_days AS days FROM order_histories AS h")
    days = paid.column("days").to_numpy().astype(float)
    stages.register("value_forecasts", forecast.value_forecasts(days, values, spend.cap))
    orders = OrderFit(
        rates.r,
        rates.alpha,
        rates.a,
        rates.b,
        log_likelihood=round(of_orders.log_likelihood(histories, rates), 2),
        repeats=int(histories.repeats @ histories.clients),
        expected_repeats=round(of_orders.expected_repeats(histories, rates), 1),
    )
    return _Fitted(histories, None, rates, orders, spend)


def _too_few(histories: "Histories", settings: ValueSettings) -> str | None:
    buyers, repeaters = histories.buyers, histories.repeaters
    if buyers < settings.least_clients:
        return (
            f"{buyers} clients have ordered, and model.clv.least_clients asks for "
            f"{settings.least_clients}"
        )
    if repeaters < settings.least_repeaters:
        return (
            f"{repeaters} clients have ordered on two days or more, and "
            f"model.clv.least_repeaters asks for {settings.least_repeaters}"
        )
    return None


def _fit_spend(spending: "Spending") -> "tuple[OrderValues | float, SpendFit]":
    """The model of what an order is worth, else a mean for everybody."""
    from audsync.model.lifetime_value import spend

    capped = spending.capped()
    found = spend.fit_spend(capped)
    related = spend.correlation(capped)
    cap = round(spending.cap, 2)
    correlation = None if related is None else round(related, 4)
    if found is None:
        mean = round(spend.trimmed_mean(spending), 2)
        return mean, SpendFit(mean=mean, cap=cap, correlation=correlation)
    return found, SpendFit(
        p=found.p,
        q=found.q,
        v=found.v,
        log_likelihood=round(spend.log_likelihood(capped, found), 2),
        mean=round(found.mean, 2),
        cap=cap,
        correlation=correlation,
    )


def _histories(stages: Stages) -> "Histories":
    """Clients counted by history, in an order of their own."""
    from audsync.model.lifetime_value.orders import Histories

    rows = stages.fetch(
        "SELECT h.repeats, h.last_day, h.known_days, count(*) AS clients "
        "FROM order_histories AS h GROUP BY h.repeats, h.last_day, h.known_days "
        "ORDER BY h.repeats, h.known_days, h.last_day"
    )
    return Histories(
        *(
            rows.column(name).to_numpy().astype(float)
            for name in ("repeats", "last_day", "known_days", "clients")
        )
    )


def _spending(stages: Stages) -> "Spending":
    """Clients counted by paid days and mean value, means of three equal digits together.

    Each group has the mean of its clients' means: what is lost is a millionth of a parameter.
    """
    from audsync.model.lifetime_value.spend import Spending

    steps = " ".join(f"WHEN m.mean < {10**place} THEN {10 ** (place - 3)}" for place in _PLACES)
    rows = stages.fetch(
        "SELECT g.paid_days, count(*) AS clients, CAST(sum(g.spend_minor) AS BIGINT) AS spent "
        "FROM (SELECT s.paid_days, s.spend_minor, s.step, int_div(s.mean, s.step) AS digits "
        f"FROM (SELECT m.*, CASE {steps} ELSE {10 ** (_PLACES[-1] - 2)} END AS step "
        "FROM (SELECT h.paid_days, h.spend_minor, int_div(h.spend_minor, h.paid_days) AS mean "
        "FROM order_histories AS h WHERE h.paid_days > 0) AS m) AS s) AS g "
        "GROUP BY g.paid_days, g.step, g.digits ORDER BY g.paid_days, g.step, g.digits"
    )
    paid, clients, spent = (
        rows.column(name).to_numpy().astype(float) for name in ("paid_days", "clients", "spent")
    )
    return Spending(paid, spent / (paid * clients), clients)


def _once_limits(stages: Stages, settings: ValueSettings) -> tuple[OnceLimits, int | None]:
    """The limits for clients with one order; second the number of gaps, if too few."""
    stated = OnceLimits(settings.active_days, settings.churned_days)
    if settings.one_time is not OneTime.SHOP_GAP:
        return stated, None
    rows: list[dict[str, Any]] = stages.fetch(
        "SELECT g.gap, count(*) AS clients FROM order_gaps AS g WHERE g.number = 1 "
        "GROUP BY g.gap ORDER BY g.gap"
    ).to_pylist()
    gaps = [(int(row["gap"]), int(row["clients"])) for row in rows]
    everyone = sum(clients for _, clients in gaps)
    if everyone < _LEAST_GAPS:
        return stated, everyone
    return OnceLimits(_reached(gaps, _ACTIVE_GAPS), _reached(gaps, _CHURNED_GAPS)), None


def _reached(gaps: Sequence[tuple[int, int]], percent: int) -> int:
    """The shortest gap that so many percent of the clients do not exceed."""
    left = percent * sum(clients for _, clients in gaps)
    for gap, clients in gaps:
        left -= 100 * clients
        if left <= 0:
            return gap
    return gaps[-1][0]


def _report(
    stages: Stages, fitted: _Fitted, once: OnceLimits, gaps: int | None, as_of: date
) -> ValueReport:
    activity = stages.fetch(
        "SELECT f.activity AS name, count(*) AS clients FROM client_forecasts AS f "
        "GROUP BY f.activity ORDER BY f.activity"
    ).to_pylist()
    categories = stages.fetch(
        "SELECT f.clv_category AS name, count(*) AS clients, "
        "min(f.predicted_clv_365d_minor) AS lowest, max(f.predicted_clv_365d_minor) AS highest "
        "FROM client_forecasts AS f WHERE f.clv_category IS NOT NULL "
        "GROUP BY f.clv_category ORDER BY f.clv_category"
    ).to_pylist()
    sums = stages.one(
        "SELECT CAST(sum(f.predicted_orders_365d) AS DECIMAL(38,4)) AS orders, "
        "CAST(sum(f.predicted_clv_365d_minor) AS BIGINT) AS clv FROM client_forecasts AS f"
    )
    return ValueReport(
        clv_model="none" if fitted.rates is None else fitted.rates.model.value,
        why_none=fitted.why_none,
        fitted_on=as_of,
        buyers=fitted.histories.buyers,
        repeaters=fitted.histories.repeaters,
        orders=fitted.orders,
        spend=fitted.spend,
        once=once,
        gaps=gaps,
        activity={row["name"]: row["clients"] for row in activity},
        categories={row["name"]: row["clients"] for row in categories},
        category_bounds={row["name"]: (row["lowest"], row["highest"]) for row in categories},
        predicted_orders=None if sums["orders"] is None else round(float(sums["orders"]), 1),
        predicted_clv_minor=sums["clv"],
    )
