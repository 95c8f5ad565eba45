"""What is wrong with a text that is not TOML, in words that say how to mend it.

The parser stops at the first mistake and says what it expected there. What the person meant is
mostly plain from the line: a decimal comma, a curly quotation mark, a block written twice.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from audsync.errors import Problem
from audsync.toml_file import spelling
from audsync.toml_file.excerpt import problem_at
from audsync.toml_file.mistake import PAIR, Line, Mistake, TomlCode

if TYPE_CHECKING:
    import tomli


_COMPARISONS: Final = {
    ">=": "at_least",
    "<=": "at_most",
    ">": "more_than",
    "<": "less_than",
    "!=": "is_not",
    "<>": "is_not",
}
_COMPARED: Final = re.compile(r"[ \t]*([\w.-]+)[ \t]*(>=|<=|!=|<>|>|<)[ \t]*([^#\n]*[^#\s])")
_HEADER: Final = re.compile(r"[ \t]*(?P<open>\[\[?)[ \t]*(?P<name>[^\]\n]+?)[ \t]*\]")


def syntax_problem(text: str, error: "tomli.TOMLDecodeError", shown: str) -> Problem:
    """The parser's error as a problem that says what to write instead."""
    line = Line.of(text, error)
    explain = next((_EXPLAINED[key] for key in _EXPLAINED if error.msg.startswith(key)), None)
    mistake = explain(text, line) if explain else None
    if mistake is None:
        mistake = Mistake(f"{error.msg[:1].lower()}{error.msg[1:]}")
    return problem_at(
        text,
        line.stop if mistake.offset is None else mistake.offset,
        shown=shown,
        code=mistake.code,
        message=mistake.message,
        length=mistake.length,
        hint=mistake.hint,
    )


def _not_a_pair(_text: str, line: Line) -> Mistake | None:
    colon = re.match(r"[ \t]*([\w.-]+)[ \t]*:", line.text)
    if colon:
        return Mistake("a key and its value are joined by =", f"write {colon[1]} = …")
    compared = _COMPARED.match(line.text)
    if compared:
        key, sign, value = compared.groups()
        return Mistake(
            "a comparison is written with its name",
            f"write {key}.{_COMPARISONS[sign]} = {value.strip()}",
            line.start + compared.start(1),
            compared.end(3) - compared.start(1),
        )
    if line.key and not line.key.startswith(('"', "'")):
        offset = line.start + line.text.index(line.key)
        return Mistake(
            "a key with blanks or letters beyond a to z stands in quotes",
            f'write "{line.key}" = …',
            offset,
            len(line.key),
        )
    return Mistake("a line is key = value, or a [header]")


def _no_statement(_text: str, line: Line) -> Mistake:
    if line.text.lstrip().startswith(("//", ";", "/*", "--")):
        return Mistake("this is no comment", "a comment begins with #")
    if line.text.lstrip().startswith("="):
        return Mistake("no key before the equals sign")
    return Mistake("a line is key = value, or a [header]")


def _twice(text: str, line: Line) -> Mistake:
    header = _HEADER.match(line.text)
    if header:
        return _header_twice(text, line, header)
    offset = line.start + len(line.text) - len(line.text.lstrip())
    first = _earlier_key(text, line)
    where = f"; first in line {first}" if first else ""
    return Mistake(
        f'"{line.key}" is set twice{where}',
        "keep one; several values are written as a list",
        offset,
        len(line.key) or 1,
        TomlCode.KEY_TWICE,
    )


def _twice_inline(_text: str, _line: Line) -> Mistake:
    message = "a key is set twice between { and }"
    return Mistake(message, "keep one", code=TomlCode.KEY_TWICE)


def _closed_above(_text: str, line: Line) -> Mistake:
    written = line.text.strip()
    header = _HEADER.match(line.text)
    name = f"[{header['name']}]" if header else f'"{line.key}"'
    return Mistake(
        f"{name} would change what is written above",
        "a value, and a table written as { … }, is complete: write it all in one place",
        line.start + line.text.index(written),
        len(written if header else line.key) or 1,
        TomlCode.TABLE_TWICE,
    )


def _earlier_key(text: str, line: Line) -> int | None:
    """The line above, in the same block, that sets the same key."""
    lines = text.split("\n")
    for number in range(line.number - 1, 0, -1):
        above = lines[number - 1]
        pair = PAIR.match(above)
        if pair and pair["key"] == line.key:
            return number
        if _HEADER.match(above):
            return None
    return None


def _header_twice(text: str, line: Line, header: re.Match[str]) -> Mistake:
    name = header["name"]
    first, opened = next(
        (
            (number, match["open"])
            for number, above in enumerate(text.split("\n")[: line.number - 1], start=1)
            if (match := _HEADER.match(above)) and match["name"] == name
        ),
        (None, None),
    )
    if first is None:
        return _closed_above(text, line)
    if opened == "[[":
        hint = f"write [[{name}]] here too"
    elif header["open"] == "[[":
        hint = f"write [[{name}]] in line {first} too"
    else:
        hint = f"join the two; or, where both are meant, write [[{name}]] in both places"
    return Mistake(
        f"[{name}] stands twice; first in line {first}",
        hint,
        line.start + header.start("open"),
        len(header[0].strip()) + (header["open"] == "[["),
        TomlCode.TABLE_TWICE,
    )


def _unclosed(what: str, bracket: str) -> Callable[[str, Line], Mistake]:
    mistake = Mistake(
        f"the {what} is not closed", f"a comma or the closing {bracket} is missing"
    )
    return lambda _text, _line: mistake


def _open_header(_text: str, line: Line) -> Mistake:
    brackets = "]]" if line.text.lstrip().startswith("[[") else "]"
    return Mistake(f"the header does not end in {brackets}")


# What the parser says, by its first words, and who can say it better.
_EXPLAINED: Final[dict[str, Callable[[str, Line], Mistake | None]]] = {
    "Invalid value": spelling.invalid_value,
    "Expected newline or end of document": spelling.trailing,
    "Expected '=' after a key": _not_a_pair,
    "Expected ']": _open_header,
    'Expected "': spelling.unclosed_text,
    'Expected "\'"': spelling.unclosed_text,
    "Unterminated string": spelling.unclosed_text,
    "Illegal character": spelling.bad_character,
    "Found invalid character": spelling.bad_character,
    "Invalid statement": _no_statement,
    "Invalid initial character for a key part": _no_statement,
    "Cannot declare": _twice,
    "Cannot overwrite a value": _twice,
    "Duplicate inline table key": _twice_inline,
    "Cannot mutate immutable namespace": _closed_above,
    "Cannot redefine namespace": _closed_above,
    "Unescaped '\\'": spelling.backslash,
    "Invalid hex value": spelling.backslash,
    "Escaped character is not a Unicode": spelling.backslash,
    "Invalid date or datetime": spelling.no_such_date,
    "Unclosed array": _unclosed("list", "]"),
    "Unclosed inline table": _unclosed("table", "}"),
}
