"""Bands of value and frequency as plain text: buckets, cut-offs, and what to do about whom."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from audsync.report.amounts import amount
from audsync.report.columns import columns

Bands = Mapping[str, Any]

# What a shop usually does about the clients of a quadrant.
_ENGAGEMENT: Final = {
    "hv_hf": "keep: no discounts, seed of lookalikes",
    "hv_lf": "bring back sooner: replenishment, other categories",
    "lv_hf": "raise the basket: bundles, free postage from an amount on",
    "lv_lf": "reactivate at low cost, or leave out",
    "between": "",
}


def bands_line(bands: Bands) -> str:
    """One line: how many clients are in each quadrant."""
    counts = (f"{name} {part['clients']:,}" for name, part in bands["quadrants"].items())
    return f"value and frequency: {', '.join(counts)}"


def bands_details(bands: Bands, currency: str | None) -> list[str]:
    """The buckets with their index, where they are cut, and the table of engagement."""
    recency = ", ".join(f"{name} {clients:,}" for name, clients in bands["recency"].items())
    limits = f"active to day {bands['active_days']}, lost after day {bands['lost_days']}"
    return [
        *_buckets("value", bands, lambda minor: amount(minor, currency)),
        *_buckets("frequency", bands, lambda orders: f"{orders:,}"),
        *columns(_quadrants(bands["quadrants"], currency)),
        f"recency: {recency}; {limits}",
    ]


def _buckets(name: str, bands: Bands, shown: Any) -> list[str]:
    low, high = bands[f"{name}_cuts"]["low"], bands[f"{name}_cuts"]["high"]
    rows: list[Sequence[str]] = [(name, "clients", "index", "from", "to", "band")]
    for one in bands[name]:
        number = one["number"]
        band = "high" if number >= high else "low" if number <= low else "mid"
        rows.append(
            (
                str(number),
                f"{one['clients']:,}",
                str(one["index"]),
                shown(one["lowest"]),
                shown(one["highest"]),
                band,
            )
        )
    return columns(rows)


def _quadrants(quadrants: Mapping[str, Bands], currency: str | None) -> Iterator[Sequence[str]]:
    sales = sum(part["sales_minor"] for part in quadrants.values())
    yield ("quadrant", "clients", "share of sales", "average order", "orders", "engagement")
    for name, part in quadrants.items():
        orders = part["orders"]
        yield (
            name,
            f"{part['clients']:,}",
            f"{100 * part['sales_minor'] / sales:.1f} %" if sales else "",
            amount(part["sales_minor"] / orders, currency),
            f"{orders / part['clients']:.1f} each",
            _ENGAGEMENT[name],
        )
