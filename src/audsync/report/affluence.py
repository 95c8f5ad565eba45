"""Affluence of a run as plain text: the classes, and what is dear in which category."""

from collections.abc import Mapping, Sequence
from typing import Any

from audsync.money import to_decimal
from audsync.report.columns import columns

Affluence = Mapping[str, Any]


def affluence_line(affluence: Affluence) -> str:
    """One line: how many clients are in each class."""
    counts = (f"{name} {clients:,}" for name, clients in affluence["categories"].items())
    return f"affluence: {', '.join(counts) or 'nobody'}"


def affluence_details(affluence: Affluence, currency: str) -> list[str]:
    """The limits of the classes, and the prices of each fifth of the scores by category."""
    lines = [
        f"{name}: scores {lowest} to {highest}"
        for name, (lowest, highest) in affluence["category_bounds"].items()
    ]
    fifths = ("1 to 20", "21 to 40", "41 to 60", "61 to 80", "81 to 100")
    rows: list[Sequence[str]] = [("price scores", "products", "weight", *fifths)]
    for group in affluence["groups"]:
        prices = (_prices(group["bands"].get(band), currency) for band in "12345")
        name = group["name"] or "no category of enough products"
        rows.append((name, f"{group['products']:,}", f"{group['weight_percent']} %", *prices))
    more = affluence["group_count"] - len(affluence["groups"])
    return [*lines, *columns(rows), *([f"and {more} more categories"] if more > 0 else [])]


def _prices(bounds: Sequence[int] | None, currency: str) -> str:
    if bounds is None:
        return ""
    return " to ".join(f"{to_decimal(price, currency):,f}" for price in bounds)
