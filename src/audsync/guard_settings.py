"""Settings of the guards: the shop's `[shops.<id>.guard]`, or `[guard]` for all."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Keys of `[guard]`, for all shops or in `[shops.<id>.guard]` for one."""

    shrink_percent: Annotated[int, "Share of an audience that may leave without asking."] = 20
    shrink_members: Annotated[int, "So many may always leave, whatever their share."] = 50
    shrink_most: Annotated[int, "More than so many never leave without asking."] = 10_000
    growth_percent: Annotated[int, "Growth in percent above which additions are held."] = 100
    growth_members: Annotated[int, "So many may always enter, whatever their share."] = 500
    consent_points: Annotated[
        int, "Rise of the consent share that holds additions; a fall is told."
    ] = 10
    source_percent: Annotated[
        int, "Share of the last pull's rows below which nobody leaves."
    ] = 80
