"""What stops a build before it begins: settings that the shop's data cannot answer."""

from collections.abc import Mapping, Sequence
from typing import Final

from audsync.errors import ConfigError
from audsync.model.rfm_boxes import box_mistakes
from audsync.model.settings import (
    AffluenceSettings,
    BandSettings,
    ModelSettings,
    MoneyBasis,
    RfmSettings,
)
from audsync.tables import OrderStatus

_LEAST_BUCKETS: Final = 2
_THRESHOLDS: Final = 4
_CUTS: Final = 2
AFFLUENCE_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "lookback_days": (1, 36_500),
    "half_life_days": (1, 36_500),
    "least_products": (1, 1_000_000),
    "least_clients": (1, 1_000_000_000),
    "most_units": (1, 100),
}
RFM_BANDS: Final = ("recency_bands", "frequency_bands", "monetary_bands")


def check_settings(settings: ModelSettings) -> None:
    """Raise ConfigError for settings that have no meaning."""
    known = [status.value for status in OrderStatus]
    odd = sorted(set(settings.counted_status) - set(known))
    if odd:
        named = ", ".join(f'"{status}"' for status in odd)
        raise ConfigError(f"model.counted_status: {named} is none of {', '.join(known)}")
    if not settings.counted_status:
        raise ConfigError(
            'model.counted_status is empty: no order would count; name at least "finished"'
        )
    window = settings.rfm.window_days
    if window is not None and window < 0:
        raise ConfigError("model.rfm.window_days must be 0 or more")
    _check_rfm(settings.rfm)
    clv = settings.clv
    if clv.churned_percent > clv.active_percent:
        raise ConfigError("model.clv.churned_percent is above model.clv.active_percent")
    if clv.active_days > clv.churned_days:
        raise ConfigError("model.clv.active_days is above model.clv.churned_days")
    _check_bands(settings.bands)
    _check_affluence(settings.affluence)


def _check_rfm(rfm: RfmSettings) -> None:
    for key in RFM_BANDS:
        bands = getattr(rfm, key)
        if bands is not None and not is_ascending(bands):
            raise ConfigError(f"model.rfm.{key}: the four thresholds must ascend from 0 on")
    for segment, message, hint in box_mistakes(rfm.boxes) if rfm.boxes else ():
        where = "model.rfm.boxes" if segment is None else f"model.rfm.boxes.{segment}"
        raise ConfigError(f"{where}: {message}; {hint}")


def _check_affluence(affluence: AffluenceSettings) -> None:
    for key, (least, most) in AFFLUENCE_LIMITS.items():
        if not least <= getattr(affluence, key) <= most:
            raise ConfigError(f"model.affluence.{key} must be from {least} to {most}")


def is_ascending(bands: Sequence[float]) -> bool:
    """Whether these are the four thresholds of scores, in order and none below zero."""
    return len(bands) == _THRESHOLDS and bands[0] >= 0 and list(bands) == sorted(bands)


def are_cuts(cuts: Sequence[int], buckets: int) -> bool:
    """Whether these are the last low and the first high one of so many buckets."""
    return len(cuts) == _CUTS and 0 <= cuts[0] < cuts[1] <= buckets + 1


def _check_bands(bands: BandSettings) -> None:
    if bands.buckets < _LEAST_BUCKETS:
        raise ConfigError(f"model.bands.buckets must be {_LEAST_BUCKETS} or more")
    if bands.low_index >= bands.high_index:
        raise ConfigError("model.bands.low_index is not below model.bands.high_index")
    if bands.active_days > bands.lost_days:
        raise ConfigError("model.bands.active_days is above model.bands.lost_days")
    for key in ("value_cuts", "frequency_cuts"):
        cuts = getattr(bands, key)
        if cuts is not None and not are_cuts(cuts, bands.buckets):
            raise ConfigError(
                f"model.bands.{key}: of {bands.buckets} buckets the last low one must come "
                "before the first high one"
            )


def check_money(money: MoneyBasis, provided: frozenset[str]) -> None:
    """Raise ConfigError unless the source states order lines or orders in that money.

    A source without orders passes: there is nothing to add up.
    """
    wanted = _money_columns(money)
    if wanted & provided or "orders.order_id" not in provided:
        return
    other = MoneyBasis.NET if money is MoneyBasis.GROSS else MoneyBasis.GROSS
    remedy = (
        f'set model.money = "{other}"'
        if _money_columns(other) & provided
        else "map one of these columns in the source"
    )
    raise ConfigError(
        f'model.money = "{money}" needs {" or ".join(sorted(wanted))}, and the source fills '
        f"neither: {remedy}"
    )


class MissingRatesError(ConfigError):
    """Orders that would count in currencies without a rate, by currency in `orders`."""

    def __init__(self, orders: Mapping[str, int], shop_currency: str) -> None:
        self.orders = orders
        counts = ", ".join(f"{code} ({count} orders)" for code, count in orders.items())
        super().__init__(
            f"no rate to {shop_currency} for {counts}; state it in [shops.<id>.rates], such as "
            f'{next(iter(orders))} = "4.31"'
        )


def check_rates(missing: Mapping[str, int], shop_currency: str) -> None:
    """Raise MissingRatesError if any order is in a currency without a rate."""
    if missing:
        raise MissingRatesError(missing, shop_currency)


def _money_columns(money: MoneyBasis) -> frozenset[str]:
    return frozenset({f"order_lines.{money}_minor", f"orders.total_{money}_minor"})
