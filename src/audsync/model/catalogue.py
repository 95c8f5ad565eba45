"""One code and one spelling for values that differ only in case, accents and spaces.

Codes of brands and levels are numbered in folded alphabetical order, so that an engine breaks
ties of favourites by comparing integers, those of paths in the order of their names, so that it
sorts integers. Input are the distinct values of a catalogue column, each with the number of
products that state it; output are Arrow tables for the engine.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audsync.identity.text import fold

if TYPE_CHECKING:
    import pyarrow as pa

_SEPARATOR = "|"
_SHOWN_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Spellings:
    """`codes`(value, code) of each stated value, `names`(code, name, word) of each code.

    `word` is the name as a dictionary column, of which an engine makes sorted lists fastest.
    """

    codes: "pa.Table"
    names: "pa.Table"


@dataclass(frozen=True, slots=True)
class Paths:
    """`codes`(value, code) of each stated path, and tables over codes.

    Codes of paths are 1, 2, … in the order of their names by code point.
    `names`(code, name, depth, category, subcategory): the path as shown, its number of
    levels, codes of its first two levels. `upper`(path, upper): each path with itself and those
    above it. `lists`(names, upper): the same in one row, by code. `levels`(code, name, word) of
    single levels.
    """

    codes: "pa.Table"
    names: "pa.Table"
    upper: "pa.Table"
    lists: "pa.Table"
    levels: "pa.Table"


def spellings(values: "pa.Table") -> Spellings:
    """Codes and names of the distinct texts in column `value`; `products` counts them."""
    counts = _counts(values)
    folded = {value: fold(value) for value in counts}
    shown = _shown((folded[value], value.strip(), count) for value, count in counts.items())
    code_of = _codes(shown)
    stated = {value: code_of[key] for value, key in folded.items() if key}
    return Spellings(_code_table(stated), _name_table(shown, code_of))


def paths(values: "pa.Table") -> Paths:
    """Codes and names of the distinct category paths in column `value`."""
    counts = _counts(values)
    split = {value: levels for value in counts if (levels := _levels(value))}
    shown = _shown(
        (fold(level), level, counts[value])
        for value, levels in split.items()
        for level in levels
    )
    folded = {value: tuple(map(fold, levels)) for value, levels in split.items()}
    every = {path[:depth] for path in folded.values() for depth in range(1, len(path) + 1)}
    names = {path: _SHOWN_SEPARATOR.join(map(shown.__getitem__, path)) for path in every}
    ordered = sorted(every, key=names.__getitem__)
    code_of = {path: code for code, path in enumerate(ordered, start=1)}
    upper = [[code_of[path[:depth]] for depth in range(1, len(path) + 1)] for path in ordered]
    level_code = _codes(shown)
    return Paths(
        _code_table({value: code_of[path] for value, path in folded.items()}),
        _path_table(code_of, names, level_code),
        _upper_table(upper),
        _list_table([names[path] for path in ordered], upper),
        _name_table(shown, level_code),
    )


def _counts(values: "pa.Table") -> dict[str, int]:
    return {row["value"]: row["products"] for row in values.to_pylist()}


def _levels(path: str) -> list[str]:
    levels = (level.strip() for level in path.split(_SEPARATOR))
    return [level for level in levels if fold(level)]


def _shown(spelled: Iterable[tuple[str, str, int]]) -> dict[str, str]:
    """Folded text → the spelling on most products, of equals the first by code point."""
    products: dict[str, Counter[str]] = defaultdict(Counter)
    for key, spelling, count in spelled:
        if key:
            products[key][spelling] += count
    return {
        key: min(found, key=lambda spelling: (-found[spelling], spelling))
        for key, found in products.items()
    }


def _codes(folded: Iterable[str]) -> dict[str, int]:
    return {key: code for code, key in enumerate(sorted(folded), start=1)}


def _code_table(stated: Mapping[str, int]) -> "pa.Table":
    import pyarrow as pa

    return pa.table(
        {
            "value": pa.array(stated.keys(), pa.string()),
            "code": pa.array(stated.values(), pa.int32()),
        }
    )


def _name_table(shown: Mapping[str, str], code_of: Mapping[str, int]) -> "pa.Table":
    import pyarrow as pa

    names = pa.array([shown[key] for key in code_of], pa.string())
    return pa.table(
        {
            "code": pa.array(code_of.values(), pa.int32()),
            "name": names,
            "word": names.dictionary_encode(),
        }
    )


def _path_table(
    code_of: Mapping[tuple[str, ...], int],
    names: Mapping[tuple[str, ...], str],
    level_code: Mapping[str, int],
) -> "pa.Table":
    import pyarrow as pa

    second = [level_code[path[1]] if len(path) > 1 else None for path in code_of]
    return pa.table(
        {
            "code": pa.array(code_of.values(), pa.int32()),
            "name": pa.array([names[path] for path in code_of], pa.string()),
            "depth": pa.array([len(path) for path in code_of], pa.int32()),
            "category": pa.array([level_code[path[0]] for path in code_of], pa.int32()),
            "subcategory": pa.array(second, pa.int32()),
        }
    )


def _upper_table(upper: Sequence[Sequence[int]]) -> "pa.Table":
    import pyarrow as pa

    pairs = [(path, above) for path, codes in enumerate(upper, start=1) for above in codes]
    return pa.table(
        {
            "path": pa.array([path for path, _ in pairs], pa.int32()),
            "upper": pa.array([above for _, above in pairs], pa.int32()),
        }
    )


def _list_table(names: Sequence[str], upper: Sequence[Sequence[int]]) -> "pa.Table":
    import pyarrow as pa

    return pa.table(
        {
            "names": pa.array([names], pa.list_(pa.string())),
            "upper": pa.array([upper], pa.list_(pa.list_(pa.int32()))),
        }
    )
