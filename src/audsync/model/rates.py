"""Rates of other currencies: what a source says of them, and as exact fractions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from audsync.errors import ConfigError
from audsync.money import exponent

# Bounds under which an amount of tables.MAX_MINOR is converted within 64 bits (`template`).
_MAX_WHOLE = 100_000_000
_MAX_DENOMINATOR = 1_000_000_000
_MOST_PLACES: Final = 9  # of a rate with that denominator


@dataclass(frozen=True, slots=True)
class Rate:
    """Minor units of the shop's currency for one of another: `whole + part / denominator`."""

    whole: int
    part: int
    denominator: int


def exact_rate(currency: str, rate: Decimal, shop_currency: str) -> Rate:
    """The rate between minor units; 1 EUR = 4.31 PLN is 4 + 31/100, 1 EUR = 162 JPY 1 + 31/50.

    Raises ConfigError for a rate that is no number above zero, or has more digits than can be
    counted with exactly.
    """
    if not rate.is_finite() or rate <= 0:
        raise ConfigError(f"the rate of {currency} in [shops.<id>.rates] must be above zero")
    fraction = Fraction(rate) * Fraction(10) ** (exponent(shop_currency) - exponent(currency))
    whole, part = divmod(fraction.numerator, fraction.denominator)
    if whole >= _MAX_WHOLE or fraction.denominator > _MAX_DENOMINATOR:
        raise ConfigError(
            f"the rate of {currency} in [shops.<id>.rates] has too many digits to be exact; "
            "use fewer decimals"
        )
    return Rate(whole, part, fraction.denominator)


def exact_rates(rates: Mapping[str, Decimal], shop_currency: str) -> dict[str, Rate]:
    """Exact rates by currency, the shop's own left out."""
    return {
        currency: exact_rate(currency, rate, shop_currency)
        for currency, rate in sorted(rates.items())
        if currency != shop_currency
    }


def rates_of(rows: Iterable[Mapping[str, Any]], shop_currency: str) -> dict[str, Decimal]:
    """Prices of one unit in the shop's currency, from rows of the table `rates`.

    A price in another currency goes by the price of the shop's own in it. A price that is none,
    or that could not be counted with exactly, is left out, as if the source had said nothing.
    """
    prices: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        price, units = Fraction(row["price"]), 1 if row["units"] is None else row["units"]
        if price > 0 and units > 0:
            of_base = prices.setdefault(row["base"] or shop_currency, {})
            of_base[row["currency"]] = price / units
    found: dict[str, Decimal] = {}
    for base, of_base in sorted(prices.items()):
        own = Fraction(1) if base == shop_currency else of_base.get(shop_currency)
        if own is None:
            continue
        for currency, price in of_base.items():
            rate = _rounded(price / own, currency, shop_currency)
            if currency != shop_currency and rate is not None:
                found[currency] = rate
    return found


def _rounded(rate: Fraction, currency: str, shop_currency: str) -> Decimal | None:
    """A rate with as many decimals as can be counted with; None where it is none then."""
    places = _MOST_PLACES - max(0, exponent(currency) - exponent(shop_currency))
    rounded = Decimal(round(rate * 10**places)).scaleb(-places)
    try:
        exact_rate(currency, rounded, shop_currency)
    except ConfigError:
        return None
    return rounded.normalize()
