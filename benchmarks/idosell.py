"""Loading a shop from a fake IdoSell panel: calls, time outside the network, memory.

The panel lives in a process of its own. Nothing rests between calls here: with the default of
half a second a call takes that longer.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audsync_source_idosell import IdoSellOptions
from benchmarks import child
from benchmarks.fake_process import Fake, serving

# Half of the orders are of the other shop in the panel.
ORDERS: Final = 200_000
CLIENTS: Final = 40_000
PRODUCTS: Final = 3_000
CHANGES: Final = 200
MOST_CALLS: Final = 25
_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull: what it held in the end, and what it took."""

    what: str
    took: child.Measured
    panel_cpu: float

    @property
    def calls(self) -> int:
        """Calls to the panel."""
        return int(self.took.printed["calls"])

    @property
    def waiting(self) -> float:
        """Seconds in which it waited for answers."""
        return float(self.took.printed["waiting"])

    def held(self, table: str) -> int:
        """Rows of a table in the end."""
        return int(self.took.printed["held"].get(table, 0))


@contextmanager
def _panel(orders: int, clients: int, products: int) -> Iterator[Fake]:
    sizes = {"orders": orders, "clients": clients, "products": products, "seed": 7}
    flags = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
    with serving("idosell", *flags) as fake:
        yield fake


def measured(
    *, orders: int = ORDERS, clients: int = CLIENTS, products: int = PRODUCTS
) -> list[Pull]:
    """The first load, the night after 200 changes, and a night without any."""
    with _panel(orders, clients, products) as fake, tempfile.TemporaryDirectory() as scratch:

        def pulled(what: str) -> Pull:
            key = fake.about["secrets"]["idosell_api_key"]
            given = [fake.about["url"], key, Path(scratch) / "shop"]
            before = fake.tell("")["cpu_seconds"]
            took = child.run("benchmarks.idosell_pull", given)
            return Pull(what, took, fake.tell("")["cpu_seconds"] - before)

        found = [pulled("first load")]
        fake.tell(f"happen {CHANGES}")
        fake.tell(f"advance {_A_DAY}")
        found.append(pulled(f"the night after {CHANGES} changes"))
        fake.tell(f"advance {_A_DAY}")
        found.append(pulled("a night without a change"))
    return found


def text(pulls: list[Pull]) -> str:
    """The table in Markdown, and whether the night keeps to its calls."""
    first, night = pulls[0], pulls[1]
    pause = IdoSellOptions(url="panel.example").pause_seconds
    shop = (
        f"A shop of {first.held('orders'):,} orders with {first.held('order_lines'):,} lines,"
        f" {first.held('customers'):,} clients and {first.held('returns'):,} lines of returns,"
        " in a panel that holds as much again of another shop."
    )
    lines = [
        shop,
        "",
        "| Pull | calls | wall s | waiting s | panel's CPU s | the rest s | CPU s | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {one.what} | {one.calls:,} | {one.took.wall:.1f} | {one.waiting:.1f} |"
        f" {one.panel_cpu:.1f} | {one.took.wall - one.waiting:.1f} | {one.took.cpu:.1f} |"
        f" {one.took.peak_bytes / 1e6:,.0f} |"
        for one in pulls
    ]
    verdict = "met" if night.calls <= MOST_CALLS else "**falls short**"
    aim = (
        f"The rest of {pause:g} s between calls is left out: it adds about"
        f" {first.calls * pause / 60:.0f} minutes to the first load. Aim: at most"
        f" {MOST_CALLS} calls for the night after {CHANGES} changes; found {night.calls}:"
        f" {verdict}."
    )
    return "\n".join([*lines, "", aim, ""])
