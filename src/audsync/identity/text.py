"""Folding: text as people compare it, without case, accents and stray spaces.

One implementation for both engines, whose own functions differ from Python's on thousands of
inputs (docs/explanation/decisions.md).
"""

import unicodedata

# Letters that Unicode does not decompose into a base letter and a mark.
LATIN_LETTERS = str.maketrans(
    {
        "ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
        "\u0131": "i", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """The text trimmed, with single spaces, without case and accents: `" Růžová "` is `ruzova`.

    NFKD without combining marks, case-folded, and the letters ł đ ø ß æ œ þ ð and dotless i by
    a table. Idempotent; empty for text of white space and marks alone.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.translate(LATIN_LETTERS).split())


def trim(text: str) -> str:
    """The text in NFC with single spaces and none around it, as exact comparisons take it."""
    return " ".join(unicodedata.normalize("NFC", text).split())
