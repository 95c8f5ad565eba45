"""Settings of the Clients model: the shop's `[shops.<id>.model]`."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated


class MoneyBasis(StrEnum):
    """Whether spend is counted without or with VAT."""

    NET = "net"
    GROSS = "gross"


class OrderDate(StrEnum):
    """Which moment dates an order."""

    FINISHED = "finished_at"  # else created_at
    CREATED = "created_at"


class Monetary(StrEnum):
    """What the monetary score ranks."""

    AVERAGE = "aov"
    TOTAL = "total"


class FrequencyMethod(StrEnum):
    """How the frequency score is made."""

    REPEAT_QUARTILE = "repeat_quartile"
    QUINTILE = "quintile"


class RfmMap(StrEnum):
    """Which published map names the 125 score codes."""

    BOXES_11 = "boxes-11"
    CODES_125 = "codes-125"


@dataclass(frozen=True, slots=True)
class RfmSettings:
    """Keys of `[shops.<id>.model.rfm]`."""

    monetary: Annotated[Monetary, "Rank average order value or total spend."] = Monetary.AVERAGE
    frequency: Annotated[FrequencyMethod, "Repeat buyers by quartile, or quintiles."] = (
        FrequencyMethod.REPEAT_QUARTILE
    )
    window_days: Annotated[int | None, "Orders of the last so many days; all if absent."] = None
    segments: Annotated[RfmMap, "Which map names the scores."] = RfmMap.BOXES_11


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Keys of `[shops.<id>.model]`."""

    money: Annotated[MoneyBasis, "Spend without or with VAT."] = MoneyBasis.GROSS
    order_date: Annotated[OrderDate, "Which moment dates an order."] = OrderDate.FINISHED
    counted_status: Annotated[
        tuple[str, ...], "Statuses of orders that count as purchases."
    ] = ("finished",)
    rfm: Annotated[RfmSettings, "Recency, frequency, monetary."] = field(
        default_factory=RfmSettings
    )
