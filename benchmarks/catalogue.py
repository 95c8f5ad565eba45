"""Products of the invented shop: brands, categories, series, variants, prices."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from benchmarks.chance import (
    Column,
    Flags,
    Floats,
    Ints,
    draw,
    one_of,
    optional,
    stream,
    zipf_weights,
)

_BRANDS = 400
_KINDS = 300
_SYLLABLES = (
    "ba", "ce", "dě", "do", "gri", "hu", "já", "kov", "lu", "mar", "ně", "or", "pa", "ri",
    "sta", "tů", "ul", "ve", "za", "ži",
)  # fmt: skip
_TOP = (
    "Boty", "Stany", "Batohy", "Kola", "Lyže", "Oděvy", "Doplňky", "Voda", "Běh", "Dárky",
    "Děti", "Výprodej",
)  # fmt: skip
_SECOND = ("Pánské", "Dámské", "Dětské", "Rodinné", "Běžecké", "Trail", "Zimní", "Městské")
_THIRD = ("Lehké", "Nepromokavé", "Závodní", "Pro začátečníky", "Pro")
_SERIES = ("Pro", "Go", "Kid")
_TAGS: Final[tuple[list[str] | None, ...]] = (
    None,
    ["new"],
    ["outlet"],
    ["eco", "new"],
    ["eco"],
    [],
)
_TAG_WEIGHTS = (70.0, 8.0, 8.0, 4.0, 8.0, 2.0)
# Of six neighbours in the catalogue the first is a product with the next two as its variants.
_FAMILY = 6
_VARIANTS = (1, 2)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The table `products`, and what sales need of each product by its number."""

    table: pa.Table
    sellable: Ints  # numbers of all but the products that have variants
    popularity: Floats  # the weight of each of them
    ids: Column
    skus: Column
    titles: Column
    former_titles: Column  # what orders from before a renaming call it
    prices: Ints  # with VAT


def make_catalogue(products: int, seed: int) -> Catalogue:
    """So many products and variants."""
    rng = stream(seed, "products")
    numbers = np.arange(products)
    is_variant = np.isin(numbers % _FAMILY, _VARIANTS)
    parents = numbers // _FAMILY * _FAMILY
    # A variant is of its product's brand, series and category.
    kin = np.where(is_variant, parents, numbers)
    ids = _ids(numbers, parents, is_variant)
    skus = pa.array([f"SKU{number:06d}" for number in numbers])
    names = invented_words(_BRANDS, "brands")
    brands = one_of(names, draw(rng, zipf_weights(_BRANDS, 0.8), products))
    brands = brands.take(kin)
    titles = _titles(rng, brands)
    renamed = _few(rng, products, 0.02)
    former = [
        f"{title} (starý)" if was else title
        for title, was in zip(titles.to_pylist(), renamed, strict=True)
    ]
    prices = np.clip(rng.lognormal(10.6, 0.9, products).astype(np.int64), 900, 5_000_000)
    # Every second variant leaves it to its product to say what it is.
    silent = is_variant & _few(rng, products, 0.5)
    series = one_of(_SERIES, rng.integers(0, len(_SERIES), products)).take(kin)
    lines = [
        f"{brand} {name}"
        for brand, name in zip(brands.to_pylist(), series.to_pylist(), strict=True)
    ]
    columns = {
        "product_id": ids,
        "parent_id": _without(ids.take(parents), ~is_variant),
        "sku": skus,
        "title": titles,
        "brand": _without(_misspelt(rng, brands), silent | _few(rng, products, 0.02)),
        "product_line": _without(
            _misspelt(rng, pa.array(lines)), silent | _few(rng, products, 0.4)
        ),
        "category": _without(
            _misspelt(rng, _categories(rng, products).take(kin)),
            silent | _few(rng, products, 0.03),
        ),
        "price_minor": optional(prices, pa.int64(), _few(rng, products, 0.01)),
        "price_before_discount_minor": optional(
            prices * rng.integers(105, 180, products) // 100,
            pa.int64(),
            _few(rng, products, 0.7),
        ),
        "price_buy_minor": optional(prices * 6 // 10, pa.int64(), _few(rng, products, 0.3)),
        "currency": pa.array(["CZK"] * products),
        "tags": one_of(
            _TAGS, draw(rng, np.array(_TAG_WEIGHTS), products), pa.list_(pa.string())
        ),
    }
    sellable = numbers[numbers % _FAMILY != 0]
    popularity = rng.permutation(zipf_weights(len(sellable), 0.9))
    return Catalogue(
        pa.table(columns), sellable, popularity, ids, skus, titles, pa.array(former), prices
    )


def invented_words(count: int, purpose: str) -> list[str]:
    """Different capitalised words of two to four syllables, in every shop the same."""
    rng = stream(0, purpose)
    words: dict[str, None] = {}
    while len(words) < count:
        syllables = rng.integers(0, len(_SYLLABLES), rng.integers(2, 5))
        words["".join(_SYLLABLES[place] for place in syllables).capitalize()] = None
    return list(words)


def _ids(numbers: Ints, parents: Ints, is_variant: Flags) -> Column:
    return pa.array(
        [
            f"{1000 + parent}-{own - parent}" if variant else f"{1000 + own}"
            for own, parent, variant in zip(numbers, parents, is_variant, strict=True)
        ]
    )


def _titles(rng: np.random.Generator, brands: Column) -> Column:
    kinds = one_of(
        invented_words(_KINDS, "titles"), rng.integers(0, _KINDS, len(brands))
    ).to_pylist()
    pairs = enumerate(zip(kinds, brands.to_pylist(), strict=True))
    return pa.array([f"{kind} {brand} {number % 97}" for number, (kind, brand) in pairs])


def _categories(rng: np.random.Generator, products: int) -> Column:
    """Paths of one to three levels; most have all three."""
    chosen = [
        one_of(names, draw(rng, zipf_weights(len(names), 0.7), products)).to_pylist()
        for names in (_TOP, _SECOND, _THIRD)
    ]
    depths = 1 + draw(rng, np.array([1.0, 3.0, 6.0]), products)
    paths = zip(depths, *chosen, strict=True)
    return pa.array([" | ".join(levels[:depth]) for depth, *levels in paths])


def _few(rng: np.random.Generator, count: int, share: float) -> Flags:
    return rng.random(count) < share


def _without(column: Column, missing: Flags) -> Column:
    return column.filter(pa.array(~missing, mask=missing), null_selection_behavior="emit_null")


def _misspelt(rng: np.random.Generator, column: Column) -> Column:
    """The texts, one in fifty of them in capitals or between spaces."""
    ways = draw(rng, np.array([98.0, 1.0, 1.0]), len(column))
    texts = [str(text) for text in column.to_pylist()]
    return pa.array(
        [(text, text.upper(), f" {text} ")[way] for text, way in zip(texts, ways, strict=True)]
    )
