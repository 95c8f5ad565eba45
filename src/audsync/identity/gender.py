"""What a name says of its bearer's gender, by rules for each country.

A *sign* is one letter: `F` and `M` where a title, a table or an ending that only women's names
have says so, `f` and `m` where an ending makes it likely, `x` where sure signs contradict each
other, `-` where nothing is said. A name has a sign for each of NAME_COUNTRIES, in their order.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from audsync.identity.name_tables import (
    NAME_COUNTRIES,
    Word,
    given_words,
    known_name,
    words_of,
)
from audsync.identity.names import TITLES
from audsync.tables import Gender

NOTHING: Final = "-"
_CONFLICT: Final = "x"
SIGNS: Final = ("F", "M", "f", "m", _CONFLICT, NOTHING)

_TITLES: Final = {
    **dict.fromkeys(("pani", "slecna", "mrs", "ms", "miss", "frau", "doamna", "dna"), "F"),
    **dict.fromkeys(("pan", "mr", "sir", "herr", "domnul", "dl"), "M"),
}
# Given names that end as women's do, that men have, or both, and that are in no table.
_NOT_ONLY_WOMEN: Final = frozenset(
    {
        *("barnaba", "bonawentura", "kosma", "jarema", "nikita", "nikola", "misa", "sasa"),
        *("jura", "luka", "luca", "mircea", "toma", "mihnea", "horia", "ilia", "sava", "vanja"),
        *(
            "joshua",
            "mustafa",
            "noa",
            "elia",
            "attila",
            "dima",
            "rene",
            "kolja",
            "vasja",
            "vana",
        ),
    }
)
_CZECH: Final = (
    ("F", ("ová", "ova", "á")),
    ("f", ("ska", "cka")),
    # Since 2022 Czech women may have a name of this form as well.
    ("m", ("ý", "sky", "cky")),
)
# Endings of family names; those of likely women's names count for names without any accent.
_FAMILY_ENDINGS: Final = {
    "CZ": _CZECH,
    "SK": _CZECH,
    "PL": (("F", ("ska", "cka", "dzka")), ("m", ("ski", "cki", "dzki"))),
    "HU": (("F", ("né",)),),
}
_SHORTEST: Final = 3  # letters of a word whose ending says something


def first_name_signs(name: str) -> str | None:
    """The signs of a given name; None where it says nothing in any country."""
    return _signs(name, _of_given_name)


def last_name_signs(name: str) -> str | None:
    """The signs of a family name; None where it says nothing in any country."""
    return _signs(name, _of_family_name)


def full_name_signs(name: str) -> str | None:
    """The signs of given and family name in one text of several words, else None."""
    is_one = name.isalpha() or len(words_of(name)) < 2  # noqa: PLR2004 -- two words
    return None if is_one else _signs(name, _of_full_name)


def gender_of(*signs: str) -> Gender | None:
    """The gender that these signs of one person in one country agree on.

    Sure signs go before likely ones; where signs of one kind contradict each other: None.
    """
    if _CONFLICT in signs:
        return None
    for female, male in (("F", "M"), ("f", "m")):
        if female in signs and male in signs:
            return None
        if female in signs or male in signs:
            return Gender.FEMALE if female in signs else Gender.MALE
    return None


def _signs(name: str, rule: Callable[[str, str], Iterable[str]]) -> str | None:
    signs = "".join(_strongest({*rule(name, country)}) for country in NAME_COUNTRIES)
    return signs if signs.strip(NOTHING) else None


def _strongest(signs: set[str]) -> str:
    if {"F", "M"} <= signs:
        return _CONFLICT
    return next((sign for sign in SIGNS if sign in signs), NOTHING)


def _of_given_name(name: str, country: str) -> Iterator[str]:
    yield from _of_titles(name)
    yield from _of_given_words(given_words(name, country, is_whole=False), country)


def _of_family_name(name: str, country: str) -> Iterator[str]:
    yield from _of_titles(name)
    for word in words_of(name):
        if len(word.text) >= _SHORTEST:
            yield from _of_family_word(word.text, country)


def _of_full_name(name: str, country: str) -> Iterator[str]:
    yield from _of_family_name(name, country)
    bare = " ".join(word.text for word in words_of(name) if word.folded not in _TITLES)
    yield from _of_given_words(given_words(bare, country, is_whole=True), country)


def _of_titles(name: str) -> Iterator[str]:
    for word in words_of(name):
        if word.folded in _TITLES:
            yield _TITLES[word.folded]


def _of_given_words(words: Sequence[Word], country: str) -> Iterator[str]:
    known = known_name(words, country)
    if known is not None:
        yield from [] if known.gender is None else [known.gender[0].upper()]
    elif country == "HU":
        wives = (word for word in words if word.text.endswith("né"))
        yield from ("F" for word in wives if word.folded not in _NOT_ONLY_WOMEN)
    else:
        plain = (word for word in words if word.text not in TITLES)
        first = next((word for word in plain if word.folded not in _TITLES), None)
        # An -ă ends familiar forms of Romanian men's names: Ionică, Petrică.
        if first is not None and first.folded.endswith("a") and not first.text.endswith("ă"):
            is_word = len(first.text) >= _SHORTEST and first.folded not in _NOT_ONLY_WOMEN
            yield from "f" if is_word else ""


def _of_family_word(word: str, country: str) -> Iterator[str]:
    for sign, endings in _FAMILY_ENDINGS.get(country, ()):
        # Dvorska is a Dvorská who typed no accents; but Liška is a man's name.
        if word.endswith(endings) and (sign != "f" or word.isascii()):
            yield sign
            return
