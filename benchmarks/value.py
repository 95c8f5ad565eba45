"""Predicted value of a million clients, by audsync and by the package `lifetimes`.

`python -m benchmarks.value WAY CLIENTS` prints parameters and seconds as JSON. Both begin with
a row per client in memory and end with a predicted value for each.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, Final

import numpy as np
import pyarrow as pa

from audsync.model.lifetime_value.maximum import Floats
from audsync.model.lifetime_value.orders import OrderRates
from audsync.model.lifetime_value.spend import OrderValues, Spending
from audsync.model.settings import OrderModel, ValueSettings
from audsync.model.stages import Stages
from audsync.model.values import forecast_histories
from audsync.warehouse import DuckEngine
from benchmarks import child
from benchmarks.buyers import live, spend

CLIENTS: Final = 1_000_000
MOST_SECONDS: Final = 10.0
LEAST_TIMES: Final = 3.0
NEAR: Final = 1e-3
_YEAR: Final = 365.0
_NAMES: Final = ("r", "alpha", "a", "b", "p", "q", "v")
_RATES: Final = OrderRates(OrderModel.MBG, 0.5, 120.0, 0.8, 1.8)
_VALUES: Final = OrderValues(4.0, 3.5, 5_000.0)


@dataclass(frozen=True, slots=True)
class Buyers:
    """A row per client, days and minor units."""

    repeats: Floats
    last: Floats
    known: Floats
    spent: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """Parameters by name, the sum of predicted values, seconds of all CPUs."""

    parameters: Mapping[str, float]
    value: float
    cpu: float


def buyers(count: int) -> Buyers:
    """Clients of four years, most with one order; the same each time."""
    random = np.random.default_rng(1)
    past = live(random, _RATES, random.integers(1, 1461, count).astype(float), after=0.0)
    # Days are whole: the first order after the first is a day later at least.
    last = np.minimum(np.ceil(past.histories.last), past.histories.known)
    repeats = np.minimum(past.histories.repeats, last)
    means = spend(random, _VALUES, repeats + 1).means
    spent = np.maximum(np.round(means * (repeats + 1)), 1)
    return Buyers(repeats, last, past.histories.known, spent)


def by_audsync(rows: Buyers) -> Found:
    """What a run does between the orders and the rows of `clients`."""
    engine = DuckEngine.in_memory()
    whole = {
        "repeats": rows.repeats,
        "last_day": rows.last,
        "known_days": rows.known,
        "paid_days": rows.repeats + 1,
        "spend_minor": rows.spent,
    }
    columns = {name: pa.array(values.astype(np.int64)) for name, values in whole.items()}
    clients = pa.array(np.arange(rows.repeats.size))
    engine.register("order_histories", pa.table({"client": clients, **columns}))
    started = time.process_time()
    report = forecast_histories(Stages(engine, {}, {}), ValueSettings(), date(2026, 7, 1))
    cpu = time.process_time() - started
    if report.orders is None or report.spend is None:
        raise RuntimeError(f"nothing was fitted: {report.why_none}")
    parameters: dict[str, Any] = {
        name: getattr(report.orders if name in {"r", "alpha", "a", "b"} else report.spend, name)
        for name in _NAMES
    }
    return Found(parameters, float(report.predicted_clv_minor or 0), cpu)


def by_lifetimes(rows: Buyers) -> Found:
    """As its documentation does it, with every order and with the outliers capped likewise."""
    warnings.simplefilter("ignore")
    import lifetimes

    counts = rows.repeats + 1
    capped = Spending(counts, rows.spent / counts, np.ones(counts.size)).capped()
    believed = np.where(counts < 3, capped.means, rows.spent / counts)
    columns = rows.repeats, rows.last, rows.known
    started = time.process_time()
    orders = lifetimes.ModifiedBetaGeoFitter()
    orders.fit(*columns)
    expected = orders.conditional_expected_number_of_purchases_up_to_time(_YEAR, *columns)
    values = lifetimes.GammaGammaFitter()
    values.fit(counts, capped.means)
    worth = values.conditional_expected_average_profit(counts, believed)
    value = float((np.asarray(expected) * np.asarray(worth)).sum())
    cpu = time.process_time() - started
    found = {**orders.params_, **values.params_}
    return Found({name: float(found[name]) for name in _NAMES}, value, cpu)


WAYS: Final[Mapping[str, Callable[[Buyers], Found]]] = {
    "audsync": by_audsync,
    "lifetimes": by_lifetimes,
}


def main(way: str, count: str) -> None:
    """Run one way and print what it found."""
    found = WAYS[way](buyers(int(count)))
    figures = {"parameters": found.parameters, "value": found.value, "cpu": found.cpu}
    print(json.dumps({**figures, "peak_bytes": child.peak_bytes()}))


def measured(*, runs: int = 1, clients: int = CLIENTS) -> dict[str, list[child.Measured]]:
    """Runs of both ways, one after the other and then all over again."""
    found: dict[str, list[child.Measured]] = {name: [] for name in WAYS}
    for _ in range(runs):
        for name, took in found.items():
            took.append(child.run("benchmarks.value", [name, str(clients)]))
    return found


def text(runs: Mapping[str, Sequence[child.Measured]]) -> str:
    """The table in Markdown, held against the aims; RuntimeError where the ways disagree."""
    ours, theirs = (runs[name][0].printed for name in WAYS)
    away = max(
        abs(ours["parameters"][name] / theirs["parameters"][name] - 1) for name in _NAMES
    )
    if away > NEAR:
        raise RuntimeError(f"a parameter is {away:.1e} from that of lifetimes")
    cpu = {name: median(one.printed["cpu"] for one in took) for name, took in runs.items()}
    times = cpu["lifetimes"] / cpu["audsync"]
    lines = [
        f"| Way | runs | CPU s | peak MB | {' | '.join(_NAMES)} | predicted value |",
        f"|---|--:|--:|--:|{'--:|' * len(_NAMES)}--:|",
    ]
    for name, took in runs.items():
        printed = took[0].printed
        parameters = " | ".join(f"{printed['parameters'][one]:.4g}" for one in _NAMES)
        peak = max(one.peak_bytes for one in took) / 1e6
        lines.append(
            f"| {name} | {len(took)} | {cpu[name]:.1f} | {peak:,.0f} | {parameters} | "
            f"{printed['value']:,.0f} |"
        )
    is_met = cpu["audsync"] < MOST_SECONDS and times >= LEAST_TIMES
    verdict = "met" if is_met else "**falls short**"
    aim = (
        f"Aim: under {MOST_SECONDS:.0f} s of CPU and at least {LEAST_TIMES:.0f} times as fast "
        f"at parameters equal to {NEAR:g}; found {cpu['audsync']:.1f} s, {times:.1f} times, "
        f"parameters equal to {away:.0e}: {verdict}."
    )
    lines += ["", aim, ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
