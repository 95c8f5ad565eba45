"""Given and family names: as shown, and in the form that is hashed."""

import re
import unicodedata
from collections.abc import Sequence

_PLACEHOLDERS = frozenset({"n/a", "na", "none", "null", "unknown", "x", "xx", "xxx"})
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "prof", "ing", "mgr", "bc", "mudr", "judr", "phdr"}
    | {"rndr", "doc", "frau", "herr", "pan", "pani", "paní"}
)
_SUFFIXES = frozenset({"jr", "sr", "phd", "csc", "mba", "dis"})
_HIDDEN = re.compile("[\u0000-\u001f\u007f\u200b-\u200d\u2060\ufeff]")
# Modifier letters that are typed for an apostrophe.
_APOSTROPHES = frozenset("\u02b9\u02bb\u02bc\u02bd\u02c8")


def clean_name(raw: str | None) -> str | None:
    """The name in NFC, trimmed, with single spaces; None when it holds no letter."""
    if raw is None:
        return None
    text = " ".join(unicodedata.normalize("NFC", _HIDDEN.sub(" ", raw)).split())
    if text.lower() in _PLACEHOLDERS or not any(letter.isalpha() for letter in text):
        return None
    return text


def match_name(clean: str | None) -> str | None:
    """The form that is hashed: lower case, NFC, accents kept, no punctuation, no white space.

    Titles before a name and suffixes behind it are dropped (`Ing. Jan` is `jan`). The rule is
    Google's, where its pages disagree the reading that most of them share: `O'Neil` is `oneil`,
    `van der Berg` is `vanderberg`, `Anne-Marie` is `annemarie`, `Groß` stays `groß`.
    """
    if clean is None:
        return None
    words = unicodedata.normalize("NFC", clean.lower()).split()
    kept = _without_titles(words)
    return "".join(filter(_is_kept, "".join(kept))) or None


def _without_titles(words: Sequence[str]) -> Sequence[str]:
    first, last = 0, len(words)
    while last - first > 1 and _bare(words[first]) in _TITLES:
        first += 1
    while last - first > 1 and _bare(words[last - 1]) in _SUFFIXES:
        last -= 1
    return words[first:last]


def _bare(word: str) -> str:
    return word.replace(".", "").rstrip(",")


def _is_kept(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "PSZC" and letter not in _APOSTROPHES
