"""What was fitted to predict value, as plain text."""

from collections.abc import Mapping
from typing import Any, Final

from audsync.report.amounts import amount

Value = Mapping[str, Any]

_NAMES: Final = {"mbg": "MBG/NBD", "bg": "BG/NBD"}


def value_line(value: Value) -> str:
    """One line: which model, of how many clients, and how much it expects."""
    if value["why_none"] is not None:
        return f"value: not predicted, {value['why_none']}"
    return (
        f"value: {_NAMES[value['clv_model']]} of {value['buyers']:,} clients, "
        f"{value['repeaters']:,} with repeats; {value['predicted_orders']:,.0f} orders "
        "expected in 365 days"
    )


def value_details(value: Value, currency: str | None) -> list[str]:
    """The models with their parameters and fit, and what came of them."""
    once = value["once"]
    lines = [f"fitted on: {value['fitted_on']}"]
    if value["orders"] is not None:
        lines += [_orders(value["orders"]), _spend(value["spend"], currency)]
        lines.append(f"predicted value: {amount(value['predicted_clv_minor'], currency)}")
    lines.append(
        f"with one order: active to day {once['active']}, churned after day {once['churned']}"
    )
    lines.append(f"activity: {_counts(value['activity'])}")
    lines += [
        f"clv {name}: {clients:,} clients, "
        f"{amount(lowest, currency)} to {amount(highest, currency)}"
        for name, clients in value["categories"].items()
        for lowest, highest in [value["category_bounds"][name]]
    ]
    return lines


def _orders(fit: Value) -> str:
    return (
        f"orders: r {fit['r']:g}, alpha {fit['alpha']:g} days, a {fit['a']:g}, b {fit['b']:g}; "
        f"ln L {fit['log_likelihood']:,.2f}; "
        f"{fit['repeats']:,} repeats, {fit['expected_repeats']:,.1f} expected"
    )


def _spend(fit: Value, currency: str | None) -> str:
    related = fit["correlation"]
    told = "" if related is None else f"; correlation with orders {related:.2f}"
    if fit["p"] is None:
        return f"order value: the mean, {amount(fit['mean'], currency)}{told}"
    return (
        f"order value: p {fit['p']:g}, q {fit['q']:g}, v {amount(fit['v'], currency)}; "
        f"ln L {fit['log_likelihood']:,.2f}; mean {amount(fit['mean'], currency)}{told}"
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
