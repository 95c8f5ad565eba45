"""What Google tells of the size of a list: estimates, rounded, nothing until it is computed."""

from typing import Final

from audsync.testing.google.lists import UserList

LEAST_TO_SERVE: Final = 100
_RANGES: Final = (
    (500, "LESS_THAN_FIVE_HUNDRED"),
    (1_000, "LESS_THAN_ONE_THOUSAND"),
    (10_000, "ONE_THOUSAND_TO_TEN_THOUSAND"),
    (50_000, "TEN_THOUSAND_TO_FIFTY_THOUSAND"),
    (100_000, "FIFTY_THOUSAND_TO_ONE_HUNDRED_THOUSAND"),
    (300_000, "ONE_HUNDRED_THOUSAND_TO_THREE_HUNDRED_THOUSAND"),
    (500_000, "THREE_HUNDRED_THOUSAND_TO_FIVE_HUNDRED_THOUSAND"),
    (1_000_000, "FIVE_HUNDRED_THOUSAND_TO_ONE_MILLION"),
    (2_000_000, "ONE_MILLION_TO_TWO_MILLION"),
)
_RATES: Final = (
    (20, "LESS_THAN_20"),
    (31, "20_TO_30"),
    (41, "31_TO_40"),
    (51, "41_TO_50"),
    (61, "51_TO_60"),
    (71, "61_TO_70"),
    (81, "71_TO_80"),
    (91, "81_TO_90"),
    (101, "91_TO_100"),
)


def estimate(held: UserList, now: int, match_percent: int) -> int | None:
    """People of the list whom Google knows, with two figures; None until computed."""
    if not held.has_been_computed:
        return None
    found = len(held.people(now)) * match_percent // 100
    step = int(10 ** max(len(str(found)) - 2, 0))
    return found // step * step


def size_range(size: int) -> str:
    """The range of a size as the Google Ads API calls it."""
    for limit, name in _RANGES:
        if size < limit:
            return name
    return "TWO_MILLION_TO_THREE_MILLION"


def rate_range(percent: int) -> str:
    """The range of a match rate, without the prefix that each API has for it."""
    return next(name for limit, name in _RATES if percent < limit)
