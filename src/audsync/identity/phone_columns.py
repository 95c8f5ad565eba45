"""Phone numbers of a whole column at once, where they are spelt as most people do.

What `normal_phone` gives, for numbers of digits and the ASCII marks that group them; it has the
rest to judge. The conditions are those of `phone_plans.py`, one after the other, since the
patterns of Arrow cannot look ahead.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from audsync.columns import mask, text_bytes
from audsync.identity.phone import PLACEHOLDERS, SHAPE
from audsync.identity.phone_plans import main_country, metadata

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Codes = npt.NDArray[np.int64]
    Groups = npt.NDArray[np.int16]
    Mask = npt.NDArray[np.bool_]
    Cells = pa.Array[Any]

_GROUPING: Final = b" \t\r().-"
_PLACEHOLDER_LENGTH: Final = 7
# How a number is written, as the length of what stands before the calling code: nothing, as it
# is called in its own country; `+`; `00`.
_HOME, _PLUS, _ZEROS = _WAYS = range(3)
_NEVER: Final = "[^0-9]"


def common_phones(
    texts: "pa.ChunkedArray[Any]", places: "Codes", countries: Sequence[str]
) -> "pa.ChunkedArray[Any]":
    """The E.164 number of each cell in a common spelling; null for what is left to be judged.

    `places` are the indices in `countries` of where a number without a calling code belongs.
    """
    import pyarrow as pa

    found = [
        _answered(chunk, places[start : start + len(chunk)], countries)
        for chunk, start in zip(texts.chunks, _starts(texts), strict=True)
    ]
    return pa.chunked_array(found, pa.string())


def _answered(texts: "Cells", places: "Codes", countries: Sequence[str]) -> "Cells":
    import numpy as np
    import pyarrow as pa

    cells = _ungrouped(texts)
    at = np.flatnonzero(_matches(cells, SHAPE.pattern) & ~_stands_for_none(cells))
    cells = cells.take(at)
    plans, groups = _grouped(cells, places[at], countries)
    order = np.argsort(groups, kind="stable")
    cells = cells.take(order)
    bounds = np.searchsorted(groups[order], np.arange(len(plans) * len(_WAYS) + 1))
    found: list[Cells] = [pa.nulls(int(bounds[0]), pa.string())]
    for plan, first in zip(plans, range(0, len(bounds) - 1, len(_WAYS)), strict=True):
        ways = [cells[bounds[first + way] : bounds[first + way + 1]] for way in _WAYS]
        found.append(plan.numbers(ways))
    # Back to the rows that they came from; the last one is for rows that are not answered.
    back = np.full(len(texts), len(at))
    back[at[order]] = np.arange(len(at))
    return pa.concat_arrays([*found, pa.nulls(1, pa.string())]).take(back)


def _starts(texts: "pa.ChunkedArray[Any]") -> list[int]:
    return [0, *accumulate(map(len, texts.chunks))][: texts.num_chunks]


def _ungrouped(texts: "Cells") -> "Cells":
    """The texts without the marks that group digits; empty for null."""
    import numpy as np
    import pyarrow as pa

    lengths, data = text_bytes(pa.chunked_array([texts]))
    kept = np.ones(256, np.bool_)
    kept[list(_GROUPING)] = False
    kept = kept[data]
    left = np.zeros(len(data) + 1, np.int32)
    np.cumsum(kept, out=left[1:])
    ends = np.cumsum(np.maximum(lengths, 0))
    offsets = left[np.concatenate([[0], ends])]
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(offsets.tobytes()), pa.py_buffer(data[kept].tobytes())
    )


def _stands_for_none(cells: "Cells") -> "Mask":
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = pc.binary_slice(cells.cast(pa.binary()), -_PLACEHOLDER_LENGTH)
    placeholders = pa.array([text.encode() for text in sorted(PLACEHOLDERS)])
    return mask(pc.is_in(ends, value_set=placeholders))


def _grouped(
    cells: "Cells", places: "Codes", countries: Sequence[str]
) -> "tuple[list[_Plan], Groups]":
    """Plans, and for each cell the place of its plan times the ways, plus its way; or -1."""
    import numpy as np
    import pyarrow.compute as pc

    plans: list[_Plan] = []

    def numbered(country: str | None) -> int:
        plan = _plan(country) if country else None
        if plan is None:
            return -1
        if plan not in plans:
            plans.append(plan)
        return plans.index(plan) * len(_WAYS)

    # Short codes, which are sorted by digits and not by comparison.
    groups = np.array([numbered(country) for country in countries], np.int16)[places]
    for way, prefix in ((_PLUS, "+"), (_ZEROS, "00")):
        rows = np.flatnonzero(_begins(cells, prefix))
        leads: Any = pc.utf8_slice_codeunits(cells.take(rows), way, way + 3)
        coded = leads.dictionary_encode()
        firsts = [numbered(_country_called(lead)) for lead in coded.dictionary.to_pylist()]
        first = np.array([*firsts, -1], np.int16)[np.asarray(coded.indices, np.int64)]
        groups[rows] = np.where(first < 0, -1, first + way)
    return plans, groups


def _country_called(lead: str) -> str | None:
    """The main country of the calling code that three digits begin with."""
    codes = (f"+{lead[:length]}" for length in (1, 2, 3))
    return next(filter(None, map(main_country, codes)), None)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Numbers of one kind: their lengths, any if none is named, and a pattern."""

    lengths: Sequence[int]
    pattern: str

    def takes(self, numbers: "Cells") -> "Mask":
        import numpy as np
        import pyarrow.compute as pc

        right = _matches(numbers, self.pattern)
        if self.lengths:
            length: Any = pc.binary_length
            right &= np.isin(np.asarray(length(numbers)), self.lengths)
        return right


@dataclass(frozen=True, slots=True)
class _Plan:
    """A country's ordinary lines, fixed and mobile: what nearly all people have."""

    code: str
    prefix: str  # the national one, as a pattern
    plain_prefix: str | None  # the first way in which it matches, where that is digits alone
    prefix_abroad: str
    leading: str
    every: _Kind
    kinds: Sequence[_Kind]

    def numbers(self, ways: "Sequence[Cells]") -> "Cells":
        """E.164 numbers of the cells of each way in turn; null is the library's to judge."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        home, right_at_home = self._called_at_home(ways[_HOME])
        abroad = pa.concat_arrays(
            [pc.utf8_slice_codeunits(ways[way], way + len(self.code)) for way in _WAYS[1:]]
        )
        rest = pa.concat_arrays([home, abroad])
        right = np.concatenate([right_at_home, ~_begins(abroad, self.prefix)])
        join: Any = pc.binary_join_element_wise
        whole = join(f"+{self.code}", rest, "")
        answer: Cells = pc.if_else(
            pa.array(right & self._valid(rest)), whole, pa.scalar(None, pa.string())
        )
        return answer

    def _called_at_home(self, cells: "Cells") -> "tuple[Cells, Mask]":
        """The numbers without national prefix, and which may be read so."""
        import pyarrow as pa
        import pyarrow.compute as pc

        right = ~_begins(cells, self.prefix_abroad)
        if self.plain_prefix is None:
            return cells, right & ~_begins(cells, self.prefix)
        prefixed = _begins(cells, self.plain_prefix)
        right &= ~_begins(cells, self.prefix) | prefixed
        right &= ~(prefixed & _begins(cells, self.code))
        bare = pc.utf8_slice_codeunits(cells, len(self.plain_prefix))
        return pc.if_else(pa.array(prefixed), bare, cells), right

    def _valid(self, numbers: "Cells") -> "Mask":
        import numpy as np

        right = self.every.takes(numbers) & _begins(numbers, self.leading)
        ordinary: Mask = np.logical_or.reduce([kind.takes(numbers) for kind in self.kinds])
        return right & ordinary


@cache
def _plan(country: str) -> _Plan | None:
    """The plan of a country; None where only the library can judge."""
    data = metadata(country)
    if data is None or not (data.general_desc and data.general_desc.national_number_pattern):
        return None
    by_lengths: dict[Sequence[int], str] = {}
    mobile = None if data.same_mobile_and_fixed_line_pattern else data.mobile
    for kind in (data.fixed_line, mobile):
        if kind and kind.national_number_pattern:
            found = by_lengths.get(kind.possible_length)
            pattern = kind.national_number_pattern
            by_lengths[kind.possible_length] = f"{found}|{pattern}" if found else pattern
    prefix = data.national_prefix_for_parsing
    plain = re.fullmatch(r"([0-9]+)(?:\|[0-9]+)*", prefix or "")
    return _Plan(
        code=str(data.country_code),
        prefix=prefix or _NEVER,
        plain_prefix=plain[1] if plain else None,
        prefix_abroad=data.international_prefix or _NEVER,
        leading=data.leading_digits or "",
        every=_Kind(
            data.general_desc.possible_length, data.general_desc.national_number_pattern
        ),
        kinds=[_Kind(lengths, pattern) for lengths, pattern in by_lengths.items()],
    )


def _matches(texts: "Cells", pattern: str) -> "Mask":
    import pyarrow.compute as pc

    return mask(pc.match_substring_regex(texts, rf"\A(?:{pattern})\z"))


def _begins(texts: "Cells", pattern: str) -> "Mask":
    import pyarrow.compute as pc

    if pattern.isdecimal() or pattern == "+":
        return mask(pc.starts_with(texts, pattern))
    return mask(pc.match_substring_regex(texts, rf"\A(?:{pattern})"))
