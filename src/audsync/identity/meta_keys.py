"""Meta's match keys: normal forms that differ from the others', and the rules of its columns.

The rules are those of Meta's guide "Customer File Custom Audiences" and of its "Customer
Information Parameters". Where they are silent: inner spaces of names are kept as one, a dash in
a postcode is dropped, a name in Latin letters is romanised (docs/how-to/connect-meta.md).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, Literal

from audsync.contracts import KeyRule
from audsync.identity.digests import digest_all, postcodes
from audsync.identity.names import is_kept
from audsync.identity.text import LATIN_LETTERS

Names = Literal["romanised", "utf8"]
Texts = Sequence[str | None]

# Marks of Latin letters alone: those of other scripts make another letter.
_MARKS: Final = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_FIRST_YEAR: Final = 1900
_ZIP_OF_US: Final = 5
_ALPHA_2: Final = re.compile("[A-Za-z]{2}")


def romanised(text: str) -> str:
    """Lower-case text with its Latin letters reduced to a-z: `Łódź` is `lodz`. NFC.

    Letters of other scripts stay as they are.
    """
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFD", text.lower()).translate(LATIN_LETTERS)
    return unicodedata.normalize("NFC", _MARKS.sub("", parts))


def meta_name(clean: str | None, *, names: Names = "romanised") -> str | None:
    """The form of a given or family name that is hashed; None where no letter is left.

    Lower case, without punctuation, single inner spaces: `van der Berg` stays three words.
    """
    if clean is None:
        return None
    if clean.isascii() and clean.isalpha():
        return clean.lower()
    lower = unicodedata.normalize("NFC", clean.lower())
    text = romanised(lower) if names == "romanised" else lower
    kept = "".join(one for one in text if one.isspace() or is_kept(one)).split()
    bare = unicodedata.normalize("NFC", " ".join(kept))
    return bare if any(map(str.isalpha, bare)) else None


def meta_city(clean: str | None) -> str | None:
    """A city as a-z and nothing else, `newyork`; None where nothing of it is left."""
    if clean is None:
        return None
    letters = "".join(letter for letter in romanised(clean) if "a" <= letter <= "z")
    return letters or None


def meta_zip(code: str | None, country: str | None) -> str | None:
    """A postcode in lower case without spaces and dashes; of the United States five digits."""
    (plain,) = postcodes([" ".join((code or "").split())])
    if plain is None:
        return None
    bare = plain.replace(" ", "").replace("-", "").lower()
    if country == "US":
        head = bare[:_ZIP_OF_US]
        return head if head.isdigit() and len(head) == _ZIP_OF_US else None
    return bare


def meta_phone(e164: str | None) -> str | None:
    """An E.164 number as digits alone; None for what is none."""
    return e164[1:] if e164 and e164[0] == "+" and e164[1:].isdigit() else None


def meta_country(code: str | None) -> str | None:
    """An ISO 3166-1 alpha-2 code in lower case; None for what is none."""
    return code.lower() if code and _ALPHA_2.fullmatch(code) else None


def _of_birth(part: int) -> Callable[[Texts], list[str | None]]:
    """The digests of one part of dates of birth: 1 the year, 2 the month, 3 the day."""

    def apply(days: Texts) -> list[str | None]:
        return digest_all([meta_birth(day, part) for day in days])

    return apply


def meta_birth(day: str | None, part: int) -> str | None:
    """Year (from 1900), month or day of a date, of four and two digits: part 1, 2, 3."""
    try:
        born = date.fromisoformat(day or "")
    except ValueError:
        return None
    parts = (f"{born.year:04}", f"{born.month:02}", f"{born.day:02}")
    return parts[part - 1] if born.year >= _FIRST_YEAR else None


def meta_gender(word: str | None) -> str | None:
    """`f` or `m` of a gender as shops state it; None for any other word."""
    letter = (word or "").strip().lower()
    return {"f": "f", "female": "f", "m": "m", "male": "m"}.get(letter)


def _each(form: Callable[[str | None], str | None]) -> Callable[[Texts], list[str | None]]:
    return lambda values: digest_all([form(value) for value in values])


def _zips(codes: Texts, countries: Texts) -> list[str | None]:
    return digest_all(list(map(meta_zip, codes, countries)))


def _utf8_names(values: Texts) -> list[str | None]:
    return digest_all([meta_name(value, names="utf8") for value in values])


# What Meta calls each column, and how it is made. E-mail addresses are in normal form already:
# trimmed, lower case, with the dots and tags that Meta keeps.
META_RULES: Final[Mapping[str, KeyRule]] = {
    "EMAIL": KeyRule(("email",), digest_all, identifies=True),
    "PHONE": KeyRule(("phone",), _each(meta_phone), identifies=True),
    "FN": KeyRule(("first_name",), _each(meta_name)),
    "LN": KeyRule(("last_name",), _each(meta_name)),
    "ZIP": KeyRule(("zip", "country"), _zips),
    "CT": KeyRule(("city",), _each(meta_city)),
    "COUNTRY": KeyRule(("country",), _each(meta_country)),
    "DOBY": KeyRule(("born_on",), _of_birth(1)),
    "DOBM": KeyRule(("born_on",), _of_birth(2)),
    "DOBD": KeyRule(("born_on",), _of_birth(3)),
    "GEN": KeyRule(("stated_gender",), _each(meta_gender)),
}
# Of those who stated no gender as their names tell it.
_GUESSED_GENDER: Final = KeyRule(("gender",), _each(meta_gender))
# The same names in their own letters; a version of their own, so that a change re-keys.
UTF8_NAMES: Final[Mapping[str, KeyRule]] = {
    "FN": KeyRule(("first_name",), _utf8_names, version=1001),
    "LN": KeyRule(("last_name",), _utf8_names, version=1001),
}
# What an upload has unless it is told otherwise.
META_KEYS: Final = ("EMAIL", "PHONE", "FN", "LN", "ZIP", "CT", "COUNTRY")


def meta_rules(
    keys: Sequence[str], *, names: Names = "romanised", guesses_gender: bool = False
) -> dict[str, KeyRule]:
    """The rules of these columns, in the order of `META_RULES`."""
    rules = {**META_RULES, **(UTF8_NAMES if names == "utf8" else {})}
    if guesses_gender:
        rules["GEN"] = _GUESSED_GENDER
    return {name: rules[name] for name in META_RULES if name in keys}
