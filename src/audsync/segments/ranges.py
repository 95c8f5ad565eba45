"""Sets of whole numbers as sorted ranges, and which of their numbers is nearest to one."""

from collections.abc import Iterable, Sequence

# Whole numbers from the first to the second, both included; None is open.
Range = tuple[int | None, int | None]


def points(numbers: Iterable[int]) -> list[Range]:
    """Single numbers."""
    return [(number, number) for number in sorted(set(numbers))]


def outside(ranges: Sequence[Range]) -> list[Range]:
    """What lies between, before and after sorted ranges that do not meet."""
    found: list[Range] = []
    start: int | None = None
    for first, last in ranges:
        if first is not None and (start is None or start <= first - 1):
            found.append((start, first - 1))
        if last is None:
            return found
        start = last + 1
    return [*found, (start, None)]


def both(ranges: Sequence[Range], others: Sequence[Range]) -> list[Range]:
    """What lies in one of the ranges and in one of the others, sorted as they are."""
    found: list[Range] = []
    for first, last in ranges:
        for lowest, highest in others:
            low = max((one for one in (first, lowest) if one is not None), default=None)
            high = min((one for one in (last, highest) if one is not None), default=None)
            if low is None or high is None or low <= high:
                found.append((low, high))
    return found


def holds_in(number: int, ranges: Iterable[Range]) -> bool:
    """Whether a number lies in one of the ranges."""
    return any(
        (first is None or first <= number) and (last is None or number <= last)
        for first, last in ranges
    )


def nearest(number: int | None, ranges: Iterable[Range]) -> int | None:
    """The end of a range that is nearest to a number outside; without a number the first."""
    ends = [end for bounds in ranges for end in bounds if end is not None]
    if number is None:
        return next(iter(ends), None)
    return min(ends, key=lambda end: abs(end - number), default=None)
