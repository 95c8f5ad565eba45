"""Numbering plans as patterns, made of the data of `phonenumbers`, for speed.

A pattern only ever accepts, and only what the library accepts with the same result; a number it
does not take is the library's to judge. The comments name the step of the library's reading
that a condition stands for.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc


class _Plan(NamedTuple):
    calling_code: str  # +420
    international: re.Pattern[str]  # what may follow the calling code
    national: re.Pattern[str]  # written without calling code and national prefix
    prefixed: re.Pattern[str] | None  # with the national prefix, the number as its first group


def quick_number(digits: str, country: str) -> str | None:
    """The E.164 number of digits, with or without a plus; None where the library must judge."""
    if digits[0] == "+":
        for length in (3, 4, 2):
            plan = _plan_abroad(digits[:length])
            if plan is not None:
                return digits if plan.international.fullmatch(digits, length) else None
        return None
    plan = _plan(country)
    if plan is None:
        return None
    if plan.national.fullmatch(digits):
        return plan.calling_code + digits
    found = plan.prefixed.fullmatch(digits) if plan.prefixed else None
    return plan.calling_code + found["number"] if found else None


def main_country(calling_code: str) -> str | None:
    """The country that a calling code such as `+1` stands for first."""
    import phonenumbers

    countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(calling_code), ())
    # A zero in front makes no calling code.
    return countries[0] if countries and calling_code[1] != "0" else None


def metadata(country: str) -> "PhoneMetadata | None":
    """The library's data of a country; None where a pattern cannot stand for the library.

    Left to the library are countries that share a calling code and are not its main one, and
    those whose national prefix rewrites the number.
    """
    import phonenumbers

    code = phonenumbers.country_code_for_region(country)
    if not code or phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0] != country:
        return None
    data = phonenumbers.PhoneMetadata.metadata_for_region(country)
    return None if data is None or data.national_prefix_transform_rule else data


@cache
def _plan_abroad(calling_code: str) -> _Plan | None:
    country = main_country(calling_code)
    return _plan(country) if country else None


@cache
def _plan(country: str) -> _Plan | None:
    """The plan of a country; None where only the library can judge."""
    data = metadata(country)
    if data is None:
        return None
    code, valid = data.country_code, _valid(data)
    prefix = data.national_prefix_for_parsing
    # A number that begins like the national prefix may lose those digits.
    whole = f"(?!{prefix}){valid}" if prefix else valid
    # Digits that begin like the prefix for calls abroad may be read as such, and digits that
    # begin like the calling code may lose it when they also begin like the national prefix.
    here = f"(?!{data.international_prefix})" if data.international_prefix else ""
    # Atomic: the library strips the first way in which the prefix matches, and no other.
    prefixed = rf"{here}(?!{code})(?>{prefix})(?P<number>{valid})" if prefix else None
    return _Plan(
        f"+{code}",
        re.compile(whole),
        re.compile(here + whole),
        re.compile(prefixed) if prefixed else None,
    )


def _valid(data: "PhoneMetadata") -> str:
    """The library's test of validity: the general form, and the form of some kind of number."""
    kinds = [data.fixed_line, data.toll_free, data.premium_rate, data.shared_cost, data.voip]
    kinds += [data.personal_number, data.pager, data.uan, data.voicemail]
    if not data.same_mobile_and_fixed_line_pattern:
        kinds.insert(0, data.mobile)
    forms = [_form(kind) for kind in kinds if kind and kind.national_number_pattern]
    # Of countries with one code the main one is asked first; some answer for these digits only.
    leading = f"(?={data.leading_digits})" if data.leading_digits else ""
    return f"{leading}(?={_form(data.general_desc)}\\Z)(?:{'|'.join(forms) or '(?!)'})"


def _form(kind: "PhoneNumberDesc | None") -> str:
    if kind is None:
        return "(?!)"
    pattern = f"(?:{kind.national_number_pattern or '(?!)'})"
    lengths = [length for length in kind.possible_length if length > 0]
    if not kind.possible_length:
        return pattern
    if not lengths:
        return "(?!)"
    if len(lengths) == lengths[-1] - lengths[0] + 1:
        sizes = f"[0-9]{{{lengths[0]},{lengths[-1]}}}"
    else:
        sizes = "|".join(f"[0-9]{{{length}}}" for length in lengths)
    return f"(?:(?=(?:{sizes})\\Z){pattern})"
