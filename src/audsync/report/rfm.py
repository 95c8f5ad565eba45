"""RFM of a run as plain text: who is what, and the cut-points as settings take them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from audsync.money import to_decimal
from audsync.report.amounts import amount, counted
from audsync.report.columns import columns

Rfm = Mapping[str, Any]

_MEASURES: Final = ("recency", "frequency", "monetary")


def rfm_line(rfm: Rfm) -> str:
    """One line: how many clients are scored, and by which map."""
    return (
        f"rfm: {counted(rfm['scored'], 'client')} scored, named by {rfm['map']}; "
        f"{rfm['unscored']:,} without an order to score"
    )


def rfm_details(rfm: Rfm, currency: str) -> list[str]:
    """The segments with their clients, the limits of scores, and what keeps them."""
    counts = ", ".join(f"{name} {clients:,}" for name, clients in rfm["segments"].items())
    lines = [f"segments: {counts or 'none'}"]
    if not rfm["scored"]:
        return lines
    limits: list[Sequence[str]] = [("score", "days since the last order", "orders", "money")]
    bounds = rfm["bounds"]
    for score in ("5", "4", "3", "2", "1"):
        shown = (_range(name, bounds[name].get(score), currency) for name in _MEASURES)
        limits.append((score, *shown))
    lines += columns(limits)
    lines.append("to keep these limits: audsync rfm freeze, or in [shops.<id>.model.rfm]:")
    settings = limits_as_settings(rfm["cut_points"], currency)
    lines += [f"  {name}_bands = {text}" for name, text in settings.items()]
    return lines


def limits_as_settings(
    cut_points: Mapping[str, Sequence[int]], currency: str
) -> dict[str, str]:
    """The thresholds of each measure as a list of the settings."""
    return {
        name: f"[{', '.join(_plain(name, point, currency) for point in cut_points[name])}]"
        for name in _MEASURES
    }


def _range(measure: str, bounds: Sequence[int] | None, currency: str) -> str:
    if bounds is None:
        return "nobody"
    if measure != "monetary":
        return " to ".join(f"{bound:,}" for bound in bounds)
    return " to ".join(amount(bound, currency) for bound in bounds)


def _plain(measure: str, point: int, currency: str) -> str:
    return f"{to_decimal(point, currency):f}" if measure == "monetary" else str(point)
