"""Amounts of money, and numbers of things, as people write them."""

from audsync.money import to_decimal


def amount(minor: float, currency: str | None) -> str:
    """`1,999.50 CZK` of 199950 minor units; a fraction of a minor unit is rounded away.

    Runs of before there was a currency in their summary show minor units as such.
    """
    if currency is None:
        return f"{round(minor):,} minor units"
    return f"{to_decimal(round(minor), currency):,f} {currency}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 row`, `1,200 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
