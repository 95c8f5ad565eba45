"""One mistake, and the line it stands in, between the parser's error and the problem shown."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from audsync.toml_file.excerpt import source_line

if TYPE_CHECKING:
    import tomli


PAIR: Final = re.compile(
    r"[ \t]*(?P<key>[^=#\n]*?)[ \t]*=[ \t]*(?P<value>[^#\n]*?)[ \t]*(?:#|$)"
)


class TomlCode(StrEnum):
    """Codes of mistakes that any TOML file can have. A code never changes its meaning."""

    SYNTAX = "T101"  # the text is not TOML
    ENCODING = "T102"  # the file is not saved as UTF-8
    TABLE_TWICE = "T103"  # a [header] stands twice, or changes a table that is complete
    KEY_TWICE = "T104"  # a key is set twice
    UNREADABLE = "T105"  # the file is missing or may not be read


class Mistake(NamedTuple):
    """What is wrong and what to do; `offset` is where, else where the parser stopped."""

    message: str
    hint: str | None = None
    offset: int | None = None
    length: int = 1
    code: TomlCode = TomlCode.SYNTAX


class Line(NamedTuple):
    """The line the parser stopped in: its key and value as far as it has them."""

    text: str
    number: int
    start: int  # offset of the line
    stop: int  # offset where the parser stopped
    key: str
    value: str
    value_start: int
    hidden: bool  # it sets a secret, so a hint must not repeat its value

    @classmethod
    def of(cls, text: str, error: "tomli.TOMLDecodeError") -> "Line":
        """The line of a parser's error."""
        number = error.lineno
        shown = text.split("\n")[number - 1]
        start = error.pos - error.colno + 1
        pair = PAIR.match(shown)
        return cls(
            text=shown,
            number=number,
            start=start,
            stop=error.pos,
            key=pair["key"] if pair else "",
            value=pair["value"] if pair else "",
            value_start=start + pair.start("value") if pair else error.pos,
            hidden=source_line(text, number).endswith("***"),
        )

    def at_value(self, message: str, hint: str) -> Mistake:
        """A mistake that underlines the whole value."""
        return Mistake(
            message, None if self.hidden else hint, self.value_start, len(self.value)
        )
