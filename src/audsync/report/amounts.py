"""Amounts of money as people write them."""

from audsync.money import to_decimal


def amount(minor: float, currency: str | None) -> str:
    """`1,999.50 CZK` of 199950 minor units; a fraction of a minor unit is rounded away.

    Runs of before there was a currency in their summary show minor units as such.
    """
    if currency is None:
        return f"{round(minor):,} minor units"
    return f"{to_decimal(round(minor), currency):,f} {currency}"
