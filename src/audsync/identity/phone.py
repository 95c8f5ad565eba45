"""Phone numbers in E.164, as `phonenumbers` (Google's libphonenumber) judges them.

A number is taken only when the library calls it valid. The common spellings are answered by a
pattern per country, made of the library's own data (`phone_plans.py`); what a pattern does not
take goes to the library.
"""

import re
import unicodedata
from typing import Final

from audsync.identity.phone_plans import quick_number

SHAPE: Final = re.compile(r"\+?[0-9]{5,18}")
# White space, the marks that group digits, and the invisible ones that address books leave.
_GROUPING: Final = re.compile(
    r"[ \t\r().\-\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\ufeff]+"
)
_SEVERAL: Final = re.compile(r"[,;|\n]")
_DIGITS: Final = "0123456789" * 2
# What stands for a number: a digit repeated, or digits in a row up or down, to a length of 7.
PLACEHOLDERS: Final = frozenset(
    text[start : start + length]
    for text in (_DIGITS, _DIGITS[::-1], *(digit * 7 for digit in _DIGITS))
    for start in range(len(text))
    for length in range(1, 8)
)


def normal_phone(raw: str | None, country: str) -> str | None:
    """The number as `+420777123456`; None when it is not exactly one valid number.

    `country` is the alpha-2 code of the country where a number without a calling code belongs.
    `00` is read as a plus. Letters, extensions and placeholders (one digit seven times at the
    end, or seven in a row such as 1234567) are refused. Of several numbers in one text, by
    comma, semicolon, bar, line or slash, the only valid one is taken, if it is the only one.
    """
    if raw is None:
        return None
    text = raw.replace(" ", "")
    if not SHAPE.fullmatch(text):
        text = _tidied(raw)
        if not SHAPE.fullmatch(text):
            numbers = _numbers(text, country)
            return numbers.pop() if len(numbers) == 1 else None
    return _number(text, country)


def phone_fault(raw: str, country: str) -> str:
    """Why `normal_phone` gave None.

    `several_phones`, `placeholder_phone` or `invalid_phone`.
    """
    text = _tidied(raw)
    if len(_numbers(text, country)) > 1:
        return "several_phones"
    is_number = SHAPE.fullmatch(text) or set(text) == {"0"}
    return "placeholder_phone" if is_number and _is_placeholder(text) else "invalid_phone"


def _tidied(raw: str) -> str:
    if not raw.isascii():
        raw = unicodedata.normalize("NFKC", raw)
    return _GROUPING.sub("", raw.strip().removeprefix("tel:"))


def _numbers(text: str, country: str) -> set[str]:
    """The valid numbers in a text that may hold several, without grouping."""
    if "/" in text or _SEVERAL.search(text):
        return set().union(*(_by_slash(part, country) for part in _SEVERAL.split(text)))
    return set()


def _by_slash(text: str, country: str) -> set[str]:
    """Valid numbers in a text where a slash stands between numbers, or behind an area code.

    `030/4512345` is one number with its area code, though `4512345` alone might be valid too;
    `777123456/608123456` are two.
    """
    parts = text.split("/")
    found = {number for part in parts if (number := _part(part, country))}
    if len(parts) != 2:  # noqa: PLR2004 -- area code and number
        return found
    area, rest = parts
    follows_area = area.startswith(("0", "+")) and not rest.startswith(("0", "+"))
    if found and not (follows_area and _part(area, country) is None):
        return found
    whole = _part(area + rest, country)
    return set() if whole is None else {whole}


def _part(text: str, country: str) -> str | None:
    return _number(text, country) if SHAPE.fullmatch(text) else None


def _number(digits: str, country: str) -> str | None:
    if _is_placeholder(digits):
        return None
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    return quick_number(digits, country) or _judged(digits, country)


def _is_placeholder(digits: str) -> bool:
    # The last seven digits: a placeholder may stand behind any calling or area code.
    return digits[-7:] in PLACEHOLDERS


def _judged(digits: str, country: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
