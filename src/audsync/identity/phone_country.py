"""The country of a phone number in E.164, as `phonenumbers` says it."""

from functools import cache
from typing import Final

from audsync.identity.phone_plans import quick_number

_CODE_LENGTHS: Final = (1, 2, 3)  # digits of a calling code; none begins like another
_WORLD: Final = "001"  # the library's word for numbers of no country


def phone_country(number: str) -> str | None:
    """The alpha-2 code of the country of a valid E.164 number; None for one of no country.

    Some countries share a calling code; the digits behind it tell them apart.
    """
    regions = _regions(number[1:4])
    if len(regions) > 1 and not quick_number(number, regions[0]):
        return _judged(number)
    # The library asks the main country of a code first, and a quick number is one of its.
    return regions[0] if regions and regions[0] != _WORLD else None


@cache
def _regions(start: str) -> tuple[str, ...]:
    """The countries of the calling code that begins these digits; no code begins another."""
    import phonenumbers

    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    codes = [int(start[:length]) for length in _CODE_LENGTHS]
    return next((tuple(known[code]) for code in codes if code in known), ())


def _judged(number: str) -> str | None:
    import phonenumbers

    parsed = phonenumbers.parse(number)
    found: str | None = phonenumbers.region_code_for_number(parsed)
    return None if found == _WORLD else found
