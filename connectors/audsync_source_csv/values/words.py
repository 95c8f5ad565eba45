"""Words with a fixed meaning: yes and no, closed vocabularies, countries, currencies."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from audsync.money import is_currency
from audsync.tables import Answer, Column

Word = Callable[[str], object]  # the meaning of a word, None where it has none

_YES: Final = frozenset({"1", "true", "t", "yes", "y", "on", "ano", "áno", "tak", "ja", "da"})
_NO: Final = frozenset({"0", "false", "f", "no", "n", "off", "ne", "nie", "nein", "nu", "nem"})
_FEMALE: Final = frozenset(
    {
        *("female", "f", "woman", "žena", "zena", "ž", "z", "kobieta", "k", "frau", "weiblich"),
        *("w", "nő", "femeie", "feminin"),
    }
)
_MALE: Final = frozenset(
    {
        *("male", "m", "man", "muž", "muz", "mężczyzna", "mezczyzna", "mann", "männlich"),
        *("maennlich", "férfi", "ferfi", "bărbat", "barbat", "masculin"),
    }
)
# How a spreadsheet writes a number that is too long for its cell; its last digits are lost.
_CUT_NUMBER: Final = re.compile(r"[+-]?\d([.,]\d+)?[Ee]\+\d\d\Z")
_SPACES: Final = re.compile(r"[\s_-]+")


def boolean(word: str) -> bool | None:
    """Yes or no in the languages of the shops; `1.0` is a yes that a spreadsheet wrote."""
    folded = word.casefold().removesuffix(".0")
    return True if folded in _YES else (False if folded in _NO else None)


def one_of(allowed: Sequence[str]) -> Word:
    """Words of a closed vocabulary, whatever their case and with spaces for underscores."""

    def meaning(word: str) -> str | None:
        plain = _SPACES.sub("_", word.casefold())
        return plain if plain in allowed else None

    return meaning


def closed(column: Column) -> Word | None:
    """The words of a column with a closed vocabulary; None for other columns."""
    if column.name == "gender":
        return gender
    if column.name == "answer":
        return answer
    return one_of(column.allowed) if column.allowed else None


def answer(word: str) -> str | None:
    """`granted` or `denied`, or yes or no in the languages of the shops."""
    agreed = boolean(word)
    plain = word.casefold() if agreed is None else (Answer.GRANTED if agreed else Answer.DENIED)
    return str(plain) if plain in tuple(Answer) else None


def gender(word: str) -> str | None:
    """`female` or `male`, in the languages of the shops."""
    folded = word.casefold().removesuffix(".")
    return "female" if folded in _FEMALE else ("male" if folded in _MALE else None)


def uncut(word: str) -> str | None:
    """The word, unless a spreadsheet made it of a longer number, as `6.01E+08`."""
    return None if _CUT_NUMBER.match(word) else word


def currency(word: str) -> str | None:
    """An ISO 4217 code in capitals."""
    return code if is_currency(code := word.upper()) else None


def country(word: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country."""
    from audsync.identity.countries import country_code

    return country_code(word)
