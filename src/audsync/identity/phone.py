"""Phone numbers in E.164, as `phonenumbers` (Google's libphonenumber) judges them.

A number is taken only when the library calls it valid for its country. For countries with a
calling code of their own a pattern made of the library's data answers the common spellings; it
only ever accepts, and what it does not accept goes to the library.
"""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from phonenumbers.phonemetadata import PhoneMetadata

_SEPARATORS = str.maketrans(
    dict.fromkeys(" \t\u00a0\u202f-.()\u2010\u2011\u2012\u2013\u2014", "")
)
_SEVERAL = re.compile(r"[/,;|]")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_MAX_DIGITS = 18  # fifteen of E.164, and a trunk prefix
_RISING = "012345678901234567890"
# In Italy and San Marino the zero belongs to the number.
_ZERO_STAYS: Final = ("+39", "+378")


def normal_phone(raw: str | None, country: str) -> str | None:
    """The number as `+420777123456`; None when it is no valid number, or more than one.

    `country` is the alpha-2 code that a number without a calling code belongs to. `00` is read
    as a plus. Letters, extensions and placeholders (one digit repeated, 123456789) are refused.
    """
    if raw is None:
        return None
    text = unicodedata.normalize("NFKC", raw).strip().removeprefix("tel:")
    if any(letter.isalpha() for letter in text):
        return None
    parts = [part for part in _SEVERAL.split(text) if part.strip()]
    if sum(part.strip()[0] in "+0" for part in parts) <= 1:
        whole = _number(_SEVERAL.sub("", text), country)
        if whole is not None or len(parts) < 2:  # noqa: PLR2004 -- one part is the whole
            return whole
    numbers = {number for part in parts if (number := _number(part, country))}
    return numbers.pop() if len(numbers) == 1 else None


def _number(text: str, country: str) -> str | None:
    text = text.strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    if text.startswith("+") and not text.startswith(_ZERO_STAYS):
        text = _TRUNK_ZERO.sub("", text)
    digits = text.translate(_SEPARATORS)
    bare = digits.removeprefix("+")
    if not (bare.isascii() and bare.isdigit() and len(bare) <= _MAX_DIGITS):
        return None
    number = _quick(digits, country) or _judged(digits, country)
    return None if number is None or _is_placeholder(number) else number


def _is_placeholder(number: str) -> bool:
    tail = number[-8:]
    return len(set(tail)) == 1 or tail in _RISING


def _judged(digits: str, country: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _quick(digits: str, country: str) -> str | None:
    if digits.startswith("+"):
        for length in (3, 4, 2):
            plan = _plans().get(digits[:length])
            if plan is not None:
                return digits if plan.pattern.fullmatch(digits, length) else None
        return None
    plan = _plan(country)
    if plan is None:
        return None
    if plan.pattern.fullmatch(digits):
        return plan.code + digits
    if plan.has_trunk_zero and digits[0] == "0" and plan.pattern.fullmatch(digits, 1):
        return plan.code + digits[1:]
    return None


class _Plan(NamedTuple):
    """Calling code with plus, pattern of the valid national numbers, whether 0 comes before."""

    code: str
    pattern: re.Pattern[str]
    has_trunk_zero: bool


@cache
def _plans() -> dict[str, _Plan]:
    """Calling code → plan, where one country has the code."""
    import phonenumbers

    countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    plans = (_plan(regions[0]) for regions in countries.values() if len(regions) == 1)
    return {plan.code: plan for plan in plans if plan is not None}


@cache
def _plan(country: str) -> _Plan | None:
    """The plan of a country; None where only the library can judge.

    Left to the library are shared calling codes, and countries whose national prefix is not a
    plain 0 or none, since what they strip depends on the number.
    """
    import phonenumbers

    code = phonenumbers.country_code_for_region(country)
    if not code or len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]) != 1:
        return None
    data = phonenumbers.PhoneMetadata.metadata_for_region(country)
    if data is None or data.national_prefix_for_parsing not in {None, "0"}:
        return None
    trunk_zero = data.national_prefix_for_parsing == "0"
    return _Plan(f"+{code}", re.compile(_valid(data)), trunk_zero)


def _valid(data: "PhoneMetadata") -> str:
    """The library's test of validity: the general form, and the form of some kind of number.

    A leading zero is excluded where it is the national prefix: it might be stripped.
    """
    kinds = (
        data.fixed_line,
        data.mobile,
        data.toll_free,
        data.premium_rate,
        data.shared_cost,
        data.voip,
        data.personal_number,
        data.pager,
        data.uan,
        data.voicemail,
    )
    forms = [_form(kind) for kind in kinds if kind and kind.national_number_pattern]
    guard = "(?!0)" if data.national_prefix_for_parsing else ""
    return f"{guard}(?={_form(data.general_desc)}\\Z)(?:{'|'.join(forms)})"


def _form(kind: object) -> str:
    pattern = getattr(kind, "national_number_pattern", None) or "(?!)"
    lengths = [length for length in getattr(kind, "possible_length", ()) or () if length > 0]
    if not lengths:
        return f"(?:{pattern})"
    sizes = "|".join(f".{{{length}}}\\Z" for length in lengths)
    return f"(?:(?={sizes})(?:{pattern}))"
