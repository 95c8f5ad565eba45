"""Settings of the Clients model: the shop's `[shops.<id>.model]`."""

from collections.abc import Mapping
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
    """Which map names the 125 score codes."""

    BOXES_11 = "boxes-11"
    CODES_125 = "codes-125"
    DATA_OCTOPUS_10 = "data-octopus-10"


# Four ascending thresholds; two that are equal leave a score to nobody.
Bands = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RfmSettings:
    """Keys of `[shops.<id>.model.rfm]`."""

    monetary: Annotated[Monetary, "Rank average order value or total spend."] = Monetary.AVERAGE
    frequency: Annotated[FrequencyMethod, "Repeat buyers by quartile, or quintiles."] = (
        FrequencyMethod.REPEAT_QUARTILE
    )
    window_days: Annotated[int | None, "Orders of the last so many days; all if absent."] = None
    recency_bands: Annotated[
        Bands | None,
        "Days since the last order from which on the score is 4, 3, 2, 1; ranked if absent.",
    ] = None
    frequency_bands: Annotated[
        Bands | None, "Orders from which on the score is 2, 3, 4, 5; ranked if absent."
    ] = None
    monetary_bands: Annotated[
        tuple[float, ...] | None,
        "Amounts from which on the score is 2, 3, 4, 5; ranked if absent.",
    ] = None
    segments: Annotated[RfmMap, "Which map names the scores."] = RfmMap.BOXES_11
    boxes: Annotated[
        Mapping[str, tuple[str, ...]],
        "A map of the shop's own instead: boxes of recency, frequency and money by segment, "
        'such as loyal = ["4-5 / 4-5 / 1-3", "3 / 4-5 / 1-5"]; each score needs one box.',
    ] = field(default_factory=dict)


class OrderModel(StrEnum):
    """How orders and leaving are modelled."""

    MBG = "mbg"  # a client may leave after the first order
    BG = "bg"  # only after a later one


class OneTime(StrEnum):
    """How the activity of clients with one order is told."""

    DAYS = "days"
    SHOP_GAP = "shop_gap"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class ValueSettings:
    """Keys of `[shops.<id>.model.clv]`."""

    orders: Annotated[
        OrderModel, "mbg: clients may leave after the first order; bg: only after a later one."
    ] = OrderModel.MBG
    least_clients: Annotated[int, "No prediction below so many clients with orders."] = 300
    least_repeaters: Annotated[int, "No prediction below so many with two orders or more."] = 50
    active_percent: Annotated[
        float, "Who orders again within a year with this probability is active."
    ] = 60.0
    churned_percent: Annotated[float, "Below this probability a client is churned."] = 20.0
    one_time: Annotated[
        OneTime,
        "Clients with one order: by days since it; by the shop's gaps between first and second "
        "order; or by the model.",
    ] = OneTime.DAYS
    active_days: Annotated[int, "Days since the only order until which a client is active."] = (
        60
    )
    churned_days: Annotated[int, "Days since the only order after which one is churned."] = 240
    discount_percent: Annotated[float, "What money is worth less in a year."] = 0.0
    margin_percent: Annotated[float, "Share of an order's value that counts as its worth."] = (
        100.0
    )


class LeapDay(StrEnum):
    """Where anniversaries of 29 February are kept in common years."""

    FEBRUARY_28 = "feb28"
    MARCH_1 = "mar1"


@dataclass(frozen=True, slots=True)
class PlaceSettings:
    """Keys of `[shops.<id>.model.places]`: what tells districts and regions of postcodes."""

    file: Annotated[
        str | None,
        "CSV of the shop's own with zip_prefix and district; the longest prefix counts.",
    ] = None
    open_data: Annotated[
        bool, "Take open data as well: CZ, HU, PL, RO, SK; needs the extra audsync[geo]."
    ] = False


@dataclass(frozen=True, slots=True)
class BandSettings:
    """Keys of `[shops.<id>.model.bands]`."""

    buckets: Annotated[int, "Into how many buckets clients are ranked by value and orders."] = (
        10
    )
    high_index: Annotated[
        int, "Buckets whose clients spend this percentage of the average are high."
    ] = 120
    low_index: Annotated[int, "Buckets whose clients spend no more than this are low."] = 80
    value_cuts: Annotated[
        tuple[int, ...] | None,
        "Last low and first high bucket by value; by the indices if absent.",
    ] = None
    frequency_cuts: Annotated[
        tuple[int, ...] | None,
        "Last low and first high bucket by orders; by the indices if absent.",
    ] = None
    active_days: Annotated[int, "Days since the last order until which a client is active."] = (
        180
    )
    lost_days: Annotated[int, "Days since the last order after which a client is lost."] = 365


@dataclass(frozen=True, slots=True)
class AffluenceSettings:
    """Keys of `[shops.<id>.model.affluence]`."""

    lookback_days: Annotated[
        int, "Purchases of the last so many days tell what is dear in a category."
    ] = 730
    half_life_days: Annotated[int, "Days after which a purchase counts half."] = 730
    least_products: Annotated[
        int, "Products that a category must have sold to be judged apart from the one above it."
    ] = 8
    least_clients: Annotated[int, "Below so many clients all are standard."] = 20
    most_units: Annotated[int, "Units of an order line that count at most."] = 3


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Keys of `[shops.<id>.model]`."""

    money: Annotated[MoneyBasis, "Spend without or with VAT."] = MoneyBasis.GROSS
    order_date: Annotated[OrderDate, "Which moment dates an order."] = OrderDate.FINISHED
    counted_status: Annotated[
        tuple[str, ...], "Statuses of orders that count as purchases."
    ] = ("finished",)
    leap_day: Annotated[
        LeapDay, "Where birthdays of 29 February are kept in other years: feb28 or mar1."
    ] = LeapDay.FEBRUARY_28
    rfm: Annotated[RfmSettings, "Recency, frequency, monetary."] = field(
        default_factory=RfmSettings
    )
    clv: Annotated[ValueSettings, "Predicted value, activity, next order."] = field(
        default_factory=ValueSettings
    )
    places: Annotated[PlaceSettings, "Districts and regions."] = field(
        default_factory=PlaceSettings
    )
    bands: Annotated[BandSettings, "Bands of value and frequency, buckets of recency."] = field(
        default_factory=BandSettings
    )
    affluence: Annotated[AffluenceSettings, "How dear the goods are that clients buy."] = field(
        default_factory=AffluenceSettings
    )
