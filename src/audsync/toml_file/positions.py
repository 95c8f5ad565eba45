"""Where each key and value of a TOML text stands.

The parser gives values without places, so this reads the text a second time. It trusts that the
parser has accepted the text and that its lines end in a bare newline: it looks for the ends of
things and never asks whether they are right.
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

import tomli

# A key's way from the root of the document: names of keys, and whole numbers into lists.
KeyPath = tuple[str | int, ...]

_BLANK: Final = re.compile(r"[ \t]*")
_VOID: Final = re.compile(r"(?:[ \t\n]|#[^\n]*+)*+")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_STRING: Final = re.compile(
    r'"""(?:[^\\"]|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:[^\\"]|\\.)*+"'
    r"|'[^']*+'",
    re.DOTALL,
)
# A date may hold a blank, so a plain value ends where something else must begin.
_PLAIN: Final = re.compile(r"[^,\]}#\n]*+")


class Span(NamedTuple):
    """Characters from `start` up to and without `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a key stands, and its value if it is written in one piece.

    An element of a list is its own key. A table made by a header or by dotted keys has no value
    of its own.
    """

    key: Span
    value: Span | None


def positions(text: str) -> dict[KeyPath, Position]:
    """The position of every key, table and list element of a text the parser accepts."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


class _Scanner:
    def __init__(self, text: str) -> None:
        self.found: dict[KeyPath, Position] = {}
        self._text = text
        self._at = 0
        self._elements: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        self._skip(_VOID)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_VOID)

    def _skip(self, pattern: re.Pattern[str]) -> Span:
        start = self._at
        match = pattern.match(self._text, start)
        self._at = match.end() if match else start
        return Span(start, self._at)

    def _header(self) -> KeyPath:
        doubled = self._text.startswith("[[", self._at)
        self._at += 2 if doubled else 1
        *outer, (name, span) = self._dotted_key()
        self._at = self._text.index("]", self._at) + (2 if doubled else 1)
        path: KeyPath = ()
        for part, place in outer:
            path = (*path, part)
            self.found.setdefault(path, Position(place, None))
            path = self._newest(path)
        path = (*path, name)
        if not doubled:
            self.found[path] = Position(span, None)
            return path
        self.found.setdefault(path, Position(span, None))
        self._elements[path] = self._elements.get(path, 0) + 1
        path = self._newest(path)
        self.found[path] = Position(span, None)
        return path

    def _newest(self, path: KeyPath) -> KeyPath:
        """The last element of an array of tables; any other path as it is."""
        count = self._elements.get(path)
        return path if count is None else (*path, count - 1)

    def _dotted_key(self) -> list[tuple[str, Span]]:
        parts = []
        while True:
            self._skip(_BLANK)
            quoted = self._text[self._at] in "\"'"
            span = self._skip(_STRING if quoted else _BARE_KEY)
            raw = self._text[span.start : span.end]
            parts.append((tomli.loads(f"key = {raw}")["key"] if quoted else raw, span))
            self._skip(_BLANK)
            if self._text[self._at] != ".":
                return parts
            self._at += 1

    def _pair(self, table: KeyPath) -> None:
        *outer, (name, span) = self._dotted_key()
        path = table
        for part, place in outer:
            path = (*path, part)
            self.found.setdefault(path, Position(place, None))
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        self._value((*path, name), span)

    def _value(self, path: KeyPath, key: Span | None) -> None:
        start, first = self._at, self._text[self._at]
        self.found[path] = Position(Span(start, start), None)  # keys before what they hold
        if first == "[":
            self._list(path)
        elif first == "{":
            self._inline_table(path)
        elif first in "\"'":
            self._skip(_STRING)
        else:
            end = self._skip(_PLAIN).end
            self._at = start + len(self._text[start:end].rstrip(" \t"))
        value = Span(start, self._at)
        self.found[path] = Position(key or value, value)

    def _list(self, path: KeyPath) -> None:
        self._at += 1
        count = 0
        while not self._closed("]"):
            self._value((*path, count), None)
            count += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while not self._closed("}"):
            self._pair(path)

    def _closed(self, bracket: str) -> bool:
        """Past blanks, comments and one comma, and past the bracket if it comes next."""
        self._skip(_VOID)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_VOID)
        if self._text[self._at] != bracket:
            return False
        self._at += 1
        return True
