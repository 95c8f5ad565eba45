"""Values that are not written as TOML wants them: quotes, commas, dates, yes and no."""

import re
from collections.abc import Callable
from typing import Final

from audsync.toml_file.mistake import Line, Mistake

# Typographic quotation marks, double and single, and the straight ones they were meant to be.
_QUOTES: Final[dict[int, str]] = dict.fromkeys((*range(0x201C, 0x2020), 0xAB, 0xBB), '"')
_QUOTES.update(dict.fromkeys(range(0x2018, 0x201C), "'"))
_BOOLEANS: Final = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def _curly(line: Line) -> Mistake | None:
    straight = line.value.translate(_QUOTES)
    if straight == line.value:
        return None
    return line.at_value(
        "this is not a straight quotation mark", f"write {line.key} = {straight}"
    )


def invalid_value(text: str, line: Line) -> Mistake | None:
    """No value at all, or a word that is none."""
    value = line.value
    if not value:
        return Mistake("no value after the equals sign")
    if value.startswith("="):
        meant = value.lstrip("= ")
        return line.at_value("one equals sign is enough", f"write {line.key} = {meant}")
    if text[line.stop : line.stop + 1].translate(_QUOTES) in {'"', "'"}:
        return _curly(line)
    return _word(line, value.lower()) or Mistake("this is no value")


def _word(line: Line, word: str) -> Mistake | None:
    if word in {"true", "false", *_BOOLEANS}:
        meant = _BOOLEANS.get(word, word)
        return line.at_value("yes and no are written true and false", f"write {meant}")
    if word in {"none", "null", "nil"}:
        return line.at_value("TOML has no empty value", f"leave {line.key} out")
    if re.fullmatch(r"\.\d+", word):
        return line.at_value("a number begins with a digit", f"write 0{word}")
    if line.stop == line.value_start and word[0].isalpha():
        return line.at_value("text stands in quotes", f'write {line.key} = "{line.value}"')
    return None


# A value that begins like a number, what is wrong with it, and what to write instead.
_NUMBERS: Final[tuple[tuple[str, str, Callable[[re.Match[str]], str]], ...]] = (
    (
        r"([+-]?\d[\d_]*),(\d+)",
        "a decimal number has a dot",
        lambda number: f"write {number[1]}.{number[2]}",
    ),
    (
        r"(\d\d?)\. ?(\d\d?)\. ?(\d{4})",
        "a date is written year-month-day",
        lambda date: f"write {date[3]}-{date[2]:0>2}-{date[1]:0>2}",
    ),
    (
        r"\d{4}-\d\d-\d\d",
        "there is no such date",
        lambda _date: "months are 01 to 12, days 01 to 31: 2026-01-31",
    ),
    (
        r"(\d{4})-(\d\d?)-(\d\d?)",
        "a date has two digits for month and day",
        lambda date: f"write {date[1]}-{date[2]:0>2}-{date[3]:0>2}",
    ),
    (
        r"0\d[\d ]*",
        "a number has no leading zeros",
        lambda code: f'text, such as a postcode, stands in quotes: "{code[0]}"',
    ),
    (
        r"(\d+)\.",
        "a number does not end in a dot",
        lambda number: f"write {number[1]}",
    ),
    (
        r"(\d{1,3})[ '\u00a0\u202f](\d{3})",
        "a number has no blanks in it",
        lambda number: f"write {number[1]}{number[2]} or {number[1]}_{number[2]}",
    ),
    (
        r"\d[^=,]*[^\W\d_][^=,]*",
        "text stands in quotes",
        lambda text: f'write "{text[0]}"',
    ),
)


def trailing(_text: str, line: Line) -> Mistake | None:
    """A value that goes on after it should have ended."""
    for pattern, message, hint in _NUMBERS:
        match = re.fullmatch(pattern, line.value)
        if match:
            return line.at_value(message, hint(match))
    return _curly(line) or Mistake(
        "something follows that does not belong to the value",
        "one statement per line; a comment begins with #",
    )


def unclosed_text(_text: str, line: Line) -> Mistake:
    """Text whose quotation marks do not close."""
    return Mistake(
        "the text has no closing quotation mark",
        'close it in the same line, or write several lines between """ and """',
        line.value_start if line.value else None,
    )


def bad_character(text: str, line: Line) -> Mistake:
    """A line end or control character inside text."""
    character = text[line.stop : line.stop + 1]
    if character in {"", "\n"}:
        return unclosed_text(text, line)
    return Mistake(f"the character U+{ord(character):04X} may not stand here")


def backslash(_text: str, line: Line) -> Mistake:
    """A backslash in double quotes, mostly a path of Windows."""
    return line.at_value(
        "in double quotes a backslash begins a special character",
        f"use single quotes: {line.key} = '{line.value.strip(chr(34))}'",
    )


def no_such_date(_text: str, line: Line) -> Mistake:
    """A date such as 31 February."""
    return line.at_value("there is no such date or time", "write it like 2026-01-31")
