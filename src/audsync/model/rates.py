"""Rates of other currencies as exact fractions of minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from audsync.errors import ConfigError
from audsync.money import exponent

# Bounds under which an amount of tables.MAX_MINOR is converted within 64 bits (`template`).
_MAX_WHOLE = 100_000_000
_MAX_DENOMINATOR = 1_000_000_000


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
