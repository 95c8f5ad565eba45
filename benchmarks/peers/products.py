"""The catalogue as both peers use it; so small that it is not worth a data frame.

Spellings, levels and inheritance follow docs/reference/clients.md and share nothing with the
model but the folding of text.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from audsync.identity.text import fold

# Dimension of favourites → the words that its numbers stand for.
DIMENSIONS = {
    "brand": "brands",
    "category": "levels",
    "subcategory": "levels",
    "product_line": "product_lines",
}


@dataclass(frozen=True, slots=True)
class Products:
    """Products with numbers for their words, which sort as the folded words do.

    `table`: product_id, product_key, title, price_minor, price_before_discount_minor, is_eco,
    the DIMENSIONS and `path` as numbers. `words`: what the numbers of `brands`, `levels`,
    `product_lines` and `paths` mean. `upper`: of each path the numbers of itself and of those
    above it.
    """

    table: pa.Table
    words: dict[str, list[str]]
    upper: list[list[int]]


def read_products(folder: Path) -> Products:
    """The catalogue of a shop's folder."""
    stated = pq.read_table(folder / "products.parquet").to_pylist()
    brands = _spellings(row["brand"] for row in stated)
    series = _spellings(row["product_line"] for row in stated)
    levels = _spellings(level for row in stated for level in _levels(row["category"]))
    by_id = {row["product_id"]: row for row in stated}
    rows = [_complete(row, by_id.get(row["parent_id"], {})) for row in stated]
    folded = {
        tuple(map(_fold, _levels(row["category"]))): None for row in stated if row["category"]
    }
    every = sorted({path[:depth] for path in folded for depth in range(1, len(path) + 1)})
    path_number = {path: number for number, path in enumerate(every)}
    number = {name: {key: at for at, key in enumerate(sorted(words))} for name, words in (
        ("brands", brands), ("product_lines", series), ("levels", levels),
    )}  # fmt: skip
    table = []
    for row in rows:
        path = tuple(map(_fold, _levels(row["category"])))
        table.append(
            {
                "product_id": row["product_id"],
                "product_key": row["parent_id"] or row["product_id"],
                "title": row["title"],
                "price_minor": row["price_minor"],
                "price_before_discount_minor": row["price_before_discount_minor"],
                "is_eco": "eco" in (row["tags"] or ()),
                "brand": number["brands"].get(_fold(row["brand"] or "")),
                "product_line": number["product_lines"].get(_fold(row["product_line"] or "")),
                "path": path_number.get(path),
                "category": number["levels"].get(path[0]) if path else None,
                "subcategory": number["levels"].get(path[1]) if len(path) > 1 else None,
            }
        )
    words = {
        "brands": [brands[key] for key in sorted(brands)],
        "product_lines": [series[key] for key in sorted(series)],
        "levels": [levels[key] for key in sorted(levels)],
        "paths": [" | ".join(levels[level] for level in path) for path in every],
    }
    upper = [[path_number[path[:depth]] for depth in range(1, len(path) + 1)] for path in every]
    return Products(pa.Table.from_pylist(table), words, upper)


@cache
def _fold(text: str) -> str:
    return fold(text)


@cache
def _levels(path: str | None) -> tuple[str, ...]:
    return tuple(level.strip() for level in (path or "").split("|") if _fold(level))


def _complete(row: dict[str, Any], parent: dict[str, Any]) -> dict[str, Any]:
    return {name: parent.get(name) if value is None else value for name, value in row.items()}


def _spellings(stated: Iterable[str | None]) -> dict[str, str]:
    """Folded word → the spelling that most products state, of equals the first."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for word in stated:
        if word is not None and _fold(word):
            counts[_fold(word)][word.strip()] += 1
    return {
        key: min(found, key=lambda word: (-found[word], word)) for key, found in counts.items()
    }
