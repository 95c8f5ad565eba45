"""Sixty segments over one shop: the time of each, against one scan of what they read.

`python -m benchmarks.many FOLDER` builds the model of the shop's file, which is not timed, and
prints seconds and bytes as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from audsync.sandbox.asking import ask
from audsync.sandbox.statement import statement_of
from audsync.segments import Segment, evaluate, read_segment
from audsync.sql_text import identifier
from audsync.toml_file import parse_toml
from audsync.warehouse import DuckEngine, Warehouse
from benchmarks import child
from benchmarks.data import shop
from benchmarks.ours import build, read_segments
from benchmarks.shop import AS_OF, CURRENCY, TIMEZONE, WAREHOUSE

LINES: Final = 10_000_000
SEGMENTS: Final = 60
_CATEGORIES: Final = ("Boty", "Stany", "Batohy", "Kola", "Lyže", "Oděvy", "Doplňky", "Voda")
# What the segments read of the tables that the model leaves.
_READ: Final[Mapping[str, tuple[str, ...]]] = {
    "purchases": (
        *("client", "order_rank", "article", "ordered_on"),
        *("quantity", "value_minor", "unit_price_minor"),
    ),
    "order_facts": ("client", "order_rank", "ordered_on", "value_minor", "offer_code"),
    "client_rows": (
        *("client", "order_count", "order_count_365d", "last_order", "recency_score"),
        *("frequency_score", "monetary_score", "rfm_segment", "total_revenue_minor"),
        *("age", "city", "zip", "country"),
    ),
}
_QUERY: Final = (
    "SELECT client_id FROM order_lines GROUP BY client_id HAVING count(DISTINCT brand) >= 5"
)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the clock, and the most bytes: when the model stands, and in the end."""

    lines: int
    scan: float
    together: float
    alone: tuple[float, ...]
    query: float
    model_peak_bytes: int
    peak_bytes: int


def many_segments() -> list[Segment]:
    """The twenty of the benchmark and forty more, nested ones among them; by id."""
    found = dict(read_segments())
    found |= {name: _segment(name, text) for name, text in _more().items()}
    return [found[name] for name in sorted(found)]


def measured(*, runs: int) -> Took:
    """The run of the median time, each in a process of its own."""
    took = [_took(shop(LINES)) for _ in range(runs)]
    return sorted(took, key=lambda one: one.together)[len(took) // 2]


def text(took: Took) -> str:
    """The figures as a part of the page on performance."""
    rows = {
        "one scan of the columns that they read": took.scan,
        f"{SEGMENTS} segments together": took.together,
        "of that, each": took.together / SEGMENTS,
        "one alone, the median": median(took.alone),
        "one alone, the slowest": max(took.alone),
        "one query in SQL, with its copy of the lines": took.query,
    }
    before, whole = took.model_peak_bytes / 1e6, took.peak_bytes / 1e6
    lines = [
        "| What | wall s | of the scan |",
        "|---|--:|--:|",
        *(f"| {what} | {wall:.2f} | {wall / took.scan:.1f} |" for what, wall in rows.items()),
        "",
        f"{took.lines:,} order lines. Peak memory {whole:,.0f} MB; {before:,.0f} MB when",
        "the model was built and no segment evaluated.",
    ]
    return "\n".join(lines) + "\n"


def _took(folder: Path) -> Took:
    told = child.run("benchmarks.many", [folder]).printed
    return Took(**{**told, "alone": tuple(told["alone"])})


def _segment(name: str, text: str) -> Segment:
    segment, problems = read_segment(parse_toml(text.encode(), f"{name}.toml"), name)
    if segment is None:
        raise ValueError("\n".join(map(str, problems)))
    return segment


def _more() -> dict[str, str]:
    """Forty segments of five kinds, each with another category, window or amount."""
    found: dict[str, str] = {}
    for number, category in enumerate(_CATEGORIES, start=1):
        bought = f'[all.bought]\nwithin = "{3 * number} months"\ncategory = "{category}"\n'
        found[f"bought-{number}"] = f"{bought}orders.at_least = {1 + number % 3}\n"
        found[f"worth-{number}"] = (
            f'[all.bought]\nduring = "2025-Q{1 + number % 4}"\n'
            f"order_total.at_least = {500 * number}\n"
            f'any.category = "{category}"\nany.brand = "Pamar"\n'
        )
        found[f"left-{number}"] = (
            f'[all]\norder_count.at_least = 2\n[none.bought]\nwithin = "{number} years"\n'
            f'category = "{category}"\n'
        )
        found[f"nested-{number}"] = (
            f'[[any.all]]\nrecency_score.at_least = {1 + number % 5}\ncountry = "CZ"\n'
            f"[[any.all]]\nage.between = [{20 + number}, {30 + number}]\n"
            f'[[any.all.spent]]\nwithin = "{number} years"\nat_least = {1000 * number}\n'
        )
        found[f"other-{number}"] = (
            f'[all]\nin_segment.one_of = ["bought-{number}", "worth-{number}"]\n'
            f"total_revenue.top_percent = {10 * number}\n"
        )
    return found


def main(folder: str) -> None:
    """Build the model, then measure the scan, the segments and a query."""
    with Warehouse(Path(folder) / WAREHOUSE, timezone=TIMEZONE) as warehouse:
        engine = warehouse.engine
        build(engine)
        told: dict[str, object] = {
            "lines": engine.rows("main.order_lines"),
            "model_peak_bytes": child.peak_bytes(),
            "scan": _seconds(lambda: _scan(engine)),
        }
        segments = many_segments()
        told["together"] = _seconds(lambda: _choose(engine, segments))
        by_id = {one.id: one for one in segments}
        told["alone"] = [
            _seconds(partial(_choose, engine, _with_others(one, by_id))) for one in segments
        ]
        told["query"] = _seconds(lambda: ask(statement_of(_QUERY), engine, as_of=AS_OF))
    print(json.dumps({**told, "peak_bytes": child.peak_bytes()}))


def _with_others(segment: Segment, by_id: Mapping[str, Segment]) -> list[Segment]:
    others = [replace(by_id[name], active=False) for name in segment.references]
    return [segment, *others]


def _choose(engine: DuckEngine, segments: list[Segment]) -> None:
    evaluate(segments, engine, as_of=AS_OF, currency=CURRENCY)


def _scan(engine: DuckEngine) -> None:
    for table, columns in _READ.items():
        greatest = ", ".join(f"max({identifier(column)})" for column in columns)
        engine.fetch(f"SELECT {greatest} FROM {table}")


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*sys.argv[1:])
