"""A map of RFM scores of the shop's own: boxes such as `4-5 / 4-5 / 1-3` by segment."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import product
from typing import Final

from audsync.model.rfm import RFM_SEGMENTS

Boxes = Mapping[str, Sequence[str]]

_RANGE: Final = re.compile(r"\s*([1-5])(?:\s*[-\u2013]\s*([1-5]))?\s*")
_AXES: Final = 3
_SHOWN: Final = 20


def box_codes(box: str) -> list[int] | None:
    """The scores in a box of recency, frequency and money; None for what is no box."""
    axes = [_RANGE.fullmatch(part) for part in box.split("/")]
    if len(axes) != _AXES:
        return None
    digits = []
    for axis in axes:
        if axis is None:
            return None
        first, last = int(axis[1]), int(axis[2] or axis[1])
        digits.append(range(first, last + 1))
    return [100 * r + 10 * f + m for r, f, m in product(*digits)] or None


def box_mistakes(boxes: Boxes) -> Iterator[tuple[str | None, str, str | None]]:
    """What is wrong with a map: a segment, None for the whole; what; what to do about it."""
    places: dict[int, list[str]] = defaultdict(list)
    is_readable = True
    for segment, texts in boxes.items():
        if segment not in RFM_SEGMENTS:
            near = get_close_matches(segment, RFM_SEGMENTS, n=1, cutoff=0.6)
            hint = f'did you mean "{near[0]}"?' if near else f"one of {', '.join(RFM_SEGMENTS)}"
            yield segment, f'there is no RFM segment "{segment}"', hint
        for text in texts:
            codes = box_codes(text)
            if codes is None:
                is_readable = False
                hint = 'such as "4-5 / 4-5 / 1-3": recency, frequency, money'
                yield segment, f'"{text}" is no box of scores', hint
            for code in codes or ():
                places[code].append(segment)
    if is_readable:
        yield from _partition(places)


def _partition(
    places: Mapping[int, Sequence[str]],
) -> Iterator[tuple[str | None, str, str | None]]:
    every = [100 * r + 10 * f + m for r, f, m in product(range(1, 6), repeat=3)]
    missing = [code for code in every if code not in places]
    if missing:
        yield None, f"no box has the scores {_listed(missing)}", "each score needs one box"
    double = sorted(code for code, segments in places.items() if len(segments) > 1)
    if double:
        named = sorted({segment for code in double for segment in places[code]})
        message = f"the boxes of {' and '.join(named)} share the scores {_listed(double)}"
        yield None, message, "each score needs one box"


def _listed(codes: Sequence[int]) -> str:
    more = len(codes) - _SHOWN
    shown = ", ".join(map(str, codes[:_SHOWN]))
    return f"{shown} and {more} more" if more > 0 else shown


def boxed_codes(boxes: Boxes) -> dict[int, str]:
    """Score → segment, of a map without a mistake."""
    return {
        code: segment
        for segment, texts in boxes.items()
        for text in texts
        for code in box_codes(text) or ()
    }
