"""Given and family names: as they are shown, and in the form that is hashed."""

import re
import unicodedata
from collections.abc import Sequence

# What people and systems type where a name is asked for; anything without a letter is no name
# either.
_PLACEHOLDERS = frozenset(
    {
        *("n/a", "n.a.", "none", "null", "nan", "undefined", "unknown", "anonymous"),
        *("x", "xx", "xxx", "brak", "nezadano", "neuvedeno", "nincs"),
    }
)
TITLES = frozenset(
    {
        *("mr", "mrs", "ms", "miss", "mx", "sir", "dr", "prof", "ing", "mgr", "bc", "mudr"),
        *("judr", "phdr", "rndr", "paeddr", "pharmdr", "mvdr", "thdr", "phmr", "doc", "dipl"),
        *("frau", "herr", "pani", "paní", "lek", "inż", "hab", "mag"),
    }
)
_SUFFIXES = frozenset(
    {
        *("jr", "sr", "jun", "sen", "ii", "iii", "iv", "phd", "csc", "drsc", "dis", "mba"),
        *("llm", "msc", "bsc", "dba", "ml", "ifj"),
    }
)
_CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f]")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
# Modifier letters that are typed for an apostrophe.
_APOSTROPHES = frozenset("\u02b9\u02bb\u02bc\u02bd\u02c8\ua78c")


def clean_name(raw: str | None) -> str | None:
    """The name in NFC, trimmed, with single spaces; None when it holds no name.

    No name are text without a letter (`-`, `.`, `123`), and words such as `n/a` and `null`.
    """
    if raw is None:
        return None
    text = raw
    if not raw.isalpha():
        visible = _INVISIBLE.sub("", _CONTROL.sub(" ", raw))
        text = " ".join(visible.split())
    text = unicodedata.normalize("NFC", text)
    if text.lower() in _PLACEHOLDERS or match_name(text) is None:
        return None
    return text


def match_name(clean: str | None) -> str | None:
    """The form that is hashed: lower case, NFC, accents kept, no punctuation, no white space.

    Titles before a name and suffixes behind it are dropped (`Ing. Jan` is `jan`), but never
    the last word that is left. The rule is Google's; where its pages disagree, the reading that
    most of them share: `O'Neil` is `oneil`, `van der Berg` is `vanderberg`, and `Groß` stays
    `groß`. None when no letter is left.
    """
    if clean is None:
        return None
    lower = unicodedata.normalize("NFC", clean.lower())
    if lower.isalpha() and _APOSTROPHES.isdisjoint(lower):
        return lower
    words = lower.split()
    letters = "".join(filter(is_kept, "".join(_without_titles(words))))
    bare = unicodedata.normalize("NFC", letters)
    return bare if any(map(str.isalpha, bare)) else None


def _without_titles(words: Sequence[str]) -> Sequence[str]:
    first, last = 0, len(words)
    while last - first > 1 and _bare(words[first]) in TITLES:
        first += 1
    while last - first > 1 and _bare(words[last - 1]) in _SUFFIXES:
        last -= 1
    return words[first:last]


def _bare(word: str) -> str:
    return word.replace(".", "").strip(",")


def is_kept(letter: str) -> bool:
    """Whether a character is part of a name: no punctuation, symbol, white space or control."""
    return unicodedata.category(letter)[0] not in "PSZC" and letter not in _APOSTROPHES
