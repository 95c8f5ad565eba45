"""Exact money: whole minor units beside an ISO 4217 code."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217 currencies whose minor unit is not a hundredth (list of 1 January 2024 and
# amendments).
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"


def is_currency(code: str) -> bool:
    """Whether a text has the form of an ISO 4217 code."""
    return re.fullmatch(r"[A-Z]{3}", code) is not None


def exponent(currency: str) -> int:
    """Decimal digits of the currency's minor unit: 2 for GBP, 0 for JPY, 3 for KWD."""
    if currency in _WHOLE.split():
        return 0
    return 3 if currency in _THOUSANDTHS.split() else 2


def to_minor(amount: Decimal | float | str, currency: str) -> int | None:
    """The amount in whole minor units, halves rounded away from zero; None if it is no number.

    A float is read by its shortest decimal text, so 19.99 is 1999 and not 1998.
    """
    try:
        exact = Decimal(str(amount)).scaleb(exponent(currency))
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as the decimal amount people write: 1999 GBP is 19.99."""
    return Decimal(minor).scaleb(-exponent(currency))
